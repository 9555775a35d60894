"""How far a clause that fails is from holding: a number that lacks a little, a day that will come."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from backend.eligibility import wording
from backend.eligibility.catalogue import Fact
from backend.eligibility.conditions import Span
from backend.eligibility.first_day import entries
from backend.eligibility.operands import spelled
from backend.eligibility.tree import Leaf
from backend.eligibility.values import Value


@dataclass(frozen=True, slots=True)
class NearMiss:
    """How far a failed clause is from holding: by number (`amount`, `unit`) or by time (`on`)."""

    say: str
    amount: str | None = None
    unit: str | None = None
    on: date | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "say": self.say,
            "amount": self.amount,
            "unit": self.unit,
            "on": self.on and self.on.isoformat(),
        }


def near_miss(leaf: Leaf, value: Value, as_of: date) -> NearMiss | None:
    """For a clause whose verdict is no; None when neither a smaller gap nor time can mend it."""
    if leaf.fact.type == "date":
        return _near_in_time(leaf, value, as_of)
    gaps = [_gap(leaf.fact, value.value, span) for span in leaf.spans(as_of)]
    if not gaps:
        return None
    amount, too_low = min(gaps)
    unit = leaf.fact.unit or None
    return NearMiss(wording.gap(leaf.fact, amount, too_low=too_low), str(spelled(amount)), unit)


def _near_in_time(leaf: Leaf, value: Value, as_of: date) -> NearMiss | None:
    """The first day on which time alone will do it, unless the value will be too old to count by then."""
    reached = min(entries(leaf, value, as_of), default=None)
    return None if reached is None else NearMiss(wording.from_day(reached), on=reached)


def _gap(fact: Fact, value: Any, span: Span) -> tuple[int | Decimal, bool]:
    """Distance to the span and whether the value is below it; a whole number must pass an open bound by one."""
    low: Any = span.low
    high: Any = span.high
    step = 1 if fact.type == "integer" else 0
    if low is not None and (value < low or (span.low_open and value == low)):
        return low - value + step * span.low_open, True
    return value - high + step * span.high_open, False
