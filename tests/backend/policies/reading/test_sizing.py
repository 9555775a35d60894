"""Questions about people, revenue and assets, for what they tell of the size; checked against the database's own."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from backend.access import SYSTEM
from backend.eligibility import RuleSet, Source, Value, Verdict, evaluate, facts_from_row, parse, with_answer
from backend.enterprises import facts as log
from backend.enterprises.catalogue import CATALOGUE
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.policies import rules
from backend.policies.reading import asking, sizing
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import UP_TO_TEN, leaf, owner, published

TODAY = date(2026, 11, 23)
SMALL = leaf("is_small_or_micro", "eq", value=True)
SME = leaf("is_sme", "eq", value=True)
MICRO = leaf("statistical_size", "eq", "micro")
RULES = (
    SMALL,
    SME,
    MICRO,
    {"all": [SMALL, UP_TO_TEN]},
    {"any": [{"not": SME}, leaf("revenue_wan", "le", 77)]},
    {"all": [SMALL, leaf("taxable_income_wan", "le", 300)]},
    UP_TO_TEN,
)
# Retail looks at people and revenue, construction at revenue and assets, other services at people alone.
INDUSTRIES = ("F5212", "E4710", "O8051", "A0111", None)
VALUES: dict[str, tuple[int, ...]] = {"employees": (3, 60, 400), "revenue_wan": (50, 900, 90_000), "assets_wan": (10,)}


@pytest.mark.usefixtures("running", "clock")
async def test_the_size_derived_here_is_the_databases() -> None:
    shops = []
    for number, (industry, people, revenue, assets) in enumerate(
        product(INDUSTRIES, (None, 3, 60, 400), (None, 50, 90_000), (None, 10, 200_000)), start=1
    ):
        told = {"industry": industry, "employees": people, "revenue_wan": revenue, "assets_wan": assets}
        shop = await enterprise(number)
        shops.append(log.Telling(shop, {key: value for key, value in told.items() if value is not None}, TODAY))
    await log.record_many([one for one in shops if one.values], source=Source.REGISTRY, actor=SYSTEM)
    wanted = (*sizing.INPUTS, *(CATALOGUE[key] for key in ("statistical_size", "is_sme", "is_small_or_micro")))
    rows = await db.fetch(f"SELECT e.id{rules.column_list(wanted, 'e')} FROM enterprises e")
    assert len(rows) == len(shops)
    for row in rows:
        stored = facts_from_row(dict(row), wanted)
        assert sizing.with_size(facts_from_row(dict(row), sizing.INPUTS)) == stored, stored


def _brute(rule: dict[str, Any], facts: dict[str, Value], key: str) -> bool:
    """Every whole value up to beyond the last bound, and the halves between small ones."""
    parsed, far = parse(rule, CATALOGUE), (0, 5, 77, 78, 99, 100, 101, 299, 300, 301, 499, 500, 2_000, 5_000, 6_000)
    values: set[Any] = {*range(12), *far, 19_999, 20_000, 79_999, 80_000, 119_999, 120_000, 500_000}
    if key != "employees":
        values = {Decimal(value) for value in values}
    verdicts = {evaluate(parsed, sizing.with_size(with_answer(facts, key, value, TODAY)), TODAY) for value in values}
    return Verdict.UNKNOWN not in verdicts


@pytest.mark.parametrize("industry", INDUSTRIES)
def test_the_question_is_that_of_brute_force(industry: str | None) -> None:
    by_id = {UUID(int=n): rule for n, rule in enumerate(RULES)}
    rule_set = RuleSet({one: parse(rule, CATALOGUE) for one, rule in by_id.items()}, TODAY)
    for known in product((None, 3, 60), (None, 50, 90_000), (None, 10)):
        told = {"industry": industry, **dict(zip(VALUES, known, strict=True))}
        facts = sizing.with_size({key: Value(one, 3, TODAY) for key, one in told.items() if one is not None})
        answers = rule_set.answer(facts)
        expected = {
            key: {one for one in answers.unknown if _brute(by_id[one], facts, key)}
            for key in (*VALUES, "taxable_income_wan")
            if key not in facts
        }
        found = sizing.best_question(answers, except_facts=frozenset())
        most = max((len(one) for one in expected.values()), default=0)
        assert (found.policies if found else 0) == most, (told, expected)
        if found:
            assert set(found.settles) == expected[found.fact.key]
            assert found.fact.key == next(key for key in CATALOGUE if len(expected.get(key, ())) == most)


@pytest.mark.usefixtures("running", "clock")
async def test_who_might_be_small_is_asked_for_his_people_and_becomes_a_yes() -> None:
    done = await published("小微", SMALL)
    shop = await enterprise(1, industry="O8051")
    actor = await owner(shop)
    found = await asking.next_question(actor, shop)
    assert found is not None
    assert (found.fact.key, [one.id for one in found.policies]) == ("employees", [done.id])
    settled = await asking.answer(actor, shop, "employees", 3)
    assert [one.id for one in settled.yes] == [done.id]
    assert await asking.next_question(actor, shop) is None


@pytest.mark.usefixtures("running", "clock")
async def test_a_size_that_went_stale_with_its_people_is_asked_for_again(clock: clock_module.Frozen) -> None:
    await published("小微", SMALL, effective_to=None)
    shop = await enterprise(1, industry="O8051")
    actor = await owner(shop)
    await asking.answer(actor, shop, "employees", 3)
    clock.advance(timedelta(days=CATALOGUE["employees"].holds_for_days or 0))
    assert await asking.next_question(actor, shop) is None
    clock.advance(timedelta(days=1))
    found = await asking.next_question(actor, shop)
    assert found is not None
    assert found.fact.key == "employees"
