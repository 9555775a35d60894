"""Somebody leaves or is away: his visits go to colleagues who are free then; where none is, people are told.

Nothing is cancelled by itself: an owner who was promised a visit hears of another visitor, or from a human being.
Every visit changes hands in a transaction of its own, as everything else that changes one does: whoever holds the days
of several visitors at once would sooner or later wait for somebody who waits for him.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from backend import outbox
from backend.access import SYSTEM
from backend.foundation import clock, db
from backend.foundation.logging import get_logger
from backend.outbox import NewItem, OutboxItem, Outside, SomeFailed
from backend.staff import absences
from backend.visits import notices
from backend.visits.bookings import moving
from backend.visits.diary import feeds
from backend.visits.models import Visit

log = get_logger(__name__)

HAND_ON: Final = "visits.hand_on"
"""Outbox topic: somebody who was to make a visit has left or is away; payload {visit_id, staff_id}."""
TOPICS: Final = (HAND_ON,)

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
_LOCK: Final = """
SELECT id FROM visits WHERE id = $1 AND state IN ('requested', 'confirmed') AND starts_at > $2 FOR NO KEY UPDATE
"""
# Asked once the visit is locked, for until then it may have changed hands, or the absence may have been taken back.
_CANNOT_GO: Final = """
SELECT EXISTS (SELECT FROM staff_time t JOIN staff s ON s.id = t.staff_id
    WHERE t.visit_id = $1 AND t.staff_id = $2 AND t.is_live AND (s.state = 'left' OR EXISTS (
        SELECT FROM staff_absences a WHERE a.staff_id = t.staff_id AND a.withdrawn_at IS NULL
        AND t.on_day BETWEEN a.from_on AND a.until_on)))
"""
_END_PLANS: Final = """
UPDATE visit_plans SET valid_until = greatest(valid_from, $2::date) WHERE staff_id = $1 AND valid_until > $2::date
"""
_END: Final = datetime.max.replace(tzinfo=clock.SHANGHAI, year=9000)


async def staff_left(items: Sequence[OutboxItem]) -> None:
    """Outbox handler: note every visit of somebody who has left, end his plans and the addresses he gave."""
    for item in items:
        staff_id = UUID(item.payload["staff_id"])
        await db.execute(_END_PLANS, staff_id, clock.today())
        await feeds.end_of(staff_id)
        await _note(staff_id, _END)


async def absences_begun(items: Sequence[OutboxItem]) -> None:
    """Outbox handler: note what falls into absences that begin now; they may have been withdrawn meanwhile."""
    for one in await absences.in_force([UUID(item.payload["absence_id"]) for item in items]):
        await _note(one.staff_id, clock.day_start(_after(one.until_on)))


async def handed_on(items: Sequence[OutboxItem]) -> None:
    """Outbox handler: hand on one visit after the other; one that fails holds no other and comes again alone.

    Whatever comes twice finds that its visitor goes no more, and changes nothing.
    """
    failures: dict[UUID, BaseException] = {}
    for item in items:
        try:
            await hand_on(UUID(item.payload["visit_id"]), UUID(item.payload["staff_id"]))
        except Exception as error:  # noqa: BLE001  noted by the outbox with the item, which it lets come again
            failures[item.id] = error
    if failures:
        raise SomeFailed(failures)


# Outside of the transaction that removes the items, because each has one of its own.
HANDLERS: Final[Mapping[str, Outside]] = {HAND_ON: Outside(handed_on)}


async def sweep(limit: int = 500) -> int:
    """Hand on what falls into absences told ahead, so that owners hear of it early; returns how many changed hands.

    What nobody could take is tried again at the next run; who arranges visits was told of it once. What fails is told
    in the log, holds nothing else up, and is tried again as well.
    """
    done = 0
    for row in await db.fetch(_ABSENT, clock.now(), limit):
        try:
            done += await hand_on(row["id"], row["staff_id"])
        except Exception:
            log.exception("visits.not_handed_on", visit=str(row["id"]))
    return done


async def hand_on(visit_id: UUID, staff_id: UUID) -> bool:
    """Hand on a visit whose visitor has left or is away that day, as one transaction; tells whether it changed hands.

    Where nobody can take it, who arranges visits is told once.
    """
    async with db.transaction():
        if await db.fetch_value(_LOCK, visit_id, clock.now()) is None:
            return False
        if not await db.fetch_value(_CANNOT_GO, visit_id, staff_id):
            return False
        visit = await Visit.get(id=visit_id)
        if await moving.hand_over(visit, SYSTEM, but=(staff_id,)):
            return True
        await notices.unstaffed(visit)
        return False


async def _note(staff_id: UUID, until: datetime) -> None:
    """Note every visit that somebody was to make from now until a moment, in the caller's transaction."""
    coming = await db.fetch(_COMING, staff_id, clock.now(), until)
    told = [{"visit_id": str(row["id"]), "staff_id": str(staff_id)} for row in coming]
    if told:
        await outbox.put_many([NewItem(HAND_ON, payload, payload["visit_id"]) for payload in told])


def _after(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
