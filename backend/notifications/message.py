"""What a capability says to a person; how and when it reaches him is decided here, not there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell one person.

    `once` is the dedupe key: however often it is told, each person hears it once in 180 days. `fields` are plain
    Chinese texts by the names the kind's catalogue entry uses. Past `not_after` (a week, when none is given) it is no
    longer pushed; the inbox keeps it. Nor is it pushed once its `subject` is called off, or when the recipient no
    longer acts for the `enterprise` that it is about, or that one has closed.
    """

    kind: str
    recipient: UUID
    once: str
    fields: Mapping[str, str]
    page: str | None = None
    not_after: datetime | None = None
    subject: UUID | None = None
    enterprise: UUID | None = None
