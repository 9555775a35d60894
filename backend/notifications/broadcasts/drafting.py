"""Begins a broadcast: now, at a time, or again and again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import orjson

from backend import audit
from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.notifications.broadcasts import recurrence
from backend.notifications.broadcasts.errors import NothingToBroadcast, WrongTime
from backend.notifications.broadcasts.origin import Draft, Origins
from backend.notifications.broadcasts.rows import TABLE, WRITE, require
from backend.notifications.kinds import KINDS

LONGEST: Final = timedelta(days=180)

_NEW: Final = """
INSERT INTO broadcasts (id, series_id, kind, origin, origin_id, title, fields, page, not_after, schedule, starts_at,
                        rrule, next_at, state, makers, created_by, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10, $11, $12, $11, 'draft', $13, $14, $15)
"""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a broadcast goes out: by itself now, with `starts_at` then, with `rrule` again and again from then on."""

    starts_at: datetime | None = None
    rrule: str | None = None

    @property
    def name(self) -> str:
        return "recurring" if self.rrule else "at" if self.starts_at else "now"


NOW: Final = Schedule()


async def create(origins: Origins, origin: str, thing: UUID, schedule: Schedule, *, actor: Actor) -> UUID:
    """Draft a broadcast about a thing and return its id; raises NothingToBroadcast, WrongTime, WrongRecurrence."""
    require(actor, WRITE)
    if origin not in origins:
        raise NothingToBroadcast
    planned = _checked(schedule)
    draft = await origins[origin].draft(thing, actor)
    async with db.transaction():
        return await write(origin, draft, planned, actor=actor)


async def write(
    origin: str, draft: Draft, schedule: Schedule = NOW, *, actor: Actor, series_id: UUID | None = None
) -> UUID:
    """Write a draft in the open transaction and return its id."""
    if draft.kind not in KINDS:
        raise ValueError(f"no kind of message is called {draft.kind}")
    made, moment = new_id(), clock.now()
    makers = sorted({*draft.makers, *([actor.id] if actor.id else [])})
    await db.execute(
        _NEW,
        made,
        series_id,
        draft.kind,
        origin,
        draft.origin_id,
        draft.title,
        orjson.dumps(draft.fields).decode(),
        draft.page,
        draft.not_after,
        schedule.name,
        schedule.starts_at,
        schedule.rrule,
        makers,
        actor.id,
        moment,
    )
    detail = {"origin": origin, "origin_id": str(draft.origin_id), "schedule": schedule.name}
    await audit.record(actor, "broadcasts.drafted", table=TABLE, row_id=made, fields=("state",), detail=detail)
    return made


def _checked(schedule: Schedule) -> Schedule:
    """Put the first occurrence of a recurring one in the place of its start."""
    moment = clock.now()
    if schedule.rrule is None:
        if schedule.starts_at is not None and not moment < schedule.starts_at <= moment + LONGEST:
            raise WrongTime
        return schedule
    start = schedule.starts_at or moment
    if not moment - timedelta(minutes=1) <= start <= moment + LONGEST:
        raise WrongTime
    plain, first = recurrence.check(schedule.rrule, start)
    return Schedule(first, plain)
