"""What staff read: a year day by day and where each day comes from, which years are still unknown, the office hours."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import orjson

from backend.access import Actor
from backend.foundation import clock, db
from backend.worktime.allowed import YearStanding, may_hours, may_week, may_year
from backend.worktime.calendar import Calendar
from backend.worktime.checking import AHEAD
from backend.worktime.errors import YearUnknown
from backend.worktime.hours import Week
from backend.worktime.library import FIRST, LAST, LIBRARY
from backend.worktime.service import current


class DaySource(StrEnum):
    """Where it comes from that a day is worked or not."""

    OVERRIDE = "override"
    LIBRARY = "library"
    SETTLED = "settled"
    PROVISIONAL = "provisional"


class YearState(StrEnum):
    PUBLISHED = "published"
    SETTLED = "settled"
    PROVISIONAL = "provisional"


DAY_SOURCES: Final = {
    DaySource.OVERRIDE: "工作人员调整",
    DaySource.LIBRARY: "国务院办公厅放假安排",
    DaySource.SETTLED: "已确认的全年安排",
    DaySource.PROVISIONAL: "安排未公布，暂按周一至周五",
}
YEAR_STATES: Final = {
    YearState.PUBLISHED: "已公布",
    YearState.SETTLED: "已由工作人员确认",
    YearState.PROVISIONAL: "尚未公布，期限为暂定",
}

_YEARS: Final = """
SELECT y.year, coalesce(w.version, 0) AS version, w.settled_at, w.settled_by, w.citation,
       (SELECT count(*) FROM workday_overrides o WHERE extract(year FROM o.day) = y.year) AS days_set
FROM unnest($1::int[]) AS y (year) LEFT JOIN worktime_years w ON w.year = y.year ORDER BY y.year
"""
_DAYS: Final = (
    "SELECT day, is_workday, note, citation, set_by, set_at FROM workday_overrides WHERE day BETWEEN $1 AND $2"
)
_HOURS: Final = "SELECT id, valid_from, week, note, set_by, set_at FROM office_hours ORDER BY valid_from"


@dataclass(frozen=True, slots=True)
class DayShown:
    """One day; `usual` is what it would be without the override, None where there is none."""

    day: date
    is_workday: bool
    source: DaySource
    holiday: str
    usual: bool | None = None
    note: str | None = None
    citation: str | None = None
    set_by: UUID | None = None
    set_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class YearShown:
    """One year in short; `version` is what If-Match names."""

    year: int
    version: int
    state: YearState
    workdays: int
    days_set: int
    citation: str | None
    settled_by: UUID | None
    settled_at: datetime | None
    may: list[str]


@dataclass(frozen=True, slots=True)
class WeekShown:
    """Office hours from a day on; without id those that the release brings along."""

    id: UUID | None
    valid_from: date
    week: list[list[list[str]]]
    is_current: bool
    note: str | None
    set_by: UUID | None
    set_at: datetime | None
    may: list[str]


@dataclass(frozen=True, slots=True)
class HoursShown:
    """All office hours, oldest first; `version` is what If-Match names."""

    version: int
    items: list[WeekShown]
    may: list[str]


async def years(actor: Actor) -> list[YearShown]:
    """Return the years that can be changed, from the last one on; those that are `provisional` want somebody's care."""
    this = clock.today().year
    return await _years(actor, range(this - 1, this + AHEAD + 1))


async def year(actor: Actor, number: int) -> tuple[YearShown, list[DayShown]]:
    """Return a year with all its days; raises YearUnknown."""
    if not FIRST.year <= number <= LAST.year:
        raise YearUnknown
    [shown] = await _years(actor, [number])
    first, last = date(number, 1, 1), date(number, 12, 31)
    rows = {row["day"]: row for row in await db.fetch(_DAYS, first, last)}
    calendar = await current()
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return shown, [_day(calendar, day, rows.get(day)) for day in days]


async def provisional_years() -> list[int]:
    """Return this year and the next ones up to AHEAD whose calendar nobody knows yet."""
    this, calendar = clock.today().year, await current()
    return [number for number in range(this, this + AHEAD + 1) if not calendar.is_known(number)]


async def hours(actor: Actor) -> HoursShown:
    """Return the office hours that ever counted or will."""
    version = await db.fetch_value("SELECT hours_version FROM worktime_state") or 0
    rows = await db.fetch(_HOURS)
    begun = max((row["valid_from"] for row in rows if row["valid_from"] <= clock.today()), default=None)
    own = [_week(actor, row, is_current=row["valid_from"] == begun) for row in rows]
    brought = LIBRARY.week
    first = WeekShown(None, brought.valid_from, brought.told(), begun is None, None, None, None, [])
    return HoursShown(version, [first, *own], may_hours(actor))


async def _years(actor: Actor, numbers: Iterable[int]) -> list[YearShown]:
    calendar = await current()
    return [_year(actor, calendar, row) for row in await db.fetch(_YEARS, list(numbers))]


def _year(actor: Actor, calendar: Calendar, row: Any) -> YearShown:
    number, is_settled = row["year"], row["settled_at"] is not None
    is_published = number in LIBRARY.years
    settled = YearState.SETTLED if is_settled else YearState.PROVISIONAL
    return YearShown(
        year=number,
        version=row["version"],
        state=YearState.PUBLISHED if is_published else settled,
        workdays=calendar.workdays_between(date(number, 1, 1), date(number, 12, 31)),
        days_set=row["days_set"],
        citation=row["citation"],
        settled_by=row["settled_by"],
        settled_at=row["settled_at"],
        may=may_year(actor, YearStanding(number, row["days_set"] > 0, is_published, is_settled)),
    )


def _day(calendar: Calendar, day: date, row: Any) -> DayShown:
    holiday = LIBRARY.name_of(day)
    if row is not None:
        return DayShown(source=DaySource.OVERRIDE, holiday=holiday, usual=LIBRARY.is_workday(day), **row)
    source = DaySource.SETTLED if day.year in calendar.settled else DaySource.PROVISIONAL
    if day.year in LIBRARY.years:
        source = DaySource.LIBRARY
    return DayShown(day, calendar.is_workday(day), source, holiday)


def _week(actor: Actor, row: Any, *, is_current: bool) -> WeekShown:
    begins = row["valid_from"]
    return WeekShown(
        id=row["id"],
        valid_from=begins,
        week=Week.read(begins, orjson.loads(row["week"])).told(),
        is_current=is_current,
        note=row["note"],
        set_by=row["set_by"],
        set_at=row["set_at"],
        may=may_week(actor, begins, is_own=True),
    )
