"""What the owner does with his case while it is open; how he ends it is in `closing.py`."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from backend import identity
from backend.access import Actor
from backend.cases import attaching, handling, writing
from backend.cases.events import Kind, NewEvent
from backend.cases.models import Case
from backend.cases.states import LIFECYCLE, NO_SILENCE, CaseState
from backend.foundation import clock, db
from backend.foundation.states import WrongState

_SUPPLIED: Final = """
UPDATE case_requests SET supplied_at = $2 WHERE case_id = $1 AND supplied_at IS NULL
"""
_ASKED: Final = "SELECT EXISTS (SELECT FROM case_requests WHERE case_id = $1 AND supplied_at IS NULL)"
_ON_ITS_WAY: Final = (CaseState.RECEIVED, CaseState.ASSIGNED, CaseState.TRANSFERRED, CaseState.IN_PROGRESS)


@asynccontextmanager
async def owned(case_id: UUID, actor: Actor, *, version: int | None = None) -> AsyncIterator[tuple[Case, Actor]]:
    """Lock an owner's case with him as one who acts for its enterprise; raises CaseUnknown, ReadOnly, OutOfScope.

    Whoever asked may always go on with his own matter.
    """
    async with writing.changing(case_id, actor, version=version) as case:
        if case.person_id != actor.id and case.enterprise_id is not None:
            actor = await identity.acting_for(actor, case.enterprise_id, scope="cases")
        yield case, actor


async def _supplied_to(case: Case) -> CaseState | None:
    """Return where it goes on: a case that waits is worked on again, one that is given to another on its way stays."""
    if case.state in _ON_ITS_WAY and await db.fetch_value(_ASKED, case.id):
        return None
    if case.state is not CaseState.WAITING_FOR_OWNER:
        raise WrongState(LIFECYCLE, case.state, CaseState.IN_PROGRESS)
    return CaseState.IN_PROGRESS


async def reply(case_id: UUID, words: str, files: Sequence[UUID], *, actor: Actor) -> Case:
    """Write to whoever handles it. Whoever writes back is not silent: that counts anew from what he is told next."""
    async with owned(case_id, actor) as (case, acting):
        handling.check_talks(case)
        said = NewEvent(Kind.REPLIED, words, files=await attaching.his(acting, files))
        heard = NO_SILENCE if case.state is CaseState.ANSWERED else {}
        await writing.write(case, acting, "cases.replied", said, **heard)
        await handling.tell_handler(case, acting, "有新留言")
        return case


async def supply(case_id: UUID, words: str, files: Sequence[UUID], *, actor: Actor) -> Case:
    """Bring what was asked for; the clocks run on from now."""
    async with owned(case_id, actor) as (case, acting):
        await take_in(case, acting, NewEvent(Kind.SUPPLIED, words, files=await attaching.his(acting, files)))
        await handling.tell_handler(case, acting, "已补充材料")
        return case


async def take_in(case: Case, actor: Actor, brought: NewEvent) -> None:
    """Note that what was asked for is there; the clocks run on from now."""
    await writing.write(case, actor, "cases.supplied", brought, state=await _supplied_to(case))
    await db.execute(_SUPPLIED, case.id, clock.now())
