"""Carries out deferred effects: woken after every command that noted one, and by a sweep for what a wake-up missed."""

from prometheus_client import Gauge

from backend import outbox, runtime
from backend.assembly import OUTBOX_HANDLERS
from workers.schedule import every_seconds

DUE = Gauge("wuwei_outbox_due", "Deferred effects that are due")
OLDEST = Gauge("wuwei_outbox_oldest_seconds", "For how long the oldest of them has been due")


async def drain_outbox() -> None:
    """Carry out what is due; when there is more than one run can do, the next one follows at once."""
    drained = await outbox.drain(OUTBOX_HANDLERS)
    if not drained.is_empty:
        await runtime.current().wake_ups.wake(outbox.JOB)


async def measure_outbox() -> None:
    due, oldest = await outbox.backlog()
    DUE.set(due)
    OLDEST.set(oldest)


JOBS = (drain_outbox,)
CRONS = (every_seconds(10, drain_outbox),)
