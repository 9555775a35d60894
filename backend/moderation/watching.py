"""Looks whether the check still moves: what nobody asks about, and what staff let wait."""

from datetime import timedelta
from typing import Final

from backend import alerts
from backend.foundation import clock, db

LATE: Final = timedelta(minutes=5)
HELD_FOR: Final = timedelta(hours=24)
"""For how long staff may let somebody wait whose words were held, before operators hear of it."""

_LATE: Final = """
SELECT count(*) AS waiting, extract(epoch FROM $1::timestamptz - min(next_at))::int AS oldest_seconds
FROM moderation_parts WHERE next_at <= $1::timestamptz - $2::interval
"""
_FAILING: Final = """
SELECT count(*) AS parts FROM moderation_parts p
WHERE p.settled_at > $1::timestamptz - interval '1 hour' AND p.suggest IN ('failed', 'unanswered')
"""
_HELD: Final = """
SELECT count(*) AS held, extract(epoch FROM $1::timestamptz - min(held_at))::int AS oldest_seconds
FROM moderation_subjects WHERE state = 'held' AND held_at <= $1::timestamptz - $2::interval
"""
_BACKLOG: Final = """
SELECT (SELECT count(*) FROM moderation_parts WHERE next_at IS NOT NULL) AS waiting,
       (SELECT count(*) FROM moderation_subjects WHERE state = 'held') AS held
"""


async def watch() -> None:
    """Tell what is stuck at this moment; to be repeated well within a minute."""
    late = await db.fetch_one(_LATE, clock.now(), LATE)
    if late and late["waiting"]:
        await alerts.confirm("moderation_late", {"": dict(late)})
    held = await db.fetch_one(_HELD, clock.now(), HELD_FOR)
    if held and held["held"]:
        await alerts.confirm("moderation_held", {"": dict(held)})


async def watch_answers() -> None:
    """Tell when pieces came to staff because WeChat did not answer, within the last hour; looks at a range of rows."""
    failing = await db.fetch_value(_FAILING, clock.now())
    if failing:
        await alerts.confirm("moderation_unanswered", {"": {"parts": failing}})


async def backlog() -> tuple[int, int]:
    """Return how many pieces wait for a verdict and how many things wait for staff."""
    row = await db.fetch_one(_BACKLOG)
    return (row["waiting"], row["held"]) if row else (0, 0)
