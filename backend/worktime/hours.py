"""Office hours as a value: when the office is open on one working day, and in a week from some day on."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Final

DAY_MINUTES: Final = 24 * 60
DAYS: Final = 7
_TIME: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours of one working day: spans of minutes since midnight in China, in order, with a pause between any two.

    A span holds its first minute and not its last: at 12:00 an office that is open from 08:30 to 12:00 is closed.
    """

    spans: tuple[tuple[int, int], ...]
    minutes: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        edges = [edge for span in self.spans for edge in span]
        if not edges or any(a >= b for a, b in pairwise(edges)):
            raise ValueError("office hours are one span or more, in order, with a pause between any two")
        if edges[0] < 0 or edges[-1] > DAY_MINUTES:
            raise ValueError("office hours lie within one day")
        object.__setattr__(self, "minutes", sum(end - begin for begin, end in self.spans))

    @classmethod
    def of(cls, *spans: tuple[str, str]) -> "Hours":
        """Read spans such as ("08:30", "12:00"); raises ValueError."""
        return cls(tuple((_minute(begin), _minute(end)) for begin, end in spans))

    @property
    def closing(self) -> int:
        return self.spans[-1][1]

    def until(self, minute: int) -> int:
        """Return how many office minutes of the day are over at a minute of it."""
        over = 0
        for begin, end in self.spans:
            if minute < end:
                return over + minute - begin if minute > begin else over
            over += end - begin
        return over

    def next_open(self, minute: int) -> int | None:
        """Return the first minute from this one on at which the office is open; None when it is over for the day."""
        for begin, end in self.spans:
            if minute < end:
                return max(minute, begin)
        return None

    def told(self) -> list[list[str]]:
        """Return the spans as they are stored and shown: [["08:30", "12:00"], …]."""
        return [[_clock(begin), _clock(end)] for begin, end in self.spans]


@dataclass(frozen=True, slots=True)
class Week:
    """Office hours of the seven weekdays, Monday first, from a day on.

    Every weekday has some: those of Saturday and Sunday count when such a day is worked (调休).
    """

    valid_from: date
    days: tuple[Hours, ...]

    def __post_init__(self) -> None:
        if len(self.days) != DAYS:
            raise ValueError("a week has seven days")

    @classmethod
    def of(cls, valid_from: date, usual: Hours, others: Mapping[int, Hours] | None = None) -> "Week":
        """Return a week of `usual` hours but for the weekdays in `others`, 1 being Monday."""
        return cls(valid_from, tuple((others or {}).get(number, usual) for number in range(1, DAYS + 1)))

    @classmethod
    def read(cls, valid_from: date, days: Sequence[Sequence[Sequence[str]]]) -> "Week":
        """Return a week from what `told` wrote; raises ValueError."""
        return cls(valid_from, tuple(Hours.of(*((begin, end) for begin, end in spans)) for spans in days))

    def told(self) -> list[list[list[str]]]:
        return [hours.told() for hours in self.days]


def _minute(text: str) -> int:
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError("a time of day is HH:MM")
    return int(found[1]) * 60 + int(found[2])


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
