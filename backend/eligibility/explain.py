"""Why an enterprise fits or not, clause by clause, in words its owner understands.

The explanation follows the rule's normal form, so that a denied condition is told as what is required. Its
verdict is the verdict of `evaluate` on the same facts and day.
"""

from collections.abc import Mapping
from datetime import date

from backend.eligibility import wording
from backend.eligibility.catalogue import SOURCE_TITLES, Fact
from backend.eligibility.evaluate import Facts, combine, is_stale, program
from backend.eligibility.explanation import Because, Clause, Explanation, Group, OwnValue, Part
from backend.eligibility.near_miss import near_miss
from backend.eligibility.tree import AllOf, AtLeast, Leaf, Node, Not, Rule, checked_day
from backend.eligibility.values import Value, Verdict


def explain(rule: Rule, facts: Facts, as_of: date, catalogue: Mapping[str, Fact]) -> Explanation:
    rule.check(catalogue)
    root = _part(rule.normal, facts, checked_day(as_of))
    return Explanation(root.verdict, as_of, rule.hash, root)


def _part(node: Node, facts: Facts, as_of: date) -> Part:
    if isinstance(node, Leaf):
        return _clause(node, facts, as_of)
    if isinstance(node, Not):
        raise TypeError("only normal forms are explained")
    parts = tuple(_part(part, facts, as_of) for part in node.parts)
    verdict = combine(node, [part.verdict for part in parts])
    if isinstance(node, AtLeast):
        return Group(node.path, "at_least", node.count, f"以下条件至少满足{node.count}项", verdict, parts)
    if isinstance(node, AllOf):
        return Group(node.path, "all", len(parts), "以下条件须全部满足", verdict, parts)
    return Group(node.path, "any", 1, "以下条件满足任意一项即可", verdict, parts)


def _clause(leaf: Leaf, facts: Facts, as_of: date) -> Clause:
    value = facts.get(leaf.fact.key)
    verdict = program(leaf, as_of)(facts)
    because, note = _doubt(leaf, value, as_of) if verdict is Verdict.UNKNOWN else (None, "")
    return Clause(
        path=leaf.path,
        fact=leaf.fact,
        text=wording.clause(leaf),
        verdict=verdict,
        citation=leaf.citation,
        own=value and OwnValue(wording.own_value(leaf.fact, value.value), _teller(value), value.on),
        near_miss=near_miss(leaf, value, as_of) if value and verdict is Verdict.NO else None,
        because=because,
        note=note,
    )


def _teller(value: Value) -> str:
    return SOURCE_TITLES.get(value.source, "其他来源")


def _doubt(leaf: Leaf, value: Value | None, as_of: date) -> tuple[Because, str]:
    if value is None:
        return "missing", wording.missing(leaf.fact)
    if value.source not in leaf.sources:
        wanted = [SOURCE_TITLES[source] for source in sorted(leaf.sources)]
        return "source", wording.other_source(leaf.fact, _teller(value), wanted)
    if is_stale(leaf, value, as_of):
        return "stale", wording.stale(leaf.fact, value.on)
    raise ValueError(f"nothing is unknown about {leaf.fact.key}")
