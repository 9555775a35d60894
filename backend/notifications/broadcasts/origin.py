"""What a module tells about the things that it broadcasts; the assembly hands these down, by the module's name."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.access import Actor
from backend.notifications.broadcasts.rows import Broadcast
from backend.notifications.message import Message


class OriginOver(Exception):
    """The thing no longer stands (withdrawn, over its last day): the broadcast is cancelled."""


class OriginHolds(Exception):
    """Nothing may be told of the thing for now: the broadcast pauses, or is not frozen; `args[0]` says why."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What all messages of a broadcast share. `makers` wrote or reviewed it: none of them releases a long list."""

    kind: str
    origin_id: UUID
    title: str
    fields: Mapping[str, str]
    page: str | None = None
    not_after: datetime | None = None
    makers: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """Whom a broadcast is for: `SELECT person_id, enterprise_id …`, each person once, placeholders from $1."""

    sql: str
    params: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipient:
    """One of the frozen list whose turn has come."""

    person_id: UUID
    enterprise_id: UUID | None


@dataclass(frozen=True, slots=True)
class Composed:
    """What a slice of the list is told; `left_out`: who is not told any more, and why."""

    messages: Sequence[Message]
    left_out: Mapping[UUID, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Origin:
    """The functions of one module; all but `draft` run in a transaction of the broadcast and may raise OriginOver.

    `draft` finds the thing for whoever may broadcast it, raises NothingToBroadcast. `gather` returns who is to be
    frozen. `compose` writes messages (the broadcast's id is put in by the caller). Both may raise OriginHolds; asked
    about nobody, `compose` tells whether the thing still stands. `sample` are the fields that differ between people,
    for a message to oneself.
    """

    draft: Callable[[UUID, Actor], Awaitable[Draft]]
    gather: Callable[[Broadcast], Awaitable[Selection]]
    compose: Callable[[Broadcast, Sequence[Recipient]], Awaitable[Composed]]
    sample: Mapping[str, str] = field(default_factory=dict)


Origins = Mapping[str, Origin]
