"""Begins broadcasts whose time has come, makes the next of recurring ones, pauses what fails and ends what is done."""

from backend.assembly import BROADCAST_ORIGINS
from backend.notifications import broadcasts
from backend.notifications.broadcasts import outdating, recurring, watching
from workers.schedule import every_seconds


async def begin_broadcasts() -> None:
    """Begin whatever was released for a time that has come, also while no worker ran; missed times are made up once.

    What waits for a release though its thing is over ends.
    """
    await recurring.occur(BROADCAST_ORIGINS)
    await broadcasts.begin_due()
    await outdating.end_what_is_over(BROADCAST_ORIGINS)


async def watch_broadcasts() -> None:
    """Pause what fails too often, end what has nothing left to do."""
    await watching.look_after()


JOBS = ()
CRONS = (every_seconds(20, begin_broadcasts), every_seconds(5, watch_broadcasts))
