"""Finds what a crash left: claims that ran out go back, calls without an answer become unknown, old unknowns final."""

from datetime import timedelta
from typing import Final

from backend.foundation import clock, db
from backend.notifications.passing_on import pass_on
from backend.notifications.settling import release

EVENT_WITHIN: Final = timedelta(minutes=10)
LIMIT: Final = 100

_ABANDONED = "SELECT id FROM delivery_claims WHERE until_at <= $1 ORDER BY until_at LIMIT $2 FOR UPDATE SKIP LOCKED"
# What an event or a late answer settles at this moment is left to it: addresses are not held here.
_FINAL = """
WITH old AS MATERIALIZED (
    SELECT id FROM deliveries WHERE state = 'unknown' AND sending_at <= $1::timestamptz - $2::interval
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE deliveries d SET state = 'unknown_final', settled_at = $1::timestamptz FROM old WHERE d.id = old.id
"""
_WAITING = """
SELECT EXISTS (SELECT FROM due_notes)
    OR EXISTS (SELECT FROM addresses WHERE state = 'live' AND claim IS NULL AND NOT is_bulk AND next_due_at <= $1)
    OR EXISTS (SELECT FROM addresses WHERE state = 'live' AND claim IS NULL AND is_bulk AND next_due_at <= $1)
"""
_BACKLOG = """
SELECT count(*) AS waiting, min(due_at) AS oldest FROM deliveries
WHERE state IN ('pending', 'deferred') AND due_at <= $1
"""


async def sweep() -> bool:
    """Free what dead workers held, give up old unknowns, take next channels; tells whether something is due."""
    while await _free_abandoned():
        continue
    await db.execute(_FINAL, clock.now(), EVENT_WITHIN)
    while await pass_on():
        continue
    return bool(await db.fetch_value(_WAITING, clock.now()))


async def _free_abandoned() -> int:
    async with db.transaction():
        claims = [row["id"] for row in await db.fetch(_ABANDONED, clock.now(), LIMIT)]
        if claims:
            await release(claims)
    return len(claims)


async def backlog() -> tuple[int, float]:
    """Return how many messages are due and for how many seconds the oldest of them has been."""
    moment = clock.now()
    row = await db.fetch_one(_BACKLOG, moment)
    if row is None or row["oldest"] is None:
        return 0, 0.0
    return row["waiting"], (moment - row["oldest"]).total_seconds()
