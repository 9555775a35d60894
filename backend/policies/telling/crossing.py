"""Whose date a relative condition passes over between two days: all that time alone can make of a *no* a *yes*; pure.

A value that grows stale only becomes unknown, and that never makes a *yes*; a value that counts instead of it is
another version of the facts. Windows of policies are no matter of an enterprise.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TypeAlias

from backend.eligibility import Predicate, Rule
from backend.eligibility.conditions import Span
from backend.eligibility.durations import Duration, starts_on
from backend.eligibility.tree import leaves

Bounds: TypeAlias = Mapping[str, tuple[str, Duration]]


def bounds(of: Iterable[Rule]) -> Bounds:
    """Return the relative bounds of rules by name: a column, and how far before the day the bound lies."""
    found = {}
    for leaf in (leaf for rule in of for leaf in leaves(rule.root)):
        if isinstance(leaf.condition, Span):
            for bound in (leaf.condition.low, leaf.condition.high):
                if isinstance(bound, Duration):
                    found[f"{leaf.fact.column}:{bound.months}:{bound.days}"] = (leaf.fact.column, bound)
    return found


def crossed(of: Bounds, since: date, day: date, *, alias: str, first_param: int) -> Predicate:
    """Return SQL for rows with a date that changed sides of a bound between two days, or lies on it."""
    tests: list[str] = []
    params: list[date] = []
    for column, bound in of.values():
        place = first_param + len(params)
        tests.append(f"{alias}.{column} BETWEEN ${place}::date AND ${place + 1}::date")
        params += [starts_on(since, bound), starts_on(day, bound)]
    return Predicate(" OR ".join(tests) or "FALSE", tuple(params))
