"""One example for each meaning that a mark has to the clocks. Office hours: 8:30 to 12:00, 13:30 to 17:30."""

from datetime import timedelta

import pytest

from backend.cases.deadlines import clocks
from backend.cases.deadlines.clocks import PAUSE_WORDS, REASONS, Mark, Terms
from backend.cases.events import Kind
from tests.backend.cases.clock_logs import BY_LAW, CALENDAR, CONSULT, DAY, HELP, MONDAY, RECEIVED, at, log, read


def test_terms_end_at_the_closing_of_the_nth_working_day_after_receipt() -> None:
    readings = read(at("11-23", "11:00"))
    assert readings.accept.due.at == at("11-24", "17:30")
    assert readings.answer.due.at == at("11-25", "17:30")
    assert readings.solution.due.at == at("11-30", "17:30")
    assert (readings.solution.used, readings.solution.whole) == (60, 360 + 5 * DAY)
    assert readings.due is not None
    assert readings.due.at == at("11-24", "17:30")


@pytest.mark.parametrize(
    ("kind", "stopped"),
    [
        (Kind.ACCEPTED, ["accept"]),
        (Kind.ASKED, ["accept"]),
        (Kind.REPLIED, []),
        (Kind.ASSIGNED, []),
        (Kind.TRANSFERRED, []),
        (Kind.ANSWERED, ["accept", "answer", "solution"]),
        (Kind.DECLINED, ["accept", "answer", "solution"]),
        (Kind.DECIDED, ["accept", "answer", "solution"]),
        (Kind.CONFIRMED, ["accept", "answer", "solution"]),
        (Kind.CLOSED_BY_SILENCE, ["accept", "answer", "solution"]),
    ],
)
def test_what_stops_which_clock(kind: Kind, stopped: list[str]) -> None:
    readings = read(at("11-26"), (at("11-24"), kind))
    found = [one for one in (readings.accept, readings.answer, readings.solution) if one.stopped_at]
    assert [one.clock for one in found] == stopped
    assert all(one.stopped_at == at("11-24") and one.used == 360 + 30 for one in found)


def test_handing_over_and_transferring_start_nothing_anew() -> None:
    moves = [(at("11-24"), kind) for kind in (Kind.ACCEPTED, Kind.RETURNED, Kind.HANDED_OVER, Kind.TRANSFERRED)]
    readings = read(at("11-26"), *moves, (at("11-25"), Kind.ACCEPTED))
    assert readings.accept.stopped_at == at("11-24")
    assert readings.solution.due.at == at("11-30", "17:30")


def test_whom_the_origin_named_has_the_whole_term_from_then_on() -> None:
    later = at("11-30", "10:00")
    told = read(later, (later, Kind.ASSIGNED, {"opens": True}))
    assert (told.accept.used, told.accept.due.at) == (0, read(MONDAY).accept.due.at + timedelta(days=7))
    assert told.solution == read(later).solution
    assert read(later, (later, Kind.ASSIGNED, {})) == read(later)


def test_waiting_for_the_owner_is_given_back_to_the_minute() -> None:
    asked, supplied = (at("11-24", "10:00"), Kind.ASKED), (at("11-24", "14:00"), Kind.SUPPLIED)
    readings = read(at("11-25"), asked, supplied)
    assert readings.pause_used == 150
    assert readings.solution.due.at == at("12-01", "11:00")
    assert readings.answer.due.at == at("11-26", "11:00")


def test_a_pause_that_lasts_is_told_with_its_cap_and_the_latest_deadline() -> None:
    readings = read(at("11-25", "10:00"), (at("11-24", "10:00"), Kind.ASKED))
    assert (readings.is_paused, readings.waiting_for) == (True, ("waiting_for_owner",))
    assert (readings.pause_used, readings.pause_left) == (DAY, DAY)
    assert readings.paused_until == at("11-26", "10:00")
    assert readings.solution.due.at == at("12-02", "17:30")


def test_beyond_the_cap_the_clock_runs_though_the_case_waits() -> None:
    readings = read(at("11-26", "11:00"), (at("11-24", "10:00"), Kind.ASKED))
    assert (readings.is_paused, readings.waiting_for, readings.pause_left) == (False, ("waiting_for_owner",), 0)
    assert readings.solution.used == 360 + 90 + 60


def test_several_pauses_at_once_count_once_and_all_share_one_cap() -> None:
    told = [
        (at("11-24", "10:00"), Kind.ASKED),
        (at("11-24", "11:00"), Kind.PAUSED, {"reason": "test"}),
        (at("11-24", "14:00"), Kind.SUPPLIED),
        (at("11-25", "10:00"), Kind.RESUMED, {"reason": "test"}),
        (at("11-26", "10:00"), Kind.PAUSED, {"reason": "hearing"}),
    ]
    assert read(at("11-25", "17:00"), *told[:4]).pause_used == DAY
    readings = read(at("11-30", "10:00"), *told)
    assert (readings.pause_used, readings.is_paused) == (2 * DAY, False)


def test_only_listed_reasons_pause_and_each_has_its_words() -> None:
    assert not read(at("11-25"), (at("11-24"), Kind.PAUSED, {"reason": "holiday_of_the_handler"})).is_paused
    assert not read(at("11-25"), (at("11-24"), Kind.PAUSED)).is_paused
    assert set(PAUSE_WORDS) == REASONS


def test_a_resumption_ends_its_own_reason_or_all() -> None:
    told = [(at("11-24"), Kind.ASKED), (at("11-24"), Kind.PAUSED, {"reason": "test"})]
    assert read(at("11-25"), *told, (at("11-24"), Kind.RESUMED, {"reason": "test"})).is_paused
    assert not read(at("11-25"), *told, (at("11-24"), Kind.RESUMED)).is_paused


def test_taking_a_case_never_pauses() -> None:
    readings = read(at("11-25"), (at("11-23", "11:00"), Kind.PAUSED, {"reason": "other_authority"}))
    assert readings.accept.due.at == at("11-24", "17:30")
    assert readings.accept.late == 30


def test_an_answer_ends_all_pauses() -> None:
    told = [(at("11-24"), Kind.ASKED), (at("11-25"), Kind.ANSWERED), (at("11-26"), Kind.REFUSED)]
    readings = read(at("11-27"), *told)
    assert (readings.is_paused, readings.waiting_for) == (False, ())


def test_an_answer_after_closing_is_late_by_no_minute() -> None:
    evening = read(at("12-03"), (at("11-30", "20:00"), Kind.ANSWERED)).solution
    assert (evening.used, evening.late, evening.is_late) == (evening.whole, 0, True)
    assert not read(at("12-03"), (at("11-30", "17:30"), Kind.ANSWERED)).solution.is_late
    next_day = read(at("12-03"), (at("12-01", "09:00"), Kind.ANSWERED)).solution
    assert (next_day.late, next_day.is_late) == (30, True)


def test_a_refusal_lets_the_same_clock_run_on_without_the_time_between() -> None:
    told = [(at("11-24"), Kind.ANSWERED), (at("11-26"), Kind.REFUSED)]
    readings = read(at("11-26", "10:00"), *told)
    assert readings.solution.used == 390 + 60
    assert readings.solution.due.at == at("12-02", "17:30")
    assert (readings.solution.round, readings.solution.stopped_at) == (1, None)
    assert readings.answer.stopped_at == at("11-24")


def test_a_refusal_leaves_at_least_two_working_days() -> None:
    told = [(at("11-24", "17:00"), Kind.ANSWERED), (at("11-26", "16:00"), Kind.REFUSED)]
    assert read(at("11-27"), *told, terms=CONSULT).solution.due.at == at("11-30", "17:30")


def test_the_delay_made_before_a_refusal_stays_counted() -> None:
    told = [(at("11-25", "09:30"), Kind.ANSWERED), (at("11-26", "16:00"), Kind.REFUSED)]
    in_time = read(at("11-30", "17:30"), *told, terms=CONSULT).solution
    assert (in_time.late, in_time.is_late, in_time.left) == (60, True, 0)
    assert read(at("12-01", "08:40"), *told, terms=CONSULT).solution.late == 70


def test_a_superior_who_has_it_worked_on_again_moves_no_clock() -> None:
    told = [(at("11-24"), Kind.ANSWERED), (at("11-26"), Kind.REFUSED)]
    assert read(at("12-01"), *told, (at("11-27"), Kind.DECIDED, {"because": "again"})) == read(at("12-01"), *told)
    upheld = read(at("12-01"), *told, (at("11-27"), Kind.DECIDED, {"because": "upheld"}))
    assert upheld.solution.stopped_at == at("11-27")


def test_refused_twice_at_once_is_one_new_round() -> None:
    told = [(at("11-24"), Kind.ANSWERED), (at("11-26"), Kind.REFUSED)]
    assert read(at("11-27"), *told, (at("11-26"), Kind.REFUSED)) == read(at("11-27"), *told)


def test_an_extension_lengthens_the_solution_once() -> None:
    told = [(at("11-24"), Kind.EXTENDED, {"days": 3}), (at("11-25"), Kind.EXTENDED, {"days": 10})]
    readings = read(at("11-26"), *told)
    assert readings.solution.due.at == at("12-03", "17:30")
    assert readings.answer.due.at == at("11-25", "17:30")


def test_an_extension_takes_back_no_delay() -> None:
    readings = read(at("12-02"), (at("12-01", "09:00"), Kind.EXTENDED, {"days": 3}))
    assert (readings.solution.late, readings.solution.due.at) == (30, at("12-03", "17:30"))


def test_the_laws_term_bounds_every_extension_but_its_own() -> None:
    by_office = read(at("11-26"), (at("11-24"), Kind.EXTENDED, {"days": 30}), terms=BY_LAW).solution
    assert by_office.statutory_due is not None
    assert by_office.due == by_office.statutory_due
    assert by_office.due.at == at("12-03", "17:30")
    extended = (at("11-24"), Kind.EXTENDED, {"days": 4, "is_statutory": True})
    by_law = read(at("11-26"), extended, terms=BY_LAW).solution
    assert by_law.statutory_due is not None
    assert (by_law.due.at, by_law.statutory_due.at) == (at("12-04", "17:30"), at("12-09", "17:30"))


def test_a_refusal_does_not_move_the_laws_term_but_by_the_time_between() -> None:
    told = [(at("12-03", "17:00"), Kind.ANSWERED), (at("12-04", "17:00"), Kind.REFUSED)]
    solution = read(at("12-07"), *told, terms=BY_LAW).solution
    assert solution.statutory_due is not None
    assert (solution.due.at, solution.statutory_due.at) == (at("12-08", "17:30"), at("12-04", "17:30"))
    assert solution.is_statutory_late


def test_another_category_counts_from_the_same_receipt() -> None:
    changed = (at("11-25"), Kind.CATEGORY_CHANGED, {"terms": CONSULT.told()})
    readings = read(at("11-25", "10:00"), changed)
    assert readings.solution.due.at == at("11-24", "17:30")
    assert (readings.solution.late, readings.solution.round) == (90, 1)
    assert read(at("11-25"), (at("11-25"), Kind.CATEGORY_CHANGED)).solution.due.at == at("11-30", "17:30")


def test_merging_stops_the_clocks_and_unmerging_lets_them_go_on() -> None:
    merged, unmerged = (at("11-24"), Kind.MERGED), (at("11-26"), Kind.UNMERGED)
    readings = read(at("11-27"), merged)
    assert (readings.is_merged, readings.running, readings.alarms, readings.next_alarm_at) == (True, (), (), None)
    assert (readings.solution.used, readings.solution.due.at) == (390, at("11-30", "17:30"))
    again = read(at("11-27"), merged, unmerged)
    assert (again.is_merged, again.solution.used) == (False, 390 + DAY)
    assert again.solution.due.at == at("12-02", "17:30")
    assert again.accept.due.at == at("11-26", "17:30")


def test_a_pause_does_not_use_its_cap_while_merged() -> None:
    paused, merged = (at("11-24"), Kind.PAUSED, {"reason": "test"}), (at("11-24"), Kind.MERGED)
    readings = read(at("11-27"), paused, merged, (at("11-27"), Kind.UNMERGED))
    assert (readings.is_paused, readings.pause_used) == (True, 0)
    meanwhile = read(at("11-27"), paused, merged)
    assert meanwhile.accept.due.at == at("11-24", "17:30")
    assert meanwhile.answer.due.at == at("11-27", "17:30")


def test_a_pause_after_the_end_of_a_term_does_not_move_it() -> None:
    told = [(at("11-24", "20:00"), Kind.ASKED), (at("11-26"), Kind.SUPPLIED)]
    solution = read(at("11-26", "09:10"), *told, terms=CONSULT).solution
    assert (solution.due.at, solution.late) == (at("11-24", "17:30"), 10)


def test_a_mark_taken_back_was_never_made() -> None:
    told = [(at("11-24"), Kind.ANSWERED), (at("11-24", "09:05"), Kind.TAKEN_BACK, {"seqs": [2]})]
    readings = read(at("11-25"), *told)
    assert readings.solution.stopped_at is None
    assert readings.solution.used == 360 + 30 + 450


def test_the_log_is_read_by_moment_and_number_and_may_be_ahead_of_the_clock() -> None:
    marks = log(RECEIVED, (at("11-24"), Kind.ASKED), (at("11-25"), Kind.SUPPLIED), (at("11-26"), Kind.ANSWERED))
    assert clocks.read(marks[::-1], HELP, CALENDAR, at("11-27")) == clocks.read(marks, HELP, CALENDAR, at("11-27"))
    behind = at("11-26") - timedelta(seconds=2)
    assert clocks.read(marks[:-1], HELP, CALENDAR, behind).solution.stopped_at is None
    unanswered = [*marks[:-1], Mark(at("11-26"), 4, Kind.REPLIED, {})]
    for ahead in (marks, unanswered):
        assert clocks.read(ahead, HELP, CALENDAR, behind) == clocks.read(ahead, HELP, CALENDAR, at("11-26"))


def test_a_deadline_over_an_unpublished_year_is_provisional_while_it_runs() -> None:
    marks = log((at("12-28"), Kind.RECEIVED))
    readings = clocks.read(marks, HELP, CALENDAR, at("12-28"))
    assert (readings.accept.due.provisional, readings.solution.due.provisional) == (False, True)
    assert readings.is_provisional
    answered = clocks.read([*marks, Mark(at("12-29"), 2, Kind.ANSWERED, {})], HELP, CALENDAR, at("12-29"))
    assert not answered.is_provisional


def test_a_log_begins_with_its_receipt_and_a_term_has_a_day() -> None:
    with pytest.raises(ValueError, match="receipt"):
        clocks.read(log((MONDAY, Kind.ACCEPTED)), HELP, CALENDAR, MONDAY)
    with pytest.raises(ValueError, match="one working day"):
        Terms(accept_days=0, answer_days=1, solution_days=1, statutory_days=None, pause_days=0)
    assert Terms(**BY_LAW.told()) == BY_LAW  # type: ignore[arg-type]
