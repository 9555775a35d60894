"""Rules of recurrence across months and years, and rules that are none."""

from datetime import UTC, datetime

import pytest

from backend.foundation.clock import SHANGHAI
from backend.notifications.broadcasts import recurrence
from backend.notifications.broadcasts.errors import WrongRecurrence


def _at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("rule", "start", "after", "expected"),
    [
        ("FREQ=WEEKLY;BYDAY=MO", _at(2026, 11, 23, 9), _at(2026, 11, 23, 9), _at(2026, 11, 30, 9)),
        ("FREQ=WEEKLY;INTERVAL=2", _at(2026, 12, 24, 9), _at(2026, 12, 31, 9), _at(2027, 1, 7, 9)),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", _at(2026, 11, 30, 9), _at(2027, 2, 1, 0), _at(2027, 2, 28, 9)),
        ("FREQ=MONTHLY;BYMONTHDAY=31", _at(2026, 12, 31, 9), _at(2026, 12, 31, 9), _at(2027, 1, 31, 9)),
        ("FREQ=YEARLY", _at(2028, 2, 29, 9), _at(2028, 3, 1, 0), _at(2032, 2, 29, 9)),
        ("FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1", _at(2026, 11, 23, 9), _at(2026, 12, 31, 23), _at(2027, 1, 1, 9)),
        ("FREQ=DAILY;COUNT=3", _at(2026, 12, 30, 9), _at(2026, 12, 31, 9), _at(2027, 1, 1, 9)),
        ("FREQ=DAILY;COUNT=3", _at(2026, 12, 30, 9), _at(2027, 1, 1, 9), None),
        ("FREQ=DAILY;UNTIL=20270101T010000Z", _at(2026, 12, 30, 9), _at(2026, 12, 31, 9), _at(2027, 1, 1, 9)),
        ("FREQ=DAILY;UNTIL=20270101T005959Z", _at(2026, 12, 30, 9), _at(2026, 12, 31, 9), None),
        ("FREQ=DAILY", _at(2020, 1, 1, 9), datetime(2031, 5, 5, 1, 0, 1, tzinfo=UTC), _at(2031, 5, 6, 9)),
    ],
)
def test_the_next_one(rule: str, start: datetime, after: datetime, expected: datetime | None) -> None:
    assert recurrence.following(rule, start, after) == expected


def test_a_rule_is_kept_in_its_plain_form() -> None:
    start = _at(2026, 11, 23, 9)
    assert recurrence.check(" rrule:freq=weekly;byday=mo,we ", start) == "FREQ=WEEKLY;BYDAY=MO,WE"


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "x",
        "FREQ=SECONDLY",
        "FREQ=MINUTELY",
        "FREQ=HOURLY",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;BYHOUR=3",
        "FREQ=DAILY;FREQ=WEEKLY",
        "FREQ=DAILY;COUNT=2;UNTIL=20270101T000000Z",
        "FREQ=DAILY;UNTIL=20260101T000000Z",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31;COUNT=1",
        "FREQ=DAILY;DTSTART=20200101T000000Z",
        "FREQ=DAILY\nRRULE:FREQ=DAILY",
        "BYDAY=MO",
        "FREQ=DAILY;" + "BYMONTH=1;" * 40,
    ],
)
def test_what_is_no_rule_or_never_comes_is_refused(rule: str) -> None:
    with pytest.raises(WrongRecurrence):
        recurrence.check(rule, _at(2026, 11, 23, 9))
