"""Has what owners wrote and photographed checked: woken when something comes in, and by the clock."""

import time
from typing import Final

from prometheus_client import Gauge

from backend import moderation
from backend.moderation import watching
from workers.schedule import every_minutes, every_seconds

WAITING = Gauge("wuwei_moderation_waiting", "Texts and pictures that wait for a verdict")
HELD = Gauge("wuwei_moderation_held", "Things that wait for a decision of staff")
SECONDS: Final = 10.0
"""After which a run begins nothing new: what it has begun then ends well within what a job may run."""


async def moderate() -> None:
    """Have checked what is due; when more is left the next run follows at once."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if not await moderation.check():
            return
    await moderation.wake()


async def sweep_moderation() -> None:
    """Look for verdicts that missed their question, give up what nobody answered, tell what is stuck."""
    await moderation.catch_up()
    await moderation.give_up_unanswered()
    await watching.watch()


async def watch_answers() -> None:
    await watching.watch_answers()


async def measure_moderation() -> None:
    waiting, held = await watching.backlog()
    WAITING.set(waiting)
    HELD.set(held)


JOBS = (moderate,)
CRONS = (
    every_seconds(10, moderate),
    every_seconds(30, sweep_moderation),
    every_minutes(15, watch_answers),
)
