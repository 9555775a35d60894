"""What happens by itself: a salon's moves by its times, offers and approvals that end, seats that nobody was offered.

Every part looks at rows alone, so that a crash at any point is made good by the next round.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend import audit
from backend.access import SYSTEM
from backend.audit import Entry
from backend.foundation import clock, db
from backend.foundation.logging import get_logger
from backend.salons.seats import admitting, ceasing, moving, rooms, seating
from backend.salons.states import SignupState

log = get_logger(__name__)

# Moved on by its times; what was cancelled or is still a draft stays. The version stays too: whoever has the salon
# before him reads its state by its times already, and a clock's move is nothing that he must look at before his act.
_MOVES: Final = """
WITH due AS (
    SELECT id, CASE WHEN ends_at <= $1 THEN 'held' WHEN closes_at <= $1 THEN 'closed' ELSE 'open' END AS state
    FROM salons WHERE state IN ('published', 'open', 'closed') AND (
        (state = 'published' AND opens_at <= $1) OR (state IN ('published', 'open') AND closes_at <= $1)
        OR ends_at <= $1)
    ORDER BY id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE salons s SET state = CASE WHEN due.state = 'held' AND s.state <> 'closed' THEN 'closed' ELSE due.state END
FROM due WHERE due.id = s.id RETURNING s.id, s.state
"""
_OVERDUE: Final = """
SELECT salon_id AS id FROM (
    SELECT salon_id FROM salon_signups WHERE state = 'offered' AND offer_until <= $1
    UNION SELECT salon_id FROM salon_signups WHERE state = 'pending' AND decide_by <= $1
) AS due ORDER BY salon_id LIMIT $2
"""
_LATE: Final = """
SELECT id, salon_id, state FROM salon_signups WHERE salon_id = $1 AND (
    (state = 'offered' AND offer_until <= $2) OR (state = 'pending' AND decide_by <= $2)) ORDER BY id
"""
# Seats that are free while somebody waits who may have them: a change of times or seats, a crash, seats released.
_UNOFFERED: Final = """
SELECT DISTINCT s.id FROM salons s
JOIN salon_quotas q ON q.salon_id = s.id AND q.taken < q.seats + q.extra
JOIN salon_waiting w ON w.salon_id = s.id AND w.waiting > 0 AND w.way = q.way
    AND (w.is_first OR q.kept_until IS NULL OR q.kept_until <= $1)
WHERE s.state IN ('published', 'open', 'closed')
    AND s.starts_at > CASE q.way WHEN 'online' THEN $2::timestamptz ELSE $3 END
ORDER BY s.id LIMIT $4
"""
_BEGUN: Final = """
SELECT s.id FROM salons s JOIN salon_waiting w ON w.salon_id = s.id AND w.waiting > 0
WHERE s.starts_at <= $1 GROUP BY s.id ORDER BY s.id LIMIT $2
"""
_WAITED: Final = """
SELECT id, salon_id, state FROM salon_signups WHERE salon_id = $1 AND state = 'waiting' ORDER BY id LIMIT $2
"""
# Who was put back for a time comes forward again when that is over, or was excused.
_NOT_LOWERED: Final = """
g.state = 'waiting' AND g.priority = 0 AND NOT EXISTS (
    SELECT FROM salon_no_shows x WHERE x.person_id = g.person_id AND x.lowers_until > $1 AND x.is_excused IS NOT TRUE)
"""
_RAISED: Final = f"SELECT DISTINCT g.salon_id AS id FROM salon_signups g WHERE {_NOT_LOWERED} ORDER BY 1 LIMIT $2"
_RAISE: Final = f"UPDATE salon_signups g SET priority = 1 WHERE {_NOT_LOWERED} AND g.salon_id = $2"


async def sweep(limit: int = 200) -> int:
    """Do all that is due; returns how much that was. Any number may run at once.

    A salon that fails is told in the log and tried again by the next round; it holds no other up.
    """
    now = clock.now()
    rounds: tuple[tuple[str, tuple[Any, ...], Callable[[UUID], Awaitable[int]]], ...] = (
        (_RAISED, (now,), _raise),
        (_OVERDUE, (now,), _settle),
        (_UNOFFERED, (now, *(now + admitting.LAST[way] for way in ("online", "hall"))), _offer),
        (_BEGUN, (now,), _miss),
    )
    done = await _alone(partial(_move_on, limit)) + await _alone(ceasing.end_slipped)
    for sql, given, work in rounds:
        for row in await db.fetch(sql, *given, limit):
            done += await _alone(partial(work, row["id"]), row["id"])
    return done


async def _alone(work: Callable[[], Awaitable[int]], salon_id: UUID | None = None) -> int:
    try:
        return await work()
    except Exception:
        log.exception("salons.not_swept", salon=str(salon_id))
        return 0


async def _move_on(limit: int) -> int:
    async with db.transaction():
        rows = await db.fetch(_MOVES, clock.now(), limit)
        entries = [Entry("salons.moved_on", "salons", row["id"], ("state",), {"state": row["state"]}) for row in rows]
        if entries:
            await audit.record_many(SYSTEM, entries)
    return len(rows)


async def _raise(salon_id: UUID) -> int:
    async with db.transaction():
        await rooms.lock([salon_id])
        return await db.execute(_RAISE, clock.now(), salon_id)


async def _settle(salon_id: UUID) -> int:
    """End the offers that nobody answered, and let pass what nobody decided on in time; then offer what is free."""
    async with db.transaction():
        await rooms.lock([salon_id])
        rows = await db.fetch(_LATE, salon_id, clock.now())
        await _all(rows, SignupState.OFFERED, SignupState.LAPSED, "salons.offer_lapsed")
        await _all(rows, SignupState.PENDING, SignupState.CONFIRMED, "salons.approved_by_time")
        await seating.seat_waiting(salon_id)
    return len(rows)


async def _all(rows: Sequence[Record], state: SignupState, wanted: SignupState, action: str) -> None:
    some = [row for row in rows if row["state"] == state]
    if some:
        await moving.move(some, wanted, SYSTEM, action)


async def _offer(salon_id: UUID) -> int:
    async with db.transaction():
        await rooms.lock([salon_id])
        return len(await seating.seat_waiting(salon_id))


async def _miss(salon_id: UUID, most: int = 1000) -> int:
    """Tell those who waited in vain, once the salon has begun."""
    async with db.transaction():
        await rooms.lock([salon_id])
        rows = await db.fetch(_WAITED, salon_id, most)
        if rows:
            await moving.move(rows, SignupState.MISSED, SYSTEM, "salons.waited_in_vain")
    return len(rows)
