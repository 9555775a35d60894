"""Somebody was not there: a state for either side, which the other side's record alone never makes final."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from backend.access import Actor, ActorKind
from backend.foundation import clock
from backend.foundation.states import WrongState
from backend.visits import ledger, messages, notices, writing
from backend.visits.bookings import changing
from backend.visits.errors import ContestedBefore, NeedsOther, NothingContested, NotYetBegun
from backend.visits.events import Kind, NewEvent
from backend.visits.models import Visit
from backend.visits.states import LIFECYCLE, VisitState

WAITED: Final = timedelta(minutes=15)
"""How long the one who is there waits before the other may be noted as missing, by a note or by the minutes."""
CONTESTED_WITHIN: Final = timedelta(days=15)
MISSED: Final = (VisitState.NO_SHOW_OWNER, VisitState.NO_SHOW_STAFF)


def may_come(visit: Visit) -> bool:
    """Tell whether who isn't there yet still counts as coming: silence says nothing before WAITED is over."""
    return clock.now() < visit.starts_at + WAITED


async def note_missing(visit_id: UUID, words: str, *, actor: Actor, version: int | None = None) -> Visit:
    """Note that the other side was not there; raises NotYetBegun before WAITED is over, WrongState."""
    if actor.kind is ActorKind.OWNER:
        async with writing.changing(visit_id, actor, version=version) as visit:
            await changing.check_owner(visit, actor)
            await _miss(visit, words, VisitState.NO_SHOW_STAFF, actor)
            await notices.contested(visit)
            return visit
    async with changing.his(visit_id, actor, version) as visit:
        await _miss(visit, words, VisitState.NO_SHOW_OWNER, actor)
        await messages.missed(visit, "记录为未见到您，如不符可提出异议")
        return visit


async def contest(visit_id: UUID, reason: str, *, actor: Actor, version: int | None = None) -> Visit:
    """Say that it was otherwise, once, by the side that is said to have been missing, within CONTESTED_WITHIN."""
    if actor.kind is ActorKind.OWNER:
        async with writing.changing(visit_id, actor, version=version) as visit:
            await changing.check_owner(visit, actor)
            return await _contest(visit, reason, VisitState.NO_SHOW_OWNER, actor)
    async with changing.his(visit_id, actor, version) as visit:
        return await _contest(visit, reason, VisitState.NO_SHOW_STAFF, actor)


async def decide(visit_id: UUID, verdict: str, *, is_upheld: bool, actor: Actor, version: int | None = None) -> Visit:
    """Decide over a contest, by somebody who was not to go; upheld, the record is set aside and counts for nobody."""
    async with writing.changing(visit_id, actor, permission=changing.ASSIGN, version=version) as visit:
        if visit.contested_at is None or visit.contest_decided_at is not None:
            raise NothingContested
        if actor.id in await notices.going(visit.id):
            raise NeedsOther
        columns: dict[str, Any] = {
            "contest_verdict": verdict,
            "contest_decided_at": clock.now(),
            "is_set_aside": is_upheld,
        }
        event = NewEvent(Kind.CONTEST_DECIDED, verdict, {"is_upheld": is_upheld})
        await writing.write(visit, actor, "visits.contest_decided", event, **columns)
        await notices.settle(visit, "visit_contested")
        await messages.missed(visit, "异议成立，该记录不计入" if is_upheld else "异议不成立，理由请点开查看")
        return visit


async def _miss(visit: Visit, words: str, state: VisitState, actor: Actor) -> None:
    # What was noted already is contested, never written over: neither who was missing, nor that somebody was there.
    if visit.state is not VisitState.CONFIRMED:
        raise WrongState(LIFECYCLE, visit.state, state)
    if may_come(visit):
        raise NotYetBegun
    event = NewEvent(Kind.NO_SHOW, words)
    await writing.write(visit, actor, "visits.missed", event, state=state, end_reason=words)
    await ledger.keep(visit)
    await notices.settle(visit, "visit_unrecorded")


async def _contest(visit: Visit, reason: str, state: VisitState, actor: Actor) -> Visit:
    if visit.contested_at is not None:
        raise ContestedBefore
    ended = visit.ended_at or clock.now()
    if visit.state is not state or clock.now() > ended + CONTESTED_WITHIN:
        raise NothingContested("该走访没有可以提出异议的未到记录，或已超过15日。")
    columns: dict[str, Any] = {"contested_at": clock.now(), "contest_reason": reason}
    await writing.write(visit, actor, "visits.contested", NewEvent(Kind.CONTESTED, reason), **columns)
    await notices.contested(visit)
    return visit
