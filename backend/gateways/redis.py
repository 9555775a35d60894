"""Connections to Redis that survive its restart, and the rule for doing without it."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from redis.asyncio import BlockingConnectionPool, Connection, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from backend.foundation.logging import get_logger
from backend.gateways.shared_line import SharedLine

BROKEN: list[type[Exception]] = [OSError, RedisConnectionError, RedisTimeoutError]
"""What a restart of Redis looks like from here; without OSError a blip ends the process that waits."""

PATIENCE = 2.0
"""Seconds after which a Redis that hangs counts as away."""
_QUIET = 10.0
_last_told: dict[str, float] = {}
_T = TypeVar("_T")

log = get_logger(__name__)


class BoundedRedis(Redis):
    """A client whose commands end within PATIENCE.

    redis-py's time-outs multiply: tries of the command, times tries of the connection, times the lines of its
    greeting, were seen to take 108 s with a Redis that accepts and says nothing. Pipelines are bounded by `patient`.
    """

    shared: SharedLine | None = None

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        if self.shared is not None and args[0] == "GET":
            return await self.shared.get(args[1], patience=PATIENCE)
        return await patient(super().execute_command(*args, **options))  # type: ignore[no-untyped-call]

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        if self.shared is not None:
            self.shared.close()
        await super().aclose(close_connection_pool)


def connect(url: str, *, connections: int = 64) -> Redis:
    """Return a client; nothing is opened until the first command, so a Redis that is away stops no start.

    Commands raise RedisError or OSError when Redis is away, at the latest after PATIENCE. Close with `aclose()`.
    """
    made = pool(url, connections=connections)
    client = BoundedRedis(connection_pool=made)
    client.auto_close_connection_pool = True
    if made.connection_class is Connection:  # neither TLS nor a socket file
        client.shared = SharedLine(made.connection_kwargs)
    return client


async def patient(call: Awaitable[_T]) -> _T:
    """Wait for Redis no longer than PATIENCE; then TimeoutError, which is an OSError like its other absences."""
    async with asyncio.timeout(PATIENCE):
        return await call


def pool(url: str, *, connections: int) -> BlockingConnectionPool:
    """Return a bounded pool; who finds it empty waits up to 1 s. Connections are tried again after a restart."""
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

    How long it may take is the call's own affair: commands end by themselves, pipelines go through `patient`. Only for
    what Redis makes faster or fairer (caches, rate limits), never for what must be true.
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
