"""Ends holds and requests whose time is over, offers on what is free, reminds, hands on what falls into absences."""

from backend.visits import lapsing, leaving, offering, reminders
from workers.schedule import every_minutes, every_seconds


async def sweep_visits() -> None:
    """End holds and requests whose time is over, and offer what is free to who waits for an earlier time."""
    await lapsing.sweep()
    await offering.sweep()


async def remind_of_visits() -> None:
    """Remind both sides of what is two days or two hours ahead."""
    await reminders.remind()


async def hand_on_visits() -> None:
    """Give what an absence told ahead takes from somebody to a colleague who is free."""
    await leaving.sweep()


JOBS = ()
CRONS = (every_seconds(30, sweep_visits), every_seconds(30, remind_of_visits), every_minutes(10, hand_on_visits))
