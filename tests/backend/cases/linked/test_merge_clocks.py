"""What holds of the clocks of a merged case, for any log before it: they stand, and go on where they stood.

And what is merged is never owed later by the one that answers for both.
"""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from backend.cases.deadlines import clocks
from backend.cases.deadlines.clocks import Mark, Readings, Terms
from backend.cases.events import Kind
from backend.cases.linked import merging
from tests.backend.cases import clock_logs
from tests.backend.cases.clock_logs import SHORT, logs

_LOUD = tuple(
    kind
    for kind in Kind
    if kind not in {*clock_logs.SILENT, Kind.RECEIVED, Kind.TAKEN_BACK, Kind.MERGED, Kind.UNMERGED}
)
LATER = st.integers(0, 10 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))


def _runs(read: Readings) -> list[tuple[int, int, int, bool]]:
    three = (read.accept, read.answer, read.solution)
    return [(one.used, one.whole, one.late, one.stopped_at is None) for one in three]


@given(logs(_LOUD), clock_logs.terms, LATER, LATER)
def test_the_clocks_go_on_where_they_stood(marks: list[Mark], terms: Terms, wait: timedelta, away: timedelta) -> None:
    """However long it was merged and though an answer was carried on to it and taken back."""
    begin, end = marks[-1].at + wait, marks[-1].at + wait + away
    before = clocks.read(marks, terms, SHORT, begin)
    seq = len(marks)
    merged = [Mark(begin, seq + 1, Kind.MERGED, {}), Mark(end, seq + 3, Kind.UNMERGED, {})]
    carried = [Mark(end, seq + 2, Kind.ANSWERED, {}), Mark(end, seq + 4, Kind.TAKEN_BACK, {"seqs": [seq + 2]})]
    for added in (merged, merged + carried):
        after = clocks.read([*marks, *added], terms, SHORT, end)
        assert _runs(after) == _runs(before)
        assert (after.pause_left, after.waiting_for, after.is_merged) == (
            before.pause_left,
            before.waiting_for,
            False,
        )


@given(logs(_LOUD), clock_logs.terms, LATER, LATER, LATER)
def test_only_the_time_away_is_not_counted(
    marks: list[Mark], terms: Terms, wait: timedelta, away: timedelta, later: timedelta
) -> None:
    """What runs afterwards is what would have run, less the office minutes that it was away."""
    begin, end = marks[-1].at + wait, marks[-1].at + wait + away
    seq, now = len(marks), end + later
    away_and_back = [*marks, Mark(begin, seq + 1, Kind.MERGED, {}), Mark(end, seq + 2, Kind.UNMERGED, {})]
    if clocks.read(marks, terms, SHORT, begin).waiting_for:
        return  # a pause's cap isn't used up while it is away: the other property covers what stands then
    missed = SHORT.minutes_between(begin, end)
    with_, without = clocks.read(away_and_back, terms, SHORT, now), clocks.read(marks, terms, SHORT, now)
    for one, other in zip(
        (with_.accept, with_.answer, with_.solution), (without.accept, without.answer, without.solution), strict=True
    ):
        assert one.used == other.used - (missed if other.stopped_at is None else 0)
        assert one.whole == other.whole


def _owed(read: Readings) -> datetime:
    """By when the next answer is owed: the end of the term, or a promised day before it."""
    promised = [one.reading.due.at for one in read.promises if one.reading.stopped_at is None]
    return min([read.solution.due.at, *promised])


@given(logs(_LOUD), logs(_LOUD), clock_logs.terms, clock_logs.terms, LATER)
def test_merging_never_puts_off_what_is_owed(
    one: list[Mark], other: list[Mark], its: Terms, others: Terms, wait: timedelta
) -> None:
    """Whatever happened before: where it may be merged the target owes no later, and only equals go both ways."""
    now = max(one[-1].at, other[-1].at) + wait
    case, target = clocks.read(one, its, SHORT, now), clocks.read(other, others, SHORT, now)
    ways = merging.is_put_off(case, target), merging.is_put_off(target, case)
    if not ways[0]:
        assert _owed(target) <= _owed(case)
        for mine, his in ((case.accept, target.accept), (case.answer, target.answer)):
            assert mine.stopped_at or his.stopped_at or his.due.at <= mine.due.at or _owed(target) <= mine.due.at
    if ways == (False, False):
        assert _owed(target) == _owed(case)
