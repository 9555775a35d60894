"""Looks after what is being sent: pauses a broadcast whose calls fail too often, ends one with nothing left to do.

What a cancelled one left waiting is ended here, slice by slice.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from backend import alerts, runtime
from backend.foundation import clock, db
from backend.notifications.broadcasts import forecasting, releasing
from backend.notifications.broadcasts.rows import BY_INDEX, Broadcast, lock
from backend.notifications.broadcasts.states import BroadcastState
from backend.notifications.due import end_soon

LAST: Final = 500
LEAST: Final = 100
"""Fewer answers than these say nothing yet."""
ALERT: Final = "broadcast_paused"
AFTERWARDS: Final = timedelta(minutes=10)
"""So long after a cancel a claim that began before it may still let a message wait."""
SLICES: Final = 10

_SENDING: Final = "SELECT id FROM broadcasts WHERE state = 'sending' ORDER BY id"
_CANCELLED: Final = "SELECT id FROM broadcasts WHERE state = 'cancelled' AND ended_at > $1 ORDER BY id"
_PAUSED_BY_ITSELF: Final = "SELECT id, title FROM broadcasts WHERE state = 'paused' AND starts_with(reason, $1)"
# What was answered since it began, or since somebody had it go on. 43101 is no fault of ours: nothing was allowed.
_ANSWERS: Final = """
SELECT count(*) AS answers, count(*) FILTER (WHERE errcode = 43101) AS refused,
       count(*) FILTER (WHERE state IN ('failed', 'refused') AND errcode IS DISTINCT FROM 43101) AS failed
FROM (
    SELECT d.state, d.errcode FROM deliveries d
    WHERE d.broadcast_id = $1 AND d.id >= $1 AND d.sending_at IS NOT NULL AND d.settled_at >= $2
    ORDER BY d.settled_at DESC LIMIT $3
) AS last
"""
_LEFT: Final = """
SELECT EXISTS (SELECT FROM broadcast_recipients r
               WHERE r.broadcast_id = $1 AND r.told_at IS NULL AND r.left_out IS NULL)
    OR EXISTS (SELECT FROM deliveries d WHERE d.broadcast_id = $1 AND d.id >= $1 AND (
                   d.settled_at IS NULL OR (d.onward IS NOT NULL AND (d.state IN ('refused', 'failed', 'suppressed')
                                            OR (d.state = 'unknown_final' AND d.resends_unknown)))))
"""


async def look_after() -> None:
    """Pause and end what has to; for the clock, by any number of workers."""
    for row in await db.fetch(_SENDING):
        async with db.transaction():
            await db.execute(BY_INDEX)
            one = await lock(row["id"])
            if one.state is BroadcastState.SENDING and not await _pause(one):
                await _finish(one)
    for row in await db.fetch(_CANCELLED, clock.now() - AFTERWARDS):
        await _end_waiting(row["id"])
    paused = await db.fetch(_PAUSED_BY_ITSELF, releasing.AUTO)
    troubles = {str(row["id"]): {"broadcast": row["title"]} for row in paused}
    await alerts.confirm(ALERT, troubles)
    await alerts.clear_others(ALERT, list(troubles))


async def _pause(one: Broadcast) -> bool:
    since = one.resumed_at or one.began_at or one.created_at
    row = await db.fetch_one(_ANSWERS, one.id, since, LAST)
    if row is None or row["answers"] < LEAST:
        return False
    settings = runtime.current().settings
    for count, percent, what in (
        (row["failed"], settings.pause_at_error_percent, "发送失败"),
        (row["refused"], settings.pause_at_refusal_percent, "因未获授权被微信拒绝"),
    ):
        if count * 100 > percent * row["answers"]:
            await releasing.stop(one, f"{releasing.AUTO}最近{row['answers']}条中有{count}条{what}。")
            return True
    return False


async def _end_waiting(cancelled: UUID) -> None:
    for _ in range(SLICES):
        async with db.transaction():
            await db.execute(BY_INDEX)
            was_any = await end_soon(cancelled)
        if not was_any:
            return


async def _finish(one: Broadcast) -> None:
    if not await db.fetch_value(_LEFT, one.id):
        await releasing.end(one, BroadcastState.DONE)
        await forecasting.store_actual(one.id)
