"""When a recurring broadcast comes next: iCalendar's RRULE (RFC 5545), in the time of China.

A rule is looked up day by day, so that no rule, nor one that never comes, costs more than the days looked at: libraries
that step through a rule until it yields go on to the year 9999. A start that does not fit the rule is no occurrence.
"""

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Self

from backend.foundation import clock
from backend.notifications.broadcasts.errors import WrongRecurrence

HORIZON: Final = 3660
"""Days. A rule without an occurrence in ten years has none: looking further would only take time."""
LONGEST_INTERVAL: Final = 366

_LONGEST: Final = 200
_ENDS: Final = {"COUNT", "UNTIL"}
_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_MONTH: Final = r"([1-9]|1[0-2])"
_DAY: Final = r"-?([1-9]|[12]\d|3[01])"
_WEEKDAY: Final = r"(MO|TU|WE|TH|FR|SA|SU)"
_NUMBERED: Final = rf"([+-]?[1-5])?{_WEEKDAY}"
# No part that says a time of day: that is the start's own. No rule finer than a day.
_PARTS: Final = {
    "FREQ": r"DAILY|WEEKLY|MONTHLY|YEARLY",
    "INTERVAL": r"[1-9]\d{0,2}",
    "COUNT": r"[1-9]\d{0,3}",
    "UNTIL": r"\d{8}T\d{6}Z",
    "BYDAY": rf"{_NUMBERED}(,{_NUMBERED}){{0,13}}",
    "BYMONTHDAY": rf"{_DAY}(,{_DAY}){{0,30}}",
    "BYMONTH": rf"{_MONTH}(,{_MONTH}){{0,11}}",
    "WKST": _WEEKDAY,
}
# As in RFC 5545, page 44: a weekday's number counts within a month or a year, and a week has no days of the month.
_OF_WEEKS: Final = {"BYDAY": rf"{_WEEKDAY}(,{_WEEKDAY}){{0,6}}"}
_OF_FREQUENCY: Final = {"DAILY": _OF_WEEKS, "WEEKLY": {**_OF_WEEKS, "BYMONTHDAY": "(?!)"}}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with what its start says of it. `weekdays`: (number within the month or year or 0, 0 for Monday)."""

    frequency: str
    start: date
    interval: int
    week_begins: int
    weekdays: frozenset[tuple[int, int]]
    month_days: frozenset[int]
    months: frozenset[int]

    @classmethod
    def read(cls, parts: Mapping[str, str], start: date) -> Self:
        """Read the parts of a sound rule; what they leave open is as on the day of the start."""
        weekdays = frozenset(_numbered(each) for each in _listed(parts, "BYDAY"))
        month_days = frozenset(map(int, _listed(parts, "BYMONTHDAY")))
        months = frozenset(map(int, _listed(parts, "BYMONTH")))
        if not weekdays and not month_days:
            if parts["FREQ"] == "WEEKLY":
                weekdays = frozenset({(0, start.weekday())})
            if parts["FREQ"] in ("MONTHLY", "YEARLY"):
                month_days = frozenset({start.day})
            if parts["FREQ"] == "YEARLY":
                months = months or frozenset({start.month})
        week_begins = _WEEKDAYS.index(parts.get("WKST", "MO"))
        return cls(parts["FREQ"], start, int(parts.get("INTERVAL", 1)), week_begins, weekdays, month_days, months)

    def fits(self, day: date) -> bool:
        return (
            (not self.months or day.month in self.months)
            and (self._period(day) - self._period(self.start)) % self.interval == 0
            and (not self.month_days or not self.month_days.isdisjoint((day.day, day.day - _length(day) - 1)))
            and (not self.weekdays or not self.weekdays.isdisjoint(self._numbers(day)))
        )

    def _period(self, day: date) -> int:
        if self.frequency == "DAILY":
            return day.toordinal()
        if self.frequency == "WEEKLY":
            return (day.toordinal() - 1 - self.week_begins) // 7
        return day.year * 12 + day.month if self.frequency == "MONTHLY" else day.year

    def _numbers(self, day: date) -> tuple[tuple[int, int], ...]:
        """Return how a rule may call a weekday: any, the n-th, the n-th from the end."""
        if self.frequency == "YEARLY" and not self.months:
            nr, length = day.timetuple().tm_yday, 365 + (_length(date(day.year, 2, 1)) == 29)  # noqa: PLR2004
        else:
            nr, length = day.day, _length(day)
        weekday = day.weekday()
        return (0, weekday), ((nr - 1) // 7 + 1, weekday), (-((length - nr) // 7) - 1, weekday)


def check(rule: str, starts_at: datetime) -> tuple[str, datetime]:
    """Return a rule in its plain form and when it comes first, at the start or later.

    Raises WrongRecurrence for one that is none or never comes.
    """
    parts = [part.partition("=") for part in rule.strip().upper().removeprefix("RRULE:").split(";")]
    if len(rule) > _LONGEST or not _is_sound([(name, value) for name, _, value in parts]):
        raise WrongRecurrence
    plain = ";".join(f"{name}={value}" for name, _, value in parts)
    first = following(plain, starts_at, starts_at - timedelta(microseconds=1))
    if first is None:
        raise WrongRecurrence("按这条规则十年内没有一次发送，请改正后再试。")
    return plain, first


def _is_sound(parts: list[tuple[str, str]]) -> bool:
    found = dict(parts)
    if len(found) < len(parts) or "FREQ" not in found or _ENDS.issubset(found):
        return False
    allowed = {**_PARTS, **_OF_FREQUENCY.get(found["FREQ"], {})}
    if not all(re.fullmatch(allowed.get(name, "(?!)"), value, re.ASCII) for name, value in parts):
        return False
    return int(found.get("INTERVAL", 1)) <= LONGEST_INTERVAL


def following(rule: str, starts_at: datetime, after: datetime) -> datetime | None:
    """Return the first occurrence after a moment, None after the last one."""
    parts = dict(part.split("=") for part in rule.split(";"))
    start = starts_at.astimezone(clock.SHANGHAI)
    left = int(parts["COUNT"]) if "COUNT" in parts else None
    until = _until(parts["UNTIL"]) if "UNTIL" in parts else None
    looked_up = Rule.read(parts, start.date())
    moment = start if left is not None or after <= start else start + timedelta(days=(after - start).days)
    for _ in range((max(after, start) - moment).days + HORIZON):
        if until is not None and moment > until:
            return None
        if looked_up.fits(moment.date()):
            if moment > after:
                return moment
            left = None if left is None else left - 1
            if left == 0:
                return None
        moment += timedelta(days=1)
    return None


def _until(value: str) -> datetime:
    try:
        return datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise WrongRecurrence from error


def _listed(parts: Mapping[str, str], name: str) -> list[str]:
    return parts[name].split(",") if name in parts else []


def _numbered(weekday: str) -> tuple[int, int]:
    return int(weekday[:-2] or 0), _WEEKDAYS.index(weekday[-2:])


def _length(day: date) -> int:
    return monthrange(day.year, day.month)[1]
