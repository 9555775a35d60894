"""Wake-ups for the workers: the only place of the backend that knows arq.

Rows are the queue of record; a wake-up only makes the worker look now instead of at its next sweep (at most 60 s
later). So a wake-up may be lost, and many of one kind within a moment become one.
"""

import time
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import msgspec
from arq.connections import ArqRedis, RedisSettings
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import RedisError

from backend.foundation.db import refuse_in_transaction
from backend.foundation.logging import get_logger
from backend.gateways import redis

DELAY = 0.08
"""Seconds a wake-up waits, so that those that follow need not be sent."""
_COVERED = 0.05
"""Seconds in which the last one serves; shorter than DELAY by more than two hosts' clocks differ."""
_AWAY = 1.0
"""Seconds without another try after a failed one, so that a Redis that hangs does not slow every command."""

log = get_logger(__name__)


class WakeUps:
    """One process's sender of wake-ups, with connections of its own."""

    def __init__(self, url: str) -> None:
        self._pool = redis.pool(url, connections=8)
        self._arq = ArqRedis(pool_or_conn=self._pool, job_serializer=serialize, job_deserializer=deserialize)
        self._covered: dict[str, float] = {}

    @classmethod
    def connect(cls, url: str) -> "WakeUps":
        """Return a sender; nothing is opened until the first wake-up."""
        return cls(url)

    async def close(self) -> None:
        await self._pool.disconnect()

    async def wake(self, job: str, *, key: str | None = None) -> None:
        """Let a worker run `job` in a moment; call it after the commit.

        `key` tells apart wake-ups that must not serve for one another; the job does not see it. When Redis is away
        this logs and returns: the sweep finds the rows.
        """
        refuse_in_transaction()
        name = f"{job}:{key}" if key else job
        now = time.monotonic()
        if now < self._covered.get(name, 0):
            return
        self._remember(name, now, _COVERED)  # before it is sent: in a burst one speaks for all who come meanwhile
        try:
            await redis.patient(self._arq.enqueue_job(job, _defer_by=DELAY))
        except (RedisError, OSError) as error:
            log.warning("queue.wake_up_lost", job=job, error=type(error).__name__)
            self._remember(name, now, _AWAY)

    def _remember(self, name: str, now: float, seconds: float) -> None:
        """Note until when the sent wake-up serves; keys that are over go, so that the notes stay few."""
        self._covered = {known: end for known, end in self._covered.items() if end > now}
        self._covered[name] = now + seconds


def redis_settings(url: str) -> RedisSettings:
    """Return arq's settings for a worker that must live through a restart of Redis (about 30 s of tries)."""
    given = RedisSettings.from_dsn(url)
    return replace(
        given,
        username=unquote(given.username) if given.username else None,
        password=unquote(given.password) if given.password else None,
        conn_timeout=2,
        conn_retries=30,
        retry=Retry(ExponentialBackoff(cap=1, base=0.05), 30),
        retry_on_error=redis.BROKEN,
        retry_on_timeout=True,
    )


def serialize(value: Any) -> bytes:
    """Write what arq stores as msgpack; an exception becomes its kind and text, no pickle is ever read."""
    return msgspec.msgpack.encode(value, enc_hook=_hook)


def deserialize(raw: bytes) -> Any:
    """Read what `serialize` wrote; tuples come back as lists."""
    return msgspec.msgpack.decode(raw)


def _hook(value: Any) -> Any:
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {value}"[:500]
    raise NotImplementedError(f"{type(value).__name__} cannot be queued")
