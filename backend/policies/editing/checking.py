"""A rule while it is being written: what is wrong with it, what it asks for, and how it answers one enterprise."""

from datetime import date
from typing import Any
from uuid import UUID

from backend.access import Actor
from backend.eligibility import Finding, Rule, RuleInvalid, explain, facts_from_row, lint
from backend.eligibility.promises import in_rule
from backend.enterprises import visibility
from backend.enterprises.catalogue import CATALOGUE
from backend.enterprises.errors import EnterpriseUnknown
from backend.foundation import clock, db
from backend.policies import rules


async def check(
    actor: Actor, rule_json: object, *, enterprise_id: UUID | None = None, as_of: date | None = None
) -> dict[str, Any]:
    """Return findings, needed facts and, of an enterprise that the actor may see, the explained answer.

    Nothing is stored. A rule that can't be understood has findings of level "error" and no `hash`. Raises
    EnterpriseUnknown, AsOfInvalid.
    """
    actor.require("policies.read")
    day = as_of or clock.today()
    findings = lint(rule_json, CATALOGUE, as_of=day)
    rule, refused = _parsed(rule_json)
    if not any(one.level == "error" for one in findings):
        findings = (*refused, *findings, *(in_rule(rule) if rule else ()))
    return {
        "hash": rule.hash if rule else None,
        "findings": [_finding(one) for one in findings],
        "facts": _facts(rule) if rule else [],
        "why": await _why(actor, rule, enterprise_id, day) if rule and enterprise_id else None,
    }


def _parsed(rule_json: object) -> tuple[Rule | None, tuple[Finding, ...]]:
    if not isinstance(rule_json, dict):
        return None, ()
    try:
        return rules.parse_stored(rule_json), ()
    except RuleInvalid as refusal:
        return None, tuple(Finding(one.code, one.path, one.sentence, "error") for one in refusal.fields)


def _finding(one: Finding) -> dict[str, str]:
    return {"level": one.level, "code": one.code, "path": one.path, "sentence": one.sentence}


def _facts(rule: Rule) -> list[dict[str, Any]]:
    return [
        {"fact": fact.key, "title": fact.title, "unit": fact.unit, "askable": fact.askable}
        for fact in rules.facts_of([rule])
    ]


async def _why(actor: Actor, rule: Rule, enterprise_id: UUID, day: date) -> dict[str, Any]:
    facts = rules.facts_of([rule])
    visible = visibility.visible_to(actor)
    row = await db.fetch_one(
        f"SELECT e.id{rules.column_list(facts, 'e')} FROM enterprises e WHERE e.id = $1 AND {visible.render(2)}",
        enterprise_id,
        *visible.params,
    )
    if row is None:
        raise EnterpriseUnknown
    return explain(rule, facts_from_row(dict(row), facts), day, CATALOGUE).to_dict()
