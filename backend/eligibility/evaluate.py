"""Three-valued evaluation in Python: one enterprise, many rules.

A rule is turned once per day into nested functions that only look facts up; 5,000 of them answer for one
enterprise in a few milliseconds.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache, partial
from operator import ge, gt, le, lt, methodcaller
from typing import Any, TypeAlias

from backend.eligibility.catalogue import Fact
from backend.eligibility.conditions import Condition, OneOf, Span, StartsWith
from backend.eligibility.tree import AllOf, AtLeast, Group, Leaf, Node, Not, Rule, checked_day, needed
from backend.eligibility.values import Value, Verdict

Facts: TypeAlias = Mapping[str, Value]
Program: TypeAlias = Callable[[Facts], Verdict]

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN
_OPPOSITE = {YES: NO, NO: YES, UNKNOWN: UNKNOWN}
_PROGRAMS_KEPT = 32_768


def evaluate(rule: Rule, facts: Facts, as_of: date) -> Verdict:
    """Does the rule hold for these facts on that day? A fact that is not in `facts` is unknown."""
    return prepare(rule, as_of)(facts)


@lru_cache(maxsize=_PROGRAMS_KEPT)
def prepare(rule: Rule, as_of: date) -> Program:
    """The rule as a function of the facts alone."""
    return program(rule.root, checked_day(as_of))


def program(node: Node, as_of: date) -> Program:
    """Like `prepare` for a part of a rule."""
    if isinstance(node, Leaf):
        return _leaf(node, as_of)
    if isinstance(node, Not):
        return _not(program(node.part, as_of))
    return _group(node, tuple(program(part, as_of) for part in node.parts))


def combined(group: Group, verdicts: Sequence[Verdict]) -> Verdict:
    """The answer of a group from the answers of its parts."""
    return _counted(needed(group), verdicts)


def _counted(least: int, verdicts: Sequence[Verdict]) -> Verdict:
    if verdicts.count(YES) >= least:
        return YES
    return NO if len(verdicts) - verdicts.count(NO) < least else UNKNOWN


def is_stale(fact: Fact, value: Value, as_of: date) -> bool:
    return fact.holds_for is not None and value.on < as_of - fact.holds_for


def _leaf(leaf: Leaf, as_of: date) -> Program:
    key, sources, absent = leaf.fact.key, leaf.sources, leaf.when_absent
    holds = test(leaf.condition, as_of)
    then, otherwise = (NO, YES) if leaf.negated else (YES, NO)
    holds_for = leaf.fact.holds_for
    oldest = date.min if holds_for is None else as_of - holds_for

    def run(facts: Facts) -> Verdict:
        found = facts.get(key)
        if found is None:
            return absent
        value, source, on = found
        if source not in sources or on < oldest:
            return UNKNOWN
        return then if holds(value) else otherwise

    return run


def test(condition: Condition, as_of: date) -> Callable[[Any], bool]:
    """The condition as the cheapest callable that Python has for it."""
    if isinstance(condition, OneOf):
        return condition.values.__contains__
    if isinstance(condition, StartsWith):
        return methodcaller("startswith", condition.prefixes)
    return _span_test(condition.at(as_of)) if isinstance(condition, Span) else condition.holds


def _span_test(span: Span) -> Callable[[Any], bool]:
    """One C-level comparison where one bound is enough: `le(low, value)` is `low <= value`."""
    low: Any = span.low
    high: Any = span.high
    if low is None:
        return partial(gt if span.high_open else ge, high)
    if high is None:
        return partial(lt if span.low_open else le, low)
    return span.holds


def _group(group: Group, parts: tuple[Program, ...]) -> Program:
    if isinstance(group, AtLeast):
        return _at_least(group.count, parts)
    return _all(parts) if isinstance(group, AllOf) else _any(parts)


def _not(part: Program) -> Program:
    return lambda facts: _OPPOSITE[part(facts)]


def _all(parts: tuple[Program, ...]) -> Program:
    def run(facts: Facts) -> Verdict:
        answer = YES
        for part in parts:
            verdict = part(facts)
            if verdict is NO:
                return NO
            if verdict is UNKNOWN:
                answer = UNKNOWN
        return answer

    return run


def _any(parts: tuple[Program, ...]) -> Program:
    def run(facts: Facts) -> Verdict:
        answer = NO
        for part in parts:
            verdict = part(facts)
            if verdict is YES:
                return YES
            if verdict is UNKNOWN:
                answer = UNKNOWN
        return answer

    return run


def _at_least(count: int, parts: tuple[Program, ...]) -> Program:
    return lambda facts: _counted(count, [part(facts) for part in parts])
