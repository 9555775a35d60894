"""An earlier time is offered: held for two hours of the day, to one at a time, settled once.

Three in all for who waits, one a day, one at a time: constraints of the table say so under any number of racers. The
time is held by a visit that has no party yet, so the constraint that keeps a slot from being booked twice keeps it from
being offered twice.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend import audit, notifications, runtime
from backend.access import SYSTEM
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.parts import Part
from backend.notifications import Message, clock_end, clock_start
from backend.visits.availability.finding import Offer
from backend.visits.bookings import booking, occupying
from backend.visits.bookings.booking import Order
from backend.visits.bookings.occupying import Taking
from backend.visits.errors import when
from backend.visits.messages import span
from backend.visits.reasons import PLACES
from backend.visits.states import VisitState
from backend.visits.waiting.states import OFFERING, OfferState

MOST: Final = 3
STANDS: Final = timedelta(hours=2)
SOON: Final = timedelta(hours=24)
"""What begins sooner is neither offered nor moved forward."""
KIND: Final = "visit_offered"
TABLE: Final = "visit_offers"
PAGE: Final = "pages/visits/earlier"

# Over waits w and, where they have one, their visits v: $2 what is far enough, $3 the day on which he would hear of it.
ELIGIBLE: Final = f"""
w.state = 'waiting' AND w.person_id IS NOT NULL
AND CASE WHEN w.visit_id IS NULL THEN {booking.REQUESTS} > (
        SELECT count(*) FROM visits a JOIN visit_parties p ON p.visit_id = a.id
        WHERE p.enterprise_id = w.enterprise_id AND p.state = 'booked' AND a.state = 'requested')
    ELSE v.state IN ('requested', 'confirmed') AND v.starts_at >= $2 END
AND NOT EXISTS (SELECT FROM visit_offers o WHERE o.wait_id = w.id AND (o.state = 'open' OR o.on_day >= $3::date))
AND {MOST} > (SELECT count(*) FROM visit_offers o WHERE o.wait_id = w.id)
"""
_WAIT: Final = f"""
SELECT w.id, w.person_id, w.note, (SELECT count(*) FROM visit_offers o WHERE o.wait_id = w.id) AS given, v.number
FROM visit_waits w LEFT JOIN visits v ON v.id = w.visit_id
WHERE w.id = $1 AND {ELIGIBLE} AND (v.starts_at IS NULL OR v.starts_at > $4) FOR UPDATE OF w
"""
_HOLD: Final = f"""
made AS (
    INSERT INTO visits ({", ".join(booking.COLUMNS)})
    SELECT {", ".join(booking.COLUMNS)} FROM jsonb_populate_record(NULL::visits, $1::jsonb)
)
"""
_OFFER: Final = """
INSERT INTO visit_offers (id, wait_id, number, on_day, hold_id, starts_at, ends_at, made_at, until_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_SETTLE: Final = """
UPDATE visit_offers SET state = $2, settled_at = $3 WHERE id = $1 AND state = 'open' RETURNING wait_id, hold_id, number
"""
_FREE: Final = "DELETE FROM visits WHERE id = $1 AND state = 'held'"
_USED_UP: Final = """
UPDATE visit_waits SET state = 'ended', end_reason = 'used_up', ended_at = $2 WHERE id = $1 AND state = 'waiting'
"""
_OPEN: Final = "SELECT id FROM visit_offers WHERE wait_id = $1 AND state = 'open'"


def day_told() -> date:
    """Return the day in China on which somebody hears of what is offered now: at night it is the next morning's."""
    heard = clock_start(KIND, clock.now(), runtime.current().settings)
    return heard.astimezone(clock.SHANGHAI).date()


async def make(wait_id: UUID, offer: Offer) -> UUID | None:
    """Hold a time for somebody who waits and tell him; None where he may be offered nothing, or nobody is free.

    Raises SlotTaken or EnterpriseBusy where a constraint says that it is taken.
    """
    theirs = [offer.where.enterprise_id]
    async with db.transaction():
        await occupying.lock(occupying.enterprise(offer.where.enterprise_id))
        wait = await db.fetch_one(_WAIT, wait_id, clock.now() + SOON, day_told(), offer.starts_at)
        if wait is None or offer.starts_at < clock.now() + SOON:
            return None
        taking = Taking(new_id(), offer.starts_at, offer.wish.reason, offer.wish.location)
        free = await occupying.claim(taking, offer.free, theirs) if offer.free else set()
        pick = booking.picked(offer, free)
        if pick is None:
            return None
        until = clock_end(KIND, clock.now(), STANDS, runtime.current().settings)
        row = await _hold(taking, offer, pick, until)
        written = orjson.dumps(row, default=str).decode()
        await occupying.occupy(taking, pick.staff, theirs, lapses_at=until, beside=[Part(_HOLD, (written,))])
        return await _write(wait, taking, offer, row)


async def settle(offer_id: UUID, state: OfferState) -> bool:
    """End an open offer whose wait is locked; its time is free at once, unless accepted. False where it was over."""
    OFFERING.check(OfferState.OPEN, state)
    row = await db.fetch_one(_SETTLE, offer_id, state, clock.now())
    if row is None:
        return False
    await notifications.call_off(offer_id, "superseded" if state is OfferState.ACCEPTED else "cancelled")
    if state is not OfferState.ACCEPTED:
        await db.execute(_FREE, row["hold_id"])
        if row["number"] >= MOST:
            await db.execute(_USED_UP, row["wait_id"], clock.now())
    return True


async def withdraw_open(wait_id: UUID) -> None:
    """Take back what somebody is offered whose wait is locked and about to end."""
    offer_id = await db.fetch_value(_OPEN, wait_id)
    if offer_id is not None:
        await settle(offer_id, OfferState.WITHDRAWN)


async def _hold(taking: Taking, offer: Offer, pick: booking.Pick, until: datetime) -> dict[str, Any]:
    row = booking.row_of(taking, offer, Order(VisitState.HELD, "system", None), SYSTEM)
    address = await booking.address_of(offer, pick.people[0])
    return {**row, **pick.columns(offer), "taken": 0, "held_until": until, "address": address}


async def _write(wait: Record, taking: Taking, offer: Offer, row: dict[str, Any]) -> UUID:
    offer_id, number = new_id(), wait["given"] + 1
    times = (taking.starts_at, taking.ends_at, clock.now(), row["held_until"])
    await db.execute(_OFFER, offer_id, wait["id"], number, day_told(), taking.visit_id, *times)
    await audit.record(SYSTEM, "visits.offered", table=TABLE, row_id=offer_id, fields=("starts_at",))
    await notifications.tell([_message(wait, taking, offer, row, offer_id)])
    return offer_id


def _message(wait: Record, taking: Taking, offer: Offer, row: dict[str, Any], offer_id: UUID) -> Message:
    names = {one.id: one.name for one in offer.free}
    until: datetime = row["held_until"]
    fields = {
        "reason": taking.reason.title,
        "number": wait["number"] or "候补",
        "time": span(taking.starts_at, taking.ends_at),
        "place": row["address"] or PLACES[offer.wish.place],
        "visitor": names[UUID(row["choice"]["chosen"][0])],
        "hint": f"{when(until)}前答复有效",
    }
    told = Message(KIND, wait["person_id"], f"{KIND}:{offer_id}", fields, f"{PAGE}?id={offer_id}", not_after=until)
    return replace(told, subject=offer_id, enterprise=offer.where.enterprise_id)
