"""What a release of this service brings along: the holidays of published years, and office hours to begin with."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from importlib.resources import files
from typing import Final

import orjson
from chinese_calendar.constants import Holiday, holidays, workdays

from backend.worktime.hours import Hours, Week

FIRST: Final = date(2004, 1, 1)
"""The first day that can be asked for; the first year the library knows."""
LAST: Final = date(2099, 12, 31)
_NAMES: Final = {holiday.value: holiday.chinese for holiday in Holiday}


@dataclass(frozen=True)
class Library:
    """Years whose calendar is published: days off that are weekdays or not, and weekend days that are worked (调休).

    In a year of `years` every day that stands in neither set follows its weekday.
    """

    years: frozenset[int]
    off: Mapping[date, str]
    worked: Mapping[date, str]
    week: Week = field(compare=False)

    def is_workday(self, day: date) -> bool:
        """Tell by the published days, else by the weekday."""
        return day in self.worked or (day.isoweekday() <= 5 and day not in self.off)  # noqa: PLR2004  Friday

    def name_of(self, day: date) -> str:
        """Return which holiday a day belongs to, in Chinese; empty for an ordinary day."""
        return self.off.get(day) or self.worked.get(day, "")

    @cached_property
    def prints(self) -> dict[str, str]:
        """A print of every year's days, and of the office hours to begin with: tells one release from another."""
        lines: dict[str, list[str]] = defaultdict(list)
        for mark, days in (("-", self.off), ("+", self.worked)):
            for day in days:
                lines[str(day.year)].append(f"{mark}{day}")
        told = {str(year): _print("\n".join(sorted(lines[str(year)]))) for year in sorted(self.years)}
        return {"hours": _print(str(self.week.told())), **told}


def _print(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _begin_with() -> Week:
    told = orjson.loads(files("backend.worktime").joinpath("office_hours.json").read_bytes())
    return Week.of(FIRST, Hours.of(*((begin, end) for begin, end in told["usual"])))


def _installed() -> Library:
    years = {day.year for day in holidays}
    return Library(
        frozenset(range(min(years), max(years) + 1)),
        {day: _NAMES[name] for day, name in holidays.items()},
        {day: _NAMES[name] for day, name in workdays.items()},
        _begin_with(),
    )


LIBRARY: Final = _installed()
