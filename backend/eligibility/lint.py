"""What a reviewer should look at before a rule is published.

`unknown_fact`, `missing_citation` (and whatever else `parse` refuses) are errors; warnings are rules that parse but
probably don't say what their author meant (`contradiction`, `unreachable_branch`), come too late (`past_window`), or
may not be lawful (`discriminatory_fact`). What is called impossible is; not everything that is impossible is found.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, combinations, groupby, islice
from types import MappingProxyType
from typing import Final, Literal

from backend.eligibility.catalogue import Fact
from backend.eligibility.errors import RuleInvalid
from backend.eligibility.parse import parse
from backend.eligibility.satisfiable import can_all_hold
from backend.eligibility.tree import AllOf, AtLeast, Citation, Group, Leaf, Node, Not, Rule, checked_day, leaves, needed
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
"""Fact keys by which a measure may not favour or exclude without a basis that allows it (公平竞争审查条例)."""

LEGAL_BASES: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "法律": re.compile(r"(?<![办方司做])法(?:》|（|\(|第|\s|$)"),
        "行政法规": re.compile(r"国务院令|^(?!.*(?:省|自治区|(?<!城)市|县|自治州)).*条例"),
        "国务院规定": re.compile(r"国(?:办)?[发函](?:明电)?〔|国务院(?:办公厅)?关于|中共中央[\s、]*国务院"),
    }
)
"""How documents are called that the 条例 takes for a basis; a local 条例 and a ministry's 办法 are none."""

_FAIR_COMPETITION: Final = "《公平竞争审查条例》（国务院令第783号）"
_COMBINATIONS_TRIED: Final = 300
_MOST_WEIGHED: Final = 100_000
"""Conditions and listed values that are weighed against each other for one rule: some tenths of a second."""


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
        if leaf.fact.key in DISCRIMINATORY and not has_legal_basis(leaf.citation):
            sentence = (
                f"按{DISCRIMINATORY[leaf.fact.key]}设条件，所引文件不是法律、行政法规或国务院文件，"
                f"请对照{_FAIR_COMPETITION}补引上位依据，或删去此条件。"
            )
            yield Finding("discriminatory_fact", leaf.path, sentence)


def has_legal_basis(citation: Citation) -> bool:
    """Whether the document is, by name or number, a law, an administrative regulation or of the State Council."""
    return any(basis.search(citation.document) for basis in LEGAL_BASES.values())


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
        self.weighed = 0

    def possible(self, node: Node, demanded: tuple[Leaf, ...]) -> bool:
        """Could an enterprise that meets `demanded` still get a yes here?"""
        if isinstance(node, Leaf):
            return not self.clashes([*(one for one in demanded if one.fact is node.fact), node])
        if isinstance(node, Not):
            raise TypeError("only normal forms are linted")
        if _needs_all(node):
            return self.all_possible(node, demanded)
        return self.enough_possible(node, demanded)

    def all_possible(self, node: Group, demanded: tuple[Leaf, ...]) -> bool:
        forced = [_forced(part) for part in node.parts]
        own = tuple(leaf for some in forced for leaf in some)
        clashes = self.clashes(own)
        for fact in clashes:
            sentence = f"对“{fact.title}”的几项要求互相矛盾，没有企业能够同时满足。"
            self.findings.append(Finding("contradiction", node.path, sentence))
        if clashes or self.clashes(demanded + own):
            return False
        groups = [part for part in node.parts if not isinstance(part, Leaf)]
        dead = [part for part in groups if not self.possible(part, demanded + own)]
        return not dead

    def enough_possible(self, node: Group, demanded: tuple[Leaf, ...]) -> bool:
        """A branch lives when it can hold together with as many others as must hold beside it."""
        least = needed(node)
        alive = [self.possible(part, demanded) for part in node.parts]
        if least > 1:
            living = [_forced(part) for part, is_alive in zip(node.parts, alive, strict=True) if is_alive]
            fitting = iter([self.fits_beside(at, living, least, demanded) for at in range(len(living))])
            alive = [is_alive and next(fitting) for is_alive in alive]
        if sum(alive) < least:
            return False
        for part, is_alive in zip(node.parts, alive, strict=True):
            if not is_alive:
                sentence = "这一分支与其他要求矛盾，永远不会被满足，请修改或删去。"
                self.findings.append(Finding("unreachable_branch", part.path, sentence))
        return True

    def fits_beside(self, at: int, living: list[tuple[Leaf, ...]], least: int, demanded: tuple[Leaf, ...]) -> bool:
        """Of more combinations than are tried one may fit: then nothing is said."""
        others = living[:at] + living[at + 1 :]
        tried = list(islice(combinations(others, least - 1), _COMBINATIONS_TRIED + 1))
        if len(tried) > _COMBINATIONS_TRIED:
            return True
        return any(not self.clashes([*demanded, *living[at], *chain.from_iterable(some)]) for some in tried)

    def clashes(self, demanded: Sequence[Leaf]) -> list[Fact]:
        """Of a rule that takes too long nothing more is said: a lint that blocks the process would be the worse."""
        self.weighed += _weight(demanded)
        if self.weighed > _MOST_WEIGHED:
            return []
        in_order = sorted(demanded, key=_fact_key)
        groups = [list(group) for _, group in groupby(in_order, key=_fact_key)]
        return [group[0].fact for group in groups if not can_all_hold(group, self.as_of)]


def _needs_all(node: Group) -> bool:
    if isinstance(node, AtLeast):
        return node.count == len(node.parts)
    return isinstance(node, AllOf) or len(node.parts) == 1


def _forced(node: Node) -> tuple[Leaf, ...]:
    """The conditions that hold wherever this part does."""
    if isinstance(node, Leaf):
        return (node,)
    if isinstance(node, Not) or not _needs_all(node):
        return ()
    return tuple(leaf for part in node.parts for leaf in _forced(part))


def _weight(demanded: Sequence[Leaf]) -> int:
    """Every condition is held against each stretch that the others leave of a line, and each gap cuts one more."""
    gaps = sum(len(leaf.written_spans()) > 1 for leaf in demanded)
    return (1 + gaps) * sum(1 + len(leaf.operand) if isinstance(leaf.operand, list) else 1 for leaf in demanded)


def _fact_key(leaf: Leaf) -> str:
    return leaf.fact.key
