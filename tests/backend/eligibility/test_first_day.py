"""The day from which time alone makes an enterprise fit: exact against looking at every day."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.eligibility import Source, Value, Verdict, evaluate, explain, first_day, parse
from tests.backend.eligibility.examples import AS_OF, CATALOGUE, known, leaf, random_facts, rules
from tests.support.sizes import scaled

OLD_ENOUGH = {"not": leaf("founded", "within", {"years": 1})}
YOUNG = date(2026, 2, 28)
FROM = date(2027, 3, 1)
SHORT_SPANS = [leaf("founded", "within", {"days": 30}), leaf("founded", "before", "as_of")]


def day(written: Any, **facts: Value) -> date | None:
    return first_day(parse(written, CATALOGUE), facts, AS_OF)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (OLD_ENOUGH, FROM),
        ({"all": [OLD_ENOUGH, leaf("employees", "le", 10)]}, FROM),
        ({"all": [OLD_ENOUGH, leaf("employees", "gt", 10)]}, None),
        ({"all": [OLD_ENOUGH, leaf("revenue", "le", 10)]}, None),
        ({"any": [OLD_ENOUGH, leaf("employees", "gt", 10)]}, FROM),
        ({"any": [OLD_ENOUGH, leaf("revenue", "le", 10)]}, FROM),
        ({"any": [OLD_ENOUGH, leaf("employees", "le", 10)]}, None),
        ({"at_least": {"count": 2, "of": [OLD_ENOUGH, leaf("employees", "le", 9), leaf("revenue", "le", 1)]}}, FROM),
        ({"all": [OLD_ENOUGH, leaf("founded", "within", {"years": 3})]}, FROM),
        ({"all": [OLD_ENOUGH, leaf("founded", "within", {"months": 11})]}, None),
        ({"all": [OLD_ENOUGH, {"not": leaf("founded", "within", {"months": 6})}]}, FROM),
        ({"not": leaf("founded", "within", {"years": 1}, sources=["registry"])}, FROM),
        (leaf("founded", "within", {"years": 5}), None),
        ({"not": leaf("founded", "within", {"years": 100})}, date(2126, 3, 1)),
    ],
)
def test_the_whole_rule_must_hold_by_then(written: Any, expected: date | None) -> None:
    assert day(written, founded=known(YOUNG), employees=known(5)) == expected


def test_other_values_may_be_too_old_by_then() -> None:
    rule = {"all": [OLD_ENOUGH, leaf("employees", "le", 10)]}
    on = FROM - timedelta(days=365)
    assert day(rule, founded=known(YOUNG), employees=known(5, on=on)) == FROM
    assert day(rule, founded=known(YOUNG), employees=known(5, on=on - timedelta(days=1))) is None


def test_a_date_from_a_source_that_does_not_count_waits_for_nothing() -> None:
    assert day(OLD_ENOUGH, founded=known(YOUNG, Source.BANK)) is None


def test_no_day_after_the_last_one() -> None:
    assert day({"not": leaf("founded", "within", {"years": 100})}, founded=known(date(2150, 1, 1))) is None


def test_the_explanation_tells_it_and_hides_it_with_the_value() -> None:
    told = explain(parse(OLD_ENOUGH, CATALOGUE), {"founded": known(YOUNG)}, AS_OF, CATALOGUE)
    assert told.to_dict()["fits_from"] == "2027-03-01"
    assert told.without_values({"founded"}).to_dict()["fits_from"] is None
    assert told.without_values({"employees"}).to_dict()["fits_from"] == "2027-03-01"


@settings(max_examples=scaled(40))
@given(rules(), st.integers(0, 2**32))
def test_it_is_the_first_of_all_days_that_come(rule_json: Any, seed: int) -> None:
    """Looking at each of 60 days, with spans short enough to end among them."""
    rng = random.Random(seed)
    rule = parse({rng.choice(["all", "any"]): [rule_json, rng.choice(SHORT_SPANS), {"not": SHORT_SPANS[0]}]}, CATALOGUE)
    facts = {**random_facts(rng), "founded": known(AS_OF + timedelta(days=rng.randint(-40, 40)))}
    found = first_day(rule, facts, AS_OF)
    if evaluate(rule, facts, AS_OF) is Verdict.YES:
        assert found is None
        return
    days = (AS_OF + timedelta(days=ahead) for ahead in range(1, 61))
    looked = next((one for one in days if evaluate(rule, facts, one) is Verdict.YES), None)
    assert looked == (found if found is None or found <= AS_OF + timedelta(days=60) else None)
