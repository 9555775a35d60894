"""Promised days and alarms, one example for each meaning. Office hours: 8:30 to 12:00, 13:30 to 17:30."""

from datetime import date
from typing import Any

import pytest

from backend.cases.deadlines import clocks
from backend.cases.deadlines.clocks import Alarm, Clock, Mark, Standing
from backend.cases.events import Kind
from tests.backend.cases.clock_logs import CALENDAR, CONSULT, HELP, MONDAY, at, read


@pytest.mark.parametrize(
    ("told", "standing"),
    [
        ([], Standing.OPEN),
        ([(at("11-25", "17:30"), Kind.ANSWERED)], Standing.KEPT),
        ([(at("11-25", "18:00"), Kind.ANSWERED)], Standing.BROKEN),
        ([(at("11-24"), Kind.DECIDED, {"because": "taken_back"})], Standing.VOID),
        ([(at("11-24"), Kind.PROMISED, {"on": "2026-11-27"}), (at("11-26"), Kind.ANSWERED)], Standing.BROKEN),
        ([(at("11-24"), Kind.PROMISED, {"on": "2026-11-24"}), (at("11-25"), Kind.ANSWERED)], Standing.BROKEN),
        ([(at("11-25"), Kind.ASKED), (at("11-26"), Kind.SUPPLIED), (at("11-26"), Kind.ANSWERED)], Standing.KEPT),
        ([(at("11-25"), Kind.MERGED), (at("11-30"), Kind.DECIDED)], Standing.KEPT),
        ([(at("11-25"), Kind.ANSWERED), (at("11-26"), Kind.REFUSED)], Standing.KEPT),
    ],
)
def test_a_promise_is_kept_or_broken_by_its_own_day(told: list[tuple[Any, ...]], standing: Standing) -> None:
    promise = read(at("11-25", "12:00"), (at("11-23", "15:00"), Kind.PROMISED, {"on": "2026-11-25"}), *told).promise
    assert promise is not None
    assert promise.standing is standing


def test_a_promise_is_broken_when_its_day_is_over() -> None:
    promised = (at("11-23", "15:00"), Kind.PROMISED, {"on": "2026-11-25"})
    readings = read(at("11-26", "08:45"), promised)
    assert readings.promise is not None
    assert (readings.promise.standing, readings.promise.reading.late) == (Standing.BROKEN, 15)
    assert readings.solution.late == 0


def test_a_promise_never_lengthens_the_term_and_one_before_it_is_watched() -> None:
    late = read(at("11-24"), (MONDAY, Kind.PROMISED, {"on": "2026-12-10"}))
    assert late.solution.due.at == at("11-30", "17:30")
    assert late.promise is not None
    assert late.promise.due.at == at("12-10", "17:30")
    told = [(MONDAY, Kind.ACCEPTED), (at("11-24", "08:30"), Kind.PROMISED, {"on": "2026-11-24"})]
    assert read(at("11-24", "09:00"), *told).next_alarm_at == at("11-24", "14:30")  # half of the time to answer
    assert read(at("11-24", "15:00"), *told).next_alarm_at == at("11-24", "16:00")  # 80 % of the promised day
    assert Alarm(Clock.PROMISE, 0, 80) in read(at("11-24", "16:00"), *told).alarms


def test_a_promise_for_the_last_day_of_the_term_gives_no_second_alarm() -> None:
    told = [(MONDAY, Kind.PROMISED, {"on": "2026-11-30"}), (at("11-23", "16:00"), Kind.ACCEPTED)]
    readings = read(at("11-30", "17:00"), *told)
    assert Clock.PROMISE not in readings.reached(80)
    assert Clock.SOLUTION in readings.reached(80)


def test_a_promise_is_not_broken_while_another_case_has_the_clock() -> None:
    told = [(MONDAY, Kind.PROMISED, {"on": "2026-11-25"}), (at("11-24"), Kind.MERGED)]
    for promise in (read(at("12-02"), *told).promise, read(at("12-02"), *told, (at("12-02"), Kind.UNMERGED)).promise):
        assert promise is not None
        assert promise.standing is Standing.OPEN


def test_a_case_may_come_with_its_promise() -> None:
    marks = [Mark(MONDAY, 1, Kind.RECEIVED, {"promised_on": "2026-11-26"})]
    promise = clocks.read(marks, HELP, CALENDAR, MONDAY).promise
    assert promise is not None
    assert (promise.on, promise.due.at) == (date(2026, 11, 26), at("11-26", "17:30"))


def test_a_promise_for_a_day_off_ends_with_that_day() -> None:
    promised = (MONDAY, Kind.PROMISED, {"on": "2026-11-28"})
    saturday = read(at("12-01"), promised, (at("11-28", "10:00"), Kind.ANSWERED)).promise
    assert saturday is not None
    assert (saturday.due.at, saturday.standing) == (at("11-28", "17:30"), Standing.KEPT)


def test_alarms_at_half_at_80_percent_and_at_the_end_with_what_a_missed_tick_left() -> None:
    start = read(MONDAY, terms=CONSULT)
    assert start.next_alarm_at == at("11-24", "09:15")  # 405 of 810 minutes
    later = read(at("11-24", "15:00"), (MONDAY, Kind.ACCEPTED), (MONDAY, Kind.REPLIED), terms=CONSULT)
    assert later.alarms == (Alarm(Clock.ANSWER, 0, 80), Alarm(Clock.SOLUTION, 0, 80))
    assert later.next_alarm_at == at("11-24", "17:30")
    over = read(at("11-24", "17:30"), (MONDAY, Kind.ACCEPTED), terms=CONSULT)
    assert over.reached(100) == (Clock.ANSWER, Clock.SOLUTION)
    assert over.next_alarm_at is None


def test_a_new_round_tells_again_only_what_it_reaches_itself() -> None:
    told = [(at("11-26", "17:30"), Kind.ANSWERED), (at("11-27", "08:30"), Kind.REFUSED)]
    readings = read(at("11-27", "09:00"), *told)
    assert readings.solution.level == 50
    assert readings.alarms == ()
    assert read(at("11-30", "17:30"), *told).alarms == (Alarm(Clock.SOLUTION, 1, 80),)
