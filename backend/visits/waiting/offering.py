"""What became free is offered on, in the order in which people asked; whatever a crash left is found again.

Time that becomes free leaves a row (`visit_freed`, by triggers: no program can forget it), which goes when everybody
who could use it was asked. Nothing of it is in memory: another run goes on where one died.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend.foundation import clock, db
from backend.foundation.errors import WuweiError
from backend.foundation.logging import get_logger
from backend.visits import reasons
from backend.visits.availability import finding, slots, visitors
from backend.visits.availability.slots import Slot, Wish
from backend.visits.reasons import Reason
from backend.visits.waiting import offers
from backend.visits.waiting.offers import ELIGIBLE, SOON
from backend.visits.waiting.states import OfferState

log = get_logger(__name__)

AT_ONCE: Final = 500
"""How many of those who wait are looked at for one piece of time."""
TRIES: Final = 3
"""How many of its beginnings are tried for one of them: where somebody is quicker it is no use to go on."""

_FREED: Final = "SELECT id, staff_id, during FROM visit_freed ORDER BY id LIMIT $1"
_DONE: Final = "DELETE FROM visit_freed WHERE id = $1"
_LINE: Final = f"""
SELECT w.id, w.visit_id, w.enterprise_id, w.reason, w.place, w.not_before, v.starts_at AS has,
    ARRAY(SELECT o.starts_at FROM visit_offers o WHERE o.wait_id = w.id) AS offered
FROM visit_waits w LEFT JOIN visits v ON v.id = w.visit_id
WHERE {ELIGIBLE} AND (v.starts_at IS NULL OR v.starts_at > $1) ORDER BY w.asked_at, w.id LIMIT {AT_ONCE}
"""
# Offers whose time is over, or that no longer help: their visit is over, or stands as early already.
_STALE: Final = """
SELECT o.id, o.wait_id, o.until_at <= $1 AS is_lapsed FROM visit_offers o JOIN visit_waits w ON w.id = o.wait_id
LEFT JOIN visits v ON v.id = w.visit_id
WHERE o.state = 'open' AND (o.until_at <= $1 OR w.state <> 'waiting' OR v.state NOT IN ('requested', 'confirmed')
    OR v.starts_at <= o.starts_at
    OR NOT EXISTS (SELECT FROM enterprises e WHERE e.id = w.enterprise_id AND e.closed_at IS NULL))
ORDER BY o.until_at LIMIT $2
"""
_OVER: Final = """
UPDATE visit_waits w SET state = 'ended', ended_at = $1, end_reason = n.why FROM (
    SELECT w.id, CASE WHEN e.closed_at IS NOT NULL THEN 'closed'
        WHEN v.state NOT IN ('requested', 'confirmed') THEN 'over' ELSE 'too_near' END AS why
    FROM visit_waits w JOIN enterprises e ON e.id = w.enterprise_id LEFT JOIN visits v ON v.id = w.visit_id
    WHERE w.state = 'waiting' AND NOT EXISTS (SELECT FROM visit_offers o WHERE o.wait_id = w.id AND o.state = 'open')
      AND (e.closed_at IS NOT NULL OR v.state NOT IN ('requested', 'confirmed') OR v.starts_at < $2)
    ORDER BY w.id FOR NO KEY UPDATE OF w SKIP LOCKED) AS n
WHERE w.id = n.id
"""
_LOCK: Final = "SELECT FROM visit_waits WHERE id = $1 FOR UPDATE"


@dataclass(frozen=True, slots=True)
class _Freed:
    """Somebody's time that is free, from a day on that can still be offered."""

    staff_id: UUID
    begins: datetime
    ends: datetime

    def days(self, until: datetime | None, not_before: date | None) -> tuple[date, date]:
        """Return from which day to which it may serve somebody, at most as many as are looked at together."""
        first = max(self.begins, clock.now() + SOON).astimezone(clock.SHANGHAI).date()
        last = min(self.ends, until or self.ends).astimezone(clock.SHANGHAI).date()
        first = max(first, not_before or first)
        return first, min(last, first + slots.LONGEST)


async def sweep(limit: int = 200) -> int:
    """End offers whose time is over, then offer what is free to who waits; returns how many offers were made.

    What fails is told in the log, holds nothing else up, and is tried again by the next run.
    """
    await tidy(limit)
    made = 0
    for row in await db.fetch(_FREED, limit):
        try:
            made += await _hand_out(_Freed(row["staff_id"], row["during"].lower, row["during"].upper))
            await db.execute(_DONE, row["id"])
        except db.TRANSIENT:
            raise
        except Exception:
            log.exception("visits.not_offered_on", staff=str(row["staff_id"]))
    return made


async def tidy(limit: int = 200) -> None:
    """End offers that nobody answered in time or that no longer help, and waits that wait for nothing."""
    for row in await db.fetch(_STALE, clock.now(), limit):
        async with db.transaction():
            await db.fetch(_LOCK, row["wait_id"])
            await offers.settle(row["id"], OfferState.LAPSED if row["is_lapsed"] else OfferState.WITHDRAWN)
    await db.execute(_OVER, clock.now(), clock.now() + SOON)


async def _hand_out(freed: _Freed) -> int:
    """Ask everybody in line in turn: the first whom it suits has it, what is left of it suits the next."""
    if freed.ends <= clock.now() + SOON:
        return 0
    made = 0
    for row in await db.fetch(_LINE, freed.begins, clock.now() + SOON, offers.day_told()):
        try:
            made += await _ask(row, freed)
        except WuweiError:  # somebody was quicker, or his enterprise has closed: it is the next one's turn
            continue
    return made


async def _ask(row: Record, freed: _Freed) -> bool:
    """Offer what is free to one who waits, the earliest that suits him; tells whether he was offered it."""
    reason, where = await reasons.known(row["reason"]), await finding.where(row["enterprise_id"])
    first, last = freed.days(row["has"], row["not_before"])
    if last < first or not reason.is_open:
        return False
    only = (freed.staff_id,) if reason.units_needed == 1 else None
    crew = await visitors.crew(where.district, reason.skill, only=only)
    wish = Wish(reason, row["place"], where.location(row["place"]), row["enterprise_id"], crew)
    found = await slots.free(wish, first, last)
    for slot in islice(_suiting(found.slots, row, freed, reason), TRIES):
        offer = await finding.find(reason, row["place"], where, slot.starts_at, only=slot.staff)
        if await offers.make(row["id"], offer) is not None:
            return True
    return False


def _suiting(found: Sequence[Slot], row: Record, freed: _Freed, reason: Reason) -> Iterator[Slot]:
    """Yield what is earlier than what he has, lies in what became free and was not offered to him before."""
    for slot in found:
        is_earlier = slot.starts_at >= clock.now() + SOON and (row["has"] is None or slot.starts_at < row["has"])
        is_freed = slot.starts_at < freed.ends and slot.starts_at + reason.duration > freed.begins
        if is_earlier and is_freed and freed.staff_id in slot.staff and slot.starts_at not in row["offered"]:
            yield slot
