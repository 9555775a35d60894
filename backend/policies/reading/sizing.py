"""The smallest question where a policy asks for the size of an enterprise, which nobody is asked but is derived.

People, revenue and assets are asked; whether an enterprise is small follows from them by the table of its industry
(`enterprises/size.py`). So an answer may settle rules that never name what was asked.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from backend.eligibility import (
    Answers,
    Fact,
    Question,
    Rule,
    Value,
    Verdict,
    evaluate,
    question_of,
    with_answer,
)
from backend.eligibility.cells import one_of_each
from backend.eligibility.evaluate import Facts
from backend.eligibility.questions import may_be_asked
from backend.eligibility.tree import Leaf, leaves
from backend.enterprises.catalogue import CATALOGUE
from backend.enterprises.size import Size, SizeRow, Tier, row_of, statistical_size
from backend.enterprises.wide_sql import DERIVED_SIZES, INDICATORS, SIZE_INPUTS

INPUTS: Final[tuple[Fact, ...]] = tuple(CATALOGUE[key] for key in SIZE_INPUTS)
"""What must be known of an enterprise beside the facts of the rules."""

_SIZES: Final = frozenset(DERIVED_SIZES)
_VALUES: Final[Mapping[str, Callable[[Size], Any]]] = {
    "statistical_size": lambda size: size.tier and size.tier.value,
    "is_sme": lambda size: _all_or_none(size, {Tier.MEDIUM, Tier.SMALL, Tier.MICRO}),
    "is_small_or_micro": lambda size: _all_or_none(size, {Tier.SMALL, Tier.MICRO}),
}


def best_question(answers: Answers[UUID], *, except_facts: frozenset[str]) -> Question[UUID] | None:
    """Return the question that settles most rules, also through the size; ties go to the catalogue's first fact.

    `answers` must have been given for facts that hold `INPUTS`, as far as they are known.
    """
    plain = question_of(answers, CATALOGUE, except_facts=except_facts)
    found = [plain] if plain else []
    for key, through_size in _settled_by_size(answers, except_facts).items():
        others = frozenset(CATALOGUE) - {key} | except_facts
        direct = question_of(answers, CATALOGUE, except_facts=others)
        settles = dict.fromkeys((*(direct.settles if direct else ()), *through_size))
        found.append(Question(CATALOGUE[key], tuple(settles)))
    order = {key: number for number, key in enumerate(CATALOGUE)}
    return max(found, key=lambda one: (len(one.settles), -order[one.fact.key]), default=None)


def with_size(facts: Facts) -> dict[str, Value]:
    """Return facts with the size that follows from them, as the wide row would hold it (`enterprises/wide_sql.py`)."""
    industry = facts.get("industry")
    row = row_of(industry.value) if industry else None
    kept = {key: value for key, value in facts.items() if key not in _SIZES}
    if industry is None or row is None:
        return kept
    used = [facts[one.name] for one in row.indicators if one.name in facts]
    size = statistical_size(industry.value, **{key: facts[key].value for key in INDICATORS if key in facts})
    source, on = min([industry.source, *(one.source for one in used)]), min((one.on for one in used), default=None)
    for key, derive in _VALUES.items():
        value = derive(size)
        if value is not None and on is not None:
            kept[key] = Value(value, source, on)
    return kept


def _all_or_none(size: Size, tiers: set[Tier]) -> bool | None:
    """Known when every tier that is still possible is one of these, or none is."""
    if not size.possible:
        return None
    within = [tier in tiers for tier in size.possible]
    return within[0] if len(set(within)) == 1 else None


def _settled_by_size(answers: Answers[UUID], except_facts: frozenset[str]) -> dict[str, list[UUID]]:
    """The rules about size that each indicator settles whatever the answer, itself named in them or not."""
    industry, today = answers.facts.get("industry"), answers.rule_set.as_of
    row = row_of(industry.value) if industry else None
    if row is None:
        return {}
    rules = {one: answers.rule_set.rules[one] for one in answers.unknown}
    sized = {one: rule for one, rule in rules.items() if any(leaf.fact.key in _SIZES for leaf in leaves(rule.root))}
    asked = [one.name for one in row.indicators if one.name not in except_facts]
    askable = [key for key in asked if may_be_asked(CATALOGUE[key], answers.facts.get(key), today)]
    found = {key: _settled(sized, key, row, answers.facts, today) for key in askable}
    return {key: settled for key, settled in found.items() if settled}


def _settled(rules: Mapping[UUID, Rule], key: str, row: SizeRow, facts: Facts, today: date) -> list[UUID]:
    told: dict[Any, Facts] = {}

    def knowing(value: Any) -> Facts:
        if value not in told:
            told[value] = with_size(with_answer(facts, key, value, today))
        return told[value]

    return [
        one
        for one, rule in rules.items()
        if all(
            evaluate(rule, knowing(value), today) is not Verdict.UNKNOWN
            for value in _one_of_each(CATALOGUE[key], rule, row, today)
        )
    ]


def _one_of_each(fact: Fact, rule: Rule, row: SizeRow, today: date) -> Iterator[Any]:
    """A value of every stretch between the bounds of the rule's own conditions and those of the industry's table."""
    own: Sequence[Leaf] = [leaf for leaf in leaves(rule.root) if leaf.fact.key == fact.key]
    bounds = {
        b for one in row.indicators if one.name == fact.key for b in (one.large_min, one.medium_min, one.small_min)
    }
    cuts = sorted({0, *bounds, *((one_of_each(fact, own, today) or ()) if own else ())})
    yield from (cut for cut in cuts if cut >= 0)
    if fact.type == "integer":
        yield from (cut + 1 for cut in cuts if cut >= 0)
        return
    yield from (Decimal(low + high) / 2 for low, high in pairwise(cuts) if low >= 0)
    yield Decimal(cuts[-1]) + 1
