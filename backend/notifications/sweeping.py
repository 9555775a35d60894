"""Finds what a crash left: claims that ended go back, calls without an answer become unknown, old unknowns final."""

from datetime import timedelta
from typing import Final

from backend.foundation import clock, db
from backend.notifications.settling import give_back

EVENT_WITHIN: Final = timedelta(minutes=10)
LIMIT: Final = 1000

_ABANDONED = """
SELECT id FROM addresses WHERE claim IS NOT NULL AND busy_until <= $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
"""
_RETURN = """
UPDATE deliveries SET state = 'pending', claim = NULL
WHERE address_id = ANY($1::uuid[]) AND state = 'claimed' RETURNING id
"""
_LOSE = """
UPDATE deliveries SET state = 'unknown', reason = 'no_answer', claim = NULL
WHERE address_id = ANY($1::uuid[]) AND state = 'sending'
"""
_FREE = """
UPDATE addresses a SET busy_until = NULL, claim = NULL, next_due_at = (
    SELECT min(w.due_at) FROM deliveries w WHERE w.address_id = a.id AND w.state IN ('pending', 'deferred')
) WHERE id = ANY($1::uuid[])
"""
_FINAL = """
UPDATE deliveries SET state = 'unknown_final', settled_at = $1
WHERE state = 'unknown' AND sending_at <= $1 - $2::interval
"""


async def sweep() -> int:
    """Free what dead workers held and return how many addresses that were; runs every few seconds."""
    freed = 0
    while count := await _free_abandoned():
        freed += count
    await db.execute(_FINAL, clock.now(), EVENT_WITHIN)
    return freed


async def _free_abandoned() -> int:
    """What was only claimed was never sent: it goes back with its credit. What was sending stays paid for."""
    moment = clock.now()
    async with db.transaction():
        addresses = [row["id"] for row in await db.fetch(_ABANDONED, moment, LIMIT)]
        if addresses:
            returned = [row["id"] for row in await db.fetch(_RETURN, addresses)]
            await give_back(returned, addresses)
            await db.execute(_LOSE, addresses)
            await db.execute(_FREE, addresses)
    return len(addresses)
