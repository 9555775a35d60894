"""Ends policies whose last day is over, reminds owners of what they asked, finds whoever newly fits, asks weekly."""

from typing import Final

from backend import runtime
from backend.foundation import db
from backend.policies import service
from backend.policies.telling import differences, digests, left_behind, recipients, reminding
from workers.schedule import every_minutes

_DAYTIME: Final = frozenset(range(8, 21))
_NIGHT: Final = frozenset({3, 4})
_LOT: Final = 5_000
_LOTS: Final = 40


async def expire_policies() -> None:
    """End what is over; readers leave it out from its first day on anyway, so half an hour is early enough."""
    await service.expire()


async def remind() -> None:
    """Tell what owners asked to be reminded of, by day; what a dead worker missed comes with the next run."""
    await reminding.remind()


async def begin_difference() -> None:
    """Begin the night's difference at its hour, or as soon as a worker runs after it; the outbox goes on with it."""
    await differences.begin(runtime.current().settings.difference_from)


async def begin_digest() -> None:
    """Begin the week's questions on their day; the outbox goes on with them."""
    settings = runtime.current().settings
    await digests.begin(settings.digest_day, settings.digest_from)


async def watch_rules() -> None:
    """Tell operators which rules the release that runs can't read."""
    await left_behind.watch()


async def let_go_recipients() -> None:
    """Forget who was told of versions that ended long ago, some at a time."""
    for _ in range(_LOTS):
        async with db.transaction():
            if await recipients.let_go(_LOT) < _LOT:
                return


JOBS = ()
CRONS = (
    every_minutes(30, expire_policies),
    every_minutes(10, remind, hours=_DAYTIME),
    every_minutes(10, begin_difference),
    every_minutes(10, begin_digest, hours=_DAYTIME),
    every_minutes(10, watch_rules),
    every_minutes(10, let_go_recipients, hours=_NIGHT),
)
