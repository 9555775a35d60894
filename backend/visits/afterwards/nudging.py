"""What is missing once a visit's time has passed, who was there and then the minutes: told once, not for ever open."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Final

from asyncpg import Record

from backend.access import SYSTEM
from backend.foundation import clock
from backend.visits import ledger, messages, notices, sweeping, writing
from backend.visits.afterwards.arriving import SHUTS, back_fill_days
from backend.visits.events import Kind, NewEvent
from backend.visits.models import Visit
from backend.visits.states import VisitState

REPORTED_WITHIN: Final = timedelta(days=3)
"""How long after an arrival the minutes may take before somebody is told."""
UNRECORDED: Final = "逾期未登记到访"

_LOCK: Final = "LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED"
_LEFT: Final = "AND id <> ALL ($2::uuid[])"
_LAPSED: Final = f"""
SELECT id AS visit_id FROM visits WHERE state = 'confirmed' AND starts_at < $1 {_LEFT} ORDER BY starts_at {_LOCK}
"""
_UNRECORDED: Final = f"""
SELECT id AS visit_id FROM visits WHERE state = 'confirmed' AND nudged_at IS NULL AND ends_at < $1 {_LEFT}
ORDER BY ends_at {_LOCK}
"""
_UNREPORTED: Final = f"""
SELECT id AS visit_id FROM visits WHERE state = 'arrived' AND nudged_at IS NULL AND arrived_at < $1 {_LEFT}
ORDER BY arrived_at {_LOCK}
"""


async def sweep(limit: int = 500) -> int:
    """Tell who went what is missing, and end what nobody recorded in all the days for it; returns how many."""
    today = clock.today() - timedelta(days=back_fill_days())
    rounds = (
        (_LAPSED, clock.day_start(today), _lapse),
        (_UNRECORDED, clock.now() - SHUTS, _ask_who_was_there),
        (_UNREPORTED, clock.now() - REPORTED_WITHIN, _ask_for_minutes),
    )
    done = 0
    for due, before, act in rounds:
        done += await sweeping.each(due, before, partial(_act, act), limit - done)
    return done


async def _act(act: Callable[[Visit], Awaitable[None]], row: Record) -> None:
    await act(await Visit.get(id=row["visit_id"]))


async def _lapse(visit: Visit) -> None:
    """Count a visit that nobody recorded as one to which its visitors did not come; they may contest it."""
    event = NewEvent(Kind.NO_SHOW, UNRECORDED)
    state = VisitState.NO_SHOW_STAFF
    await writing.write(visit, SYSTEM, "visits.missed", event, state=state, end_reason=UNRECORDED)
    await ledger.keep(visit)
    await notices.settle(visit, "visit_unrecorded")
    await messages.missed(visit, "走访方逾期未登记到访，记为未到")


async def _ask_who_was_there(visit: Visit) -> None:
    await _nudged(visit)
    await notices.unrecorded(visit)


async def _ask_for_minutes(visit: Visit) -> None:
    await _nudged(visit)
    await notices.unreported(visit)


async def _nudged(visit: Visit) -> None:
    visit.nudged_at = clock.now()
    await visit.save_only("nudged_at")
