"""An owner answers what he was offered: the held time becomes his visit's, or is free at once."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from asyncpg import ExclusionViolationError, Record

from backend import audit
from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.identity import acting_for
from backend.visits import ledger, messages, notices, writing
from backend.visits.bookings import booking, handing, occupying
from backend.visits.errors import EnterpriseBusy
from backend.visits.events import Kind, NewEvent
from backend.visits.models import Visit
from backend.visits.states import VisitState
from backend.visits.visibility import NAME
from backend.visits.waiting import offers
from backend.visits.waiting.errors import OfferOver, OfferUnknown
from backend.visits.waiting.states import OfferState

_ONE: Final = """
SELECT w.enterprise_id, w.visit_id FROM visit_offers o JOIN visit_waits w ON w.id = o.wait_id WHERE o.id = $1
"""
_LOCK: Final = """
SELECT w.id AS wait_id, w.visit_id, w.enterprise_id, w.note, w.state AS waits, o.id, o.hold_id, o.state, o.starts_at,
    o.until_at
FROM visit_offers o JOIN visit_waits w ON w.id = o.wait_id WHERE o.id = $1 FOR UPDATE OF w, o
"""
_HELD: Final = "SELECT id FROM visits WHERE id = $1 AND state = 'held' FOR UPDATE"
# Whoever holds the time for it can still come: he has not left, nor told that he is away then.
_PRESENT: Final = """
SELECT s.id FROM staff_time t JOIN staff s ON s.id = t.staff_id
WHERE t.visit_id = $1 AND t.is_live AND s.state = 'active' AND NOT EXISTS (
    SELECT FROM staff_absences a WHERE a.staff_id = s.id AND a.withdrawn_at IS NULL
    AND $2::date BETWEEN a.from_on AND a.until_on)
ORDER BY s.id FOR SHARE OF s
"""
_OVER_TO: Final = """
WITH theirs AS (UPDATE enterprise_time SET visit_id = $2, lapses_at = NULL WHERE visit_id = $1)
UPDATE staff_time SET visit_id = $2, lapses_at = NULL WHERE visit_id = $1
"""
_FORGET: Final = "DELETE FROM visits WHERE id = $1"
_PARTY: Final = """
INSERT INTO visit_parties (visit_id, enterprise_id, person_id, note, joined_at) VALUES ($1, $2, $3, $4, $5)
"""
_TAKE_ON: Final = """
UPDATE visits SET channel = 'mini_program', requested_by_kind = 'owner', requested_by = $2, taken = 1 WHERE id = $1
"""
_SERVED: Final = "UPDATE visit_waits SET state = 'served', ended_at = $2 WHERE id = $1 AND state = 'waiting'"
_MOVABLE: Final = (VisitState.REQUESTED, VisitState.CONFIRMED)


async def accept(offer_id: UUID, *, actor: Actor) -> Visit:
    """Take an offered time: the visit moves there, who had none has a request. The same again is the same visit.

    Its old time is offered on. What was confirmed stays so: who goes had that time in his plan. Raises OfferUnknown,
    OfferOver, TooManyRequests, NotBound, ReadOnly, OutOfScope.
    """
    acted = await _speaking(offer_id, actor)
    async with db.transaction():
        found = await db.fetch_one(_ONE, offer_id)
        if found is None:
            raise OfferUnknown
        await occupying.lock(occupying.enterprise(found["enterprise_id"]))
        visit = await writing.locked(found["visit_id"], acted) if found["visit_id"] else None
        offer = await _locked(offer_id)
        if offer["state"] == OfferState.ACCEPTED:
            return visit or await Visit.get(id=offer["hold_id"])
        await _check(offer, visit)
        await offers.settle(offer_id, OfferState.ACCEPTED)
        await db.execute(_SERVED, offer["wait_id"], clock.now())
        return await (_request(offer, acted) if visit is None else _move(visit, offer, acted))


async def decline(offer_id: UUID, *, actor: Actor) -> None:
    """Pass on an offered time: it is free at once, one's own visit stays. Raises OfferUnknown, OfferOver."""
    acted = await _speaking(offer_id, actor)
    async with db.transaction():
        offer = await _locked(offer_id)
        if offer["state"] == OfferState.DECLINED:
            return
        if not await offers.settle(offer_id, OfferState.DECLINED):
            raise OfferOver
        await audit.record(acted, "visits.offer_declined", table=offers.TABLE, row_id=offer_id, fields=("state",))


async def _speaking(offer_id: UUID, actor: Actor) -> Actor:
    found = await db.fetch_one(_ONE, offer_id)
    if found is None:
        raise OfferUnknown
    return await acting_for(actor, found["enterprise_id"], scope=NAME)


async def _locked(offer_id: UUID) -> Record:
    offer = await db.fetch_one(_LOCK, offer_id)
    if offer is None:
        raise OfferUnknown
    return offer


async def _check(offer: Record, visit: Visit | None) -> None:
    """Raise OfferOver unless the offer stands, helps, and whoever would come still can."""
    is_open = offer["state"] == OfferState.OPEN and offer["until_at"] > clock.now()
    helps = visit is None or (visit.state in _MOVABLE and visit.starts_at > max(offer["starts_at"], clock.now()))
    if not is_open or not helps or await db.fetch_value(_HELD, offer["hold_id"]) is None:
        raise OfferOver
    day: date = offer["starts_at"].astimezone(clock.SHANGHAI).date()
    present = await db.fetch(_PRESENT, offer["hold_id"], day)
    if {row["id"] for row in present} != set(await notices.going(offer["hold_id"])):
        raise OfferOver


async def _request(offer: Record, actor: Actor) -> Visit:
    """Make the hold itself the request of who waited without a visit."""
    await db.execute(_TAKE_ON, offer["hold_id"], actor.id)
    party = (offer["enterprise_id"], actor.id, offer["note"], clock.now())
    await db.execute(_PARTY, offer["hold_id"], *party)
    return await booking.request(await Visit.get(id=offer["hold_id"]), offer["note"], actor)


async def _move(visit: Visit, offer: Record, actor: Actor) -> Visit:
    hold = await Visit.get(id=offer["hold_id"])
    old, before, went = visit.schedule_id, visit.starts_at, await notices.going(visit.id)
    await _take_over(visit, hold)
    await writing.write(visit, actor, "visits.moved_up", _moved(before, hold), **await _columns(visit, hold))
    await handing.note(visit.id, went)
    await ledger.keep(visit)
    await messages.superseded(old)
    if visit.state is VisitState.CONFIRMED:
        await messages.confirmed(visit)
    await _tell_staff(visit, went)
    return visit


async def _take_over(visit: Visit, hold: Visit) -> None:
    await occupying.let_go(visit.id)
    try:
        await db.execute(_OVER_TO, hold.id, visit.id)
    except ExclusionViolationError as error:
        raise EnterpriseBusy from error
    await db.execute(_FORGET, hold.id)


def _moved(before: Any, hold: Visit) -> NewEvent:
    return NewEvent(Kind.MOVED, data={"before": before, "after": hold.starts_at, "is_offer": True})


async def _columns(visit: Visit, hold: Visit) -> dict[str, Any]:
    taken = ("starts_at", "ends_at", "address", "unit_id", "why", "choice")
    columns: dict[str, Any] = {name: getattr(hold, name) for name in taken}
    columns |= {"moved": visit.moved + 1, "sequence": visit.sequence + 1, "schedule_id": new_id()}
    if visit.state is VisitState.REQUESTED:
        columns["expires_at"] = await booking.answer_by(hold.starts_at)
    return columns


async def _tell_staff(visit: Visit, went: Sequence[UUID]) -> None:
    """Tell who was to come and who comes now."""
    if visit.state is VisitState.CONFIRMED:
        await notices.moved_up(visit, [*went, *await notices.going(visit.id)])
    else:
        await notices.moved(visit)
