"""Recurring broadcasts: each occurrence is a broadcast with a list and a digest of its own.

Its release stands for the occurrences with short lists; a long one waits for a second person again. Occurrences that
were missed while no worker ran are made up once.
"""

from typing import Final
from uuid import UUID

from backend.access import SYSTEM
from backend.foundation import clock, db
from backend.notifications.broadcasts import drafting, recurrence, releasing
from backend.notifications.broadcasts.freezing import freeze_locked
from backend.notifications.broadcasts.origin import Draft, OriginHolds, OriginOver, Origins
from backend.notifications.broadcasts.rows import Broadcast, lock
from backend.notifications.broadcasts.states import BroadcastState

_DUE: Final = """
SELECT id FROM broadcasts WHERE state = 'released' AND schedule = 'recurring' AND next_at <= $1 ORDER BY id LIMIT 100
"""
_ADVANCE: Final = "UPDATE broadcasts SET next_at = $2 WHERE id = $1"


async def occur(origins: Origins) -> int:
    """Make the occurrences whose time has come and return how many; for the clock, by any number of workers."""
    due = [row["id"] for row in await db.fetch(_DUE, clock.now())]
    return sum([await _occur(origins, one) for one in due])


async def _occur(origins: Origins, series_id: UUID) -> bool:
    async with db.transaction():
        series = await lock(series_id)
        moment = clock.now()
        if series.state is not BroadcastState.RELEASED or series.next_at is None or series.next_at > moment:
            return False
        if not await _make(origins, series):
            return False
        if series.rrule is None or series.starts_at is None:
            raise RuntimeError("a recurring broadcast has a rule and a start")
        following = recurrence.following(series.rrule, series.starts_at, moment)
        if following is None:
            await releasing.end(series, BroadcastState.DONE)
        else:
            await db.execute(_ADVANCE, series.id, following)
    return True


async def _make(origins: Origins, series: Broadcast) -> bool:
    """Make one occurrence and release it when its list is short; what is over ends the series, what holds only this."""
    draft = Draft(
        series.kind, series.origin_id, series.title, series.fields, series.page, series.not_after, series.makers
    )
    made = await drafting.write(series.origin, draft, actor=SYSTEM, series_id=series.id)
    try:
        frozen = await freeze_locked(await lock(made), origins[series.origin])
    except OriginOver:
        why = "所涉事项已撤回、被替代或已截止"
        await releasing.end(await lock(made), BroadcastState.CANCELLED, why)
        await releasing.end(series, BroadcastState.CANCELLED, why)
        return False
    except OriginHolds as holds:
        await releasing.end(await lock(made), BroadcastState.CANCELLED, holds.args[0])
        return True
    await releasing.release_short(frozen, series.released_by)
    return True
