"""Works off the notes that commands left: which addresses have something new, and since when."""

from typing import Final
from uuid import UUID

from backend.foundation import clock, db
from backend.notifications.locking import lock_addresses

AT_ONCE: Final = 2000
SLICE: Final = 5000

_TAKE = """
DELETE FROM due_notes WHERE ctid = ANY (ARRAY(SELECT ctid FROM due_notes LIMIT $1 FOR UPDATE SKIP LOCKED))
RETURNING delivery_id, address_id, due_at, is_bulk
"""
_DUE = """
UPDATE addresses a SET
    is_bulk = n.is_bulk AND (a.is_bulk OR a.next_due_at IS NULL), next_due_at = LEAST(a.next_due_at, n.due_at)
FROM (
    SELECT address_id, min(due_at) AS due_at, bool_and(is_bulk) AS is_bulk
    FROM unnest($1::uuid[], $2::timestamptz[], $3::boolean[]) AS t (address_id, due_at, is_bulk) GROUP BY 1
) n WHERE a.id = n.address_id AND a.state = 'live'
"""
# The address ended between the command and now.
_TOO_LATE = """
UPDATE deliveries d SET state = 'suppressed', reason = 'address_' || a.state, settled_at = $2
FROM addresses a WHERE d.id = ANY($1::uuid[]) AND a.id = d.address_id AND a.state <> 'live'
  AND d.state IN ('pending', 'deferred')
"""


async def take_notes() -> int:
    """Put the addresses of up to AT_ONCE new deliveries in line and return how many notes that were."""
    async with db.transaction():
        rows = await db.fetch(_TAKE, AT_ONCE)
        if rows:
            await db.plan_once()
            await lock_addresses({row["address_id"] for row in rows})
            columns = ([row[name] for row in rows] for name in ("address_id", "due_at", "is_bulk"))
            await db.execute(_DUE, *columns)
            await db.execute(_TOO_LATE, [row["delivery_id"] for row in rows], clock.now())
    return len(rows)


# The reasons of judging.py for a message whose template was unusable, or whose broadcast was paused. What a claim
# decides about at this moment is passed over: it would be waited for in a circle, and comes by itself soon.
_NO_LONGER = """
WITH held AS MATERIALIZED (
    SELECT d.id FROM deliveries d WHERE d.state = 'deferred' AND d.due_at > $2 AND {those}
    LIMIT {most} FOR NO KEY UPDATE SKIP LOCKED
), back AS (
    UPDATE deliveries d SET due_at = $2 FROM held WHERE d.id = held.id RETURNING d.id, d.address_id, d.is_broadcast
)
INSERT INTO due_notes (delivery_id, address_id, due_at, is_bulk)
SELECT id, address_id, $2, is_broadcast FROM back ON CONFLICT (delivery_id) DO NOTHING
"""
_OF_TEMPLATES = _NO_LONGER.format(those="d.template = ANY($1::text[]) AND d.reason LIKE 'template%'", most="ALL")
_OF_BROADCAST = _NO_LONGER.format(those="d.broadcast_id = $1 AND d.reason = 'broadcast_paused'", most="ALL")
_OF_CANCELLED = _NO_LONGER.format(those="d.broadcast_id = $1 AND d.id >= $1", most=str(SLICE))


async def wait_no_longer(titles: list[str]) -> None:
    """Let the messages of templates that can be used again come at once."""
    if titles:
        await db.execute(_OF_TEMPLATES, titles, clock.now())


async def go_on_with(broadcast: UUID) -> None:
    """Let the messages of a broadcast that goes on again come at once."""
    await db.execute(_OF_BROADCAST, broadcast, clock.now())


async def end_soon(broadcast: UUID) -> bool:
    """Let a slice of what a cancelled broadcast left waiting, for whatever reason, be ended; tells if there was any."""
    return await db.execute(_OF_CANCELLED, broadcast, clock.now()) > 0
