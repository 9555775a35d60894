"""Tells a frozen list slice by slice, by the outbox: each slice in the transaction that removes its item.

The broadcast's row is locked while a slice is told, so a pause comes before it or after it, and a worker that dies
leaves the slice untold, to be told by the next one.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final
from uuid import UUID

from backend import notifications, outbox
from backend.foundation import clock, db
from backend.notifications.broadcasts import releasing
from backend.notifications.broadcasts.origin import Composed, Origin, OriginHolds, OriginOver, Origins, Recipient
from backend.notifications.broadcasts.releasing import SEND
from backend.notifications.broadcasts.rows import Broadcast, lock
from backend.notifications.broadcasts.states import BroadcastState
from backend.outbox import Handler, NewItem, OutboxItem

CHUNK: Final = 2_000
SECONDS: Final = 3.0
TOPICS: Final = (SEND,)

_NEXT: Final = """
SELECT person_id, enterprise_id FROM broadcast_recipients
WHERE broadcast_id = $1 AND told_at IS NULL AND left_out IS NULL ORDER BY person_id LIMIT $2 FOR NO KEY UPDATE
"""
_NOTE: Final = """
UPDATE broadcast_recipients r SET told_at = CASE WHEN n.why = '' THEN $4::timestamptz END, left_out = NULLIF(n.why, '')
FROM unnest($2::uuid[], $3::text[]) AS n (person_id, why)
WHERE r.broadcast_id = $1 AND r.person_id = n.person_id
"""
_COUNT: Final = "UPDATE broadcasts SET told = told + $2 WHERE id = $1"


def handlers(origins: Origins) -> Mapping[str, Handler]:
    """Return the outbox handlers of broadcasts; the assembly knows the origins."""
    return {SEND: partial(_send_all, origins)}


async def _send_all(origins: Origins, items: Sequence[OutboxItem]) -> None:
    """One broadcast after the other, in one order for all workers; what there is no time for comes again."""
    end = time.monotonic() + SECONDS
    wanted = sorted({UUID(item.payload["broadcast_id"]) for item in items})
    while wanted and time.monotonic() < end:
        one = wanted.pop(0)
        if await _tell_next(origins, one):
            wanted.append(one)
    await outbox.put_many([NewItem(SEND, {"broadcast_id": str(one)}, str(one)) for one in wanted])


async def _tell_next(origins: Origins, broadcast_id: UUID) -> bool:
    """Tell the next slice; tells whether more may be left."""
    one = await lock(broadcast_id)
    if one.state is not BroadcastState.SENDING:
        return False
    rows = await db.fetch(_NEXT, one.id, CHUNK)
    if not rows:
        return False
    people = [Recipient(row["person_id"], row["enterprise_id"]) for row in rows]
    composed = await _compose(one, origins[one.origin], people)
    if composed is None:
        return False
    await _write(one, people, composed)
    return len(rows) == CHUNK


async def _compose(one: Broadcast, origin: Origin, people: Sequence[Recipient]) -> Composed | None:
    try:
        return await origin.compose(one, people)
    except OriginOver:
        await releasing.end(one, BroadcastState.CANCELLED, "所涉事项已撤回、被替代或已截止")
    except OriginHolds as holds:
        await releasing.stop(one, f"{releasing.AUTO}{holds.args[0]}")
    return None


async def _write(one: Broadcast, people: Sequence[Recipient], composed: Composed) -> None:
    await notifications.tell([replace(message, broadcast=one.id) for message in composed.messages])
    told = [person.person_id for person in people]
    reasons = [composed.left_out.get(person, "") for person in told]
    await db.execute(_NOTE, one.id, told, reasons, clock.now())
    await db.execute(_COUNT, one.id, len(told) - len(composed.left_out))
