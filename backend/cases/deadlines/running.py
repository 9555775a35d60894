"""How long each clock of a case ran: its log walked once, in office minutes since receipt.

A **place** is a moment told in office minutes since receipt, a **run** how many of them a clock has counted. Runs only
grow, so that either can be found from the other, and all arithmetic is on whole numbers.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from backend.cases.deadlines.readings import REASONS, Mark, PauseReason, Standing, Terms
from backend.cases.events import Kind
from backend.worktime import Calendar, Deadline

NEXT_ANSWER_DAYS: Final = 2
"""Working days that there are at least for the next answer after a refusal (product design §4)."""


class Track:
    """One clock: where it ran, where it stopped, and the terms it was given, each from a run on."""

    __slots__ = ("_places", "_runs", "halted", "is_running", "place", "run", "stopped_at", "terms")

    def __init__(self, whole: int, place: int = 0) -> None:
        self.place = self.halted = place
        self.run = 0
        self.is_running = True
        self.stopped_at: datetime | None = None
        self.terms = [(0, whole)]
        self._places, self._runs = [place], [0]

    @property
    def whole(self) -> int:
        return self.terms[-1][1]

    def advance(self, place: int) -> None:
        if self.is_running:
            self.run += place - self.place
        self.place = place

    def set_running(self, is_running: bool) -> None:
        if is_running and not self.is_running:
            self._places.append(self.place)
            self._runs.append(self.run)
        self.is_running = is_running

    def stop(self, at: datetime) -> None:
        if self.stopped_at is None:
            self.is_running, self.stopped_at, self.halted = False, at, self.place

    def place_of(self, run: int, onward: int) -> int:
        """Return the first place at which so much has run; a clock that stands goes on from `onward`."""
        if run > self.run and not self.is_running:
            return onward + run - self.run
        index = max(0, bisect_left(self._runs, run) - 1)
        return self._places[index] + run - self._runs[index]

    def late(self) -> int:
        """Return what ran beyond the terms that were in force at the time."""
        ends = [run for run, _ in self.terms[1:]] + [self.run]
        return sum(max(0, end - max(run, whole)) for (run, whole), end in zip(self.terms, ends, strict=True))


@dataclass(slots=True)
class Given:
    """A promise on its way: from `run` to `target`; `place` is where that is if nothing pauses."""

    on: date
    at: datetime
    run: int
    target: int
    place: int
    closing: datetime
    standing: Standing = Standing.OPEN
    stopped_at: datetime | None = None
    ended: int = 0
    due_place: int = 0


class Walk:
    """Walks the marks of one case, which begin with the receipt; afterwards its tracks tell how things stand."""

    def __init__(self, marks: Sequence[Mark], received_at: datetime, terms: Terms, calendar: Calendar) -> None:
        self.calendar, self.received_at = calendar, received_at
        self._base = received_at - timedelta(seconds=received_at.second, microseconds=received_at.microsecond)
        self._known: dict[int, Deadline] = {}
        changed = [mark for mark in marks if mark.kind is Kind.CATEGORY_CHANGED]
        told = changed[-1].data.get("terms") if changed else None
        self.terms = Terms(**told) if told else terms
        self.changes = len(changed)
        self.statutory = self._after(self.terms.statutory_days) if self.terms.statutory_days else None
        self.accept, self.given_at = Track(self._after(self.terms.accept_days)), received_at
        self.answer = Track(self._within_law(self._after(self.terms.answer_days)))
        self.solution = Track(self._within_law(self._after(self.terms.solution_days)))
        self.cap = self.left = self._worth(self.terms.pause_days)
        self.place, self.merged_place = 0, 0
        self.merged_at: datetime | None = None
        self.reasons: set[PauseReason] = set()
        self.promises: list[Given] = []
        self._is_extended = False
        for mark in marks:
            self._step(mark)

    def reach(self, moment: datetime) -> None:
        """Let the clocks run to a moment; pauses count until the cap is used up, and then the clocks go on."""
        place = self._place(moment)
        if self.reasons and self.merged_at is None and self.solution.stopped_at is None:
            spent = min(place - self.place, self.left)
            self.left -= spent
            self._advance(self.place + spent)
            self._settle()
        self._advance(place)

    def is_paused(self) -> bool:
        return bool(self.reasons) and self.left > 0 and self.merged_at is None and self.solution.stopped_at is None

    def place_of(self, track: Track, run: int) -> int:
        """Return where a clock reaches a run if nothing more is written: a pause then lasts until its cap."""
        left = self.left if self.reasons and track is not self.accept else 0
        onward = (self.merged_place if self.merged_at else self.place) + left
        return track.place_of(run, track.halted if track.stopped_at else onward)

    def moment(self, place: int) -> Deadline:
        """Return the first moment at a place."""
        return self._known.get(place) or self.calendar.add_minutes(self._base, place)

    def _place(self, moment: datetime) -> int:
        return self.calendar.minutes_between(self.received_at, moment)

    def _after(self, days: int) -> int:
        """Return the place of the closing of the N-th working day after receipt."""
        due = self.calendar.add_days(self.received_at, days)
        place = self._place(due.at)
        self._known[place] = due
        return place

    def _worth(self, days: int) -> int:
        """Return the office minutes of the first working days after receipt."""
        if not days:
            return 0
        begin, end = (self.calendar.add_days(self.received_at, number).at for number in (1, days + 1))
        return self.calendar.minutes_between(begin, end)

    def _within_law(self, whole: int) -> int:
        return whole if self.statutory is None else min(whole, self.statutory)

    def _step(self, mark: Mark) -> None:
        move = _MOVES.get(mark.kind)
        if move is not None:
            self.reach(mark.at)
            move(self, mark)
            self._settle()

    def _advance(self, place: int) -> None:
        self.place = place
        for track in (self.accept, self.answer, self.solution):
            track.advance(place)

    def _settle(self) -> None:
        is_merged, is_paused = self.merged_at is not None, self.is_paused()
        self.accept.set_running(not is_merged and self.accept.stopped_at is None)
        for track in (self.answer, self.solution):
            track.set_running(not is_merged and not is_paused and track.stopped_at is None)

    def on_received(self, mark: Mark) -> None:
        if mark.data.get("promised_on"):
            self._promise(mark, mark.data["promised_on"])

    def on_given(self, mark: Mark) -> None:
        """Let a handler who was named at the opening have the whole term for taking it."""
        if mark.data.get("opens") and self.accept.stopped_at is None:
            due = self.calendar.add_days(mark.at, self.terms.accept_days)
            place = self._place(due.at)
            self._known[place] = due
            self.accept, self.given_at = Track(place - self.place, self.place), mark.at

    def on_taken(self, mark: Mark) -> None:
        self.accept.stop(mark.at)

    def on_asked(self, mark: Mark) -> None:
        self.accept.stop(mark.at)
        self._pause(PauseReason.WAITING_FOR_OWNER)

    def on_supplied(self, _: Mark) -> None:
        self.reasons.discard(PauseReason.WAITING_FOR_OWNER)

    def on_paused(self, mark: Mark) -> None:
        if mark.data.get("reason") in REASONS:
            self._pause(PauseReason(mark.data["reason"]))

    def _pause(self, reason: PauseReason) -> None:
        if self.solution.stopped_at is None:
            self.reasons.add(reason)

    def on_resumed(self, mark: Mark) -> None:
        reason = mark.data.get("reason")
        self.reasons = {one for one in self.reasons if reason is not None and one != reason}

    def on_merged(self, mark: Mark) -> None:
        self.merged_at, self.merged_place = mark.at, self.place

    def on_unmerged(self, _: Mark) -> None:
        self.merged_at = None

    def on_ended(self, mark: Mark) -> None:
        because = mark.data.get("because")
        if self.solution.stopped_at is None and because != "again":
            for track in (self.accept, self.answer, self.solution):
                track.stop(mark.at)
            self.reasons.clear()
            self.judge(mark.at, Standing.VOID if because == "taken_back" else Standing.KEPT)

    def on_again(self, mark: Mark) -> None:
        if self.solution.stopped_at is not None:
            self.solution.stopped_at = None
            due = self.calendar.add_days(mark.at, NEXT_ANSWER_DAYS)
            place = self._place(due.at)
            self._known[place] = due
            self._give(max(self.solution.whole, self.solution.run + place - self.place))

    def on_extended(self, mark: Mark) -> None:
        if self._is_extended:
            return
        self._is_extended = True
        days = mark.data["days"]
        if mark.data.get("is_statutory") and self.terms.statutory_days:
            self.statutory = self._after(self.terms.statutory_days + days)
        self._give(max(self.solution.whole, self._within_law(self._after(self.terms.solution_days + days))))

    def _give(self, whole: int) -> None:
        self.solution.terms.append((self.solution.run, whole))

    def on_promised(self, mark: Mark) -> None:
        if self.solution.stopped_at is None:
            self._promise(mark, mark.data["on"])

    def _promise(self, mark: Mark, day: str | date) -> None:
        on = date.fromisoformat(day) if isinstance(day, str) else day
        closing, run = self.calendar.closing(on), self.solution.run
        place = max(self.place, self._place(closing))
        self.promises.append(Given(on, mark.at, run, run + place - self.place, place, closing))

    def judge(self, moment: datetime, standing: Standing) -> None:
        """Say of the promises of this round how they stand at a moment: broken where their day is over."""
        stood = self.merged_at or moment
        for one in self.promises:
            if one.stopped_at is None:
                one.ended, one.due_place = self.solution.run, self.place_of(self.solution, one.target)
                one.standing = Standing.BROKEN if stood > self.due_of(one).at else standing
                one.stopped_at = None if standing is Standing.OPEN else moment

    def due_of(self, one: Given) -> Deadline:
        """Return the closing of the promised day, later by what its clock stood still since the promise."""
        return self.moment(one.due_place) if one.due_place > one.place else Deadline(one.closing, provisional=False)


_MOVES: Final[Mapping[Kind, Callable[[Walk, Mark], None]]] = {
    Kind.RECEIVED: Walk.on_received,
    Kind.ASSIGNED: Walk.on_given,
    Kind.ACCEPTED: Walk.on_taken,
    Kind.ASKED: Walk.on_asked,
    Kind.SUPPLIED: Walk.on_supplied,
    Kind.PAUSED: Walk.on_paused,
    Kind.RESUMED: Walk.on_resumed,
    Kind.MERGED: Walk.on_merged,
    Kind.UNMERGED: Walk.on_unmerged,
    Kind.PROMISED: Walk.on_promised,
    Kind.EXTENDED: Walk.on_extended,
    Kind.REFUSED: Walk.on_again,
    **dict.fromkeys(
        (Kind.ANSWERED, Kind.DECLINED, Kind.DECIDED, Kind.CONFIRMED, Kind.CLOSED_BY_SILENCE), Walk.on_ended
    ),
}
