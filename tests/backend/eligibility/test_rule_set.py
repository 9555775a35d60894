"""Many rules at once: the same answers, explanations and days as one rule at a time."""

import random
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.eligibility import AsOfInvalid, Rule, RuleSet, Verdict, evaluate, explain, first_day, parse
from tests.backend.eligibility.examples import AS_OF, CATALOGUE, CITATION, known, leaf, random_facts, rules
from tests.support.sizes import scaled


def rule(written: Any) -> Rule:
    return parse(written, CATALOGUE)


@settings(max_examples=scaled(40))
@given(st.lists(rules(), min_size=1, max_size=12), st.integers(0, 2**32))
def test_says_what_one_rule_at_a_time_says(written: list[Any], seed: int) -> None:
    rng, parsed = random.Random(seed), {number: rule(one) for number, one in enumerate(written)}
    rule_set = RuleSet(parsed, AS_OF)
    for _ in range(8):
        facts = random_facts(rng)
        answers = rule_set.answer(facts)
        alone = {number: explain(one, facts, AS_OF, CATALOGUE) for number, one in parsed.items()}
        assert answers.verdicts == {number: evaluate(one, facts, AS_OF) for number, one in parsed.items()}
        assert {number: answers.explain(number) for number in parsed} == alone
        assert answers.yes == [number for number, told in alone.items() if told.verdict is Verdict.YES]
        assert all(answers.deciding(number) == list(told.deciding()) for number, told in alone.items())
        days = {number: first_day(one, facts, AS_OF) for number, one in parsed.items()}
        assert answers.first_days == {number: day for number, day in days.items() if day}


def test_equal_conditions_stand_there_once_whoever_cites_them() -> None:
    cited = leaf("employees", "le", 300, citation={**CITATION, "article": "第四条"}, say="人数不多")
    written = [
        leaf("employees", "le", 300),
        {"not": leaf("employees", "gt", 300)},
        {"all": [cited, {"any": [leaf("revenue", "le", "1.50"), leaf("industry", "prefix", "C")]}]},
        {"all": [{"any": [leaf("industry", "prefix", ["C"]), leaf("revenue", "le", 1.5)]}, leaf("revenue", "le", 2)]},
        leaf("employees", "le", 300, sources=["registry"]),
    ]
    rule_set = RuleSet(dict(enumerate(rule(one) for one in written)), AS_OF)
    assert len(rule_set.conditions) == 6  # ≤ 300, not > 300, revenue twice, industry, and the one of stricter source
    answers = rule_set.answer({"employees": known(5), "industry": known("C13")})
    assert list(answers.verdicts.values()) == [Verdict.YES] * 3 + [Verdict.UNKNOWN, Verdict.YES]
    assert answers.explain(2).root.parts[0].text == "人数不多"  # type: ignore[union-attr]


def test_an_empty_set_answers_nothing() -> None:
    answers = RuleSet[str]({}, AS_OF).answer({"employees": known(5)})
    assert (answers.verdicts, answers.yes, answers.first_days) == ({}, [], {})


def test_refuses_a_day_out_of_range() -> None:
    with pytest.raises(AsOfInvalid):
        RuleSet({1: rule(leaf("employees", "le", 1))}, date(2200, 1, 1))
