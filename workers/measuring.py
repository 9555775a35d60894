"""Samples what the database knows for /metrics, in every worker: a scrape must not find one worker's old figures."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from prometheus_client import Gauge

from backend.foundation.logging import get_logger
from backend.notifications import watching
from workers.alerts import measure_alerts
from workers.moderation import measure_moderation
from workers.notifications import measure_deliveries
from workers.outbox import measure_outbox

log = get_logger(__name__)

CREDITS = Gauge("wuwei_credits", "Messages that owners allow by one-time credits, all together", ["template"])
STANDING = Gauge("wuwei_credits_standing", "Owners who allow any number of messages", ["template"])
CALLBACKS = Gauge("wuwei_callbacks_waiting", "Pushes of WeChat that wait to be worked off")
CALLBACKS_OLDEST = Gauge("wuwei_callbacks_oldest_seconds", "For how long the oldest of them has waited")

Sample = Callable[[], Awaitable[None]]

OFTEN: Final = 15.0
SELDOM: Final = 300.0


async def measure_callbacks() -> None:
    waiting, oldest = await watching.callbacks_waiting()
    CALLBACKS.set(waiting)
    CALLBACKS_OLDEST.set(oldest)


async def measure_credits() -> None:
    """Read every balance; not often."""
    for template, (balance, standing) in (await watching.credit_sums()).items():
        CREDITS.labels(template).set(balance)
        STANDING.labels(template).set(standing)


SAMPLES: Final[Sequence[tuple[Sample, float]]] = (
    (measure_outbox, OFTEN),
    (measure_deliveries, OFTEN),
    (measure_callbacks, OFTEN),
    (measure_moderation, OFTEN),
    (measure_alerts, OFTEN),
    (measure_credits, SELDOM),
)


@asynccontextmanager
async def measured(samples: Sequence[tuple[Sample, float]] = SAMPLES) -> AsyncIterator[None]:
    """Take samples as long as the block runs."""
    tasks = [asyncio.create_task(_repeat(sample, pause)) for sample, pause in samples]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _repeat(sample: Sample, pause: float) -> None:
    """A database that is away for a while must not end the samples for good."""
    while True:
        try:
            await sample()
        except Exception as error:  # noqa: BLE001  whatever it is, the next sample may succeed
            log.warning("metrics.not_sampled", sample=getattr(sample, "__name__", ""), error=type(error).__name__)
        await asyncio.sleep(pause)
