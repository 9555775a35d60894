"""Puts a worker together and keeps it running: through a Redis that is away, until a signal asks it to end."""

import asyncio
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from types import ModuleType
from typing import Any, Final

from arq.worker import Worker, func
from redis.exceptions import RedisError

from backend.foundation.logging import get_logger
from backend.foundation.settings import Settings
from backend.gateways.queue import deserialize, redis_settings, serialize
from workers import (
    alerts,
    broadcasts,
    campaigns,
    cases,
    contacts,
    enterprises,
    financing,
    identity,
    maintenance,
    moderation,
    notifications,
    outbox,
    policies,
    publishing,
    questions,
    salons,
    surveys,
    visits,
    worktime,
)
from workers.jobs import TIMEOUT, TRIES, Job, as_arq, name_of
from workers.schedule import ZONE, as_arq_cron

log = get_logger(__name__)

# Every module with jobs: each has JOBS (woken by name) and CRONS (run by the clock).
MODULES: Final[tuple[ModuleType, ...]] = (
    outbox,
    moderation,
    notifications,
    broadcasts,
    cases,
    maintenance,
    enterprises,
    contacts,
    identity,
    policies,
    publishing,
    questions,
    salons,
    surveys,
    visits,
    financing,
    campaigns,
    alerts,
    worktime,
)

GRACE: Final = 6.0
"""Seconds that running jobs get to end by themselves after a signal."""
STUCK: Final = 40.0
"""Longer than the tries through a restart of Redis take."""
_PAUSE: Final = 1.0


def jobs(modules: Sequence[ModuleType] = MODULES) -> dict[str, Job]:
    """Return the jobs that can be woken, by name; raises ValueError when two share one."""
    found: dict[str, Job] = {}
    for job in (job for module in modules for job in module.JOBS):
        if found.setdefault(name_of(job), job) is not job:
            raise ValueError(f"two jobs are called {name_of(job)}")
    return found


def worker_settings(settings: Settings, modules: Sequence[ModuleType] = MODULES) -> dict[str, Any]:
    """Return arq's settings, all in one flat dict: what it inherits from a class arq does not see."""
    return {
        "functions": [func(as_arq(job), name=name, keep_result=0) for name, job in jobs(modules).items()],
        "cron_jobs": [as_arq_cron(line) for module in modules for line in module.CRONS],
        "redis_settings": redis_settings(settings.redis_url),
        "job_serializer": serialize,
        "job_deserializer": deserialize,
        "keep_result": 0,
        "poll_delay": 0.1,
        "max_jobs": 50,
        "max_tries": TRIES,
        "job_timeout": TIMEOUT,
        "timezone": ZONE,
        "handle_signals": False,
        "log_results": False,
    }


class WorkerStuck(OSError):
    """The worker's loop has not come round for STUCK seconds: a Redis that accepts and says nothing."""


class BeatingWorker(Worker):
    """Notes when its loop last came round, for arq waits for Redis without end."""

    beat = 0.0

    async def heart_beat(self) -> None:
        self.beat = time.monotonic()
        await super().heart_beat()


async def work(settings: Settings, stop: asyncio.Event, modules: Sequence[ModuleType] = MODULES) -> None:
    """Run a worker until `stop` is set; when Redis takes it down a new one takes its place."""
    while not stop.is_set():
        worker = BeatingWorker(**worker_settings(settings, modules))
        try:
            await _run(worker, stop)
        except (RedisError, OSError) as error:
            log.warning("worker.redis_away", error=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _PAUSE)
        finally:
            await _close(worker)


async def _run(worker: BeatingWorker, stop: asyncio.Event) -> None:
    """Run until the worker fails, is stuck, or `stop` is set; then running jobs may end, for a while."""
    worker.beat = time.monotonic()
    running = asyncio.create_task(worker.async_run())
    stopping = asyncio.create_task(stop.wait())
    try:
        while not stop.is_set():
            await asyncio.wait({running, stopping}, timeout=_PAUSE, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
            if time.monotonic() - worker.beat > STUCK:
                raise WorkerStuck
        worker.allow_pick_jobs = False
        if worker.tasks:
            await asyncio.wait(list(worker.tasks.values()), timeout=GRACE)
    finally:
        for task in (running, stopping):
            task.cancel()
        await asyncio.gather(running, stopping, return_exceptions=True)


async def _close(worker: Worker) -> None:
    """Cancel what still runs (arq runs it again elsewhere) and let go of the connections."""
    left = list(worker.tasks.values())
    for task in left:
        task.cancel()
    for result in await asyncio.gather(*left, return_exceptions=True):
        if isinstance(result, Exception):
            log.warning("worker.job_unsettled", error=type(result).__name__)
    if worker._pool is not None:  # noqa: SLF001  arq's own close() would wait for jobs again and fail without Redis
        await worker.pool.aclose(close_connection_pool=True)


def on_signals(stop: asyncio.Event) -> None:
    """Let SIGTERM and SIGINT end the worker in good order."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
