"""The Chinese working calendar with 调休: deadlines and durations in office time, overridable by staff.

Ask `await worktime.current()` once for a list of things; everything a `Calendar` answers is pure.
"""

from backend.worktime.calendar import Calendar, Deadline, OutOfCalendar, day_of
from backend.worktime.changing import TOPICS, OnChange, handlers, notice_release
from backend.worktime.hours import Hours, Week
from backend.worktime.office import change_hours, withdraw_hours
from backend.worktime.overriding import DaySet, remove_days, set_days, settle, unsettle
from backend.worktime.queries import provisional_years
from backend.worktime.service import current

__all__ = [
    "TOPICS",
    "Calendar",
    "DaySet",
    "Deadline",
    "Hours",
    "OnChange",
    "OutOfCalendar",
    "Week",
    "change_hours",
    "current",
    "day_of",
    "handlers",
    "notice_release",
    "provisional_years",
    "remove_days",
    "set_days",
    "settle",
    "unsettle",
    "withdraw_hours",
]
