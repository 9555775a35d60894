"""Delivers messages and works off what WeChat pushed: woken by commands and by the callback door, and by the clock."""

import asyncio
from typing import Final

from prometheus_client import Gauge

from backend import runtime
from backend.foundation.logging import get_logger
from backend.notifications import delivering, events, followers, proving, sweeping, telling, templates, watching
from workers.schedule import Cron, daily, every_minutes, every_seconds

log = get_logger(__name__)

COMPARING_S: Final = 15.0
_NIGHT: Final = frozenset({3, 4})

WAITING = Gauge("wuwei_deliveries_waiting", "Messages that are due and wait to be sent")
OLDEST = Gauge("wuwei_deliveries_oldest_seconds", "For how long the oldest of them has been due")
DRIFT = Gauge("wuwei_credit_drift", "Balances that the ledger of credits does not prove; must be 0")


class _Single:
    """One run a process, so that its calls in flight stay within the setting; who comes meanwhile is noted."""

    def __init__(self) -> None:
        self.is_running = False
        self.is_asked = False

    def enter(self) -> bool:
        """Tell whether the caller may run; if not, the running one looks again."""
        self.is_asked = self.is_running
        entered, self.is_running = not self.is_running, True
        return entered


_DELIVERING = _Single()
_HANDLING = _Single()

_SETS: Final = 20
_GATHER: Final = 0.25
"""Seconds between two looks at what was pushed: what comes meanwhile is one set, much cheaper than many small ones."""


async def deliver() -> None:
    """Deliver what is due; when more is left or came meanwhile, the next run follows at once."""
    if not _DELIVERING.enter():
        return
    try:
        delivered = await delivering.deliver()
    finally:
        _DELIVERING.is_running = False
    if delivered.has_more or _DELIVERING.is_asked:
        await runtime.current().wake_ups.wake(telling.JOB)


async def handle_callbacks() -> None:
    """Work off the pushes of WeChat until none is left; with more than a run's worth the next run follows at once."""
    if not _HANDLING.enter():
        return
    try:
        is_done = await _handle_all()
    finally:
        _HANDLING.is_running = False
    if not is_done or _HANDLING.is_asked:
        await runtime.current().wake_ups.wake("handle_callbacks")


async def _handle_all() -> bool:
    """Tell whether nothing was left at the end."""
    for _ in range(_SETS):
        handled = await events.handle()
        if handled == 0:
            return True
        if handled < events.BATCH:
            await asyncio.sleep(_GATHER)
    return False


async def sweep_deliveries() -> None:
    """Find what a crash left, and what a lost wake-up did not tell."""
    if await sweeping.sweep():
        await runtime.current().wake_ups.wake(telling.JOB)


async def measure_deliveries() -> None:
    waiting, oldest = await sweeping.backlog()
    WAITING.set(waiting)
    OLDEST.set(oldest)
    DRIFT.set(await watching.known_drift())


async def refresh_templates() -> None:
    await templates.refresh()


async def learn_followers() -> None:
    """Ask who the service account's new followers are."""
    while await followers.learn():
        continue


async def fill_up_followers() -> None:
    log.info("followers.filled_up", following=await followers.fill_up())
    await learn_followers()


async def check_credits() -> None:
    """Compare every balance with the ledger, slice by slice through the early hours, until all are compared."""
    if await proving.is_due():
        log.info("credits.compared", is_done=await proving.check_credits(COMPARING_S))


JOBS = (deliver, handle_callbacks)
CRONS = (
    every_seconds(5, sweep_deliveries),
    every_seconds(10, handle_callbacks),
    Cron(refresh_templates, minutes=frozenset(range(0, 60, 5)), at_start=True),
    every_minutes(1, learn_followers),
    daily("03:20", fill_up_followers, at_start=True),
    every_minutes(5, check_credits, hours=_NIGHT),
)
