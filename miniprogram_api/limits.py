"""How often one owner and one address may knock in a minute, counted over all processes.

Counting must not cost a trip to Redis for every request: each process counts by itself and once a second adds what is
new to the shared counts and takes those over. So a limit holds exactly within a process and is at most a second late
between them; without Redis each process goes on by its own count.
"""

import asyncio
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Final

from redis.asyncio import Redis
from sanic import Request

from backend.access import Actor, ActorKind
from backend.foundation import clock
from backend.foundation.errors import TooManyRequests
from backend.foundation.logging import get_logger
from backend.gateways.redis import fail_open, patient

log = get_logger(__name__)

WINDOW: Final = 60
SHARE_EVERY: Final = 1.0
MOST_KEYS: Final = 100_000
SLICE: Final = 1_000
# A command for each count would cost a process more than all else that it does for a small request.
_ADD: Final = """
local totals = {}
for n, key in ipairs(KEYS) do
    totals[n] = redis.call('INCRBY', key, ARGV[n + 1])
    if totals[n] == tonumber(ARGV[n + 1]) then redis.call('EXPIRE', key, ARGV[1]) end
end
return totals
"""


@dataclass(slots=True)
class _Count:
    total: int = 0
    unshared: int = 0


class Limiter:
    """Counts of the running minute."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._minute = 0
        self._counts: dict[str, _Count] = {}

    def admit(self, key: str, limit: int, *, is_shared: bool = True) -> None:
        """Count one request; raises TooManyRequests with the seconds until the next minute.

        `is_shared` False: this process counts for itself, and the key never leaves its memory.
        """
        seconds = int(clock.now().timestamp())
        self._turn(seconds // WINDOW)
        count = self._counts.get(key)
        if count is None:
            if len(self._counts) >= MOST_KEYS:
                return
            count = self._counts[key] = _Count()
        count.total += 1
        count.unshared += is_shared
        if count.total > limit:
            raise TooManyRequests(WINDOW - seconds % WINDOW)

    def _turn(self, minute: int) -> None:
        if minute != self._minute:
            if len(self._counts) >= MOST_KEYS:
                log.warning("limits_full", keys=len(self._counts))
            self._minute, self._counts = minute, {}

    async def share(self) -> None:
        """Add what is new to the counts in Redis and take over what the other processes counted.

        What was counted in a minute that is over is forgotten here too: while nobody knocks, nothing else forgets it.
        """
        self._turn(int(clock.now().timestamp()) // WINDOW)
        minute, counts = self._minute, {key: count for key, count in self._counts.items() if count.unshared}
        if not counts:
            return
        added = {key: count.unshared for key, count in counts.items()}
        answers = await fail_open(patient(self._exchange(minute, added)), [], doing="rate limits")
        for (key, count), total in zip(counts.items(), answers, strict=False):
            count.unshared -= added[key]
            count.total = int(total) + count.unshared

    async def _exchange(self, minute: int, added: dict[str, int]) -> list[Any]:
        """Return the new shared count of each key, in order."""
        pipeline, counts = self._redis.pipeline(transaction=False), list(added.items())
        for first in range(0, len(counts), SLICE):
            some = counts[first : first + SLICE]
            names = [f"limit:{key}:{minute}" for key, _ in some]
            pipeline.eval(_ADD, len(names), *names, str(2 * WINDOW), *(str(number) for _, number in some))
        return [total for totals in await pipeline.execute() for total in totals]

    async def keep_sharing(self) -> None:
        """Share every second until cancelled."""
        while True:
            await asyncio.sleep(SHARE_EVERY)
            try:
                await self.share()
            except Exception:
                log.exception("limits_not_shared")


@lru_cache(maxsize=10_000)
def address_key(address: str) -> str:
    """Return what one sender is counted by: its IPv4 address, or the /64 network of its IPv6 address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    return str(ip_network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else address


def address_limit(request: Request) -> None:
    ctx = request.app.ctx
    ctx.limiter.admit(f"a:{address_key(request.ctx.address)}", ctx.settings.address_requests_per_minute)


def owner_limit(request: Request, actor: Actor) -> None:
    if actor.kind is ActorKind.OWNER:
        ctx = request.app.ctx
        ctx.limiter.admit(f"o:{actor.id}", ctx.settings.owner_requests_per_minute)
