"""Every day of a calendar counted once, so that a question over months is two look-ups."""

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Final

from backend.foundation import clock
from backend.worktime.hours import DAY_MINUTES, Hours, Week
from backend.worktime.library import FIRST, LAST, Library

ORIGIN: Final = clock.day_start(FIRST)
"""China has one time zone and no summer time since long before: a day of it is a whole number of days after this."""
COUNT: Final = (LAST - FIRST).days + 1
_MINUTE: Final = 60_000_000
_WEEKDAY: Final = FIRST.weekday()


class OutOfCalendar(ValueError):
    """A day before FIRST or after LAST was asked for."""


class Index:
    """Days by their number since FIRST: which are worked, when, and how much of everything lies before each.

    `before[n]` working days, `minutes[n]` office minutes and `unsure[n]` provisional days lie before day n.
    """

    __slots__ = ("before", "hours", "minutes", "patterns", "unsure", "workdays")

    def __init__(
        self, weeks: Sequence[Week], overrides: Mapping[date, bool], settled: Collection[int], library: Library
    ) -> None:
        flags = bytearray(_by_library(library))
        doubts = bytearray(_doubts(frozenset(settled) | library.years))
        for day, is_workday in overrides.items():
            flags[number_of(day)] = is_workday
            doubts[number_of(day)] = False
        self.patterns = _patterns(weeks)
        self.hours: list[Hours | None] = [
            hours if flag else None for flag, hours in zip(flags, self.patterns, strict=True)
        ]
        self.workdays = [number for number, flag in enumerate(flags) if flag]
        self.before = list(accumulate(flags, initial=0))
        self.minutes = list(accumulate((one.minutes if one else 0 for one in self.hours), initial=0))
        self.unsure = list(accumulate(doubts, initial=0))

    def minutes_until(self, moment: datetime) -> int:
        """Return the whole office minutes between ORIGIN and a moment."""
        since = moment - ORIGIN
        number = checked(since.days)
        hours = self.hours[number]
        return self.minutes[number] + (hours.until(since.seconds // 60) if hours else 0)

    def reach(self, moment: datetime, minutes: int) -> tuple[int, timedelta]:
        """Return the day's number, and how far into it, at which so many office minutes went by; minutes ≥ 1.

        Seconds count: whoever begins at 09:00:30 has until 09:10:30 for ten minutes.
        """
        since = moment - ORIGIN
        hours = self.hours[checked(since.days)]
        is_open = hours is not None and hours.next_open(since.seconds // 60) == since.seconds // 60
        part = since.seconds % 60 * 1_000_000 + since.microseconds if is_open else 0
        whole = self.minutes_until(moment) + minutes
        number = bisect_left(self.minutes, whole + (part > 0)) - 1
        left = (whole - self.minutes[checked(number)]) * _MINUTE + part
        for begin, end in _hours(self.hours[number]).spans:
            if left <= (end - begin) * _MINUTE:
                return number, timedelta(minutes=begin, microseconds=left)
            left -= (end - begin) * _MINUTE
        raise AssertionError("a day holds the minutes that were counted for it")

    def nth_workday(self, number: int, count: int) -> int:
        """Return the number of the count-th working day after a day; the day itself isn't counted. count ≥ 1."""
        place = self.before[number + 1] + count - 1
        if place >= len(self.workdays):
            raise OutOfCalendar
        return self.workdays[place]


def number_of(day: date) -> int:
    return checked((day - FIRST).days)


def checked(number: int) -> int:
    """Return a day's number; raises OutOfCalendar for one that isn't counted."""
    if not 0 <= number < COUNT:
        raise OutOfCalendar(f"days from {FIRST} to {LAST} are known")
    return number


def at(number: int, into: timedelta) -> datetime:
    """Return a moment of a day, in UTC."""
    return (ORIGIN + timedelta(days=number) + into).astimezone(UTC)


def _hours(hours: Hours | None) -> Hours:
    if hours is None:
        raise AssertionError("office minutes are counted on working days only")
    return hours


@lru_cache(maxsize=4)
def _by_library_of(off: frozenset[date], worked: frozenset[date]) -> bytes:
    flags = bytearray((_WEEKDAY + number) % 7 < 5 for number in range(COUNT))  # noqa: PLR2004  Saturday
    for flag, days in ((False, off), (True, worked)):
        for day in days:
            flags[number_of(day)] = flag
    return bytes(flags)


def _by_library(library: Library) -> bytes:
    return _by_library_of(frozenset(library.off), frozenset(library.worked))


@lru_cache(maxsize=8)
def _doubts(known: frozenset[int]) -> bytes:
    """Return one flag a day: whether its year's calendar is unknown."""
    found = bytearray()
    for year in range(FIRST.year, LAST.year + 1):
        days = (date(year + 1, 1, 1) - date(year, 1, 1)).days
        found += bytes([year not in known]) * days
    return bytes(found)


@lru_cache(maxsize=4)
def _patterns_of(weeks: tuple[Week, ...]) -> tuple[Hours, ...]:
    ordered = sorted(weeks, key=lambda week: week.valid_from)
    ends = [*(max(0, min(COUNT, (week.valid_from - FIRST).days)) for week in ordered), COUNT]
    ends[0] = 0
    return tuple(
        week.days[(_WEEKDAY + number) % 7]
        for week, (begin, end) in zip(ordered, pairwise(ends), strict=True)
        for number in range(begin, end)
    )


def _patterns(weeks: Sequence[Week]) -> tuple[Hours, ...]:
    """Return the hours that each day has or would have, were it worked."""
    return _patterns_of(tuple(weeks))


__all__ = ["COUNT", "DAY_MINUTES", "ORIGIN", "Index", "OutOfCalendar", "at", "checked", "number_of"]
