"""What the clocks of a case work on and what they say: marks of its log, its terms, and one reading a clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from backend.cases.events import Kind
from backend.worktime import Deadline

LEVELS: Final = (50, 80, 100)
"""Percent of a term at which somebody is told: the handler at 50 and 80, his superior at 100."""
PROMISE_LEVELS: Final = (80, 100)
"""A promised day is the handler's own choice: half of it gone is no news."""
_ALL: Final = 100


class Clock(StrEnum):
    ACCEPT = "accept"
    ANSWER = "answer"
    SOLUTION = "solution"
    PROMISE = "promise"
    """The day that the handler named himself; it runs beside the three terms and never moves them."""


class PauseReason(StrEnum):
    """Why a clock may stand still; for anything else it runs on.

    What law takes out of a term: waiting for material told as missing (行政许可法 32), tests and appraisals, expert
    review and hearings (行政许可法 45), and the word of a third party or another authority (政府信息公开条例 32, 33);
    besides what the owner asks for himself and force majeure.
    """

    WAITING_FOR_OWNER = "waiting_for_owner"
    OWNER_ASKED = "owner_asked"
    OTHER_AUTHORITY = "other_authority"
    TEST = "test"
    EXPERT_REVIEW = "expert_review"
    HEARING = "hearing"
    FORCE_MAJEURE = "force_majeure"


PAUSE_WORDS: Final[Mapping[PauseReason, str]] = {
    PauseReason.WAITING_FOR_OWNER: "等待您补充材料",
    PauseReason.OWNER_ASKED: "您要求暂缓办理",
    PauseReason.OTHER_AUTHORITY: "等待其他部门或第三方意见",
    PauseReason.TEST: "检验、检测、检疫或鉴定",
    PauseReason.EXPERT_REVIEW: "专家评审",
    PauseReason.HEARING: "听证",
    PauseReason.FORCE_MAJEURE: "不可抗力",
}
REASONS: Final = frozenset(PauseReason)
PAUSES: Final = REASONS - {PauseReason.WAITING_FOR_OWNER}
"""Why staff may pause by themselves: what is waited for from the owner is told to him as a list."""


class Standing(StrEnum):
    """How a promise fared; VOID: the matter was taken back before, so that it was neither kept nor broken."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a clock sees of an event; kinds that aren't listed say nothing to it. `data` by kind:

    * received: `promised_on`, the day it was promised for by whoever brought it
    * assigned: `opens`, where the origin named the handler when it opened the case
    * paused, resumed: `reason`, a PauseReason; a resumption without one ends every pause
    * promised: `on`, the day
    * extended: `days`, working days; `is_statutory` where the law's own term was extended and the owner told
    * category_changed: `terms`, as `Terms.told` gives them; without, those handed in count
    * decided: `because` is "again" where a superior has it worked on (no end), "taken_back" where its origin no longer
      wants it
    * taken_back: `seqs`, the marks that count as never made
    """

    at: datetime
    seq: int
    kind: Kind
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Terms:
    """Working days, each at least 1; `pause_days` caps all pauses of a case together and may be 0."""

    accept_days: int
    answer_days: int
    solution_days: int
    statutory_days: int | None
    pause_days: int

    def __post_init__(self) -> None:
        days = (self.accept_days, self.answer_days, self.solution_days)
        if min(days) < 1 or self.pause_days < 0 or (self.statutory_days is not None and self.statutory_days < 1):
            raise ValueError("a term is at least one working day")

    def told(self) -> dict[str, int | None]:
        """Return the terms as they are stored; `Terms(**told)` reads them."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Reading:
    """One clock at one moment; durations are whole office minutes.

    `due` is when it runs out if nothing more is written, for a stopped clock if it had run on: it depends on the log
    alone, so that it can be stored. `used` of `whole` have run until `until` (where it stopped or stands, else now).
    `late` is what ran beyond the terms in force at the time; no later term takes it back. `round` counts the new terms
    it was given (a refusal, an extension, another category): an alarm is due once a round.
    """

    clock: Clock
    started_at: datetime
    due: Deadline
    statutory_due: Deadline | None
    stopped_at: datetime | None
    until: datetime
    used: int
    whole: int
    late: int
    round: int

    @property
    def share(self) -> float:
        """How much of the term is used; 1 or more exactly when `until` has come to `due`."""
        return self.used / self.whole if self.whole else 1.0

    @property
    def left(self) -> int:
        return max(0, self.whole - self.used)

    @property
    def is_late(self) -> bool:
        """Whether it ran over a term: also by an evening, in which no office minute goes by."""
        return self.late > 0 or self.until > self.due.at

    @property
    def is_statutory_late(self) -> bool:
        return self.statutory_due is not None and self.until > self.statutory_due.at

    @property
    def level(self) -> int:
        """The highest of LEVELS that is reached, or 0."""
        return level_of(self.used, self.whole)

    def reached(self, level: int) -> bool:
        return self.used * _ALL >= self.whole * level


def level_of(used: int, whole: int) -> int:
    """Return the highest of LEVELS that is reached, or 0."""
    return next((level for level in reversed(LEVELS) if used * _ALL >= whole * level), 0)


@dataclass(frozen=True, slots=True)
class Promise:
    """A day that was named to the owner; its reading counts from the naming to the closing of that day."""

    on: date
    standing: Standing
    reading: Reading

    @property
    def due(self) -> Deadline:
        return self.reading.due


@dataclass(frozen=True, slots=True)
class Alarm:
    """A level that a clock has reached in a round and still runs with; a promise's round is its number, from 0."""

    clock: Clock
    round: int
    level: int


@dataclass(frozen=True, slots=True)
class Readings:
    """All clocks of a case at one moment.

    `is_paused`: they stand still for a listed reason; past `paused_until`, where the cap is used up, they run on though
    `waiting_for` still names what is waited for. `pause_left` and `pause_used` are office minutes. `next_alarm_at` is
    the next moment at which `alarms` grows if nothing more is written; `alarms` has what a missed tick left behind.
    """

    accept: Reading
    answer: Reading
    solution: Reading
    promises: tuple[Promise, ...]
    is_merged: bool
    is_paused: bool
    waiting_for: tuple[PauseReason, ...]
    pause_left: int
    pause_used: int
    paused_until: datetime | None
    alarms: tuple[Alarm, ...]
    next_alarm_at: datetime | None

    @property
    def running(self) -> tuple[Reading, ...]:
        """The clocks that still want something of the bureau, paused ones among them."""
        if self.is_merged:
            return ()
        return tuple(one for one in (self.accept, self.answer, self.solution) if one.stopped_at is None)

    @property
    def is_provisional(self) -> bool:
        """Whether a term that still runs was counted over days of an unpublished calendar."""
        terms = [one.due for one in self.running] + [one.statutory_due for one in self.running if one.statutory_due]
        return any(due.provisional for due in terms)

    @property
    def due(self) -> Deadline | None:
        """The earliest moment by which something must be done, promises among them."""
        open_ones = [one.due for one in self.promises if one.standing is Standing.OPEN and not self.is_merged]
        return min([*(one.due for one in self.running), *open_ones], key=lambda due: due.at, default=None)

    @property
    def promise(self) -> Promise | None:
        """The promise to show and to count: one broken before any other, else the next one open, else the last.

        Whether a case kept its word is the standing of this one: naming a later day never unsays an earlier one.
        """
        for standing in (Standing.BROKEN, Standing.OPEN):
            found = [one for one in self.promises if one.standing is standing]
            if found:
                return min(found, key=lambda one: one.due.at)
        return self.promises[-1] if self.promises else None

    def reached(self, level: int) -> tuple[Clock, ...]:
        """Return the running clocks that are at a level or above."""
        return tuple(one.clock for one in self.alarms if one.level >= level)
