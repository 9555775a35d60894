"""Ends holds and requests whose time is over, offers on what is free, reminds, hands on what falls into absences."""

from backend.visits import reminders
from backend.visits.afterwards import hearing, nudging
from backend.visits.bookings import lapsing, leaving
from backend.visits.waiting import offering
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


async def ask_for_words() -> None:
    """Remind owners once of minutes that wait for their word, count their silence, ask for ratings."""
    await hearing.sweep()


async def ask_for_records() -> None:
    """Ask who went for what is missing: who was there, what was found."""
    await nudging.sweep()


JOBS = ()
CRONS = (
    every_seconds(30, sweep_visits),
    every_seconds(30, remind_of_visits),
    every_minutes(5, ask_for_words),
    every_minutes(10, hand_on_visits),
    every_minutes(10, ask_for_records),
)
