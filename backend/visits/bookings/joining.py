"""Visits with several seats: which are open, and how an owner takes one; never more than there are."""

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from backend.access import Actor
from backend.foundation import clock, db
from backend.visits import messages, writing
from backend.visits.availability import finding
from backend.visits.availability.finding import Where
from backend.visits.bookings import occupying
from backend.visits.bookings.occupying import Taking
from backend.visits.errors import VisitFull, VisitUnknown
from backend.visits.events import Kind, NewEvent
from backend.visits.models import Visit
from backend.visits.reasons import Reason, known

_OPEN: Final = """
SELECT v.id, v.starts_at, v.ends_at, v.address, v.capacity - v.taken AS seats FROM visits v
WHERE v.reason = $1 AND v.place = $2 AND v.state = 'confirmed' AND v.taken < v.capacity
  AND v.starts_at >= $3 AND v.starts_at < $4 AND v.starts_at > $5 AND v.district IS NOT DISTINCT FROM $6
  AND NOT EXISTS (SELECT FROM visit_parties p WHERE p.visit_id = v.id AND p.enterprise_id = $7 AND p.state = 'booked')
ORDER BY v.starts_at, v.id LIMIT 200
"""
_LOCK: Final = """
SELECT id FROM visits WHERE id = $1 AND capacity > 1 AND state = 'confirmed' AND starts_at > $2
AND district IS NOT DISTINCT FROM $3 FOR NO KEY UPDATE
"""
_SEAT: Final = """
INSERT INTO visit_parties (visit_id, enterprise_id, person_id, note, joined_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (visit_id, enterprise_id) DO UPDATE
    SET state = 'booked', person_id = excluded.person_id, note = excluded.note, joined_at = excluded.joined_at
    WHERE visit_parties.state = 'cancelled'
"""
_FORGET: Final = "DELETE FROM enterprise_time WHERE visit_id = $1 AND enterprise_id = $2"


async def open_ones(reason: Reason, place: str, where: Where, first: date, last: date) -> list[dict[str, Any]]:
    """Return the visits of some days in an enterprise's district that have a seat left for it."""
    if reason.capacity == 1:
        return []
    span = (clock.day_start(first), clock.day_start(last + timedelta(days=1)), clock.now())
    rows = await db.fetch(_OPEN, reason.key, place, *span, where.district, where.enterprise_id)
    return [dict(row) for row in rows]


async def join(visit_id: UUID, enterprise_id: UUID, note: str, *, actor: Actor) -> Visit:
    """Take a seat for an enterprise; the same again changes nothing. Raises VisitUnknown, VisitFull, EnterpriseBusy."""
    where = await finding.where(enterprise_id)
    async with db.transaction():
        await occupying.lock(occupying.enterprise(enterprise_id))
        if await db.fetch_value(_LOCK, visit_id, clock.now(), where.district) is None:
            raise VisitUnknown
        visit = await Visit.get(id=visit_id)
        if not await db.execute(_SEAT, visit_id, enterprise_id, actor.id, note, clock.now()):
            return visit
        if visit.taken >= visit.capacity:
            raise VisitFull
        await _take(visit, enterprise_id)
        await writing.write(visit, actor, "visits.joined", NewEvent(Kind.JOINED), taken=visit.taken + 1)
        await messages.confirmed(visit, only=enterprise_id)
        return visit


async def _take(visit: Visit, enterprise_id: UUID) -> None:
    taking = Taking(visit.id, visit.starts_at, await known(visit.reason), visit.location)
    await db.execute(_FORGET, visit.id, enterprise_id)
    await occupying.occupy(taking, (), (enterprise_id,))
