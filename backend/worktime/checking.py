"""What every command about the calendar looks at first: years, days and texts."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from backend.foundation import clock
from backend.foundation.errors import FieldError, Invalid
from backend.worktime.errors import YearPast

MOST_DAYS: Final = 366
LONGEST: Final = 200
"""Characters of a reason and of a citation."""
AHEAD: Final = 3
"""Years after this one that can be prepared."""


def is_changeable(year: int) -> bool:
    return -1 <= year - clock.today().year <= AHEAD


def check_year(year: int) -> None:
    """Raise YearPast for a year whose calendar nobody changes any more, or nobody can know yet."""
    if not is_changeable(year):
        raise YearPast


def check_days(year: int, days: Sequence[date]) -> None:
    """Raise Invalid unless they are some days of that year, each named once."""
    if not 1 <= len(days) <= MOST_DAYS:
        raise Invalid(fields=(FieldError("days", "length", f"请选择 1 至 {MOST_DAYS} 个日期。"),))
    faults = [
        FieldError(f"days.{place}", "year", f"日期须在 {year} 年之内。")
        for place, day in enumerate(days)
        if day.year != year
    ]
    if len(set(days)) < len(days):
        faults.append(FieldError("days", "repeated", "同一日期只能填写一次。"))
    if faults:
        raise Invalid(fields=tuple(faults))


def check_texts(**texts: str | None) -> None:
    """Raise Invalid for a text that is blank or too long; None is none."""
    wrong = [name for name, text in texts.items() if text is not None and not 1 <= len(text.strip()) <= LONGEST]
    if wrong:
        raise Invalid(fields=tuple(FieldError(name, "length", f"请填写，不超过 {LONGEST} 字。") for name in wrong))
