"""A parsed rule: an immutable tree over facts, and its negation normal form.

    Node = AllOf(parts) | AnyOf(parts) | AtLeast(count, parts) | Not(part) | Leaf(...)

In normal form there is no Not: negation stands on the leaves. Both trees mean the same in Kleene's logic; SQL,
explanation and lint work on the normal form, evaluation on the tree as it was written.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeAlias

from backend.eligibility import wording
from backend.eligibility.catalogue import Fact
from backend.eligibility.conditions import Condition, OneOf, Span
from backend.eligibility.durations import FIRST_DAY, LAST_DAY
from backend.eligibility.errors import AsOfInvalid, CatalogueChanged
from backend.eligibility.values import Verdict


@dataclass(frozen=True, slots=True)
class Citation:
    """Where the condition stands: document number, article, and the sentence itself."""

    document: str
    article: str
    sentence: str


@dataclass(frozen=True)
class Leaf:
    """One condition on one fact. It holds when `condition` does, or with `negated` when it does not.

    `op` and `operand` are kept as written, for wording and hash; `path` is the clause's name in feedback.
    """

    fact: Fact
    op: str
    operand: Any
    condition: Condition
    negated: bool
    flipped: bool
    sources: frozenset[int]
    citation: Citation
    say: str
    path: str

    @cached_property
    def text(self) -> str:
        """The author's own words where he gave some, otherwise the condition spelled out."""
        if self.say:
            return f"不属于以下情形：{self.say}" if self.flipped else self.say
        return wording.condition(self.fact, self.op, self.operand, flipped=self.flipped)

    @cached_property
    def when_absent(self) -> Verdict:
        """The answer for an enterprise without a value: unknown, unless the register is complete."""
        if self.fact.absence != "no" or isinstance(self.condition, Span):
            return Verdict.UNKNOWN
        if isinstance(self.condition, OneOf) and self.fact.type != "boolean":
            return Verdict.UNKNOWN
        holds = isinstance(self.condition, OneOf) and self.condition.holds(value=False)
        return Verdict.YES if holds != self.negated else Verdict.NO

    @cached_property
    def is_relative(self) -> bool:
        """Whether the passing of time alone can change the answer for a value that counts."""
        return isinstance(self.condition, Span) and self.condition.is_relative

    def spans(self, as_of: date) -> tuple[Span, ...]:
        """For a leaf over a span: the stretches of the line on which it holds, negation included."""
        if not isinstance(self.condition, Span):
            return ()
        return tuple(part.at(as_of) for part in self.written_spans())

    def written_spans(self) -> tuple[Span, ...]:
        """The same with bounds still relative to `as_of`."""
        if not isinstance(self.condition, Span):
            return ()
        return self.condition.outside() if self.negated else (self.condition,)


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: "tuple[Node, ...]"
    path: str = "$"


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: "tuple[Node, ...]"
    path: str = "$"


@dataclass(frozen=True, slots=True)
class AtLeast:
    """Between 1 and all of the parts must hold."""

    count: int
    parts: "tuple[Node, ...]"
    path: str = "$"


@dataclass(frozen=True, slots=True)
class Not:
    part: "Node"
    path: str = "$"


Group: TypeAlias = AllOf | AnyOf | AtLeast
Node: TypeAlias = Group | Not | Leaf


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A rule that was checked against a catalogue. `hash` names its meaning and wording, whatever the key order."""

    root: Node
    normal: Node
    document: Mapping[str, Any]
    hash: str

    def check(self, catalogue: Mapping[str, Fact]) -> None:
        """One meaning needs one catalogue: raise when a fact was told differently since the rule was parsed."""
        for leaf in leaves(self.normal):
            known = catalogue.get(leaf.fact.key)
            if known is not leaf.fact and known != leaf.fact:
                raise CatalogueChanged(leaf.fact.key)


def normal_form(node: Node, *, negated: bool = False) -> Node:
    """The same tree with negation pushed to the leaves (De Morgan; at least n of k fails from k - n + 1 fails)."""
    if isinstance(node, Leaf):
        return replace(node, negated=not node.negated, flipped=not node.flipped) if negated else node
    if isinstance(node, Not):
        return normal_form(node.part, negated=not negated)
    parts = tuple(normal_form(part, negated=negated) for part in node.parts)
    if isinstance(node, AtLeast):
        count = len(parts) - node.count + 1 if negated else node.count
        return AtLeast(count, parts, node.path)
    as_all = isinstance(node, AllOf) != negated
    return AllOf(parts, node.path) if as_all else AnyOf(parts, node.path)


def leaves(node: Node) -> Iterator[Leaf]:
    if isinstance(node, Leaf):
        yield node
    elif isinstance(node, Not):
        yield from leaves(node.part)
    else:
        for part in node.parts:
            yield from leaves(part)


def needed(group: Group) -> int:
    """How many of its parts must hold."""
    if isinstance(group, AtLeast):
        return group.count
    return len(group.parts) if isinstance(group, AllOf) else 1


def needed_facts(rule: Rule) -> tuple[str, ...]:
    """The keys of the facts the rule asks about, each once, in the order of the rule."""
    return tuple(dict.fromkeys(leaf.fact.key for leaf in leaves(rule.root)))


def checked_day(as_of: date) -> date:
    if isinstance(as_of, datetime) or not FIRST_DAY <= as_of <= LAST_DAY:
        raise AsOfInvalid
    return as_of
