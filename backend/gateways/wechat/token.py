"""The access token: one value per appid, shared by every process through Redis, renewed by one of them.

`stable_token` returns the same token until five minutes before its end and then a new one, while the old one lives
on for those five minutes. Hence the margin of 120-240 s: with 300 s or more the old token would come back again
and again. Processes remember a token for at most a minute. Without Redis each process asks for itself, which is
harmless because all get the same token.
"""

import asyncio
import functools
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from backend.foundation import clock, ids
from backend.foundation.db import refuse_in_transaction
from backend.foundation.logging import get_logger
from backend.gateways.wechat.errors import (
    WeChatBusy,
    WeChatError,
    WeChatGarbled,
    WeChatNoToken,
    WeChatRefused,
    WeChatUnanswered,
    WeChatUnavailable,
)
from backend.gateways.wechat.transport import LONGEST_CALL

LEASE = timedelta(seconds=LONGEST_CALL + 4)
MEMORY = timedelta(seconds=60)
BREAK = timedelta(seconds=60)
_POLL = 0.05
_LONGEST = 86_400
_UNREACHABLE = (RedisError, OSError)
_RANDOM = random.SystemRandom()
_DELETE_IF_SAME = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"

log = get_logger(__name__)

Fetch = Callable[[], Awaitable[dict[str, Any]]]


class Tokens(Protocol):
    """Where a client gets its token from."""

    async def current(self) -> str:
        """Return a token that should work."""

    async def replace(self, refused: str) -> str:
        """Return another token than the one WeChat has just refused."""

    def trip(self, why: WeChatError) -> None:
        """Refuse every caller for a minute."""


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    renew_at: datetime
    expires_at: datetime

    def pack(self) -> bytes:
        return orjson.dumps([self.value, self.renew_at, self.expires_at])

    @classmethod
    def unpack(cls, raw: bytes | None) -> "_Token | None":
        try:
            value, renew_at, expires_at = orjson.loads(raw or b"")
            return cls(str(value), datetime.fromisoformat(renew_at), datetime.fromisoformat(expires_at))
        except (ValueError, TypeError):
            return None


class SharedTokens:
    """The token provider of one appid; `fetch` is one call of stable_token without force_refresh.

    force_refresh is never used: it is limited to 20 a day and belongs to an operator whose token leaked.
    """

    def __init__(self, appid: str, fetch: Fetch, redis: Redis) -> None:
        self._key = f"wechat:token:{appid}"
        self._lock = f"{self._key}:lock"
        self._fetch = fetch
        self._redis = redis
        self._held: _Token | None = None
        self._held_until = clock.now()
        self._flights: dict[str | None, asyncio.Task[_Token]] = {}
        self._shut_until: datetime | None = None
        self._shut_by: WeChatError | None = None

    async def current(self) -> str:
        """Return a token that should work; raises WeChatNoToken while the breaker is open."""
        held, now = self._held, clock.now()
        if held is not None and now < self._held_until:
            return held.value
        refuse_in_transaction()
        self._check_breaker(now)
        return (await self._fly(None)).value

    async def replace(self, refused: str) -> str:
        """Return another token than `refused`, fetching one at most once for all callers.

        When WeChat gives the same token again the breaker opens, because asking once more can't help.
        """
        refuse_in_transaction()
        self._check_breaker(clock.now())
        if self._held is not None and self._held.value != refused:
            return self._held.value
        self._held = None
        token = await self._fly(refused)
        if token.value == refused:
            error = WeChatNoToken("WeChat gave the token again that it had refused")
            self.trip(error)
            raise error
        return token.value

    def trip(self, why: WeChatError) -> None:
        """Refuse every caller for a minute and tell the operators why."""
        self._held = None
        if self._shut_until is not None and clock.now() < self._shut_until:
            return
        self._shut_until = clock.now() + BREAK
        self._shut_by = why
        log.error("wechat.breaker_open", key=self._key, why=str(why), rid=getattr(why, "rid", None))

    def _check_breaker(self, now: datetime) -> None:
        if self._shut_until is not None and now < self._shut_until:
            raise WeChatNoToken(f"paused for a minute: {self._shut_by}", self._shut_by)

    async def _fly(self, refused: str | None) -> _Token:
        """Join the flight under way or start one; a caller's cancellation ends only its own waiting.

        Whoever has been refused a token flies apart from those who merely need one: theirs may bring it back.
        """
        flight = self._flights.get(refused)
        if flight is None:
            flight = self._flights[refused] = asyncio.create_task(self._obtain(refused))
            flight.add_done_callback(functools.partial(self._land, refused))
        return await asyncio.shield(flight)

    def _land(self, refused: str | None, flight: "asyncio.Task[_Token]") -> None:
        """Forget a flight, having looked at its failure: its callers may all have left."""
        del self._flights[refused]
        if not flight.cancelled():
            flight.exception()

    async def _obtain(self, refused: str | None) -> _Token:
        try:
            token = await self._obtain_shared(refused)
        except _UNREACHABLE as error:
            log.warning("wechat.without_redis", key=self._key, error=type(error).__name__)
            token = await self._ask()
        if token.value != refused:
            self._held = token
            self._held_until = min(token.renew_at, clock.now() + MEMORY)
        return token

    async def _obtain_shared(self, refused: str | None) -> _Token:
        """Read the shared token, or become the one process that renews it, or wait for that one.

        While another process renews, a token that still lives serves; only a refused or dead one makes us wait.
        """
        loop = asyncio.get_running_loop()
        give_up = loop.time() + LEASE.total_seconds() + 2
        while loop.time() < give_up:
            token = await self._read(refused)
            if token is not None and clock.now() < token.renew_at:
                return token
            owner = ids.token()
            if await self._redis.set(self._lock, owner, nx=True, px=LEASE):
                return await self._renew(owner, refused)
            if token is not None and clock.now() < token.expires_at:
                return _soon(token)
            await asyncio.sleep(_POLL)
        raise WeChatUnavailable("another process has been renewing the token for too long")

    async def _read(self, refused: str | None) -> _Token | None:
        """Return the shared token unless it is the refused one, which is deleted if it is still there."""
        raw = await self._redis.get(self._key)
        token = _Token.unpack(raw)
        if token is not None and token.value == refused:
            await self._delete_if_same(self._key, raw)
            return None
        return token

    async def _renew(self, owner: str, refused: str | None) -> _Token:
        """Ask WeChat for the token, unless the lock was got just after another process had renewed it."""
        try:
            token = await self._read(refused)
            if token is None or clock.now() >= token.renew_at:
                token = await self._ask()
                if token.value != refused:
                    await self._share(token)
            return token
        finally:
            await self._delete_if_same(self._lock, owner.encode())

    async def _share(self, token: _Token) -> None:
        """Put the token where the other processes look; failing to is no reason to lose it."""
        try:
            lifetime = max(token.expires_at - clock.now(), timedelta(seconds=1))
            await self._redis.set(self._key, token.pack(), px=lifetime)
        except _UNREACHABLE as error:
            log.warning("wechat.token_not_shared", key=self._key, error=type(error).__name__)

    async def _delete_if_same(self, key: str, value: bytes) -> None:
        try:
            await self._redis.eval(_DELETE_IF_SAME, 1, key, value)  # type: ignore[misc, arg-type]
        except _UNREACHABLE as error:
            log.warning("wechat.token_key_left", key=key, error=type(error).__name__)

    async def _ask(self) -> _Token:
        """Call stable_token; whatever fails here, the caller's own request has not left."""
        try:
            return _token(await self._fetch(), clock.now())
        except WeChatBusy:
            raise
        except WeChatRefused as error:
            self.trip(error)
            raise
        except WeChatUnanswered as error:
            raise WeChatUnavailable(f"no access token: {error}") from error


def _token(answer: dict[str, Any], now: datetime) -> _Token:
    value, seconds = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(value, str) or not value or not isinstance(seconds, int) or not 0 < seconds <= _LONGEST:
        raise WeChatGarbled("stable_token answered without a token or its lifetime")
    margin = min(_RANDOM.uniform(120, 240), seconds / 2)
    return _Token(value, now + timedelta(seconds=seconds - margin), now + timedelta(seconds=seconds))


def _soon(token: _Token) -> _Token:
    """Let a token that another process is renewing serve for one second, not for a minute."""
    return replace(token, renew_at=min(clock.now() + timedelta(seconds=1), token.expires_at))
