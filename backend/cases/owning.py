"""What the owner does with his case while it is open; how he ends it is in `closing.py`."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from backend import identity
from backend.access import Actor
from backend.cases import handling, writing
from backend.cases.errors import WordWanted
from backend.cases.events import Kind, NewEvent
from backend.cases.instead import NotNow
from backend.cases.intake import attaching
from backend.cases.linked import merging
from backend.cases.models import Case
from backend.cases.states import LIFECYCLE, NO_SILENCE, CaseState
from backend.foundation import clock, db
from backend.foundation.errors import FieldError
from backend.foundation.states import WrongState

REOPENS_WITHIN: Final = timedelta(days=30)
"""How long after it was closed or declined its owner may still say that it isn't solved."""

_SUPPLIED: Final = """
UPDATE case_requests SET supplied_at = $2 WHERE case_id = $1 AND supplied_at IS NULL
"""
_ASKED: Final = (
    "SELECT EXISTS (SELECT FROM case_requests WHERE case_id = $1 AND supplied_at IS NULL AND taken_back_at IS NULL)"
)
_JUDGED: Final = (CaseState.ANSWERED, CaseState.DECLINED, CaseState.CLOSED_BY_SILENCE)
_ON_ITS_WAY: Final = (CaseState.RECEIVED, CaseState.ASSIGNED, CaseState.TRANSFERRED, CaseState.IN_PROGRESS)


_INTO: Final = "SELECT merged_into FROM cases WHERE id = $1"
_LOCK: Final = "SELECT id FROM cases WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE"


@asynccontextmanager
async def owned(case_id: UUID, actor: Actor, *, version: int | None = None) -> AsyncIterator[tuple[Case, Actor]]:
    """Lock an owner's case with him as one who acts for its enterprise; raises CaseUnknown, ReadOnly, OutOfScope.

    Whoever asked may always go on with his own matter. What its state forbids is told as what he can do instead.
    """
    async with writing.changing(case_id, actor, version=version) as case:
        if case.person_id != actor.id and case.enterprise_id is not None:
            actor = await identity.acting_for(actor, case.enterprise_id, scope="cases")
        stood = case.state
        try:
            yield case, actor
        except WrongState as wrong:
            raise NotNow(wrong, stood) from wrong


async def _supplied_to(case: Case) -> CaseState | None:
    """Return where it goes on: a case that waits is worked on again, one that is given to another on its way stays."""
    if case.state in _ON_ITS_WAY and await db.fetch_value(_ASKED, case.id):
        return None
    if case.state is not CaseState.WAITING_FOR_OWNER:
        raise WrongState(LIFECYCLE, case.state, CaseState.IN_PROGRESS)
    return CaseState.IN_PROGRESS


@asynccontextmanager
async def _at_home(case_id: UUID, actor: Actor) -> AsyncIterator[tuple[Case, Actor, Case | None]]:
    """Lock an owner's case as `owned` does, and the one that it was merged into, in the order of their ids."""
    async with db.transaction():
        into = await db.fetch_value(_INTO, case_id)
        if into is not None:
            await db.fetch(_LOCK, [case_id, into])
        async with owned(case_id, actor) as (case, acting):
            if case.merged_into not in (None, into):
                await db.fetch(_LOCK, [case.merged_into])
            yield case, acting, await Case.get(id=case.merged_into) if case.merged_into else None


def may_object(state: CaseState, closed_at: datetime | None) -> bool:
    """Tell whether what its owner writes about a case that stands so may say that it isn't solved."""
    return state in _JUDGED and (closed_at is None or clock.now() <= closed_at + REOPENS_WITHIN)


async def reply(case_id: UUID, words: str, files: Sequence[UUID], *, actor: Actor, is_remark: bool = False) -> Case:
    """Write to whoever handles it, wherever it was merged into.

    Whoever writes back is not silent: that counts anew from what he is told next. Over an answer it is a remark alone
    if he says so, else WordWanted: an objection is for `closing.refuse`, where the clock runs on. A remark runs none,
    for an answer that its owner does not object to has been given; it can't be lost either: until somebody writes back
    the case stands among those not reached, its handler's notice stays open, and nobody closes it.
    """
    async with _at_home(case_id, actor) as (case, acting, home):
        stands = home or case
        if not is_remark and may_object(stands.state, stands.closed_at):
            raise WordWanted(fields=(FieldError("is_unsolved", "required", WordWanted.sentence),))
        said = NewEvent(Kind.REPLIED, words, files=await attaching.his(acting, files))
        await _say(case, said, acting, home)
        return case


async def _say(case: Case, said: NewEvent, actor: Actor, home: Case | None) -> None:
    if home is None:
        handling.check_talks(case)
    heard = NO_SILENCE if case.state is CaseState.ANSWERED else {}
    await writing.write(case, actor, "cases.replied", said, **heard)
    if home is None:
        await handling.tell_handler(case, actor, "有新留言")
    else:
        await merging.tell_home(case, home, said, actor)


async def supply(case_id: UUID, words: str, files: Sequence[UUID], *, actor: Actor) -> Case:
    """Bring what was asked for; the clocks run on from now.

    Of a merged case it goes where that lives now, and is taken in there.
    """
    async with _at_home(case_id, actor) as (case, acting, home):
        brought = NewEvent(Kind.SUPPLIED, words, files=await attaching.his(acting, files))
        if home is None:
            await take_in(case, acting, brought)
            await handling.tell_handler(case, acting, "已补充材料")
            return case
        await writing.write(case, acting, "cases.supplied", brought)
        await db.execute(_SUPPLIED, case.id, clock.now())
        if await merging.tell_home(case, home, brought, acting):
            await db.execute(_SUPPLIED, home.id, clock.now())
        return case


async def take_in(case: Case, actor: Actor, brought: NewEvent) -> None:
    """Note that what was asked for is there; the clocks run on from now."""
    await writing.write(case, actor, "cases.supplied", brought, state=await _supplied_to(case))
    await db.execute(_SUPPLIED, case.id, clock.now())
