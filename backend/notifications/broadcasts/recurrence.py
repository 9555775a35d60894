"""When a recurring broadcast comes next: iCalendar's RRULE (RFC 5545), in the time of China.

A rule is looked up day by day, so that no rule, nor one that never comes, costs more than the days looked at: libraries
that step through a rule until it yields go on to the year 9999. A start that does not fit the rule is no occurrence.
"""

import re
from calendar import monthrange
from collections import Counter
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
_SHOWN: Final = 20
_UNKNOWN: Final = "不支持“{}”"
_ENDS: Final = {"COUNT", "UNTIL"}
_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_MONTH: Final = r"([1-9]|1[0-2])"
_DAY: Final = r"-?([1-9]|[12]\d|3[01])"
_WEEKDAY: Final = r"(MO|TU|WE|TH|FR|SA|SU)"
_NUMBERED: Final = rf"([+-]?[1-5])?{_WEEKDAY}"
# No part that says a time of day: that is the start's own. No rule finer than a day.
_PARTS: Final = {
    "FREQ": (r"DAILY|WEEKLY|MONTHLY|YEARLY", "频率（FREQ）须为 DAILY、WEEKLY、MONTHLY 或 YEARLY"),
    "INTERVAL": (r"[1-9]\d{0,2}", f"间隔（INTERVAL）须为 1 至 {LONGEST_INTERVAL} 的整数"),
    "COUNT": (r"[1-9]\d{0,3}", "次数（COUNT）须为 1 至 9999 的整数"),
    "UNTIL": (r"\d{8}T\d{6}Z", "截止时间（UNTIL）须为世界协调时，例如 20271231T155959Z"),
    "BYDAY": (rf"{_NUMBERED}(,{_NUMBERED}){{0,13}}", "星期（BYDAY）须为 MO 至 SU，可注明第几个，例如 MO,-1FR"),
    "BYMONTHDAY": (rf"{_DAY}(,{_DAY}){{0,30}}", "日期（BYMONTHDAY）须为 1 至 31，倒数用 -1 至 -31，用逗号分隔"),
    "BYMONTH": (rf"{_MONTH}(,{_MONTH}){{0,11}}", "月份（BYMONTH）须为 1 至 12，用逗号分隔"),
    "WKST": (_WEEKDAY, "一周的第一天（WKST）须为 MO 至 SU"),
}
# As in RFC 5545, page 44: a weekday's number counts within a month or a year, and a week has no days of the month.
_OF_WEEKS: Final = {
    "BYDAY": (
        rf"{_WEEKDAY}(,{_WEEKDAY}){{0,6}}",
        "按日或按周重复时，星期（BYDAY）须为 MO 至 SU，不注明第几个，例如 MO,FR",
    )
}
_OF_FREQUENCY: Final = {
    "DAILY": _OF_WEEKS,
    "WEEKLY": {**_OF_WEEKS, "BYMONTHDAY": ("(?!)", "按周重复时不能指定日期（BYMONTHDAY）")},
}


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
    if len(rule) > _LONGEST:
        raise WrongRecurrence([f"规则最长 {_LONGEST} 个字符"])
    parts = [part.partition("=") for part in rule.strip().upper().removeprefix("RRULE:").split(";")]
    if wrong := _wrong([(name, value) for name, _, value in parts]):
        raise WrongRecurrence(wrong)
    plain = ";".join(f"{name}={value}" for name, _, value in parts)
    first = following(plain, starts_at, starts_at - timedelta(microseconds=1))
    if first is None:
        raise WrongRecurrence(["按这条规则十年内没有一次发送"])
    return plain, first


def _wrong(parts: list[tuple[str, str]]) -> list[str]:
    """Return what is wrong with the parts of a rule, each in words; nothing for a sound one."""
    found = dict(parts)
    allowed = {**_PARTS, **_OF_FREQUENCY.get(found.get("FREQ", ""), {})}
    wrong = [
        _UNKNOWN.format(name[:_SHOWN] or "（空）") if name not in allowed else allowed[name][1]
        for name, value in parts
        if name not in allowed or not _is_sound(name, value, allowed[name][0])
    ]
    wrong += [f"{name} 只能出现一次" for name, times in Counter(name for name, _ in parts).items() if times > 1]
    if "FREQ" not in found:
        wrong.append("缺少频率（FREQ）")
    if found.keys() >= _ENDS:
        wrong.append("次数（COUNT）和截止时间（UNTIL）只能指定一项")
    return list(dict.fromkeys(wrong))


def _is_sound(name: str, value: str, pattern: str) -> bool:
    if not re.fullmatch(pattern, value, re.ASCII):
        return False
    if name == "UNTIL":
        return _until(value) is not None
    return name != "INTERVAL" or int(value) <= LONGEST_INTERVAL


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


def _until(value: str) -> datetime | None:
    """Return None for a day or a time that no calendar has."""
    try:
        return datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _listed(parts: Mapping[str, str], name: str) -> list[str]:
    return parts[name].split(",") if name in parts else []


def _numbered(weekday: str) -> tuple[int, int]:
    return int(weekday[:-2] or 0), _WEEKDAYS.index(weekday[-2:])


def _length(day: date) -> int:
    return monthrange(day.year, day.month)[1]
