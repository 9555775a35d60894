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

    It goes out at `due`, at once when none is given; a reminder that would then fall into the quiet hours goes before
    them. Past `event_at`, the moment of which it speaks, nothing is pushed either. What belongs to a `broadcast` waits
    while that is paused and ends when it is cancelled.
    """

    kind: str
    recipient: UUID
    once: str
    fields: Mapping[str, str]
    page: str | None = None
    not_after: datetime | None = None
    subject: UUID | None = None
    enterprise: UUID | None = None
    due: datetime | None = None
    event_at: datetime | None = None
    broadcast: UUID | None = None

    @property
    def end(self) -> datetime | None:
        """The moment from which on it is not pushed."""
        return min((at for at in (self.not_after, self.event_at) if at), default=None)
