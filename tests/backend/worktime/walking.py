"""The slow truth: a walk over every minute and every day, that knows nothing of how the calendar counts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

import chinese_calendar
from hypothesis import strategies as st

from backend.foundation.clock import SHANGHAI
from backend.worktime import Calendar, Hours, Week

Spans = tuple[tuple[time, time], ...]
USUAL: Final[Spans] = ((time(8, 30), time(12)), (time(13, 30), time(17, 30)))
SUMMER: Final[Spans] = ((time(8), time(11, 45)), (time(14, 30), time(18)))
FRIDAY: Final[Spans] = ((time(8), time(12)),)
DAY: Final = timedelta(days=1)
MINUTE: Final = timedelta(minutes=1)


@lru_cache(maxsize=5000)
def by_library(day: date) -> bool:
    return bool(chinese_calendar.is_workday(day))


@dataclass(frozen=True)
class Walker:
    """Answers by walking; `hours` are spans from a day on, the latest first, with Fridays of their own or none."""

    overrides: Mapping[date, bool] = field(default_factory=dict)
    hours: tuple[tuple[date, Spans, Spans], ...] = ((date(2004, 1, 1), USUAL, USUAL),)

    def is_workday(self, day: date) -> bool:
        return self.overrides[day] if day in self.overrides else by_library(day)

    def spans(self, day: date) -> Spans:
        usual, friday = next((usual, friday) for begins, usual, friday in self.hours if day >= begins)
        return friday if day.isoweekday() == 5 else usual

    def is_open(self, moment: datetime) -> bool:
        here = moment.astimezone(SHANGHAI)
        return self.is_workday(here.date()) and any(a <= here.time() < b for a, b in self.spans(here.date()))

    def minutes_between(self, start: datetime, end: datetime) -> int:
        return sum(1 for minute in minutes(start, end) if self.is_open(minute))

    def next_moment(self, moment: datetime) -> datetime:
        if self.is_open(moment):
            return moment
        found = floor(moment) + MINUTE
        while not self.is_open(found):
            found += MINUTE
        return found

    def closing_after(self, received: datetime, days: int) -> datetime:
        day = received.astimezone(SHANGHAI).date()
        while days:
            day += DAY
            days -= self.is_workday(day)
        return datetime.combine(day, self.spans(day)[-1][1], SHANGHAI)


def floor(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def minutes(start: datetime, end: datetime) -> Iterator[datetime]:
    """Every whole minute from that of `start` to the one before that of `end`."""
    at = floor(start)
    while at < floor(end):
        yield at
        at += MINUTE


def _hours(spans: Spans) -> Hours:
    return Hours.of(*((f"{a:%H:%M}", f"{b:%H:%M}") for a, b in spans))


def _pair(walker: Walker) -> tuple[Calendar, Walker]:
    weeks = [Week.of(begins, _hours(usual), {5: _hours(friday)}) for begins, usual, friday in walker.hours]
    return Calendar.of(weeks, walker.overrides), walker


_CHANGED: Final = {date(2024, 2, 10): True, date(2025, 9, 29): False, date(2026, 6, 7): True, date(2026, 10, 8): False}
_SEASONS: Final = (
    (date(2026, 10, 1), USUAL, USUAL),
    (date(2026, 6, 1), SUMMER, FRIDAY),
    (date(2004, 1, 1), USUAL, USUAL),
)
PAIRS: Final = (_pair(Walker()), _pair(Walker(_CHANGED)), _pair(Walker(_CHANGED, _SEASONS)))
pairs = st.sampled_from(PAIRS)

# Where counting goes wrong if it does: the days around holidays and worked weekends, the edges of the seasons.
_EDGES: Final = sorted({*chinese_calendar.constants.workdays, *_CHANGED, *(begins for begins, *_ in _SEASONS)})
_edges = st.sampled_from([day for day in _EDGES if 2024 <= day.year <= 2026 and day < date(2026, 10, 20)])
days = st.one_of(
    st.dates(date(2024, 1, 1), date(2026, 10, 20)),
    st.builds(lambda day, off: max(date(2024, 1, 1), day + off * DAY), _edges, st.integers(-9, 3)),
)
_times = st.one_of(st.times(), st.sampled_from([edge for spans in (USUAL, SUMMER) for span in spans for edge in span]))
moments = st.builds(lambda day, at: datetime.combine(day, at, SHANGHAI).astimezone(UTC), days, _times)
short = st.timedeltas(timedelta(0), timedelta(days=3))
