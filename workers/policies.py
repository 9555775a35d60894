"""Ends policies whose last day is over, and reminds owners of what they asked to be reminded of."""

from typing import Final

from backend.policies import reminding, service
from workers.schedule import every_minutes

_DAYTIME: Final = frozenset(range(8, 21))


async def expire_policies() -> None:
    """End what is over; readers leave it out from its first day on anyway, so half an hour is early enough."""
    await service.expire()


async def remind() -> None:
    """Tell what owners asked to be reminded of, by day; what a dead worker missed comes with the next run."""
    await reminding.remind()


JOBS = ()
CRONS = (every_minutes(30, expire_policies), every_minutes(10, remind, hours=_DAYTIME))
