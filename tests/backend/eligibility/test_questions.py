"""The smallest question: exact against trying every value, ties, and what may be asked at all."""

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.eligibility import (
    Catalogue,
    Fact,
    RuleSet,
    Source,
    Value,
    Verdict,
    evaluate,
    parse,
    question_of,
    with_answer,
)
from backend.eligibility.questions import may_be_asked
from tests.backend.eligibility.examples import AS_OF, CATALOGUE, domain, leaf, random_facts, rules
from tests.support.sizes import scaled


def _askable(fact: Fact) -> Fact:
    sources = fact.sources if Source.SELF_DECLARED in fact.sources else (*fact.sources, Source.SELF_DECLARED)
    return replace(fact, askable=True, question=f"{fact.title}？", sources=sources)


ASKABLE = Catalogue([_askable(fact) for fact in CATALOGUE.values()])


def _values(key: str) -> Iterable[Any]:
    """Far more than the cells: each value that rules name, what lies around and between, all sets of tags."""
    fact, named = ASKABLE[key], list(domain(key))
    if fact.type == "tags":
        return [list(some) for size in range(5) for some in combinations([*named, "其他"], size)]
    if fact.type in {"integer", "decimal"}:
        steps = [Decimal(text) for text in ("-1", "-0.0001", "0", "0.0001", "0.1", "1", "7")]
        return [
            number
            for one in named
            for number in (one + (step if fact.type == "decimal" else int(step)) for step in steps)
        ]
    if fact.type == "date":
        return [
            one + timedelta(days=days) for one in (*named, AS_OF - timedelta(days=10_000)) for days in range(-40, 41)
        ]
    return [
        *named,
        *(f"{one}{more}" for one in named if isinstance(one, str) for more in ("1", "~", "9x")),
        *_others(fact),
    ]


def _others(fact: Fact) -> list[str]:
    return ["ZZ", "C9", "丙"] if fact.type in {"code", "text"} else []


def by_brute_force(parsed: dict[int, Any], facts: dict[str, Value]) -> tuple[str, set[int]] | None:
    undecided = [key for key, rule in parsed.items() if evaluate(rule, facts, AS_OF) is Verdict.UNKNOWN]
    best: tuple[str, set[int]] | None = None
    for key, fact in ASKABLE.items():
        if not may_be_asked(fact, facts.get(key), AS_OF):
            continue
        told = [
            with_answer(facts, key, value, AS_OF) for value in _values(key) if not fact.choices or value in fact.choices
        ]
        settled = {
            number
            for number in undecided
            if all(evaluate(parsed[number], one, AS_OF) is not Verdict.UNKNOWN for one in told)
        }
        if settled and (best is None or len(settled) > len(best[1])):
            best = key, settled
    return best


@settings(max_examples=scaled(60))
@given(st.lists(rules(), min_size=1, max_size=6), st.integers(0, 2**32))
def test_it_is_the_one_that_trying_everything_finds(written: list[Any], seed: int) -> None:
    facts = random_facts(random.Random(seed))
    parsed = {number: parse(one, ASKABLE) for number, one in enumerate(written)}
    question = question_of(RuleSet(parsed, AS_OF).answer(facts), ASKABLE)
    assert (question and (question.fact.key, set(question.settles))) == by_brute_force(parsed, facts)


def asked(
    *written: Any, except_facts: frozenset[str] = frozenset(), **facts: Value
) -> tuple[str, tuple[int, ...]] | None:
    parsed = {number: parse(one, ASKABLE) for number, one in enumerate(written)}
    question = question_of(RuleSet(parsed, AS_OF).answer(facts), ASKABLE, except_facts=except_facts)
    return None if question is None else (question.fact.key, question.settles)


FEW = leaf("employees", "le", 300)
POOR = leaf("revenue", "le", 5)


def test_the_most_policies_count_and_the_catalogue_breaks_ties() -> None:
    assert asked(FEW, POOR, leaf("revenue", "ge", 9)) == ("revenue", (1, 2))
    assert asked(POOR, FEW) == ("employees", (1,))


def test_only_what_settles_whatever_the_answer_is_asked() -> None:
    assert asked({"all": [FEW, POOR]}) is None
    assert asked({"any": [leaf("employees", "le", 300), leaf("employees", "gt", 300), POOR]}) == ("employees", (0,))


@pytest.mark.parametrize("edge", ["1900-01-01", "2199-12-31"])
def test_the_first_and_the_last_day_are_answers_too(edge: str) -> None:
    unbelieved = leaf("employees", "le", 300, sources=["registry"])
    assert asked({"any": [unbelieved, leaf("founded", "not_in", [edge])]}) is None


def test_nothing_known_or_excepted_or_believed_of_others_only_is_asked() -> None:
    value = Value(5, Source.REGISTRY, AS_OF)
    assert asked(FEW, employees=value) is None
    assert asked(FEW, except_facts=frozenset({"employees"})) is None
    assert asked(leaf("employees", "le", 300, sources=["registry"])) is None
    assert asked(FEW, employees=value._replace(on=AS_OF - timedelta(days=366))) == ("employees", (0,))
    assert asked(FEW, employees=value._replace(source=Source.BANK)) == ("employees", (0,))


def test_an_answer_settles_what_it_was_asked_for() -> None:
    rule = parse(FEW, ASKABLE)
    assert evaluate(rule, with_answer({}, "employees", 300, AS_OF), AS_OF) is Verdict.YES
    assert evaluate(rule, with_answer({}, "employees", 301, AS_OF), AS_OF) is Verdict.NO
