"""Moves salons on by their times, and keeps the waiting list going when nobody asks."""

from backend.salons import sweeping
from workers.schedule import every_seconds


async def sweep_salons() -> None:
    """End offers and approvals that are due, and offer every seat that is free."""
    await sweeping.sweep()


JOBS = ()
CRONS = (every_seconds(20, sweep_salons),)
