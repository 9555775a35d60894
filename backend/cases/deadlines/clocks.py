"""The clocks of a case: a pure function of its log, its terms, the working calendar and the moment.

What a mark means to them; each meaning has its example in the tests.

* **Terms** begin with the receipt and end with the closing of the N-th working day after it (worktime). Within a term
  office minutes are counted: what a pause took is given back to the minute, and no more.
* **ACCEPT** stops when somebody takes the case: `accepted`, or whatever only one who took it can do (ask, answer, end).
  It never pauses: nothing has to be supplied for that. Handing over, transferring and returning start nothing anew.
  Whom the origin named when it opened the case has the whole term from then on, however long ago it was received.
* **ANSWER** stops at the first answer for good; **SOLUTION** stops at every answer and runs on when the owner refuses.
  A list of what is missing and an interim reply are no answers. Every end of the case stops
  all that still runs.
* **Refused**: the same clock goes on; the time between is nobody's. There are at least two working days for
  the next answer (product design §4), and the delay already made stays counted. A superior who then has it worked on
  again moves nothing: his own time is the office's.
* **Pauses** hold ANSWER and SOLUTION, for listed reasons only (`PauseReason`); several at once count once. All pauses
  together may last the office minutes of `pause_days` working days, then the clocks run on though the case still waits.
  An answer ends all pauses.
* **A law's term** bounds the office's own, extended or not; only an extension told to the owner under that law moves
  it (行政许可法 42). The two days after a refusal are the office's own rule and don't.
* **Extended** lengthens SOLUTION by working days, once; what was late before stays late.
* **Another category** counts from the same receipt, as if it had been this category from the beginning.
* **Merged**: the clocks stand, and the time until `unmerged` isn't counted: the other case had a clock meanwhile.
* **Promised** days run beside the terms: one later than the term doesn't lengthen it, one earlier is watched as well.
  Like a term it ends at closing and is moved by what the clock stands still. Each is kept or broken by itself.
* **Taken back** marks were never made: the time goes on as if they hadn't been.

The log is read in the order of (at, seq). It can't be ahead of the clock: where hosts differ, its last mark is now.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from backend.cases.deadlines.readings import (
    LEVELS,
    PAUSE_WORDS,
    PROMISE_LEVELS,
    REASONS,
    Alarm,
    Clock,
    Mark,
    PauseReason,
    Promise,
    Reading,
    Readings,
    Standing,
    Terms,
    level_of,
)
from backend.cases.deadlines.running import Given, Track, Walk
from backend.cases.events import Kind
from backend.worktime import Calendar


def read(marks: Sequence[Mark], terms: Terms, calendar: Calendar, now: datetime) -> Readings:
    """Read all clocks of a case at a moment.

    `terms` are those of its category; the newest ones in the log go before them. Raises ValueError for a log without a
    receipt, and OutOfCalendar where a term leaves the calendar.
    """
    log = _valid(marks)
    received = next((mark for mark in log if mark.kind is Kind.RECEIVED), None)
    if received is None:
        raise ValueError("a log begins with its receipt")
    now = max(now, log[-1].at)
    walk = Walk(log, received.at, terms, calendar)
    walk.reach(now)
    walk.judge(now, Standing.OPEN)
    accept, answer, solution = (_reading(walk, clock, track, now) for clock, track in _tracks(walk))
    promises = tuple(_promise(walk, one, number, now) for number, one in enumerate(walk.promises))
    is_paused = walk.is_paused()
    return Readings(
        accept=accept,
        answer=answer,
        solution=solution,
        promises=promises,
        is_merged=walk.merged_at is not None,
        is_paused=is_paused,
        waiting_for=tuple(sorted(walk.reasons)),
        pause_left=walk.left,
        pause_used=walk.cap - walk.left,
        paused_until=walk.moment(walk.place + walk.left).at if is_paused else None,
        alarms=tuple(_alarms(walk, (accept, answer, solution), promises)),
        next_alarm_at=_next_alarm_at(walk),
    )


def _valid(marks: Sequence[Mark]) -> list[Mark]:
    undone = {seq for mark in marks if mark.kind is Kind.TAKEN_BACK for seq in mark.data.get("seqs", ())}
    valid = [mark for mark in marks if mark.seq not in undone] if undone else marks
    return sorted(valid, key=lambda mark: (mark.at, mark.seq))


def _tracks(walk: Walk) -> tuple[tuple[Clock, Track], ...]:
    return (Clock.ACCEPT, walk.accept), (Clock.ANSWER, walk.answer), (Clock.SOLUTION, walk.solution)


def _reading(walk: Walk, clock: Clock, track: Track, now: datetime) -> Reading:
    has_law = clock is Clock.SOLUTION and walk.statutory is not None
    return Reading(
        clock=clock,
        started_at=walk.given_at if clock is Clock.ACCEPT else walk.received_at,
        due=walk.moment(walk.place_of(track, track.whole)),
        statutory_due=walk.moment(walk.place_of(track, walk.statutory or 0)) if has_law else None,
        stopped_at=track.stopped_at,
        until=track.stopped_at or walk.merged_at or now,
        used=track.run,
        whole=track.whole,
        late=track.late(),
        round=walk.changes + len(track.terms) - 1,
    )


def _promise(walk: Walk, one: Given, number: int, now: datetime) -> Promise:
    reading = Reading(
        clock=Clock.PROMISE,
        started_at=one.at,
        due=walk.due_of(one),
        statutory_due=None,
        stopped_at=one.stopped_at,
        until=one.stopped_at or walk.merged_at or now,
        used=one.ended - one.run,
        whole=one.target - one.run,
        late=max(0, one.ended - one.target),
        round=number,
    )
    return Promise(on=one.on, standing=one.standing, reading=reading)


def _alarms(walk: Walk, readings: Sequence[Reading], promises: Sequence[Promise]) -> Iterator[Alarm]:
    if walk.merged_at is not None:
        return
    for reading, (_, track) in zip(readings, _tracks(walk), strict=True):
        if reading.stopped_at is None and (level := _level(reading, track)):
            yield Alarm(reading.clock, reading.round, level)
    for given, promise in zip(walk.promises, promises, strict=True):
        if _is_watched(walk, given) and promise.reading.level in PROMISE_LEVELS:
            yield Alarm(Clock.PROMISE, promise.reading.round, promise.reading.level)


def _level(reading: Reading, track: Track) -> int:
    """Return the highest level that was reached in this round: what a round begins with was told in the one before."""
    before = level_of(track.terms[-1][0], reading.whole) if len(track.terms) > 1 else 0
    return reading.level if reading.level > before else 0


def _is_watched(walk: Walk, one: Given) -> bool:
    """Tell whether a promise still wants an answer, and before the term does."""
    return one.stopped_at is None and one.target < walk.solution.whole


def _next_alarm_at(walk: Walk) -> datetime | None:
    if walk.merged_at is not None:
        return None
    places = [
        walk.place_of(track, run)
        for _, track in _tracks(walk)
        if track.stopped_at is None and (run := _next(0, track.whole, LEVELS, track.run))
    ]
    places += [
        walk.place_of(walk.solution, run)
        for one in walk.promises
        if _is_watched(walk, one) and (run := _next(one.run, one.target, PROMISE_LEVELS, walk.solution.run))
    ]
    return walk.moment(min(places)).at if places else None


def _next(begin: int, end: int, levels: Sequence[int], run: int) -> int | None:
    """Return the run of the first level that isn't reached yet."""
    runs = (begin - (begin - end) * level // 100 for level in levels)
    return next((at for at in runs if at > run), None)


__all__ = [
    "LEVELS",
    "PAUSE_WORDS",
    "REASONS",
    "Alarm",
    "Clock",
    "Mark",
    "PauseReason",
    "Promise",
    "Reading",
    "Readings",
    "Standing",
    "Terms",
    "read",
]
