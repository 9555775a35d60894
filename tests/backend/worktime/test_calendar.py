"""Deadlines and durations in working time: examples of the law, and every answer against a walk over 2024–2026."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.foundation.clock import SHANGHAI
from backend.worktime import Calendar, Deadline, Hours, OutOfCalendar, Week, day_of
from backend.worktime.library import FIRST, LAST, LIBRARY
from tests.backend.worktime.walking import DAY, MINUTE, Walker, by_library, days, moments, pairs, short

Pair = tuple[Calendar, Walker]
CALENDAR = Calendar.of()


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def _told(deadline: Deadline) -> str:
    assert deadline.at.tzinfo is UTC
    return deadline.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") + ("?" if deadline.provisional else "")


@pytest.mark.parametrize(
    ("received", "number", "ends"),
    [
        ("2026-11-23T09:00", 1, "2026-11-24"),  # a Monday
        ("2026-11-23T00:00", 1, "2026-11-24"),  # before the office opens: the day is the day of receipt all the same
        ("2026-11-23T22:00", 1, "2026-11-24"),  # after it closed: no day is lost by that, and none won
        ("2026-11-27T10:00", 1, "2026-11-30"),  # a Friday
        ("2026-11-28T10:00", 1, "2026-11-30"),  # a Saturday: the day of receipt doesn't count, Monday is the first
        ("2026-11-29T23:59", 5, "2026-12-04"),
        ("2026-09-30T16:00", 1, "2026-10-08"),  # the eve of the long holiday
        ("2026-10-03T16:00", 1, "2026-10-08"),  # within it
        ("2026-10-09T16:00", 1, "2026-10-10"),  # the Saturday after it is worked
        ("2026-10-10T16:00", 1, "2026-10-12"),
        ("2026-11-23T09:00", 0, "2026-11-23"),  # the same day
        ("2026-11-23T17:30", 0, "2026-11-24"),  # at closing time it is closed
        ("2026-11-28T10:00", 0, "2026-11-30"),
    ],
)
def test_a_deadline_ends_when_the_office_closes_on_the_nth_working_day(received: str, number: int, ends: str) -> None:
    assert _told(CALENDAR.add_days(_at(received), number)) == f"{ends} 17:30:00"


@pytest.mark.parametrize(
    ("start", "number", "ends"),
    [
        ("2026-11-23T09:00:30", 10, "2026-11-23 09:10:30"),  # from the very second
        ("2026-11-23T11:00:00", 60, "2026-11-23 12:00:00"),  # the end of a span, not the beginning of the next
        ("2026-11-23T11:00:01", 60, "2026-11-23 13:30:01"),
        ("2026-11-23T09:00:30", 420, "2026-11-24 08:30:30"),  # a day's end with half a minute to go
        ("2026-11-23T12:15:40", 30, "2026-11-23 14:00:00"),  # while it is closed nothing runs
        ("2026-11-23T07:00:00", 450, "2026-11-23 17:30:00"),  # a whole day
        ("2026-11-23T09:00:00", 0, "2026-11-23 09:00:00"),
        ("2026-09-30T17:00:00", 31, "2026-10-08 08:31:00"),
    ],
)
def test_office_minutes_run_while_the_office_is_open(start: str, number: int, ends: str) -> None:
    deadline = CALENDAR.add_minutes(_at(start), number)
    assert _told(Deadline(deadline.at.astimezone(UTC), deadline.provisional)) == ends


def test_the_library_is_read_as_it_speaks_itself() -> None:
    day = date(2024, 1, 1)
    while day.year < 2027:
        assert CALENDAR.is_workday(day) is LIBRARY.is_workday(day) is by_library(day), day
        day += DAY
    assert CALENDAR.is_workday(date(2024, 2, 4))  # a Sunday that was worked
    assert LIBRARY.name_of(date(2024, 2, 4)) == "春节"
    assert LIBRARY.name_of(date(2024, 3, 5)) == ""


def test_a_year_that_nobody_knows_goes_by_its_weekdays_and_is_marked() -> None:
    unknown = max(LIBRARY.years) + 1
    first, friday = date(unknown, 1, 1), date(unknown, 5, 7)
    assert (unknown, friday.isoweekday()) == (2027, 5), "another year: choose another Friday"
    assert not CALENDAR.is_known(unknown)
    assert CALENDAR.is_provisional(first)
    assert CALENDAR.is_workday(friday)
    assert not CALENDAR.is_provisional(first - DAY)
    set_free = Calendar.of(overrides={friday: False})
    assert not set_free.is_provisional(friday)
    assert set_free.is_provisional(friday + DAY)
    assert not set_free.is_workday(friday)
    settled = Calendar.of(overrides={friday: False}, settled=[unknown])
    assert settled.is_known(unknown)
    assert not settled.is_provisional(first)


def test_a_deadline_is_provisional_when_a_day_was_counted_that_nobody_knows() -> None:
    wednesday = _at("2026-12-30T10:00")
    assert _told(CALENDAR.add_days(wednesday, 1)) == "2026-12-31 17:30:00"
    assert _told(CALENDAR.add_days(wednesday, 2)) == "2027-01-01 17:30:00?"
    assert _told(CALENDAR.add_minutes(_at("2026-12-31T17:00"), 30)) == "2026-12-31 17:30:00"
    assert _told(CALENDAR.add_minutes(_at("2026-12-31T17:00"), 31)) == "2027-01-01 08:31:00?"
    published = Calendar.of(overrides={date(2027, 1, 1): False}, settled=[2027])
    assert _told(published.add_days(wednesday, 2)) == "2027-01-04 17:30:00"
    one_day_known = Calendar.of(overrides={date(2027, 1, 1): True})
    assert _told(one_day_known.add_days(wednesday, 2)) == "2027-01-01 17:30:00"
    assert _told(one_day_known.add_days(wednesday, 3)) == "2027-01-04 17:30:00?"


@given(pairs, moments, st.integers(1, 60))
def test_days_are_counted_as_a_walk_counts_them(pair: Pair, start: datetime, number: int) -> None:
    calendar, walker = pair
    if day_of(start) + timedelta(days=number * 2 + 20) < date(2027, 1, 1):
        assert calendar.add_days(start, number) == Deadline(walker.closing_after(start, number), provisional=False)


@given(pairs, moments, short)
def test_minutes_are_counted_as_a_walk_counts_them(pair: Pair, start: datetime, length: timedelta) -> None:
    calendar, walker = pair
    end = start + length
    found = calendar.minutes_between(start, end)
    assert found == walker.minutes_between(start, end)
    assert calendar.minutes_between(end, start) == 0
    assert calendar.is_open(start) is walker.is_open(start)


@given(pairs, moments)
def test_the_next_moment_is_the_one_a_walk_comes_to(pair: Pair, moment: datetime) -> None:
    calendar, walker = pair
    assert calendar.next_moment(moment) == walker.next_moment(moment)


@given(pairs, days, st.integers(-3, 400))
def test_working_days_are_those_a_walk_passes(pair: Pair, first: date, length: int) -> None:
    calendar, walker = pair
    last = min(first + length * DAY, date(2026, 12, 31))
    walked = sum(walker.is_workday(first + n * DAY) for n in range((last - first).days + 1))
    assert calendar.workdays_between(first, last) == walked


@given(pairs, moments, st.integers(1, 60_000))
def test_added_minutes_are_those_that_went_by_and_no_moment_earlier(pair: Pair, start: datetime, number: int) -> None:
    calendar, walker = pair
    end = calendar.add_minutes(start, number).at
    assert calendar.minutes_between(start, end) == number
    if calendar.is_open(start):
        assert (end.second, end.microsecond) == (start.second, start.microsecond)
    else:
        assert (end.second, end.microsecond) == (0, 0)
    if day_of(end).year < 2027:
        assert walker.is_open(end - timedelta(microseconds=1))


@given(pairs, moments, st.integers(0, 3000), st.integers(0, 3000))
def test_adding_twice_is_adding_once(pair: Pair, start: datetime, some: int, more: int) -> None:
    calendar, _ = pair
    assert (
        calendar.add_minutes(calendar.add_minutes(start, some).at, more).at
        == calendar.add_minutes(start, some + more).at
    )


@given(pairs, st.lists(moments, min_size=3, max_size=5))
def test_durations_add_up(pair: Pair, some: list[datetime]) -> None:
    calendar, _ = pair
    ordered = sorted(some)
    parts = [calendar.minutes_between(a, b) for a, b in pairwise(ordered)]
    assert min(parts) >= 0
    assert sum(parts) == calendar.minutes_between(ordered[0], ordered[-1])


@given(pairs, moments, moments, st.integers(0, 40))
def test_who_comes_later_is_never_due_earlier(pair: Pair, one: datetime, other: datetime, number: int) -> None:
    calendar, _ = pair
    early, late = sorted((one, other))
    assert calendar.add_days(early, number).at <= calendar.add_days(late, number).at
    assert calendar.add_days(early, number).at <= calendar.add_days(early, number + 1).at
    assert calendar.add_minutes(early, number * 97).at <= calendar.add_minutes(late, number * 97).at
    assert calendar.next_moment(early) <= calendar.next_moment(late)


@given(st.dictionaries(days, st.booleans(), max_size=6), moments, st.integers(1, 20))
def test_any_override_goes_before_the_library(overrides: dict[date, bool], start: datetime, number: int) -> None:
    calendar, walker = Calendar.of(overrides=overrides), Walker(overrides)
    assert all(calendar.is_workday(day) is is_workday for day, is_workday in overrides.items())
    if start < datetime(2026, 10, 1, tzinfo=UTC):
        assert calendar.add_days(start, number).at == walker.closing_after(start, number)
    assert hash(calendar) == hash(Calendar.of(overrides=dict(reversed(overrides.items()))))


def test_hours_change_with_the_season() -> None:
    summer = Hours.of(("08:00", "11:30"), ("14:30", "18:00"))
    calendar = Calendar.of([Week.of(date(2026, 6, 1), summer, {5: Hours.of(("08:00", "12:00"))})])
    assert _told(calendar.add_days(_at("2026-05-28T10:00"), 1)) == "2026-05-29 17:30:00"
    assert _told(calendar.add_days(_at("2026-05-29T10:00"), 1)) == "2026-06-01 18:00:00"
    assert _told(calendar.add_days(_at("2026-06-04T10:00"), 1)) == "2026-06-05 12:00:00"
    assert calendar.hours_of(date(2026, 6, 6)) == summer
    assert calendar.closing(date(2026, 6, 6)) == _at("2026-06-06T18:00")
    assert calendar != CALENDAR
    assert Calendar.of([Week.of(date(2026, 6, 1), summer)]).version != calendar.version


@pytest.mark.parametrize("beyond", [datetime(2003, 12, 31, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)])
def test_what_lies_outside_is_told(beyond: datetime) -> None:
    for ask in (CALENDAR.next_moment, lambda at: CALENDAR.add_days(at, 1), lambda at: CALENDAR.add_minutes(at, 0)):
        with pytest.raises(OutOfCalendar):
            ask(beyond)
    with pytest.raises(OutOfCalendar):
        CALENDAR.is_workday(beyond.date())


def test_the_last_day_is_the_last() -> None:
    eve = datetime(2099, 12, 31, 2, tzinfo=UTC)
    assert eve.date() == LAST
    assert CALENDAR.add_days(eve, 0).at == datetime(2099, 12, 31, 9, 30, tzinfo=UTC)
    with pytest.raises(OutOfCalendar):
        CALENDAR.add_days(eve, 1)
    with pytest.raises(OutOfCalendar):
        CALENDAR.add_minutes(eve, 9999)
    with pytest.raises(OutOfCalendar):
        CALENDAR.next_moment(eve + timedelta(hours=9))
    assert CALENDAR.workdays_between(FIRST, FIRST) == 0
    assert CALENDAR.workdays_between(LAST, FIRST) == 0


def test_what_makes_no_sense_is_refused() -> None:
    now = _at("2026-11-23T09:00")
    with pytest.raises(ValueError, match="after its beginning"):
        CALENDAR.add_days(now, -1)
    with pytest.raises(ValueError, match="after its beginning"):
        CALENDAR.add_minutes(now, -1)
    with pytest.raises(TypeError):
        CALENDAR.add_days(now.replace(tzinfo=None), 1)


@pytest.mark.parametrize(
    "spans",
    [
        (),
        (("12:00", "08:30"),),
        (("08:30", "08:30"),),
        (("08:30", "12:00"), ("12:00", "17:00")),
        (("13:30", "17:30"), ("08:30", "12:00")),
        (("8:30", "12:00"),),
        (("08:30", "24:00"),),
        (("08:30", "12:60"),),
    ],
)
def test_hours_are_spans_in_order_with_pauses(spans: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(ValueError, match=r"office hours|HH:MM"):
        Hours.of(*spans)


def test_a_week_is_read_as_it_is_told() -> None:
    week = Week.of(
        date(2026, 6, 1), Hours.of(("08:00", "12:00"), ("14:00", "17:45")), {5: Hours.of(("08:05", "11:30"))}
    )
    assert Week.read(date(2026, 6, 1), week.told()) == week
    assert week.told()[4] == [["08:05", "11:30"]]
    with pytest.raises(ValueError, match="seven"):
        Week(date(2026, 6, 1), week.days[:6])
    assert MINUTE * week.days[0].minutes == timedelta(hours=7, minutes=45)
