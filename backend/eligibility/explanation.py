"""What an explanation consists of, and its JSON form for the doors."""

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, NamedTuple, TypeAlias

from backend.eligibility import wording
from backend.eligibility.catalogue import Fact
from backend.eligibility.near_miss import NearMiss
from backend.eligibility.tree import AllOf, AtLeast, Citation, Leaf, needed
from backend.eligibility.tree import Group as Joined
from backend.eligibility.values import Verdict

Because: TypeAlias = Literal["missing", "stale", "source"]


@dataclass(frozen=True, slots=True)
class OwnValue:
    """What is known of this enterprise, from whom and of which day; shown also when it doesn't count."""

    text: str
    source: str
    on: date


class Outcome(NamedTuple):
    """A condition's answer for one enterprise; equal conditions of many rules share one. `note` says why unknown."""

    verdict: Verdict
    own: OwnValue | None
    near_miss: NearMiss | None = None
    because: Because | None = None
    note: str = ""


class Clause(NamedTuple):
    """One condition as a rule puts it, and its answer."""

    leaf: Leaf
    outcome: Outcome

    @property
    def path(self) -> str:
        return self.leaf.path

    @property
    def fact(self) -> Fact:
        return self.leaf.fact

    @property
    def text(self) -> str:
        return self.leaf.text

    @property
    def citation(self) -> Citation:
        return self.leaf.citation

    @property
    def verdict(self) -> Verdict:
        return self.outcome.verdict

    @property
    def own(self) -> OwnValue | None:
        return self.outcome.own

    @property
    def near_miss(self) -> NearMiss | None:
        return self.outcome.near_miss

    @property
    def because(self) -> Because | None:
        return self.outcome.because

    @property
    def note(self) -> str:
        return self.outcome.note

    def to_dict(self) -> dict[str, Any]:
        leaf, (verdict, own, near_miss, because, note) = self
        fact, citation = leaf.fact, leaf.citation
        return {
            "kind": "clause",
            "path": leaf.path,
            "fact": fact.key,
            "title": fact.title,
            "text": leaf.text,
            "verdict": str(verdict),
            "citation": {"document": citation.document, "article": citation.article, "sentence": citation.sentence},
            "own": own and {"text": own.text, "source": own.source, "on": own.on.isoformat()},
            "near_miss": near_miss and near_miss.to_dict(),
            "because": because,
            "note": note,
        }


class Group(NamedTuple):
    """Several conditions of which all, any or at least so many must hold."""

    node: Joined
    verdict: Verdict
    parts: "tuple[Part, ...]"

    @property
    def path(self) -> str:
        return self.node.path

    @property
    def kind(self) -> Literal["all", "any", "at_least"]:
        if isinstance(self.node, AtLeast):
            return "at_least"
        return "all" if isinstance(self.node, AllOf) else "any"

    @property
    def needed(self) -> int:
        return needed(self.node)

    @property
    def text(self) -> str:
        return wording.GROUPS[self.kind].format(count=self.needed)

    def to_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "path": self.path,
            "count": self.needed,
            "text": self.text,
            "verdict": self.verdict.value,
            "parts": [part.to_dict() for part in self.parts],
        }


Part: TypeAlias = Clause | Group


@dataclass(frozen=True, slots=True)
class Explanation:
    """`missing`: facts that could still settle it. `near_misses`: what stands between a *no* and a *yes*.

    `fits_from`: the day on which time alone makes it a yes; None when it is one already or never will be.
    """

    verdict: Verdict
    as_of: date
    rule_hash: str
    root: Part
    fits_from: date | None = None

    @property
    def missing(self) -> tuple[Fact, ...]:
        return tuple({clause.fact.key: clause.fact for clause in self.deciding(Verdict.UNKNOWN)}.values())

    @property
    def near_misses(self) -> tuple[Clause, ...]:
        return tuple(clause for clause in self.deciding(Verdict.NO) if clause.near_miss)

    def deciding(self, verdict: Verdict | None = None) -> Iterator[Clause]:
        """The clauses with the verdict of the whole (or none when it isn't this one) that gave it to the whole."""
        return _deciding(self.root, verdict or self.verdict)

    def without_values(self, keys: Container[str]) -> "Explanation":
        """The same for a reader who may not see what is known of these facts; verdicts and citations stay."""
        hides = any(leaf.fact.key in keys for leaf in _leaves(self.root))
        fits_from = None if hides else self.fits_from
        return replace(self, root=_without_values(self.root, keys), fits_from=fits_from) if hides else self

    def to_dict(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict.value,
            "as_of": self.as_of.isoformat(),
            "rule_hash": self.rule_hash,
            "root": self.root.to_dict(),
            "fits_from": self.fits_from and self.fits_from.isoformat(),
            "missing": [_missing_dict(fact) for fact in self.missing],
            "near_misses": [clause.to_dict()["near_miss"] for clause in self.near_misses],
        }


def _leaves(part: Part) -> Iterator[Leaf]:
    if isinstance(part, Clause):
        yield part.leaf
        return
    for inner in part.parts:
        yield from _leaves(inner)


def _without_values(part: Part, keys: Container[str]) -> Part:
    if isinstance(part, Group):
        return part._replace(parts=tuple(_without_values(inner, keys) for inner in part.parts))
    hidden = part.outcome._replace(own=None, near_miss=None, note="")
    return part._replace(outcome=hidden) if part.fact.key in keys else part


def _deciding(part: Part, verdict: Verdict) -> Iterator[Clause]:
    """The clauses with this verdict that gave it to the whole: reached only through parts that share it."""
    if part.verdict is not verdict:
        return
    if isinstance(part, Clause):
        yield part
        return
    for inner in part.parts:
        yield from _deciding(inner, verdict)


def _missing_dict(fact: Fact) -> dict[str, Any]:
    return {
        "fact": fact.key,
        "title": fact.title,
        "askable": fact.askable,
        "question": fact.question if fact.askable else None,
        "sensitive": fact.sensitive,
    }
