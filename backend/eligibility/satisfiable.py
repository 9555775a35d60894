"""Can one enterprise meet several conditions on the same fact at once? Exact for numbers, days, codes and choices."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from backend.eligibility.catalogue import Fact
from backend.eligibility.conditions import OneOf, Present, Span, StartsWith, Tagged
from backend.eligibility.tree import Leaf
from backend.eligibility.values import Verdict

_STEPS = {"integer": 1, "date": timedelta(days=1)}


def can_all_hold(leaves: Sequence[Leaf], as_of: date) -> bool:
    """All leaves must be about one fact. One value has one source, so sources must meet as well."""
    if all(leaf.when_absent is Verdict.YES for leaf in leaves):
        return True
    if not frozenset.intersection(*(leaf.sources for leaf in leaves)):
        return False
    fact = leaves[0].fact
    candidates = _candidates(fact, leaves)
    if candidates is not None:
        return any(all(_holds(leaf, one, as_of) for leaf in leaves) for one in candidates)
    if any(isinstance(leaf.condition, Present) and leaf.negated for leaf in leaves):
        return False
    if fact.type == "tags":
        return _tags_meet(leaves)
    return _branches_meet(leaves) if fact.type == "code" else _spans_meet(fact, leaves, as_of)


def _holds(leaf: Leaf, value: Any, as_of: date) -> bool:
    condition = leaf.condition.at(as_of) if isinstance(leaf.condition, Span) else leaf.condition
    return condition.holds(value) != leaf.negated


def _candidates(fact: Fact, leaves: Iterable[Leaf]) -> frozenset[Any] | None:
    """The only values that could do, where they can be counted."""
    named = [leaf.condition.values for leaf in leaves if isinstance(leaf.condition, OneOf) and not leaf.negated]
    if named:
        return frozenset.intersection(*named)
    if fact.type == "boolean":
        return frozenset({True, False})
    return frozenset(fact.choices) if fact.type == "enum" and fact.choices else None


def _tags_meet(leaves: Iterable[Leaf]) -> bool:
    wanted = [leaf.condition.tags for leaf in leaves if isinstance(leaf.condition, Tagged) and not leaf.negated]
    denied = [leaf.condition.tags for leaf in leaves if isinstance(leaf.condition, Tagged) and leaf.negated]
    if not wanted:
        return True
    if not all(denied):  # "no tag at all" is written as the denial of an empty set
        return False
    return all(not tags or tags - frozenset().union(*denied) for tags in wanted)


def _branches_meet(leaves: Iterable[Leaf]) -> bool:
    """Of two branches of a tree either one contains the other or they share nothing."""
    trees = [(leaf.condition.prefixes, leaf.negated) for leaf in leaves if isinstance(leaf.condition, StartsWith)]
    wanted = [prefixes for prefixes, is_denied in trees if not is_denied]
    denied = tuple(prefix for prefixes, is_denied in trees if is_denied for prefix in prefixes)
    if not wanted:
        return True
    trees_wanted = [frozenset(prefixes) for prefixes in wanted]
    branches = {branch for prefixes in wanted for branch in prefixes}
    common = (branch for branch in branches if all(_is_under(branch, tree) for tree in trees_wanted))
    return any(not branch.startswith(denied) for branch in common)


def _is_under(branch: str, tree: frozenset[str]) -> bool:
    return any(branch[:size] in tree for size in range(1, len(branch) + 1))


def _spans_meet(fact: Fact, leaves: Iterable[Leaf], as_of: date) -> bool:
    left = [Span()]
    for leaf in leaves:
        if isinstance(leaf.condition, Span):
            left = [_cut(fact, one, other) for one in left for other in leaf.spans(as_of)]
            left = [span for span in left if not _is_empty(span)]
    excluded = [leaf for leaf in leaves if isinstance(leaf.condition, OneOf)]
    return any(not _is_excluded(span, excluded, as_of) for span in left)


def _is_excluded(span: Span, excluded: Iterable[Leaf], as_of: date) -> bool:
    is_point = span.low is not None and span.low == span.high
    return is_point and not all(_holds(leaf, span.low, as_of) for leaf in excluded)


def _cut(fact: Fact, one: Span, other: Span) -> Span:
    low, low_open = _tighter(_lower(fact, one), _lower(fact, other), upper=False)
    high, high_open = _tighter(_upper(fact, one), _upper(fact, other), upper=True)
    return Span(low, high, low_open, high_open)


def _lower(fact: Fact, span: Span) -> tuple[Any, bool]:
    """Whole numbers and days have a next one, so their open bounds can be closed."""
    if span.low_open and fact.type in _STEPS:
        low: Any = span.low
        return low + _STEPS[fact.type], False
    return span.low, span.low_open


def _upper(fact: Fact, span: Span) -> tuple[Any, bool]:
    if span.high_open and fact.type in _STEPS:
        high: Any = span.high
        return high - _STEPS[fact.type], False
    return span.high, span.high_open


def _tighter(one: tuple[Any, bool], other: tuple[Any, bool], *, upper: bool) -> tuple[Any, bool]:
    if one[0] is None or other[0] is None:
        return other if one[0] is None else one
    if one[0] == other[0]:
        return one[0], one[1] or other[1]
    return one if (one[0] < other[0]) == upper else other


def _is_empty(span: Span) -> bool:
    low: Any = span.low
    high: Any = span.high
    if low is None or high is None:
        return False
    return bool(low > high or (low == high and (span.low_open or span.high_open)))
