"""One value for every way in which a fact's values can differ before some conditions.

The bounds of the conditions cut the fact's domain into cells; within a cell every condition answers alike, so one
value stands for all of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import combinations, pairwise
from typing import Any, Final

from backend.eligibility.catalogue import Fact
from backend.eligibility.conditions import OneOf, StartsWith, Tagged
from backend.eligibility.durations import FIRST_DAY, LAST_DAY
from backend.eligibility.tree import Leaf

MOST_TAGS: Final = 8
"""Kinds of tags that are told apart; 2 to this power sets of them are tried."""

_OTHER: Final = "~"
"""No code and no text of a rule holds it, so it makes a value that none of them names."""


def one_of_each(fact: Fact, leaves: Sequence[Leaf], as_of: date) -> list[Any] | None:
    """A value of every cell, in order of the domain; None when there are too many sets of tags to tell."""
    if fact.type == "tags":
        return _tag_sets(fact, leaves)
    if fact.type == "boolean":
        return [True, False]
    if fact.choices:
        return list(fact.choices)
    if fact.type in {"code", "text", "enum"}:
        return _texts(leaves)
    cuts = sorted(_cuts(leaves, as_of))
    if fact.type == "decimal":
        return _decimals(cuts)
    return _steps(cuts, 1) if fact.type == "integer" else _days(cuts, as_of)


def _cuts(leaves: Iterable[Leaf], as_of: date) -> set[Any]:
    """Every bound and every named value, relative ones as of the day."""
    found: set[Any] = set()
    for leaf in leaves:
        if isinstance(leaf.condition, OneOf):
            found |= leaf.condition.values
        for span in leaf.spans(as_of):
            found |= {bound for bound in (span.low, span.high) if bound is not None}
    return found


def _steps(cuts: Sequence[Any], step: Any) -> list[Any]:
    """The neighbours of a cut stand for the cells beside it."""
    return sorted({near for cut in cuts for near in (cut - step, cut, cut + step)}) or [0]


def _days(cuts: Sequence[date], as_of: date) -> list[date]:
    within = [cut for cut in cuts if FIRST_DAY <= cut <= LAST_DAY]
    if not within:
        return [as_of]
    days = {*_steps(within, timedelta(days=1)), FIRST_DAY, LAST_DAY}
    return sorted(day for day in days if FIRST_DAY <= day <= LAST_DAY)


def _decimals(cuts: Sequence[Any]) -> list[Any]:
    if not cuts:
        return [0]
    between = [(low + high) / 2 for low, high in pairwise(cuts)]
    return sorted({cuts[0] - 1, *cuts, *between, cuts[-1] + 1})


def _texts(leaves: Iterable[Leaf]) -> list[str]:
    """Each named value or branch, something further down each, and something that none of them is."""
    named = {one for leaf in leaves for one in _named(leaf)}
    return sorted({*named, *(one + _OTHER for one in named), _OTHER})


def _named(leaf: Leaf) -> Iterator[str]:
    if isinstance(leaf.condition, OneOf):
        yield from leaf.condition.values
    elif isinstance(leaf.condition, StartsWith):
        yield from leaf.condition.prefixes


def _tag_sets(fact: Fact, leaves: Iterable[Leaf]) -> list[Any] | None:
    """Tags that stand in the same conditions are of one kind; every set of kinds is a cell."""
    asked = [leaf.condition.tags for leaf in leaves if isinstance(leaf.condition, Tagged)]
    named = sorted(frozenset().union(*asked))
    kinds = {tuple(tag in tags for tags in asked): tag for tag in (*(fact.choices or (*named, _OTHER)),)}
    if len(kinds) > MOST_TAGS:
        return None
    return [list(some) for size in range(len(kinds) + 1) for some in combinations(kinds.values(), size)]
