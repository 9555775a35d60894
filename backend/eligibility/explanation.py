"""What an explanation consists of, and its JSON form for the doors."""

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, TypeAlias

from backend.eligibility.catalogue import Fact
from backend.eligibility.near_miss import NearMiss
from backend.eligibility.tree import Citation
from backend.eligibility.values import Verdict

Because: TypeAlias = Literal["missing", "stale", "source"]


@dataclass(frozen=True, slots=True)
class OwnValue:
    """What is known of this enterprise, from whom and of which day; shown also when it doesn't count."""

    text: str
    source: str
    on: date


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition. `because` and `note` tell why an unknown one is unknown."""

    path: str
    fact: Fact
    text: str
    verdict: Verdict
    citation: Citation
    own: OwnValue | None
    near_miss: NearMiss | None
    because: Because | None
    note: str

    def to_dict(self) -> dict[str, Any]:
        return {
            "kind": "clause",
            "path": self.path,
            "fact": self.fact.key,
            "title": self.fact.title,
            "text": self.text,
            "verdict": self.verdict.value,
            "citation": {name: getattr(self.citation, name) for name in ("document", "article", "sentence")},
            "own": self.own and {"text": self.own.text, "source": self.own.source, "on": self.own.on.isoformat()},
            "near_miss": self.near_miss and self.near_miss.to_dict(),
            "because": self.because,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Group:
    """Several conditions of which all, any or at least `count` must hold."""

    path: str
    kind: Literal["all", "any", "at_least"]
    count: int
    text: str
    verdict: Verdict
    parts: "tuple[Part, ...]"

    def to_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "path": self.path,
            "count": self.count,
            "text": self.text,
            "verdict": self.verdict.value,
            "parts": [part.to_dict() for part in self.parts],
        }


Part: TypeAlias = Clause | Group


@dataclass(frozen=True, slots=True)
class Explanation:
    """`missing`: facts that could still settle it. `near_misses`: what stands between a *no* and a *yes*."""

    verdict: Verdict
    as_of: date
    rule_hash: str
    root: Part

    @property
    def missing(self) -> tuple[Fact, ...]:
        return tuple({clause.fact.key: clause.fact for clause in _deciding(self.root, Verdict.UNKNOWN)}.values())

    @property
    def near_misses(self) -> tuple[Clause, ...]:
        return tuple(clause for clause in _deciding(self.root, Verdict.NO) if clause.near_miss)

    def without_values(self, keys: Container[str]) -> "Explanation":
        """The same for a reader who may not see what is known of these facts; verdicts and citations stay."""
        return replace(self, root=_without_values(self.root, keys))

    def to_dict(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict.value,
            "as_of": self.as_of.isoformat(),
            "rule_hash": self.rule_hash,
            "root": self.root.to_dict(),
            "missing": [_missing_dict(fact) for fact in self.missing],
            "near_misses": [clause.to_dict()["near_miss"] for clause in self.near_misses],
        }


def _without_values(part: Part, keys: Container[str]) -> Part:
    if isinstance(part, Group):
        return replace(part, parts=tuple(_without_values(inner, keys) for inner in part.parts))
    return replace(part, own=None, near_miss=None, note="") if part.fact.key in keys else part


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
