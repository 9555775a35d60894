"""What ends by itself: holds after their minutes, requests that nobody answered, with an apology and other slots."""

from typing import Final

from backend.access import SYSTEM
from backend.foundation import clock, db
from backend.visits import ledger, messages, notices, writing
from backend.visits.bookings import changing
from backend.visits.events import Kind, NewEvent
from backend.visits.models import Visit
from backend.visits.states import VisitState

_HOLDS: Final = """
WITH gone AS (
    UPDATE visits SET state = 'expired', ended_at = $1, version = version + 1 WHERE id = ANY (ARRAY(
        SELECT id FROM visits WHERE state = 'held' AND held_until <= $1 ORDER BY held_until LIMIT $2
        FOR UPDATE SKIP LOCKED)) RETURNING id
), staff AS (
    UPDATE staff_time SET is_live = FALSE WHERE visit_id IN (SELECT id FROM gone) AND is_live
), theirs AS (
    UPDATE enterprise_time SET is_live = FALSE WHERE visit_id IN (SELECT id FROM gone) AND is_live
)
SELECT count(*) FROM gone
"""
_REQUEST: Final = """
SELECT id FROM visits WHERE state = 'requested' AND expires_at <= $1 ORDER BY expires_at LIMIT 1
FOR NO KEY UPDATE SKIP LOCKED
"""


async def sweep(limit: int = 500) -> int:
    """End what nobody confirmed in time; returns how many holds and requests that were."""
    done = int(await db.fetch_value(_HOLDS, clock.now(), limit))
    while done < limit:
        async with db.transaction():
            visit_id = await db.fetch_value(_REQUEST, clock.now())
            if visit_id is None:
                break
            await _expire(await Visit.get(id=visit_id))
            done += 1
    return done


async def _expire(visit: Visit) -> None:
    awaited_staff, columns = visit.awaits == "staff", {"awaits": None}
    await writing.write(visit, SYSTEM, "visits.expired", NewEvent(Kind.EXPIRED), state=VisitState.EXPIRED, **columns)
    await ledger.keep(visit)
    await notices.settle(visit, "visit_requested", "visit_moved", "visit_unstaffed")
    if awaited_staff:
        await messages.expired(visit, await changing.following(visit))
    else:
        await messages.called_off(visit)
