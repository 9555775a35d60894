"""Ends holds and requests whose time is over, and hands on what falls into absences."""

from backend.visits import lapsing, leaving
from workers.schedule import every_minutes, every_seconds


async def sweep_visits() -> None:
    """Free holds that nobody came back for, and apologise for requests that nobody answered in time."""
    await lapsing.sweep()


async def hand_on_visits() -> None:
    """Give what an absence told ahead takes from somebody to a colleague who is free."""
    await leaving.sweep()


JOBS = ()
CRONS = (every_seconds(30, sweep_visits), every_minutes(10, hand_on_visits))
