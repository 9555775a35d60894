"""The one place that knows what time it is; tests put another clock in its place."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Anything that tells the current moment, aware and in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class Frozen:
    """A clock that stands still until a test moves it."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._at

    def advance(self, by: timedelta) -> None:
        self._at += by

    def set(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)


_current: list[Clock] = [SystemClock()]


def now() -> datetime:
    """Return the current moment, aware, in UTC."""
    return _current[0].now()


def today() -> date:
    """Return the calendar day in China, which is the day every law and deadline means."""
    return now().astimezone(SHANGHAI).date()


def day_start(day: date) -> datetime:
    """Return the first moment of a Chinese calendar day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).astimezone(UTC)


@contextmanager
def use(clock: Clock) -> Iterator[Clock]:
    """Put another clock in place for the whole process while the block runs."""
    before = _current[0]
    _current[0] = clock
    try:
        yield clock
    finally:
        _current[0] = before
