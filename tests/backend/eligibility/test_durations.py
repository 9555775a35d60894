"""Calendar durations at the ends of months."""

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.eligibility.durations import Duration, ends_on, starts_on


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        (date(2021, 11, 22), Duration(60), date(2026, 11, 22)),
        (date(2024, 2, 29), Duration(12), date(2025, 2, 28)),
        (date(2026, 1, 31), Duration(1), date(2026, 2, 28)),
        (date(2026, 12, 15), Duration(1), date(2027, 1, 15)),
        (date(2026, 1, 31), Duration(1, 1), date(2026, 3, 1)),
    ],
)
def test_ends_on_the_same_day_of_the_month_or_its_last(start: date, duration: Duration, end: date) -> None:
    assert ends_on(start, duration) == end


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.integers(0, 130), st.integers(0, 400))
@example(date(2021, 3, 31), 1, 0)
@example(date(2025, 3, 1), 12, 1)
def test_starts_on_is_the_earliest_start_still_running(end: date, months: int, days: int) -> None:
    duration = Duration(months, days)
    start = starts_on(end, duration)
    assert ends_on(start, duration) >= end
    assert ends_on(start - timedelta(days=1), duration) < end
