"""A manager of the whole city, and the year after those the release knows."""

from datetime import date
from typing import Final

from backend.access import Actor, ActorKind, Grant, Role
from backend.foundation.ids import new_id
from backend.worktime import DaySet, set_days
from backend.worktime.library import LIBRARY

MANAGER: Final = Actor(ActorKind.STAFF, new_id(), "主任", (Grant(Role.MANAGER),))
OTHER: Final = Actor(ActorKind.STAFF, new_id(), "另一位主任", (Grant(Role.MANAGER),))
NEXT: Final = max(LIBRARY.years) + 1


async def enter(*days: date, is_workday: bool = False, version: int = 0, actor: Actor = MANAGER) -> int:
    """Set days of one year; returns the year's new version."""
    wanted = [DaySet(day, is_workday) for day in days]
    return await set_days(days[0].year, wanted, reason="台风停工", citation=None, actor=actor, version=version)
