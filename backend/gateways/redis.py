"""Connections to Redis that survive its restart, and the rule for doing without it."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from backend.foundation.logging import get_logger

BROKEN: list[type[Exception]] = [OSError, RedisConnectionError, RedisTimeoutError]
"""What a restart of Redis looks like from here; without OSError a blip ends the process that waits."""

_QUIET = 10.0
_last_told: dict[str, float] = {}
_T = TypeVar("_T")

log = get_logger(__name__)


def connect(url: str, *, connections: int = 64) -> Redis:
    """Return a client; nothing is opened until the first command, so a Redis that is away stops no start.

    A command ends within about 3 s even when Redis hangs (1 s a try, two repetitions). Close with `aclose()`.
    """
    return Redis.from_pool(pool(url, connections=connections))


def pool(url: str, *, connections: int) -> BlockingConnectionPool:
    """Return a bounded pool; who finds it empty waits up to 1 s."""
    return BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=1,
        socket_timeout=1,
        socket_connect_timeout=1,
        health_check_interval=30,
        retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), 2),
        retry_on_error=BROKEN,
    )


async def fail_open(call: Awaitable[_T], instead: _T, *, doing: str) -> _T:
    """Return `instead` when Redis is away, and say so in the log at most every 10 s for each `doing`.

    Only for what Redis makes faster or fairer (caches, rate limits), never for what must be true.
    """
    try:
        return await call
    except (RedisError, OSError) as error:
        _tell(doing, error)
        return instead


def _tell(doing: str, error: Exception) -> None:
    now = asyncio.get_running_loop().time()
    if now - _last_told.get(doing, -_QUIET) >= _QUIET:
        _last_told[doing] = now
        log.warning("redis.away", doing=doing, error=type(error).__name__)
