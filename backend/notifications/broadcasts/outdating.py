"""Ends what waits for its release though its thing no longer stands, so that nobody is asked to release it."""

from typing import Final
from uuid import UUID

from backend.foundation import db
from backend.notifications.broadcasts import releasing
from backend.notifications.broadcasts.origin import OriginHolds, OriginOver, Origins
from backend.notifications.broadcasts.rows import lock
from backend.notifications.broadcasts.states import BroadcastState

WAITING: Final = (BroadcastState.FROZEN, BroadcastState.RELEASE_WANTED)
WHY: Final = "所涉事项已撤回、被替代或已截止"

_WAITING: Final = "SELECT id FROM broadcasts WHERE state = ANY($1::text[]) ORDER BY id LIMIT 100"


async def end_what_is_over(origins: Origins) -> int:
    """Cancel what waits about things that are over and return how many; for the clock, by any number of workers."""
    waiting = await db.fetch(_WAITING, list(WAITING))
    return sum([await _end(origins, row["id"]) for row in waiting])


async def _end(origins: Origins, broadcast_id: UUID) -> bool:
    async with db.transaction():
        one = await lock(broadcast_id)
        if one.state not in WAITING:
            return False
        try:
            await origins[one.origin].compose(one, [])  # tells nobody, but whether anybody could be told
        except OriginOver:
            await releasing.end(one, BroadcastState.CANCELLED, WHY)
            return True
        except OriginHolds:
            return False
    return False
