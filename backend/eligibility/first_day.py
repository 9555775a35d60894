"""The day from which an enterprise fits when nothing but time goes by ("2027-03-01 起满足").

In normal form a rule is monotone: it becomes a yes only on a day on which one of its conditions does. Time makes
only dates with relative bounds hold, each span on one day; staleness takes answers away and gives none. So those
days are all there is to try, and each is tried by evaluating the whole rule.
"""

from datetime import date

from backend.eligibility.durations import LAST_DAY
from backend.eligibility.evaluate import Facts, is_stale, prepare, program
from backend.eligibility.tree import Leaf, Rule, checked_day, leaves
from backend.eligibility.values import Value, Verdict


def first_day(rule: Rule, facts: Facts, as_of: date) -> date | None:
    """The earliest day after `as_of` that turns a no or an unknown into a yes; None when it is a yes or never will."""
    days = _candidates(rule, facts, checked_day(as_of))
    if not days or prepare(rule, as_of)(facts) is Verdict.YES:
        return None
    return next((day for day in sorted(days) if program(rule.normal, day)(facts) is Verdict.YES), None)


def entries(leaf: Leaf, value: Value, as_of: date) -> list[date]:
    """The days after `as_of` on which a date moves into what the leaf asks for, while the value still counts."""
    days = [span.first_day(value.value, as_of) for span in leaf.written_spans()]
    return [day for day in days if day is not None and day <= LAST_DAY and not is_stale(leaf.fact, value, day)]


def _candidates(rule: Rule, facts: Facts, as_of: date) -> set[date]:
    dates = [leaf for leaf in leaves(rule.normal) if leaf.is_relative]
    known = [(leaf, facts[leaf.fact.key]) for leaf in dates if leaf.fact.key in facts]
    return {day for leaf, value in known if value.source in leaf.sources for day in entries(leaf, value, as_of)}
