"""Ends policies whose last day is over."""

from backend.policies import service
from workers.schedule import every_minutes


async def expire_policies() -> None:
    """End what is over; readers leave it out from its first day on anyway, so half an hour is early enough."""
    await service.expire()


JOBS = ()
CRONS = (every_minutes(30, expire_policies),)
