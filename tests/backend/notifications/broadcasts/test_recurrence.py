"""Rules of recurrence across months and years, and rules that are none."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

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
    assert recurrence.check(" rrule:freq=weekly;byday=mo,we ", start) == ("FREQ=WEEKLY;BYDAY=MO,WE", start)


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
        "FREQ=DAILY;INTERVAL=367",
        "FREQ=DAILY;BYMONTH=13",
        "FREQ=DAILY;BYMONTHDAY=32",
        "FREQ=DAILY;BYDAY=1MO",
        "FREQ=WEEKLY;BYDAY=-1MO",
        "FREQ=WEEKLY;BYMONTHDAY=1",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=1,2,3",
        "FREQ=YEARLY;BYYEARDAY=1",
        "FREQ=YEARLY;BYWEEKNO=1",
        "FREQ=YEARLY;BYEASTER=0",
        "FREQ=DAILY;UNTIL=20271399T000000Z",
        "FREQ=DAILY;INTERVAL=１",
        "FREQ=DAILY;" + "BYMONTH=1;" * 40,
        ";",
        "=",
    ],
)
def test_what_is_no_rule_or_never_comes_is_refused(rule: str) -> None:
    with pytest.raises(WrongRecurrence):
        recurrence.check(rule, _at(2026, 11, 23, 9))


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=HOURLY", ["频率（FREQ）须为"]),
        ("BYDAY=MO", ["缺少频率（FREQ）"]),
        ("FREQ=DAILY;INTERVAL=367;BYMONTH=13", ["间隔（INTERVAL）须为 1 至 366", "月份（BYMONTH）须为 1 至 12"]),
        ("FREQ=DAILY;COUNT=0", ["次数（COUNT）"]),
        ("FREQ=DAILY;UNTIL=20271399T000000Z", ["截止时间（UNTIL）"]),
        ("FREQ=DAILY;UNTIL=20270101T000000Z;COUNT=3", ["次数（COUNT）和截止时间（UNTIL）只能指定一项"]),
        ("FREQ=WEEKLY;BYDAY=-1MO", ["按日或按周重复时，星期（BYDAY）"]),
        ("FREQ=MONTHLY;BYDAY=MONDAY", ["星期（BYDAY）须为 MO 至 SU，可注明第几个"]),
        ("FREQ=WEEKLY;BYMONTHDAY=1", ["按周重复时不能指定日期（BYMONTHDAY）"]),
        ("FREQ=MONTHLY;BYMONTHDAY=0", ["日期（BYMONTHDAY）"]),
        ("FREQ=WEEKLY;WKST=1", ["一周的第一天（WKST）"]),
        ("FREQ=MONTHLY;BYSETPOS=1", ["不支持“BYSETPOS”"]),
        ("FREQ=DAILY;FREQ=DAILY", ["FREQ 只能出现一次"]),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", ["十年内没有一次发送"]),
        ("FREQ=DAILY;" + "BYMONTH=1;" * 40, ["规则最长 200 个字符"]),
    ],
)
def test_the_refusal_names_each_part_that_is_wrong(rule: str, said: list[str]) -> None:
    with pytest.raises(WrongRecurrence) as refused:
        recurrence.check(rule, _at(2026, 11, 23, 9))
    [field] = refused.value.fields
    told = field.sentence.removesuffix("。").split("；")
    assert field.path == "rrule"
    assert len(told) == len(said), told
    for words, sentence in zip(said, told, strict=True):
        assert words in sentence
    assert field.sentence in refused.value.detail


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=WEEKLY;BYDAY=WE", _at(2026, 11, 25, 9)),
        ("FREQ=WEEKLY;BYDAY=SU,MO", _at(2026, 11, 23, 9)),
        ("FREQ=DAILY;BYDAY=SA;COUNT=1", _at(2026, 11, 28, 9)),
        ("FREQ=MONTHLY;BYDAY=-1FR", _at(2026, 11, 27, 9)),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", _at(2028, 2, 29, 9)),
    ],
)
def test_a_start_that_does_not_fit_the_rule_is_no_occurrence(rule: str, expected: datetime) -> None:
    assert recurrence.check(rule, _at(2026, 11, 23, 9)) == (rule, expected)


def test_a_rule_that_never_comes_costs_the_days_of_the_horizon(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = Counter[str]()
    fits = recurrence.Rule.fits

    def counted(rule: recurrence.Rule, day: date) -> bool:
        looked_at["days"] += 1
        return fits(rule, day)

    monkeypatch.setattr(recurrence.Rule, "fits", counted)
    for rule in ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;INTERVAL=366;BYMONTH=6;BYMONTHDAY=31"):
        looked_at.clear()
        with pytest.raises(WrongRecurrence):
            recurrence.check(rule, _at(2026, 11, 23, 9))
        assert looked_at["days"] == recurrence.HORIZON


def _some(values: Sequence[object], most: int = 4) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=most).map(lambda some: ",".join(map(str, some)))


_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NUMBERED = [f"{number}{day}" for number in ("1", "+2", "5", "-1", "-3") for day in _DAYS]
_PART = {
    "INTERVAL": st.integers(1, 30).map(str),
    "BYMONTH": _some(range(1, 13), 12),
    "WKST": st.sampled_from(_DAYS),
}
_MONTH_DAYS = _some([*range(1, 32), *range(-31, 0)])
_RULES = st.one_of(
    st.fixed_dictionaries(
        {"FREQ": st.just("DAILY")}, optional={**_PART, "BYDAY": _some(_DAYS), "BYMONTHDAY": _MONTH_DAYS}
    ),
    st.fixed_dictionaries({"FREQ": st.just("WEEKLY")}, optional={**_PART, "BYDAY": _some(_DAYS)}),
    st.fixed_dictionaries(
        {"FREQ": st.sampled_from(["MONTHLY", "YEARLY"])},
        optional={**_PART, "BYDAY": _some(_DAYS) | _some(_NUMBERED), "BYMONTHDAY": _MONTH_DAYS},
    ),
)


@given(parts=_RULES, day=st.dates(date(2026, 1, 1), date(2029, 12, 31)), ahead=st.integers(0, 400))
def test_it_comes_on_the_days_on_which_another_reading_of_the_standard_has_it(
    parts: dict[str, str], day: date, ahead: int
) -> None:
    start = datetime.combine(day, time(9), SHANGHAI)
    after = start + timedelta(days=ahead)
    rule = ";".join(f"{name}={value}" for name, value in parts.items())
    end = after + timedelta(days=500)
    with pytest.MonkeyPatch.context() as patched:
        # The library looks that far for the next occurrence of a rule that never comes.
        patched.setattr("datetime.MAXYEAR", end.year)
        expected = next((moment for moment in rrulestr(rule, dtstart=start) if moment > after), None)
    found = recurrence.following(rule, start, after)
    assert [moment for moment in (found,) if moment and moment <= end] == [
        moment for moment in (expected,) if moment and moment <= end
    ]
