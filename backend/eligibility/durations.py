"""Calendar durations as law counts them (民法典 §§ 200-202): "5 years since" ends on the same day of the month.

Where that month has no such day, the last day of the month ends it; the end itself still counts.
"""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS_A_YEAR = 12
FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2199, 12, 31)
"""Days outside are refused in rules; in facts they mean "always" or "never" (registers write 9999-12-31)."""


@dataclass(frozen=True, slots=True)
class Duration:
    """So many months and then so many days; none of either is no time at all."""

    months: int = 0
    days: int = 0


def ends_on(start: date, duration: Duration) -> date:
    """The last day that is still within `duration` of `start`."""
    return _plus_months(start, duration.months) + timedelta(days=duration.days)


def starts_on(end: date, duration: Duration) -> date:
    """The earliest start whose duration has not ended before `end`: the inverse of `ends_on`."""
    target = end - timedelta(days=duration.days)
    start = _plus_months(target, -duration.months)
    while _plus_months(start, duration.months) < target:  # at most three steps, at the end of a short month
        start += timedelta(days=1)
    return start


def _plus_months(day: date, months: int) -> date:
    year, month = divmod(day.year * MONTHS_A_YEAR + day.month - 1 + months, MONTHS_A_YEAR)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))
