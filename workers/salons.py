"""Moves salons on by their times, and keeps the waiting list going when nobody asks."""

from backend.salons import attached, mixing, sweeping
from backend.salons.seats import fairness
from workers.schedule import every_minutes, every_seconds


async def sweep_salons() -> None:
    """End offers and approvals that are due, and offer every seat that is free."""
    await sweeping.sweep()


async def note_missing_people() -> None:
    """Note who had a seat and was not seen, a day after the salon."""
    await fairness.note_missing()


async def mix_feedback() -> None:
    """Let nothing on the disk tell in which order attendees answered."""
    await mixing.mix()


async def sweep_salon_files() -> None:
    """Let go what was uploaded and no salon names."""
    await attached.sweep()


JOBS = ()
CRONS = (
    every_seconds(20, sweep_salons),
    every_minutes(30, note_missing_people),
    every_minutes(20, mix_feedback),
    every_minutes(60, sweep_salon_files),
)
