"""The one way a visit changes: locked, checked, written to its log and the trail, all in one transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

import orjson

from backend import audit
from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.errors import Forbidden
from backend.visits import reminders
from backend.visits.contacts import noting
from backend.visits.errors import VisitChanged, VisitUnknown
from backend.visits.events import NewEvent
from backend.visits.models import Visit
from backend.visits.states import FREE, LIFECYCLE, OVER, VisitState
from backend.visits.visibility import visible_to

TABLE: Final = "visits"

_EVENT: Final = """
INSERT INTO visit_events (visit_id, seq, at, kind, actor_kind, actor_id, body, data)
SELECT $1, 1 + coalesce(max(seq), 0), $2, $3, $4, $5, $6, $7::jsonb FROM visit_events WHERE visit_id = $1
"""
_FREE: Final = """
WITH theirs AS (UPDATE enterprise_time SET is_live = FALSE WHERE visit_id = ANY ($1::uuid[]) AND is_live)
UPDATE staff_time SET is_live = FALSE WHERE visit_id = ANY ($1::uuid[]) AND is_live
"""


@asynccontextmanager
async def changing(
    visit_id: UUID, actor: Actor, *, permission: str | None = None, version: int | None = None
) -> AsyncIterator[Visit]:
    """Lock a visit for a command, as one transaction.

    Raises VisitUnknown for one the actor does not see, Forbidden where his permission does not extend to it,
    VisitChanged when `version` (what he saw) is not how it stands.
    """
    async with db.transaction():
        yield await locked(visit_id, actor, permission=permission, version=version)


async def locked(visit_id: UUID, actor: Actor, *, permission: str | None = None, version: int | None = None) -> Visit:
    """Lock a visit in the caller's transaction; raises as `changing` does."""
    visible = visible_to(actor)
    sql = f"SELECT v.id FROM visits v WHERE v.id = $1 AND {visible.render(2)} FOR NO KEY UPDATE OF v"
    if await db.fetch_value(sql, visit_id, *visible.params) is None:
        raise VisitUnknown
    if permission is not None:
        allowed = visible_to(actor, permission)
        sql = f"SELECT FROM visits v WHERE v.id = $1 AND {allowed.render(2)}"
        if await db.fetch_one(sql, visit_id, *allowed.params) is None:
            raise Forbidden(permission)
    visit = await Visit.get(id=visit_id)
    if version is not None and version != visit.version:
        raise VisitChanged
    return visit


async def write(
    visit: Visit, actor: Actor, action: str, event: NewEvent, *, state: VisitState | None = None, **columns: Any
) -> None:
    """Write down what happened to a locked visit and move it; raises WrongState for a move that isn't known.

    A state that gives its time back does so here, and nowhere else.
    """
    if state is not None:
        columns["state"] = LIFECYCLE.check(visit.state, state)
        columns["ended_at"] = clock.now() if state in OVER else None
        if state in FREE:
            await db.execute(_FREE, [visit.id])
    columns["version"] = visit.version + 1
    visit.update_from_dict(columns)
    await visit.save_only(*columns)
    await noting.follow(visit, columns, actor=actor)
    if state is not None or "schedule_id" in columns:
        await reminders.plan(visit)
    await append(visit.id, actor, event)
    await audit.record(actor, action, table=TABLE, row_id=visit.id, fields=sorted(set(columns) - {"version"}))


async def append(visit_id: UUID, actor: Actor, event: NewEvent) -> None:
    """Add a line to the log of a locked visit."""
    data = orjson.dumps(dict(event.data), default=str).decode()
    given = (event.kind.value, actor.kind.value, actor.id, event.body, data)
    await db.execute(_EVENT, visit_id, clock.now(), *given)
