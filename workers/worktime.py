"""Finds that a release brings the calendar of other years."""

from backend import worktime
from workers.schedule import every_seconds


async def notice_release() -> None:
    """Look when a worker starts, and then again: while releases change, the one that stays has the last word."""
    await worktime.notice_release()


JOBS = ()
CRONS = (every_seconds(60, notice_release),)
