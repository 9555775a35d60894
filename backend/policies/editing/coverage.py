"""What of the real policies can be answered today, and from whom: `docs/policies.md` is written by this.

Two sources deliver today: the registry file, and owners who are asked. What only another department or a bank could
tell is known of nobody yet; a condition on it stays unknown, and the page says so.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

import orjson

from backend.eligibility import Fact, Rule, Source, Value, Verdict, evaluate
from backend.eligibility.tree import Leaf, Node, Not, leaves, needed
from backend.enterprises.catalogue import CATALOGUE, DERIVED
from backend.enterprises.wide_sql import derived_inputs
from backend.policies.editing.imports import REAL
from backend.policies.rules import parse_stored

COLLECTED: Final = date(2026, 11, 22)
"""The day as of which the page tells windows: that of the collection."""

_HEAD = """# The real policies

Made by the code from `backend/policies/data/policies.json`; edit the data, not this page. Windows are as of {day}.

{summary}

How to read the table

* **Registry**: facts that a registry file tells, or that are derived from such ([registry-file.md](registry-file.md)).
  † marks those an owner is asked for when the file says nothing.
* **Owner**: facts only the owner can tell today; he is asked, and what he says counts as told by himself.
* **No source**: facts that only another department could tell, of which no file comes today. Conditions on them stay
  unknown. A fact may stand in two columns when one clause of the rule takes the department's word only.
* **Fits**: from whom a *yes* can come today.
* **Checked**: *law text* against the whole text of the law, *excerpt* against an archived page, *partly* in part only:
  each citation says so itself, and staff review it before release.
* **Cooperatives**: the answer for a 农民专业合作社 of which nothing else is known: *open* where the collected page
  leaves them out but the text may well cover them, *no* where a policy names other kinds only.

| No. | Policy | Window | Registry | Owner | No source | Fits | Checked | Cooperatives |
|---|---|---|---|---|---|---|---|---|
"""
_CHECKED: Final = {"law_text": "law text", "excerpt": "excerpt", "partial": "partly"}
_COOPERATIVES: Final = {Verdict.YES: "yes", Verdict.NO: "no", Verdict.UNKNOWN: "open"}

Tells = Callable[[Leaf], bool]


@dataclass(frozen=True)
class Covered:
    """One real policy with its rule."""

    entry: Mapping[str, Any]
    rule: Rule

    @property
    def number(self) -> str:
        return str(self.entry["number"])

    @cached_property
    def last_day(self) -> date | None:
        days = [self.entry[name] for name in ("effective_to", "apply_until") if self.entry[name]]
        return min(date.fromisoformat(day) for day in days) if days else None

    @property
    def state(self) -> str:
        if self.entry["reference_only"]:
            return "for reference"
        if self.last_day is None:
            return "open-ended"
        return "in force" if self.last_day >= COLLECTED else "over"

    @property
    def fits(self) -> str:
        if self.state in {"for reference", "over"}:
            return "nobody"
        if can_hold(self.rule.normal, by_registry):
            return "registry alone"
        return "with answers" if can_hold(self.rule.normal, by_anybody) else "nobody yet"

    @cached_property
    def cooperatives(self) -> Verdict:
        told = Value("cooperative", int(Source.REGISTRY), COLLECTED)
        return evaluate(self.rule, {"entity_type": told}, COLLECTED)

    def facts(self, wanted: Tells) -> list[Fact]:
        found = {leaf.fact.key for leaf in leaves(self.rule.root) if wanted(leaf)}
        return [fact for fact in CATALOGUE.values() if fact.key in found]


def real() -> list[Covered]:
    """Return the real policies in the order of the file."""
    return [Covered(entry, parse_stored(entry["rule"])) for entry in orjson.loads(REAL.read_bytes())]


def by_registry(leaf: Leaf) -> bool:
    return Source.REGISTRY in leaf.sources


def by_owner(leaf: Leaf) -> bool:
    return Source.SELF_DECLARED in leaf.sources and is_asked(leaf.fact)


def by_anybody(leaf: Leaf) -> bool:
    return by_registry(leaf) or by_owner(leaf)


def is_asked(fact: Fact) -> bool:
    """Whether an owner may be asked for a fact, or for what it is derived from."""
    if fact.key in DERIVED:
        return any(CATALOGUE[key].askable for key in derived_inputs((fact.key,)))
    return fact.askable


def can_hold(node: Node, told: Tells) -> bool:
    """Whether a normal form can be surely true for somebody when only the conditions that `told` names are known."""
    if isinstance(node, Leaf):
        return told(node)
    if isinstance(node, Not):
        raise TypeError("only normal forms are weighed")
    holding = sum(can_hold(part, told) for part in node.parts)
    return holding >= needed(node)


def as_markdown() -> str:
    """The page: a summary, a line for every policy, then which exclude each other and what is not verified."""
    policies = real()
    head = _HEAD.format(day=COLLECTED.isoformat(), summary="\n".join(_summary(policies)))
    parts = (head, *_lines(policies), "\n## Policies that exclude each other\n\n", *_exclusions(policies))
    return "".join((*parts, "\n## What is not verified\n\n", *_notes(policies)))


def _summary(policies: list[Covered]) -> Iterator[str]:
    def count(is_meant: Callable[[Covered], bool]) -> int:
        return sum(map(is_meant, policies))

    def states(*names: str) -> int:
        return count(lambda one: one.state in names)

    yield (
        f"* {len(policies)} policies: {states('in force')} in force to a known day, {states('open-ended')} without a"
        f" known end, {states('over')} over, {states('for reference')} of other places, kept for reference only."
        " The last two kinds never fit anybody."
    )
    for fits, words in (
        ("registry alone", "can fit somebody by the registry file alone"),
        ("with answers", "can fit once the owner has answered"),
        ("nobody yet", "can fit nobody until another department's data comes"),
    ):
        found = [one.number for one in policies if one.fits == fits]
        yield f"* {len(found)} {words}: {', '.join(found) or 'none'}."
    keys = [{fact.key for one in policies for fact in one.facts(kind)} for kind in (by_registry, _only_owner, _nobody)]
    yield (
        f"* Their conditions ask about {len(set.union(*keys))} of the {len(CATALOGUE)} facts of the catalogue:"
        f" {len(keys[0])} from the registry, {len(keys[1] - keys[0])} only from the owner,"
        f" {len(keys[2] - keys[0] - keys[1])} from nobody today."
    )
    checked = Counter(one.entry["verification"] for one in policies)
    yield f"* Checked: {', '.join(f'{checked[kind]} {words}' for kind, words in _CHECKED.items())}."


def _only_owner(leaf: Leaf) -> bool:
    return by_owner(leaf) and not by_registry(leaf)


def _nobody(leaf: Leaf) -> bool:
    return not by_anybody(leaf)


def _lines(policies: list[Covered]) -> Iterator[str]:
    for one in policies:
        registry = "、".join(fact.title + ("†" if is_asked(fact) else "") for fact in one.facts(by_registry))
        cells = (
            one.number,
            one.entry["title"],
            _window(one),
            registry,
            _titles(one.facts(_only_owner)),
            _titles(one.facts(_nobody)),
            one.fits,
            _CHECKED[one.entry["verification"]],
            _COOPERATIVES[one.cooperatives],
        )
        yield f"| {' | '.join(cells)} |\n"


def _titles(facts: list[Fact]) -> str:
    return "、".join(fact.title for fact in facts)


def _window(one: Covered) -> str:
    until = one.last_day.isoformat() if one.last_day else "…"
    return f"{one.entry['effective_from']} – {until}, {one.state}"


def _exclusions(policies: list[Covered]) -> Iterator[str]:
    for one in policies:
        for other in one.entry.get("exclusions", ()):
            cited = other["citation"]
            place = f"{cited['document']}，{cited['article']}"
            yield f"* {one.number} and {other['number']}: {cited['sentence']}（{place}）\n"


def _notes(policies: list[Covered]) -> Iterator[str]:
    for one in policies:
        if one.entry["note"]:
            yield f"* {one.number}: {one.entry['note']}\n"
