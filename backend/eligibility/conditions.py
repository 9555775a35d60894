"""The five tests a leaf can make; every operator is one of them, plain or negated.

They say nothing of unknowns: a condition is asked only about a value that counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from backend.eligibility.durations import FIRST_DAY, LAST_DAY, Duration, ends_on, starts_on

Bound: TypeAlias = int | Decimal | date | Duration
"""A Duration as a bound means the day that lies so far before `as_of`; an empty one means `as_of` itself."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """The value is among these (equality is the set of one)."""

    values: frozenset[Any]

    def holds(self, value: Any) -> bool:
        return value in self.values


@dataclass(frozen=True, slots=True)
class StartsWith:
    """A code of a tree (industry, region) lies under one of these branches."""

    prefixes: tuple[str, ...]

    def holds(self, value: str) -> bool:
        return value.startswith(self.prefixes)


@dataclass(frozen=True, slots=True)
class Tagged:
    """A tag list has at least one of these; with none named, any tag at all."""

    tags: frozenset[str]

    def holds(self, value: Iterable[str]) -> bool:
        return not self.tags.isdisjoint(value) if self.tags else bool(value)


@dataclass(frozen=True, slots=True)
class Present:
    """There is a value."""

    def holds(self, value: Any) -> bool:
        return value is not None


@dataclass(frozen=True, slots=True)
class Span:
    """The value lies between two bounds, each included unless open; None is no bound."""

    low: Bound | None = None
    high: Bound | None = None
    low_open: bool = False
    high_open: bool = False

    @property
    def is_relative(self) -> bool:
        return isinstance(self.low, Duration) or isinstance(self.high, Duration)

    def at(self, as_of: date) -> "Span":
        """The same span with its relative bounds turned into days."""
        if not self.is_relative:
            return self
        return Span(_day(self.low, as_of), _day(self.high, as_of), self.low_open, self.high_open)

    def holds(self, value: Any) -> bool:
        low, high = self.low, self.high
        if low is not None and (value < low or (self.low_open and value == low)):
            return False
        return high is None or value < high or (value == high and not self.high_open)

    def outside(self) -> tuple["Span", ...]:
        """What is left of the line without this span: one or two spans."""
        below = () if self.low is None else (Span(high=self.low, high_open=not self.low_open),)
        above = () if self.high is None else (Span(low=self.high, low_open=not self.high_open),)
        return below + above

    def first_day(self, value: date, after: date) -> date | None:
        """The first day after `after` on which this date lies in the span; None when it never will.

        Relative bounds only move forward, so a date below the span is lost and one above it may be overtaken.
        """
        if not isinstance(self.high, Duration) or not FIRST_DAY <= value <= LAST_DAY:
            return None
        day = ends_on(value if self.high_open else value - timedelta(days=1), self.high) + timedelta(days=1)
        return day if day > after and self.at(day).holds(value) else None


Condition: TypeAlias = OneOf | StartsWith | Tagged | Present | Span


def _day(bound: Bound | None, as_of: date) -> Bound | None:
    return starts_on(as_of, bound) if isinstance(bound, Duration) else bound
