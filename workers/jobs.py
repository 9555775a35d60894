"""What a job is to us, and the wrapper that makes it one of arq's: ids in the logs, figures, another try later.

A job takes no arguments. What is to be done stands in rows, so a job that was lost or ran twice did no harm.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from arq import Retry
from prometheus_client import Counter, Histogram
from redis.exceptions import RedisError
from tortoise.exceptions import DBConnectionError

from backend.foundation.db import TRANSIENT
from backend.foundation.errors import Unavailable
from backend.foundation.ids import new_id
from backend.foundation.logging import bound_contextvars, get_logger

log = get_logger(__name__)

Job = Callable[[], Awaitable[Any]]

TIMEOUT: Final = 30.0
"""Seconds a job may run; a worker that was killed holds its jobs back for ten more, so keep it low."""
TRIES: Final = 8
_LATER: Final = (*TRANSIENT, RedisError, DBConnectionError, Unavailable)
RUNS: Final = Counter("wuwei_jobs_total", "Jobs by outcome", ["job", "outcome"])
SECONDS: Final = Histogram("wuwei_job_seconds", "How long jobs ran", ["job"], buckets=(0.01, 0.05, 0.25, 1, 5, 15, 30))


def name_of(job: Job) -> str:
    """Return the name by which a job is woken and logged."""
    return str(getattr(job, "__name__", job))


def pause(attempt: int) -> float:
    """Return the seconds before the next try: doubling up to half a minute, spread."""
    return float(min(0.5 * 2 ** (attempt - 1), 30)) * random.uniform(0.75, 1.0)  # noqa: S311  spreading, no secret


def as_arq(job: Job) -> Callable[..., Any]:
    """Wrap a job for arq, which by itself tries nothing again that failed."""
    name = name_of(job)

    async def run(context: dict[str, Any]) -> None:
        begun = time.monotonic()
        with bound_contextvars(job=name, job_id=str(context["job_id"]), run_id=str(new_id())):
            outcome = "failed"
            try:
                await job()
                outcome = "done"
            except asyncio.CancelledError:
                outcome = "cancelled"
                raise
            except _LATER as error:
                outcome = "retried"
                log.warning("job.retried", error=type(error).__name__, attempt=context["job_try"])
                raise Retry(defer=pause(context["job_try"])) from error
            finally:
                RUNS.labels(name, outcome).inc()
                SECONDS.labels(name).observe(time.monotonic() - begun)

    run.__name__ = run.__qualname__ = name
    return run
