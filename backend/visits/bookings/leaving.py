"""Somebody leaves or is away: his visits go to colleagues who are free then; where none is, people are told.

Nothing is cancelled by itself: an owner who was promised a visit hears of another visitor, or from a human being.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from backend.access import SYSTEM
from backend.foundation import clock, db
from backend.outbox import OutboxItem
from backend.staff import absences
from backend.visits import notices
from backend.visits.bookings import moving
from backend.visits.diary import feeds
from backend.visits.models import Visit

_COMING: Final = """
SELECT v.id FROM visits v JOIN staff_time t ON t.visit_id = v.id
WHERE t.staff_id = $1 AND t.is_live AND v.state IN ('requested', 'confirmed') AND v.starts_at >= $2 AND v.starts_at < $3
ORDER BY v.starts_at, v.id
"""
_ABSENT: Final = """
SELECT v.id, t.staff_id FROM visits v JOIN staff_time t ON t.visit_id = v.id AND t.is_live
JOIN staff_absences a ON a.staff_id = t.staff_id AND a.withdrawn_at IS NULL
    AND t.on_day BETWEEN a.from_on AND a.until_on
WHERE v.state IN ('requested', 'confirmed') AND v.starts_at > $1 ORDER BY v.starts_at, v.id LIMIT $2
"""
_LOCK: Final = "SELECT id FROM visits WHERE id = $1 AND state IN ('requested', 'confirmed') FOR NO KEY UPDATE"
_LOCK_ALL: Final = "SELECT id FROM visits WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE"
_END_PLANS: Final = """
UPDATE visit_plans SET valid_until = greatest(valid_from, $2::date) WHERE staff_id = $1 AND valid_until > $2::date
"""
_END: Final = datetime.max.replace(tzinfo=clock.SHANGHAI, year=9000)


async def staff_left(items: Sequence[OutboxItem]) -> None:
    """Outbox handler: hand over what somebody was to visit who has left, end his plans and the addresses he gave."""
    for item in items:
        staff_id = UUID(item.payload["staff_id"])
        await db.execute(_END_PLANS, staff_id, clock.today())
        await feeds.end_of(staff_id)
        await hand_on(staff_id, clock.now(), _END)


async def absences_begun(items: Sequence[OutboxItem]) -> None:
    """Outbox handler: hand over what falls into absences that begin now; they may have been withdrawn meanwhile."""
    for one in await absences.in_force([UUID(item.payload["absence_id"]) for item in items]):
        await hand_on(one.staff_id, clock.now(), clock.day_start(_after(one.until_on)))


async def sweep(limit: int = 500) -> int:
    """Hand on what falls into absences told ahead, so that owners hear of it early; returns how many changed hands.

    What nobody could take is tried again at the next run; who arranges visits was told of it once.
    """
    done = 0
    for row in await db.fetch(_ABSENT, clock.now(), limit):
        async with db.transaction():
            if await db.fetch_value(_LOCK, row["id"]) is None:
                continue
            visit = await Visit.get(id=row["id"])
            if await moving.hand_over(visit, SYSTEM, but=(row["staff_id"],)):
                done += 1
            else:
                await notices.unstaffed(visit)
    return done


async def hand_on(staff_id: UUID, first: datetime, last: datetime) -> int:
    """Hand on what somebody was to visit in a time, in the caller's transaction; returns what nobody could take."""
    left, coming = 0, await db.fetch(_COMING, staff_id, first, last)
    # All of them before anybody's day, as whoever moves one of them does: else each would wait for the other.
    await db.fetch(_LOCK_ALL, [row["id"] for row in coming])
    for row in coming:
        if await db.fetch_value(_LOCK, row["id"]) is None:
            continue
        visit = await Visit.get(id=row["id"])
        if not await moving.hand_over(visit, SYSTEM, but=(staff_id,)):
            await notices.unstaffed(visit)
            left += 1
    return left


def _after(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
