"""Has what owners wrote and photographed checked: woken when something comes in, and by the clock."""

from prometheus_client import Gauge

from backend import moderation
from backend.moderation import watching
from workers.schedule import every_minutes, every_seconds

WAITING = Gauge("wuwei_moderation_waiting", "Texts and pictures that wait for a verdict")
HELD = Gauge("wuwei_moderation_held", "Things that wait for a decision of staff")
_ROUNDS = 10
"""Rounds of a run, a claim each: well within what a job may run; the clock goes on with the rest."""


async def moderate() -> None:
    for _ in range(_ROUNDS):
        if not await moderation.check():
            return


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
