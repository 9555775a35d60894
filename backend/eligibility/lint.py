"""What a reviewer should look at before a rule is published.

Findings of level "error" are the mistakes that `parse` refuses (unknown fact, missing citation, …); "warning"
ones are rules that parse but probably don't say what their author meant, or may not be lawful.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from types import MappingProxyType
from typing import Literal

from backend.eligibility.catalogue import Fact
from backend.eligibility.errors import RuleInvalid
from backend.eligibility.parse import parse
from backend.eligibility.satisfiable import can_all_hold
from backend.eligibility.tree import AllOf, AnyOf, AtLeast, Leaf, Node, Not, Rule, checked_day, leaves
from backend.foundation import clock

DISCRIMINATORY: Mapping[str, str] = MappingProxyType(
    {
        "ownership": "所有制形式",
        "place_of_origin": "注册地或来源地",
        "name": "指定企业的名称",
        "uscc": "指定企业的统一社会信用代码",
        "legal_representative": "指定的法定代表人",
    }
)
"""Fact keys by which a measure may not favour or exclude without a law that says so (公平竞争审查条例)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at, with its JSON path."""

    code: str
    path: str
    sentence: str
    level: Literal["error", "warning"] = "warning"


def lint(
    rule_json: object,
    catalogue: Mapping[str, Fact],
    *,
    as_of: date | None = None,
    window_ends: date | None = None,
) -> tuple[Finding, ...]:
    """All findings; `window_ends` is the last day on which the policy takes applications."""
    day = checked_day(as_of or clock.today())
    try:
        rule = parse(rule_json, catalogue)
    except RuleInvalid as refusal:
        return tuple(Finding(one.code, one.path, one.sentence, "error") for one in refusal.fields)
    return (*_reach(rule, day), *_discrimination(rule), *_window(day, window_ends))


def _window(day: date, window_ends: date | None) -> Iterator[Finding]:
    if window_ends is not None and window_ends < day:
        yield Finding("past_window", "$", f"申报截止日{window_ends.isoformat()}已过，发布后无人能够申报。")


def _discrimination(rule: Rule) -> Iterator[Finding]:
    for leaf in leaves(rule.root):
        if leaf.fact.key in DISCRIMINATORY:
            what = DISCRIMINATORY[leaf.fact.key]
            sentence = f"按{what}设条件可能妨碍公平竞争，请核对所引依据是否为法律、行政法规或国务院规定。"
            yield Finding("discriminatory_fact", leaf.path, sentence)


def _reach(rule: Rule, day: date) -> list[Finding]:
    reach = _Reach(day)
    if not reach.possible(rule.normal, ()) and not any(one.code == "contradiction" for one in reach.findings):
        reach.findings.append(Finding("contradiction", "$", "各条件互相矛盾，没有企业能够满足。"))
    return reach.findings


class _Reach:
    """Walks a normal form with what the enclosing "all" already demand."""

    def __init__(self, as_of: date) -> None:
        self.as_of = as_of
        self.findings: list[Finding] = []

    def possible(self, node: Node, demanded: tuple[Leaf, ...]) -> bool:
        """Could an enterprise that meets `demanded` still get a yes here?"""
        if isinstance(node, Leaf):
            return not self.clashes((*demanded, node))
        if isinstance(node, Not):
            raise TypeError("only normal forms are linted")
        if isinstance(node, AllOf):
            return self.all_possible(node, demanded)
        return self.enough_possible(node, demanded)

    def all_possible(self, node: AllOf, demanded: tuple[Leaf, ...]) -> bool:
        own = tuple(part for part in node.parts if isinstance(part, Leaf))
        clashes = self.clashes(own)
        for fact in clashes:
            sentence = f"对“{fact.title}”的几项要求互相矛盾，没有企业能够同时满足。"
            self.findings.append(Finding("contradiction", node.path, sentence))
        groups = [part for part in node.parts if not isinstance(part, Leaf)]
        dead = [part for part in groups if not self.possible(part, demanded + own)]
        return not dead and not clashes and not self.clashes(demanded + own)

    def enough_possible(self, node: AnyOf | AtLeast, demanded: tuple[Leaf, ...]) -> bool:
        alive = [self.possible(part, demanded) for part in node.parts]
        needed = node.count if isinstance(node, AtLeast) else 1
        if sum(alive) < needed:
            return False
        for part, is_alive in zip(node.parts, alive, strict=True):
            if not is_alive:
                sentence = "这一分支与其他要求矛盾，永远不会被满足，请修改或删去。"
                self.findings.append(Finding("unreachable_branch", part.path, sentence))
        return True

    def clashes(self, demanded: Iterable[Leaf]) -> list[Fact]:
        in_order = sorted(demanded, key=_fact_key)
        groups = [list(group) for _, group in groupby(in_order, key=_fact_key)]
        return [group[0].fact for group in groups if not can_all_hold(group, self.as_of)]


def _fact_key(leaf: Leaf) -> str:
    return leaf.fact.key
