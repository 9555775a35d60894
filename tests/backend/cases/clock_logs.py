"""Logs of cases for the tests of the clocks: written by hand, drawn at random, and read the slow way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from backend.cases.deadlines import clocks
from backend.cases.deadlines.clocks import Mark, PauseReason, Readings, Terms
from backend.cases.events import Kind
from backend.foundation.clock import SHANGHAI
from backend.worktime import Calendar, Hours, Week

MINUTE = timedelta(minutes=1)
SHORT = Calendar.of([Week.of(date(2026, 1, 1), Hours.of(("09:00", "09:04"), ("14:00", "14:04")))])
"""Eight office minutes a day, so that a test can walk through weeks of them."""
SHORT_DAY = 8
TIMES = ("07:00", "09:00", "09:01", "09:02", "09:03", "09:04", "12:00", "14:00", "14:01", "14:03", "14:04", "20:00")
ENDS = (Kind.ANSWERED, Kind.DECLINED, Kind.DECIDED, Kind.CONFIRMED, Kind.CLOSED_BY_SILENCE)
SILENT = (
    Kind.ASSIGNED, Kind.RETURNED, Kind.HANDED_OVER, Kind.TRANSFERRED, Kind.REPLIED, Kind.REACHED, Kind.ABSORBED,
    Kind.SPLIT, Kind.URGENCY_CHANGED, Kind.SUPERVISED, Kind.TOLD, Kind.RATED, Kind.CORRECTED,
)  # fmt: skip


def at(day: str, time: str = "09:00") -> datetime:
    """Return a moment of 2026 in China: "11-23", "09:00"."""
    return datetime.fromisoformat(f"2026-{day}T{time}").replace(tzinfo=SHANGHAI)


def log(*told: tuple[Any, ...]) -> list[Mark]:
    """Return marks from (moment, kind) or (moment, kind, data), numbered in their order."""
    return [Mark(one[0], seq, one[1], one[2] if len(one) > 2 else {}) for seq, one in enumerate(told, 1)]


CALENDAR = Calendar.of()
HELP = Terms(accept_days=1, answer_days=2, solution_days=5, statutory_days=None, pause_days=2)
CONSULT = Terms(accept_days=1, answer_days=1, solution_days=1, statutory_days=None, pause_days=2)
BY_LAW = Terms(accept_days=1, answer_days=2, solution_days=5, statutory_days=8, pause_days=2)
DAY = 450
MONDAY = at("11-23", "10:00")
RECEIVED = (MONDAY, Kind.RECEIVED)


def read(now: datetime, *told: tuple[Any, ...], terms: Terms = HELP) -> Readings:
    return clocks.read(log(RECEIVED, *told), terms, CALENDAR, now)


def floor(moment: datetime) -> datetime:
    return moment.astimezone(SHANGHAI).replace(second=0, microsecond=0)


terms = st.builds(
    Terms,
    accept_days=st.integers(1, 2),
    answer_days=st.integers(1, 3),
    solution_days=st.integers(1, 5),
    statutory_days=st.none() | st.integers(1, 6),
    pause_days=st.integers(0, 3),
)
_days = st.integers(0, 24)
_seconds = st.sampled_from((0, 0, 30))


@st.composite
def moments(draw: st.DrawFn, first: date = date(2026, 9, 18), days: st.SearchStrategy[int] = _days) -> datetime:
    """Draw a moment: by default one around the National Day holidays, with their worked weekends."""
    day = (first + timedelta(days=draw(days))).isoformat()[5:]
    return at(day, draw(st.sampled_from(TIMES))) + timedelta(seconds=draw(_seconds))


def _mark(kind: Kind, moment: datetime, draw: st.DrawFn) -> tuple[datetime, Kind, dict[str, Any]]:
    data: dict[str, Any] = {}
    if kind in {Kind.PAUSED, Kind.RESUMED}:
        data = {"reason": draw(st.sampled_from(("test", "hearing", "coffee")))}
        data = {} if kind is Kind.RESUMED and draw(st.booleans()) else data
    elif kind is Kind.PROMISED:
        data = {"on": (moment.date() + timedelta(days=draw(st.integers(0, 8)))).isoformat()}
    elif kind is Kind.EXTENDED:
        data = {"days": draw(st.integers(1, 4)), "is_statutory": draw(st.booleans())}
    elif kind is Kind.CATEGORY_CHANGED:
        data = {"terms": draw(terms).told()}
    return moment, kind, data


_LOUD = tuple(kind for kind in Kind if kind not in {*SILENT, Kind.RECEIVED, Kind.TAKEN_BACK})


@st.composite
def logs(
    draw: st.DrawFn,
    kinds: Sequence[Kind] = _LOUD,
    first: date = date(2026, 9, 18),
    size: int = 8,
) -> list[Mark]:
    """Draw a log of whatever may be written after a receipt, sensible or not."""
    received = draw(moments(first, st.integers(0, 6)))
    drawn = draw(st.lists(st.tuples(st.sampled_from(kinds), moments(first)), max_size=size))
    told: list[tuple[datetime, Kind, dict[str, Any]]] = [(received, Kind.RECEIVED, {})]
    told += [_mark(kind, moment, draw) for kind, moment in drawn if moment >= received]
    return log(*sorted(told, key=lambda one: one[0]))


@dataclass
class Slow:
    """The clocks walked minute by minute over the short calendar, with counters only."""

    marks: list[Mark]
    terms: Terms
    received: datetime = field(init=False)
    runs: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("accept", "answer", "solution"), 0))
    late: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("accept", "answer", "solution"), 0))
    stopped: dict[str, datetime] = field(default_factory=dict)
    ran_at: dict[tuple[str, int], datetime] = field(default_factory=dict)
    reasons: set[str] = field(default_factory=set)
    promises: list[list[int]] = field(default_factory=list)
    is_merged: bool = False
    is_extended: bool = False

    def __post_init__(self) -> None:
        self.marks = sorted(self.marks, key=lambda mark: (mark.at, mark.seq))
        self.received = self.marks[0].at
        changed = [mark for mark in self.marks if mark.kind is Kind.CATEGORY_CHANGED]
        self.terms = Terms(**changed[-1].data["terms"]) if changed else self.terms
        self.law = self.days(self.received, self.terms.statutory_days) if self.terms.statutory_days else 10**9
        self.wholes = {
            "accept": self.days(self.received, self.terms.accept_days),
            "answer": min(self.law, self.days(self.received, self.terms.answer_days)),
            "solution": min(self.law, self.days(self.received, self.terms.solution_days)),
        }
        self.left = self.terms.pause_days * SHORT_DAY

    def days(self, moment: datetime, count: int) -> int:
        """Count the office minutes from a moment to the closing of the N-th working day after its day."""
        day = floor(moment).date()
        for minutes, minute in enumerate(office(moment)):
            if minute.date() > day:
                day, count = minute.date(), count - 1
                if count < 0:
                    return minutes
        raise AssertionError

    def walk(self) -> Iterator[datetime]:
        """Yield each office minute before it runs, with all that was written until then."""
        ahead = list(self.marks)
        for minute in office(self.received):
            while ahead and floor(ahead[0].at) <= minute:
                self.apply(ahead.pop(0))
            yield minute
            self.run(minute + MINUTE)

    def is_paused(self) -> bool:
        return bool(self.reasons) and self.left > 0 and not self.is_merged and "solution" not in self.stopped

    def run(self, after: datetime) -> None:
        is_paused = self.is_paused()
        self.left -= is_paused
        for clock in self.runs:
            if clock in self.stopped or self.is_merged or (is_paused and clock != "accept"):
                continue
            self.late[clock] += self.runs[clock] >= self.wholes[clock]
            self.runs[clock] += 1
            self.ran_at.setdefault((clock, self.runs[clock]), after)
            for promise in self.promises if clock == "solution" else ():
                promise[0] += 1

    def levels(self) -> set[tuple[str, int]]:
        """Return what running clocks have reached, promises by their number."""
        if self.is_merged:
            return set()
        found = {
            (clock, level)
            for clock in self.runs
            for level in (50, 80, 100)
            if clock not in self.stopped and self.runs[clock] * 100 >= self.wholes[clock] * level
        }
        if "solution" in self.stopped:
            return found
        earlier = [
            (number, used, whole)
            for number, (used, whole) in enumerate(self.promises)
            if self.runs["solution"] - used + whole < self.wholes["solution"]
        ]
        return found | {
            (f"promise {number}", level)
            for number, used, whole in earlier
            for level in (80, 100)
            if used * 100 >= whole * level
        }

    def apply(self, mark: Mark) -> None:
        kind, is_over = mark.kind, "solution" in self.stopped
        if kind in {Kind.ACCEPTED, Kind.ASKED}:
            self.stopped.setdefault("accept", mark.at)
        if kind in ENDS and not is_over:
            self.promises, self.reasons = [], set()
            for clock in self.runs:
                self.stopped.setdefault(clock, mark.at)
        if kind is Kind.REFUSED and is_over:
            del self.stopped["solution"]
            self.wholes["solution"] = max(self.wholes["solution"], self.runs["solution"] + self.days(mark.at, 2))
        if kind is Kind.ASKED and not is_over:
            self.reasons.add("waiting_for_owner")
        if kind is Kind.SUPPLIED:
            self.reasons.discard("waiting_for_owner")
        if kind is Kind.PAUSED and not is_over and mark.data["reason"] in set(PauseReason):
            self.reasons.add(mark.data["reason"])
        if kind is Kind.RESUMED:
            self.reasons -= {mark.data["reason"]} if mark.data else set(self.reasons)
        if kind in {Kind.MERGED, Kind.UNMERGED}:
            self.is_merged = kind is Kind.MERGED
        if kind is Kind.EXTENDED and not self.is_extended:
            self.is_extended = True
            if mark.data["is_statutory"] and self.terms.statutory_days:
                self.law = self.days(self.received, self.terms.statutory_days + mark.data["days"])
            longer = self.days(self.received, self.terms.solution_days + mark.data["days"])
            self.wholes["solution"] = max(self.wholes["solution"], min(self.law, longer))
        if kind is Kind.PROMISED and not is_over:
            closing = at(mark.data["on"][5:], "14:04")
            minutes = sum(1 for _ in take_until(office(mark.at), closing)) if closing > mark.at else 0
            self.promises.append([0, minutes])


def take_until(minutes: Iterator[datetime], end: datetime) -> Iterator[datetime]:
    for minute in minutes:
        if minute >= end:
            return
        yield minute


def office(start: datetime) -> Iterator[datetime]:
    """Yield the office minutes from the one that a moment lies in, or the next one."""
    day = floor(start).date()
    while True:
        if SHORT.is_workday(day):
            for hour in (9, 14):
                for minute in range(4):
                    moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)
                    if moment >= floor(start):
                        yield moment
        day += timedelta(days=1)
