"""Co-handlers: colleagues who work on a case beside its handler, who goes on answering for it."""

from typing import Final
from uuid import UUID

from backend.access import Actor
from backend.cases import notices, writing
from backend.cases.assignment import naming
from backend.cases.errors import HelpsAlready, NotHelping, NotYours, TooManyHelpers
from backend.cases.events import Kind, NewEvent
from backend.cases.models import Case
from backend.cases.states import CLOSED, LIFECYCLE, CaseState
from backend.foundation import clock, db
from backend.foundation.states import WrongState

HANDLE: Final = "cases.handle"
MOST: Final = 10

_HELPERS: Final = "SELECT staff_id FROM case_helpers WHERE case_id = $1 AND ended_at IS NULL"
_ADD: Final = """
INSERT INTO case_helpers (case_id, staff_id, since, added_by) VALUES ($1, $2, $3, $4)
ON CONFLICT (case_id, staff_id) DO UPDATE SET since = excluded.since, added_by = excluded.added_by, ended_at = NULL
"""
_END: Final = """
UPDATE case_helpers SET ended_at = $3 WHERE case_id = $1 AND staff_id = $2 AND ended_at IS NULL
"""


async def add(case_id: UUID, staff_id: UUID, *, actor: Actor, version: int | None = None) -> Case:
    """Ask a colleague to work on a case as well; raises NotAble, HelpsAlready, TooManyHelpers, NotYours."""
    async with writing.changing(case_id, actor, permission=HANDLE, version=version) as case:
        naming.check_own(case, actor)
        if case.state in (*CLOSED, CaseState.MERGED):
            raise WrongState(LIFECYCLE, case.state, CaseState.IN_PROGRESS)
        there = {row["staff_id"] for row in await db.fetch(_HELPERS, case.id)}
        if staff_id in there or staff_id == case.handler_id:
            raise HelpsAlready
        if len(there) >= MOST:
            raise TooManyHelpers
        await naming.able(case, staff_id)
        await db.execute(_ADD, case.id, staff_id, clock.now(), actor.id)
        happened = NewEvent(Kind.HELPED, data={"staff_id": str(staff_id)})
        await writing.write(case, actor, "cases.helper_added", happened)
        await notices.given(naming.told(case), staff_id, case.due_at, by=actor.id)
        return case


async def end(case_id: UUID, staff_id: UUID, *, actor: Actor, version: int | None = None) -> Case:
    """End somebody's help; he himself may as well. Raises NotHelping, NotYours."""
    async with writing.changing(case_id, actor, permission=HANDLE, version=version) as case:
        if actor.id not in (staff_id, case.handler_id) and not naming.is_superior(case, actor):
            raise NotYours
        if not await db.execute(_END, case.id, staff_id, clock.now()):
            raise NotHelping
        happened = NewEvent(Kind.HELP_ENDED, data={"staff_id": str(staff_id)})
        await writing.write(case, actor, "cases.helper_ended", happened)
        return case
