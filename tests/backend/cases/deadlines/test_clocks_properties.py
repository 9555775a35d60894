"""What holds of the clocks for any log: against a walk by the minute, and under changes that must not matter."""

from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from backend.cases.deadlines import clocks
from backend.cases.deadlines.clocks import Clock, Mark, Reading, Readings, Terms
from backend.cases.events import Kind
from tests.backend.cases import clock_logs
from tests.backend.cases.clock_logs import ENDS, MINUTE, SHORT, SILENT, Slow, floor, logs, moments

LATER = st.integers(0, 30 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
TICK = timedelta(microseconds=1)
QUIET_WEEKS = date(2026, 10, 12)
"""From here to the end of the year no day is off but weekends."""


def read(marks: list[Mark], terms: Terms, now: datetime) -> Readings:
    return clocks.read(marks, terms, SHORT, now)


def three(readings: Readings) -> tuple[Reading, Reading, Reading]:
    return readings.accept, readings.answer, readings.solution


@given(logs(), clock_logs.terms, LATER)
def test_agrees_with_a_walk_by_the_minute(marks: list[Mark], terms: Terms, later: timedelta) -> None:
    now = marks[-1].at + later
    readings, slow = read(marks, terms, now), Slow(marks, terms)
    steps = slow.walk()
    next(minute for minute in steps if minute >= floor(now))
    for one in three(readings):
        assert (one.used, one.whole, one.late) == (slow.runs[one.clock], slow.wholes[one.clock], slow.late[one.clock])
        assert one.stopped_at == slow.stopped.get(one.clock)
    assert (readings.is_paused, readings.pause_left) == (slow.is_paused(), slow.left)
    assert (readings.is_merged, set(readings.waiting_for)) == (slow.is_merged, slow.reasons)
    reached = slow.levels()
    alarm_at = next((minute for minute in take(steps, 2000) if slow.levels() > reached), None)
    assert readings.next_alarm_at == (alarm_at if alarm_at is None else last_end(slow, alarm_at))
    for one in readings.running:
        next(_ for _ in steps if (one.clock, one.whole) in slow.ran_at)
        assert one.due.at == slow.ran_at[one.clock, one.whole]


def take(steps: Any, most: int) -> Any:
    return (minute for _, minute in zip(range(most), steps, strict=False))


def last_end(slow: Slow, minute: datetime) -> datetime:
    """Return the end of the office minute before a minute."""
    before = floor(slow.received)
    for one in clock_logs.take_until(clock_logs.office(slow.received), minute):
        before = one
    return before + MINUTE


def plain(readings: Readings) -> Readings:
    """Return readings without the order in which reasons of a pause came."""
    return replace(readings, waiting_for=tuple(sorted(readings.waiting_for)))


@given(logs([Kind.ACCEPTED, Kind.ASKED, Kind.SUPPLIED, Kind.MERGED, Kind.UNMERGED, Kind.EXTENDED, Kind.PROMISED]),
       clock_logs.terms, st.lists(moments(), min_size=3, max_size=3).map(sorted), LATER)  # fmt: skip
def test_a_pause_cut_in_two_is_the_pause(
    marks: list[Mark], terms: Terms, edges: list[datetime], later: timedelta
) -> None:
    assume(edges[0] >= marks[0].at)
    reason = {"reason": "test"}
    whole = [Mark(edges[0], 90, Kind.PAUSED, reason), Mark(edges[2], 93, Kind.RESUMED, reason)]
    cut = [Mark(edges[1], 91, Kind.RESUMED, reason), Mark(edges[1], 92, Kind.PAUSED, reason)]
    now = marks[-1].at + later
    assert read([*marks, *whole], terms, now) == read([*marks, *whole, *cut], terms, now)


@given(logs(), clock_logs.terms, moments(), st.permutations(range(5)), LATER)
def test_the_order_of_independent_marks_of_one_moment_is_no_matter(
    marks: list[Mark], terms: Terms, moment: datetime, order: list[int], later: timedelta
) -> None:
    assume(moment >= marks[0].at)
    told: list[tuple[Kind, dict[str, Any]]] = [
        (Kind.ACCEPTED, {}),
        (Kind.PROMISED, {"on": (moment.date() + timedelta(days=3)).isoformat()}),
        (Kind.PAUSED, {"reason": "force_majeure"}),
        (Kind.EXTENDED, {"days": 2}),
        (Kind.REPLIED, {}),
    ]
    now = max(moment, marks[-1].at) + later
    first, second = (
        [*marks, *(Mark(moment, 90 + place, *told[number]) for place, number in enumerate(numbers))]
        for numbers in (range(5), order)
    )
    assert read(first, terms, now) == read(second, terms, now)


def moved(value: Any, by: timedelta) -> Any:
    """Return a value with all its moments and days moved."""
    if isinstance(value, datetime):
        return value.astimezone(UTC) + by
    if isinstance(value, date):
        return value + by
    if isinstance(value, tuple):
        return tuple(moved(one, by) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: moved(getattr(value, one.name), by) for one in fields(value)})
    return value


@given(logs(first=QUIET_WEEKS), clock_logs.terms, st.integers(1, 3), LATER)
def test_whole_weeks_without_holidays_move_the_dates_and_nothing_else(
    marks: list[Mark], terms: Terms, weeks: int, later: timedelta
) -> None:
    assume(not any(mark.kind is Kind.PROMISED for mark in marks))
    by, now = timedelta(weeks=weeks), marks[-1].at + later / 3
    then = [replace(mark, at=mark.at + by) for mark in marks]
    assert moved(read(then, terms, now + by), timedelta(0)) == moved(read(marks, terms, now), by)


@given(logs(), clock_logs.terms, st.lists(st.tuples(st.sampled_from(SILENT), moments()), min_size=1), LATER)
def test_what_is_only_said_changes_nothing(
    marks: list[Mark], terms: Terms, said: list[tuple[Kind, datetime]], later: timedelta
) -> None:
    now = max([marks[-1].at, *(moment for _, moment in said)]) + later
    more = [Mark(moment, 50 + seq, kind, {}) for seq, (kind, moment) in enumerate(said)]
    assert read([*marks, *more], terms, now) == read(marks, terms, now)


@given(logs(), clock_logs.terms, st.data(), LATER)
def test_a_mark_taken_back_was_never_made(
    marks: list[Mark], terms: Terms, data: st.DataObject, later: timedelta
) -> None:
    assume(len(marks) > 1)
    undone = data.draw(st.sampled_from(marks[1:]))
    now = marks[-1].at + later
    taken_back = Mark(marks[-1].at, 99, Kind.TAKEN_BACK, {"seqs": [undone.seq]})
    kept = [mark for mark in marks if mark is not undone]
    assert read([*marks, taken_back], terms, now) == read(kept, terms, now)


@given(logs(), clock_logs.terms, LATER, LATER)
def test_time_uses_terms_up_and_moves_no_deadline(
    marks: list[Mark], terms: Terms, later: timedelta, more: timedelta
) -> None:
    now = marks[-1].at + later
    before, after = read(marks, terms, now), read(marks, terms, now + more)
    for one, then in zip(three(before), three(after), strict=True):
        assert (one.used, one.late) <= (then.used, then.late)
        assert (one.due, one.statutory_due, one.whole) == (then.due, then.statutory_due, then.whole)
    assert before.pause_left >= after.pause_left
    assert [one.due for one in before.promises] == [one.due for one in after.promises]


@given(logs(), clock_logs.terms, LATER)
def test_used_left_share_and_late_agree(marks: list[Mark], terms: Terms, later: timedelta) -> None:
    for one in three(read(marks, terms, marks[-1].at + later)):
        assert one.left == one.whole - one.used or (one.left == 0 and one.used > one.whole)
        assert (one.share >= 1) == (one.until >= one.due.at) == one.reached(100)
        assert one.is_late or one.until <= one.due.at
        if one.late and one.round == 0:
            assert one.share > 1
        assert one.due.at.astimezone(UTC).second == 0


@given(logs(), clock_logs.terms, LATER)
def test_an_alarm_is_due_at_its_very_moment(marks: list[Mark], terms: Terms, later: timedelta) -> None:
    now = marks[-1].at + later
    readings = read(marks, terms, now)
    if readings.next_alarm_at is None:
        assert read(marks, terms, now + timedelta(days=400)).alarms == readings.alarms
    else:
        assert readings.next_alarm_at > now
        assert read(marks, terms, readings.next_alarm_at - TICK).alarms == readings.alarms
        assert read(marks, terms, readings.next_alarm_at).alarms != readings.alarms


@given(logs(), clock_logs.terms, LATER)
def test_alarms_are_of_clocks_that_run(marks: list[Mark], terms: Terms, later: timedelta) -> None:
    readings = read(marks, terms, marks[-1].at + later)
    running = {one.clock for one in readings.running} | ({Clock.PROMISE} if readings.running else set())
    assert {one.clock for one in readings.alarms} <= running
    assert not readings.running or any(one.stopped_at is None for one in three(readings))
    if readings.solution.stopped_at is not None or readings.is_merged:
        assert readings.alarms == ()
        assert readings.next_alarm_at is None


@given(logs([kind for kind in Kind if kind not in {*ENDS, Kind.RECEIVED, Kind.MERGED, Kind.TAKEN_BACK}]),
       clock_logs.terms, LATER)  # fmt: skip
def test_no_minute_is_lost_between_the_clock_and_its_pauses(marks: list[Mark], terms: Terms, later: timedelta) -> None:
    now = marks[-1].at + later
    readings = read(marks, terms, now)
    assert readings.solution.used + readings.pause_used == SHORT.minutes_between(marks[0].at, now)


@given(logs(), clock_logs.terms, LATER, st.timedeltas(timedelta(0), timedelta(days=20)))
def test_given_at_the_opening_is_received_at_the_opening_for_whoever_takes_it(
    marks: list[Mark], terms: Terms, later: timedelta, before: timedelta
) -> None:
    first, *rest = marks
    assume(all(mark.kind is not Kind.CATEGORY_CHANGED for mark in rest))
    received = Mark(first.at - before, 0, Kind.RECEIVED, {})
    given_to = replace(first, kind=Kind.ASSIGNED, data={"opens": True})
    now = marks[-1].at + later
    told, plain = read([received, given_to, *rest], terms, now).accept, read(marks, terms, now).accept
    for name in ("due", "stopped_at", "until", "used", "whole", "late", "started_at"):
        assert getattr(told, name) == getattr(plain, name)
