"""Confirm, decline, accept, cancel: each side's word on a visit, within limits that bind both alike."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from backend import worktime
from backend.access import Actor, ActorKind
from backend.foundation import clock, db
from backend.foundation.states import WrongState
from backend.visits import ledger, messages, notices, reasons, writing
from backend.visits.availability import finding
from backend.visits.availability.finding import FOLLOWING, Offer
from backend.visits.availability.slots import Wish
from backend.visits.availability.visitors import crew
from backend.visits.errors import EnterpriseClosed, HasBegun, NotYourVisit, NotYourWord, VisitUnknown
from backend.visits.events import Kind, NewEvent
from backend.visits.models import Visit
from backend.visits.states import COMING, FREE, LIFECYCLE, VisitState
from backend.visits.visibility import visible_to

ANSWER: Final = "visits.answer"
ASSIGN: Final = "visits.assign"

_GOES: Final = "EXISTS (SELECT FROM staff_time WHERE visit_id = $1 AND staff_id = $2)"
_PARTIES: Final = "SELECT enterprise_id FROM visit_parties WHERE visit_id = $1 AND state = 'booked' ORDER BY joined_at"
# The seats of those for whom the actor speaks now: whoever booked one and left the enterprise no longer does.
_MINE: Final = """
SELECT p.enterprise_id FROM visit_parties p WHERE p.visit_id = $1 AND p.state = 'booked' AND EXISTS (
    SELECT FROM bindings b WHERE b.enterprise_id = p.enterprise_id AND b.person_id = $2 AND b.state = 'active'
    AND (b.until IS NULL OR b.until > $3) AND (b.role <> 'clerk' OR 'visits' = ANY (b.scope)))
ORDER BY p.joined_at FOR UPDATE OF p
"""
_LEAVE: Final = """
WITH theirs AS (
    UPDATE enterprise_time SET is_live = FALSE WHERE visit_id = $1 AND enterprise_id = ANY ($2::uuid[])
)
UPDATE visit_parties SET state = 'cancelled' WHERE visit_id = $1 AND enterprise_id = ANY ($2::uuid[])
"""


async def confirm(visit_id: UUID, *, actor: Actor, version: int | None = None) -> Visit:
    """Promise to come, by whoever goes or who arranges visits; raises NotYourWord where the owner's word is awaited."""
    async with his(visit_id, actor, version) as visit:
        if visit.state is VisitState.REQUESTED and visit.awaits != "staff":
            raise NotYourWord
        await _settle(visit, actor, "visits.confirmed", Kind.CONFIRMED)
        await messages.confirmed(visit)
        return visit


async def accept(visit_id: UUID, *, actor: Actor, version: int | None = None) -> Visit:
    """Take a time that staff proposed; raises NotYourWord where the bureau's word is awaited."""
    async with writing.changing(visit_id, actor, version=version) as visit:
        await check_owner(visit, actor)
        if visit.state is VisitState.REQUESTED and visit.awaits != "owner":
            raise NotYourWord
        await _settle(visit, actor, "visits.accepted", Kind.ACCEPTED)
        await messages.confirmed(visit)
        return visit


async def decline(visit_id: UUID, reason: str, *, actor: Actor, version: int | None = None) -> Visit:
    """Say with a reason that nobody comes then, and when somebody could."""
    async with his(visit_id, actor, version) as visit:
        if visit.state is VisitState.REQUESTED and visit.awaits != "staff":
            raise NotYourWord
        event = NewEvent(Kind.DECLINED, reason)
        ended = {"awaits": None, "end_reason": reason}
        await writing.write(visit, actor, "visits.declined", event, state=VisitState.DECLINED, **ended)
        await _end(visit)
        await messages.declined(visit, await following(visit))
        return visit


async def cancel(visit_id: UUID, reason: str, *, actor: Actor, version: int | None = None) -> Visit:
    """Call a visit off, until it begins; later than the reason allows it counts as late, whichever side does it.

    An owner leaves with his own seats; the visit ends when nobody is left. Raises HasBegun, WrongState.
    """
    if actor.kind is ActorKind.OWNER:
        return await _withdraw(visit_id, reason, actor, version)
    async with his(visit_id, actor, version) as visit:
        columns = await _called_off(visit, reason, VisitState.CANCELLED_BY_BUREAU)
        event = NewEvent(Kind.CANCELLED, reason, {"is_late": columns["is_late"]})
        state = VisitState.CANCELLED_BY_BUREAU
        await writing.write(visit, actor, "visits.cancelled", event, state=state, **columns)
        await _end(visit)
        await messages.cancelled(visit)
        await notices.off(visit, [one for one in await notices.going(visit.id) if one != actor.id])
        return visit


async def _withdraw(visit_id: UUID, reason: str, actor: Actor, version: int | None) -> Visit:
    async with writing.changing(visit_id, actor, version=version) as visit:
        await leave(visit, await check_owner(visit, actor), reason, actor)
        return visit


async def leave(visit: Visit, seats: Sequence[UUID], reason: str, actor: Actor) -> None:
    """Free some enterprises' seats in a locked visit; it ends when nobody is left. Raises HasBegun, WrongState."""
    columns = await _called_off(visit, reason, VisitState.CANCELLED_BY_OWNER)
    await db.execute(_LEAVE, visit.id, list(seats))
    if len(seats) < visit.taken:
        left = NewEvent(Kind.LEFT, reason, {"parties": list(seats)})
        await writing.write(visit, actor, "visits.left", left, taken=visit.taken - len(seats))
        return
    event = NewEvent(Kind.CANCELLED, reason, {"is_late": columns["is_late"]})
    was, state = visit.state, VisitState.CANCELLED_BY_OWNER
    await writing.write(visit, actor, "visits.cancelled", event, state=state, **columns)
    await _end(visit)
    await messages.called_off(visit)
    if was is not VisitState.HELD:
        await notices.cancelled(visit)


@asynccontextmanager
async def his(visit_id: UUID, actor: Actor, version: int | None) -> AsyncIterator[Visit]:
    """Lock a visit for whoever goes, or who arranges visits there; raises NotYourVisit for other visitors."""
    async with writing.changing(visit_id, actor, permission=ANSWER, version=version) as visit:
        arranges = visible_to(actor, ASSIGN, by_going=False)
        sql = f"SELECT {arranges.render(3)} OR {_GOES} FROM visits v WHERE v.id = $1"
        if not await db.fetch_value(sql, visit.id, actor.id, *arranges.params):
            raise NotYourVisit
        yield visit


async def check_owner(visit: Visit, actor: Actor) -> list[UUID]:
    """Return the enterprises of this visit for which an owner speaks; raises VisitUnknown, WrongState."""
    rows = await db.fetch(_MINE, visit.id, actor.id, clock.now())
    if visit.state in FREE:
        raise WrongState(LIFECYCLE, visit.state, VisitState.CONFIRMED)
    if actor.kind is not ActorKind.OWNER or not rows:
        raise VisitUnknown
    return [row["enterprise_id"] for row in rows]


async def _settle(visit: Visit, actor: Actor, action: str, kind: Kind) -> None:
    columns = {"awaits": None, "expires_at": None, "confirmed_at": clock.now()}
    await writing.write(visit, actor, action, NewEvent(kind), state=VisitState.CONFIRMED, **columns)
    await notices.settle(visit, "visit_requested", "visit_moved", "visit_unstaffed")


async def _called_off(visit: Visit, reason: str, state: VisitState) -> dict[str, Any]:
    """Return what a cancelled visit notes of it; raises WrongState, HasBegun."""
    LIFECYCLE.check(visit.state, state)
    if visit.starts_at <= clock.now() and visit.state in COMING:
        raise HasBegun
    change = (await reasons.known(visit.reason)).change
    is_late = visit.state is VisitState.CONFIRMED and visit.starts_at - clock.now() < change
    return {"awaits": None, "end_reason": reason, "is_late": is_late}


async def _end(visit: Visit) -> None:
    await ledger.keep(visit)
    await notices.settle(visit, "visit_requested", "visit_moved", "visit_unstaffed")


async def offer_of(
    visit: Visit, starts_at: datetime, needed: int, *, only: Sequence[UUID] = (), going: Sequence[UUID] = ()
) -> Offer:
    """Return who could make a visit at a moment, its own time not counted: people of so many units are needed."""
    reason = replace(await reasons.known(visit.reason), units_needed=needed)
    at = await finding.where(await party(visit.id))
    return await finding.find(
        reason,
        visit.place,
        at,
        starts_at,
        only=only,
        moving=visit.id,
        is_promised=starts_at == visit.starts_at,
        going=going,
    )


async def following(visit: Visit) -> list[datetime]:
    """Return the next free beginnings in a visit's place; none where its enterprise has closed meanwhile."""
    reason = await reasons.known(visit.reason)
    try:
        at = await finding.where(await party(visit.id))
    except EnterpriseClosed:
        return []
    people, calendar = await crew(visit.district, reason.skill), await worktime.current()
    wanted = Wish(reason, visit.place, visit.location, None, people, visit.id)
    return await FOLLOWING.of(Offer(wanted, at, visit.starts_at, (), is_slot=True, carry=(), calendar=calendar))


async def party(visit_id: UUID) -> UUID:
    """Return the enterprise that booked a visit first."""
    found: UUID | None = await db.fetch_value(_PARTIES, visit_id)
    if found is None:
        raise VisitUnknown
    return found
