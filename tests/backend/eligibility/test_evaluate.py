"""Single answers at their bounds, and what must hold for all rules."""

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.eligibility import AsOfInvalid, Source, Verdict, evaluate, parse
from backend.eligibility.evaluate import program
from backend.eligibility.tree import normal_form
from tests.backend.eligibility.examples import AS_OF, CATALOGUE, known, leaf, random_facts, random_value, rules

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN
OPPOSITE = {YES: NO, NO: YES, UNKNOWN: UNKNOWN}


def answer(rule_json: Any, as_of: date = AS_OF, **facts: Any) -> Verdict:
    return evaluate(parse(rule_json, CATALOGUE), facts, as_of)


@pytest.mark.parametrize(
    ("op", "operand", "expected"),
    [
        ("eq", 300, (NO, NO, YES, NO)),
        ("ne", 300, (YES, YES, NO, YES)),
        ("in", [298, 301], (YES, NO, NO, YES)),
        ("not_in", [298, 301], (NO, YES, YES, NO)),
        ("lt", 300, (YES, YES, NO, NO)),
        ("le", 300, (YES, YES, YES, NO)),
        ("gt", 300, (NO, NO, NO, YES)),
        ("ge", 300, (NO, NO, YES, YES)),
        ("between", [299, 300], (NO, YES, YES, NO)),
    ],
)
def test_numbers_at_their_bounds(op: str, operand: object, expected: tuple[Verdict, ...]) -> None:
    rule = leaf("employees", op, operand)
    assert tuple(answer(rule, employees=known(number)) for number in (298, 299, 300, 301)) == expected


@pytest.mark.parametrize(
    ("op", "day_before", "same_day", "day_after"),
    [
        ("before", YES, NO, NO),
        ("on_or_before", YES, YES, NO),
        ("after", NO, NO, YES),
        ("on_or_after", NO, YES, YES),
    ],
)
@pytest.mark.parametrize("operand", [AS_OF.isoformat(), "as_of"])
def test_days_at_their_bounds(
    op: str, operand: str, day_before: Verdict, same_day: Verdict, day_after: Verdict
) -> None:
    for days, verdict in ((-1, day_before), (0, same_day), (1, day_after)):
        assert answer(leaf("founded", op, operand), founded=known(AS_OF + timedelta(days=days))) is verdict


@pytest.mark.parametrize(
    ("founded", "verdict"),
    [
        (date(2021, 11, 21), NO),
        (date(2021, 11, 22), YES),
        (AS_OF, YES),
        (AS_OF + timedelta(days=1), NO),
    ],
)
def test_within_five_years_counts_both_ends_and_not_the_future(founded: date, verdict: Verdict) -> None:
    assert answer(leaf("founded", "within", {"years": 5}), founded=known(founded)) is verdict


@pytest.mark.parametrize(("days_old", "verdict"), [(0, YES), (365, YES), (366, UNKNOWN)])
def test_a_value_past_its_validity_is_unknown(days_old: int, verdict: Verdict) -> None:
    value = known(10, on=AS_OF - timedelta(days=days_old))
    assert answer(leaf("employees", "le", 300), employees=value) is verdict


def test_a_source_that_is_not_accepted_leaves_it_unknown() -> None:
    rule = leaf("employees", "le", 300)
    assert answer(rule, employees=known(10, Source.SELF_DECLARED)) is YES
    assert answer(rule, employees=known(10, Source.BANK)) is UNKNOWN
    strict = leaf("employees", "le", 300, sources=["registry"])
    assert answer(strict, employees=known(10, Source.SELF_DECLARED)) is UNKNOWN


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        (leaf("licence", "exists"), NO),
        (leaf("licence", "absent"), YES),
        (leaf("licence", "eq", "甲"), UNKNOWN),
        (leaf("licence_ends", "on_or_after", "as_of"), UNKNOWN),
        (leaf("qualifications", "has_tag", "专精特新"), NO),
        (leaf("qualifications", "lacks_tag", "专精特新"), YES),
        (leaf("qualifications", "exists"), NO),
        (leaf("high_tech", "eq", value := True), NO),
        (leaf("high_tech", "ne", value), YES),
        ({"not": leaf("high_tech", "eq", value)}, YES),
        (leaf("exporter", "eq", value), UNKNOWN),
        (leaf("employees", "ne", 5), UNKNOWN),
    ],
)
def test_absence_means_no_only_in_complete_registers(rule: Any, verdict: Verdict) -> None:
    assert answer(rule) is verdict


def test_a_stale_entry_of_a_complete_register_is_unknown_not_absent() -> None:
    stale = known(["专精特新"], Source.BUREAU, AS_OF - timedelta(days=31))
    assert answer(leaf("qualifications", "has_tag", "专精特新"), qualifications=stale) is UNKNOWN
    assert answer(leaf("qualifications", "lacks_tag", "专精特新"), qualifications=stale) is UNKNOWN


def test_tags_codes_and_decimals() -> None:
    tags = known(["专精特新"], Source.BUREAU)
    assert answer(leaf("qualifications", "has_tag", ["高新技术企业", "专精特新"]), qualifications=tags) is YES
    assert answer(leaf("qualifications", "lacks_tag", "专精特新"), qualifications=tags) is NO
    assert answer(leaf("qualifications", "exists"), qualifications=known([], Source.BUREAU)) is NO
    assert answer(leaf("industry", "prefix", ["C13", "C14"]), industry=known("C1411")) is YES
    assert answer(leaf("industry", "prefix", "C13"), industry=known("C1")) is NO
    assert answer(leaf("revenue", "lt", 0.3), revenue=known(Decimal("0.3"), Source.BANK)) is NO


@pytest.mark.parametrize(
    ("count", "yes", "no", "verdict"),
    [(2, 2, 0, YES), (2, 1, 1, UNKNOWN), (2, 1, 2, NO), (2, 0, 2, NO), (3, 2, 0, UNKNOWN), (1, 0, 3, NO)],
)
def test_at_least(count: int, yes: int, no: int, verdict: Verdict) -> None:
    facts = ["employees"] * yes + ["founded"] * no + ["revenue"] * (3 - yes - no)
    leaves = {
        "employees": leaf("employees", "ge", 1),
        "founded": leaf("founded", "before", "2000-01-01"),
        "revenue": leaf("revenue", "ge", 1),
    }
    rule = {"at_least": {"count": count, "of": [leaves[fact] for fact in facts]}}
    assert answer(rule, employees=known(5), founded=known(AS_OF)) is verdict


@pytest.mark.parametrize("as_of", [date(1899, 12, 31), date(2200, 1, 1), date.max])
def test_refuses_days_out_of_range(as_of: date) -> None:
    with pytest.raises(AsOfInvalid):
        answer(leaf("founded", "within", {"years": 100}), as_of)


@given(rules(), st.integers(0, 2**32))
def test_completing_unknown_facts_never_turns_a_yes_or_a_no(rule_json: Any, seed: int) -> None:
    rng, rule = random.Random(seed), parse(rule_json, CATALOGUE)
    for _ in range(20):
        facts = random_facts(rng)
        before = evaluate(rule, facts, AS_OF)
        unknown = [key for key, fact in CATALOGUE.items() if _is_unknown(key, facts) and fact.sources]
        for key in rng.sample(unknown, rng.randint(0, len(unknown))):
            facts[key] = known(random_value(rng, key), rng.choice(CATALOGUE[key].sources))
        assert before is UNKNOWN or evaluate(rule, facts, AS_OF) is before


def _is_unknown(key: str, facts: dict[str, Any]) -> bool:
    """Unknown to every rule: nothing told (outside complete registers), or told too long ago."""
    fact = CATALOGUE[key]
    if key not in facts:
        return fact.absence == "unknown"
    return fact.holds_for is not None and facts[key].on < AS_OF - fact.holds_for


@given(rules(), st.integers(0, 2**32))
def test_normal_form_means_the_same_and_its_denial_the_opposite(rule_json: Any, seed: int) -> None:
    rng, rule = random.Random(seed), parse(rule_json, CATALOGUE)
    plain, normal = program(rule.root, AS_OF), program(rule.normal, AS_OF)
    denied = program(normal_form(rule.root, negated=True), AS_OF)
    for _ in range(20):
        facts = random_facts(rng)
        assert normal(facts) is plain(facts)
        assert denied(facts) is OPPOSITE[plain(facts)]
