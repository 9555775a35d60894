"""Asks enterprises whose week comes near, counts who stays silent, ends campaigns that are over."""

from backend.visits.campaigns import proposing, replacing
from workers.schedule import every_minutes

WAKING = frozenset(range(8, 21))
"""Hours in which owners may be asked; what is due in the night is asked in the morning."""


async def ask_campaigns() -> None:
    """Give on what nobody makes any more, then note what has come due; the outbox asks."""
    await replacing.sweep()
    await proposing.sweep()


JOBS = ()
CRONS = (every_minutes(5, ask_campaigns, hours=WAKING),)
