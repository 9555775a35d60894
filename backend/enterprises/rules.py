"""Rules over the facts of enterprises: read over today's catalogue, and with the columns that they ask for."""

from collections.abc import Iterable, Mapping
from typing import Any

from backend.eligibility import Fact, Rule, RuleInvalid, needed_facts, parse
from backend.eligibility.tree import leaves
from backend.enterprises.catalogue import CATALOGUE, INTERNAL, columns
from backend.foundation.errors import FieldError


def parse_stored(rule: Mapping[str, Any]) -> Rule:
    """Parse a rule over today's catalogue; raises RuleInvalid when a release left it behind or made a fact internal.

    A rule over what only staff may know is none for owners: its answer alone would tell them.
    """
    parsed_rule = parse(dict(rule), CATALOGUE)
    wrong = tuple(
        FieldError(f"{leaf.path}.fact", "internal_fact", f"“{leaf.fact.title}”仅供内部掌握，不能作为公开政策的条件。")
        for leaf in leaves(parsed_rule.root)
        if leaf.fact.key in INTERNAL
    )
    if wrong:
        raise RuleInvalid(fields=wrong)
    return parsed_rule


def column_list(facts: tuple[Fact, ...], alias: str) -> str:
    """Return the columns of these facts for a SELECT, each with a comma before it."""
    return "".join(f", {alias}.{column}" for fact in facts for column in columns(fact))


def facts_of(of: Iterable[Rule]) -> tuple[Fact, ...]:
    """Return the facts that rules ask about, in catalogue order."""
    keys = {key for rule in of for key in needed_facts(rule)}
    return tuple(fact for fact in CATALOGUE.values() if fact.key in keys)
