"""Somebody of the demo who visits: his week, so that whoever takes the tour can book, confirm and report a visit."""

from typing import Final

from backend.access import Actor
from backend.foundation import clock, db
from backend.visits.availability import planning
from backend.visits.availability.planning import DayPlan

_HOURS: Final = ((9 * 60, 12 * 60), (13 * 60 + 30, 17 * 60))
_WEEKDAYS: Final = range(1, 6)
_IS_PLANNED: Final = "SELECT EXISTS (SELECT FROM visit_plans WHERE staff_id = $1)"


async def seed_visits(visitor: Actor) -> None:
    """Plan the visitor's week; one that is there already stays."""
    if visitor.id is not None and not await db.fetch_value(_IS_PLANNED, visitor.id):
        week = [DayPlan(weekday, _HOURS) for weekday in _WEEKDAYS]
        await planning.plan(visitor.id, week, clock.today(), actor=visitor)
