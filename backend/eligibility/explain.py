"""Why an enterprise fits or not, clause by clause, in words its owner understands.

The explanation follows the rule's normal form, so that a denied condition is told as what is required. Its
verdict is the verdict of `evaluate` on the same facts and day.
"""

from collections.abc import Mapping
from datetime import date

from backend.eligibility import wording
from backend.eligibility.catalogue import SOURCE_TITLES, Fact
from backend.eligibility.evaluate import Facts, combined, is_stale, program
from backend.eligibility.explanation import Because, Clause, Explanation, Group, Outcome, OwnValue, Part
from backend.eligibility.first_day import first_day
from backend.eligibility.near_miss import near_miss
from backend.eligibility.tree import Leaf, Node, Not, Rule, checked_day
from backend.eligibility.values import Value, Verdict


def explain(rule: Rule, facts: Facts, as_of: date, catalogue: Mapping[str, Fact]) -> Explanation:
    rule.check(catalogue)
    root = _part(rule.normal, facts, checked_day(as_of))
    return Explanation(root.verdict, as_of, rule.hash, root, first_day(rule, facts, as_of))


def _part(node: Node, facts: Facts, as_of: date) -> Part:
    if isinstance(node, Leaf):
        value = facts.get(node.fact.key)
        own = value and own_value(node.fact, value)
        return Clause(node, outcome(node, program(node, as_of)(facts), value, own, as_of))
    if isinstance(node, Not):
        raise TypeError("only normal forms are explained")
    parts = tuple(_part(part, facts, as_of) for part in node.parts)
    return Group(node, combined(node, [part.verdict for part in parts]), parts)


def outcome(leaf: Leaf, verdict: Verdict, value: Value | None, own: OwnValue | None, as_of: date) -> Outcome:
    """What there is to say of a condition whose verdict for this value is known; `own` is the value in words."""
    if verdict is Verdict.UNKNOWN:
        return Outcome(verdict, own, None, *_doubt(leaf, value, as_of))
    if verdict is Verdict.NO and value is not None:
        return Outcome(verdict, own, near_miss(leaf, value, as_of))
    return Outcome(verdict, own)


def own_value(fact: Fact, value: Value) -> OwnValue:
    return OwnValue(wording.own_value(fact, value.value), _teller(value), value.on)


def _teller(value: Value) -> str:
    return SOURCE_TITLES.get(value.source, "其他来源")


def _doubt(leaf: Leaf, value: Value | None, as_of: date) -> tuple[Because, str]:
    if value is None:
        return "missing", wording.missing(leaf.fact)
    if value.source not in leaf.sources:
        wanted = [SOURCE_TITLES[source] for source in sorted(leaf.sources)]
        return "source", wording.other_source(leaf.fact, _teller(value), wanted)
    if is_stale(leaf.fact, value, as_of):
        return "stale", wording.stale(leaf.fact, value.on)
    raise ValueError(f"nothing is unknown about {leaf.fact.key}")
