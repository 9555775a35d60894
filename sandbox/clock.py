"""The stand-in's time, in milliseconds; it can be moved forward so that expiry is seen without waiting."""

import time
from datetime import UTC, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8))
SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Clock:
    """Wall clock plus an offset that only grows."""

    def __init__(self) -> None:
        self.offset = 0

    def now(self) -> int:
        """Milliseconds since 1970."""
        return int(time.time() * 1000) + self.offset

    def advance(self, milliseconds: int) -> None:
        """Move forward; codes, tokens and quotas age by as much."""
        self.offset += milliseconds


def text(at: int) -> str:
    """RFC 3339 in Chinese time, for people and tests."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(SHANGHAI).isoformat(timespec="milliseconds")


def day(at: int) -> int:
    """Number of the Shanghai day: WeChat's daily quotas start anew at 00:00 there."""
    return (at + 8 * HOUR) // DAY
