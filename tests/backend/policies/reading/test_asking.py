"""The one question: what is asked and what never is, what an answer settles, and that a tried one leaves no trace."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend import consents
from backend.access import Actor
from backend.enterprises.catalogue import CATALOGUE, INTERNAL
from backend.enterprises.errors import FactInvalid, NotAskable
from backend.enterprises.wide_sql import derived_keys
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.ids import new_id
from backend.identity.errors import NotBound, OutOfScope, ReadOnly
from backend.policies import service
from backend.policies.errors import OnlySensitive
from backend.policies.reading import asking
from backend.policies.reading.asking import PutOff
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.counting import counted
from tests.backend.policies.people import REVIEWER, leaf, owner, published

pytestmark = pytest.mark.usefixtures("running", "clock")

LOW_INCOME = leaf("taxable_income_wan", "le", 300)
LOW_REVENUE = leaf("revenue_wan", "le", 500)
MARK = 271_828.1828
"""A number that stands nowhere by chance."""


async def _fact(actor: Actor, shop: UUID, **asked: Any) -> str | None:
    found = await asking.next_question(actor, shop, **asked)
    return found.fact.key if found else None


def _titles(named: tuple[asking.Named, ...]) -> list[str]:
    return sorted(one.title for one in named)


async def test_the_fact_is_asked_that_settles_most() -> None:
    first = await published("甲", LOW_REVENUE)
    await published("乙", {"all": [LOW_REVENUE, leaf("employees", "le", 20)]})
    await published("丙", leaf("assets_wan", "le", 100))
    shop = await enterprise(1, employees=3)
    found = await asking.next_question(await owner(shop), shop)
    assert found is not None
    assert (found.fact.key, found.settles, _titles(found.policies)) == ("revenue_wan", 2, ["乙", "甲"])
    assert first.id in {one.id for one in found.policies}


async def test_nothing_is_asked_when_nothing_is_open_or_one_answer_settles_nothing() -> None:
    shop = await enterprise(1, employees=3)
    actor = await owner(shop)
    assert await _fact(actor, shop) is None
    await published("已知", leaf("employees", "le", 10))
    await published("还差两项", {"all": [LOW_REVENUE, leaf("assets_wan", "le", 100)]})
    await published("问不得", leaf("industry", "prefix", "F52"))
    await published("推算的", leaf("is_sme", "eq", value=True))
    assert await _fact(actor, shop) is None


async def test_what_is_over_or_withdrawn_is_not_asked_for(clock: clock_module.Frozen) -> None:
    gone = await published("撤回", LOW_REVENUE)
    await published("到期", LOW_REVENUE, effective_to=clock_module.today())
    shop = await enterprise(1)
    actor = await owner(shop)
    await service.withdraw(gone.id, "有误", actor=REVIEWER)
    assert await _fact(actor, shop) == "revenue_wan"
    clock.advance(timedelta(days=1))
    assert await _fact(actor, shop) is None


async def test_an_answer_is_stored_as_his_own_and_tells_what_it_settled() -> None:
    await published("够小", LOW_REVENUE)
    await published("够大", leaf("revenue_wan", "ge", 1000))
    await published("还差一项", {"all": [LOW_REVENUE, leaf("assets_wan", "le", 100)]})
    shop = await enterprise(1)
    actor = await owner(shop)
    settled = await asking.answer(actor, shop, "revenue_wan", "300")
    assert (_titles(settled.yes), _titles(settled.no), settled.still_open) == (["够小"], ["够大"], 1)
    row = await db.fetch_one("SELECT revenue_wan, revenue_wan_source FROM enterprises WHERE id = $1", shop)
    assert row is not None
    assert (row["revenue_wan"], row["revenue_wan_source"]) == (300, 1)
    (trail,) = await db.fetch("SELECT actor_id, on_behalf_of, fields FROM audit_entries WHERE action LIKE '%told'")
    assert (trail["actor_id"], trail["on_behalf_of"], trail["fields"]) == (actor.id, shop, ["revenue_wan"])


async def test_an_answer_that_derives_another_fact_settles_by_that_too() -> None:
    await published("小微", leaf("is_small_or_micro", "eq", value=True))
    shop = await enterprise(1, industry="F5212")
    settled = await asking.answer(await owner(shop), shop, "employees", 3)
    assert _titles(settled.yes) == ["小微"]


async def test_what_was_answered_is_asked_again_only_when_it_no_longer_holds(clock: clock_module.Frozen) -> None:
    await published("月销售", leaf("monthly_sales_wan", "le", 10))
    shop = await enterprise(1)
    actor = await owner(shop)
    holds = CATALOGUE["monthly_sales_wan"].holds_for
    assert holds is not None
    assert await _fact(actor, shop) == "monthly_sales_wan"
    await asking.answer(actor, shop, "monthly_sales_wan", 5)
    for days, expected in ((0, None), (holds.days, None), (1, "monthly_sales_wan")):
        clock.advance(timedelta(days=days))
        assert await _fact(actor, shop) == expected, days


@pytest.mark.parametrize(("how", "days"), [(PutOff.LATER, 30), (PutOff.UNWILLING, 120)])
async def test_a_question_put_off_comes_back_when_its_time_is_over(
    clock: clock_module.Frozen, how: PutOff, days: int
) -> None:
    await published("月销售", leaf("monthly_sales_wan", "le", 10))
    shop = await enterprise(1)
    actor, colleague = await owner(shop), await owner(shop)
    until = await asking.put_off(actor, shop, "monthly_sales_wan", how)
    assert until == clock_module.today() + timedelta(days=days)
    assert (await _fact(actor, shop), await _fact(colleague, shop)) == (None, "monthly_sales_wan")
    clock.advance(timedelta(days=days + 1))
    assert await _fact(actor, shop) == "monthly_sales_wan"


async def test_a_fact_that_never_goes_stale_is_left_alone_for_a_year() -> None:
    shop = await enterprise(1)
    until = await asking.put_off(await owner(shop), shop, "ownership", PutOff.UNWILLING)
    assert until == clock_module.today() + timedelta(days=365)


async def test_who_refuses_to_be_profiled_is_asked_only_by_his_own_wish() -> None:
    await published("甲", LOW_REVENUE)
    shop = await enterprise(1)
    actor = await owner(shop)
    await consents.refuse(actor)
    assert (await _fact(actor, shop), await _fact(actor, shop, own_wish=True)) == (None, "revenue_wan")
    assert _titles((await asking.answer(actor, shop, "revenue_wan", 3)).yes) == ["甲"]


async def test_a_sensitive_answer_is_used_once_and_leaves_no_trace() -> None:
    await published("利薄", leaf("taxable_income_wan", "ge", 1000))
    shop = await enterprise(1)
    actor = await owner(shop)
    before = await _everything()
    settled = await asking.try_answer(actor, shop, "taxable_income_wan", str(MARK))
    assert (_titles(settled.yes), settled.no) == (["利薄"], ())
    assert await _everything() == before
    assert await _fact(actor, shop) == "taxable_income_wan"


async def _everything() -> dict[str, str]:
    """Every row of every table, as text."""
    names = await db.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    return {
        row["tablename"]: await db.fetch_value(f"SELECT string_agg(t::text, E'\\n') FROM {row['tablename']} t") or ""
        for row in names
    }


@pytest.mark.parametrize(
    ("known", "source", "value"), [(None, 0, 100), (900, 1, 100), (900, 4, 100), (None, 0, 900), (None, 0, "0.5")]
)
async def test_what_is_tried_comes_out_as_storing_it_would(known: int | None, source: int, value: Any) -> None:
    await published("利薄", LOW_INCOME)
    await published("利厚", leaf("taxable_income_wan", "gt", 300))
    shop = await enterprise(1)
    if known is not None:
        await db.execute(
            "UPDATE enterprises SET taxable_income_wan = $2, taxable_income_wan_source = $3, taxable_income_wan_on = $4"
            " WHERE id = $1",
            shop,
            known,
            source,
            clock_module.today(),
        )
        await db.execute(
            "INSERT INTO facts (enterprise_id, source, as_of, recorded_at, told, told_by_kind)"
            " VALUES ($1, $2, $3, now(), jsonb_build_object('taxable_income_wan', $4::text), 'system')",
            shop,
            source,
            clock_module.today(),
            str(known),
        )
    actor = await owner(shop)
    tried = await asking.try_answer(actor, shop, "taxable_income_wan", value)
    stored = await asking.answer(actor, shop, "taxable_income_wan", value)
    assert tried == stored


def test_no_sensitive_question_feeds_a_derived_fact() -> None:
    """Trying a value replaces that one fact alone."""
    sensitive = [fact.key for fact in CATALOGUE.values() if fact.askable and fact.sensitive]
    assert sensitive
    assert derived_keys(sensitive) == ()
    assert not INTERNAL & set(sensitive)


async def test_only_what_is_sensitive_may_be_used_once() -> None:
    shop = await enterprise(1)
    actor = await owner(shop)
    with pytest.raises(OnlySensitive) as refused:
        await asking.try_answer(actor, shop, "revenue_wan", 3)
    assert [one.path for one in refused.value.fields] == ["fact"]


@pytest.mark.parametrize("fact", ["industry", "is_sme", "credit_risk_class", "region", "no_such", "a\x00b", ""])
async def test_what_nobody_asks_nobody_answers(fact: str) -> None:
    shop = await enterprise(1)
    actor = await owner(shop)
    for refused in (
        asking.answer(actor, shop, fact, "A"),
        asking.try_answer(actor, shop, fact, "A"),
        asking.put_off(actor, shop, fact, PutOff.LATER),
    ):
        with pytest.raises(NotAskable) as error:
            await refused
        assert len(error.value.fields) == 1


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("taxable_income_wan", "三百"),
        ("taxable_income_wan", 10**13),
        ("taxable_income_wan", "1e400"),
        ("taxable_income_wan", True),
        ("taxable_income_wan", None),
        ("taxable_income_wan", {"a": 1}),
        ("taxable_income_wan", "1.23456"),
        ("owner_group", "富豪"),
        ("owner_group", "veteran\x00"),
        ("owner_group", ["veteran"]),
        ("owner_group", ""),
    ],
)
async def test_a_wrong_value_is_refused_by_place_and_stores_nothing(fact: str, value: Any) -> None:
    shop = await enterprise(1)
    actor = await owner(shop)
    for refused in (asking.answer(actor, shop, fact, value), asking.try_answer(actor, shop, fact, value)):
        with pytest.raises(FactInvalid) as error:
            await refused
        assert [one.path for one in error.value.fields] == [fact]
    assert await db.fetch_value("SELECT count(*) FROM facts") == 0


async def test_two_managers_who_answer_at_once_are_each_told_and_one_value_counts() -> None:
    await published("够小", LOW_REVENUE)
    await published("够大", leaf("revenue_wan", "gt", 500))
    shop = await enterprise(1)
    actors = [await owner(shop) for _ in range(6)]
    values = [100, 900] * 3
    answers = [asking.answer(actor, shop, "revenue_wan", value) for actor, value in zip(actors, values, strict=True)]
    told = await asyncio.gather(*answers)
    assert sum(len(one.yes) for one in told) > 0
    counts = await db.fetch_value("SELECT revenue_wan FROM enterprises WHERE id = $1", shop)
    said = await db.fetch("SELECT (told ->> 'revenue_wan')::numeric AS value FROM facts ORDER BY id")
    assert counts == said[-1]["value"]
    assert sum(len(one.yes) + len(one.no) for one in told) % 2 == 0


async def test_who_may_not_answer_is_refused() -> None:
    await published("甲", LOW_REVENUE)
    shop = await enterprise(1)
    until = clock_module.day_start(clock_module.today() + timedelta(days=90))
    stranger, ended, expired = await owner(), await owner(shop, state="ended"), clock_module.now() - timedelta(days=1)
    late = await owner(shop, role="clerk", scope=["policies", "enterprises"], until=expired)
    for actor in (stranger, ended, late):
        await _refused(actor, shop, NotBound)
    await _refused(await owner(shop, role="clerk", scope=["visits"], until=until), shop, OutOfScope)
    reader = await owner(shop, role="clerk", scope=["policies"], until=until)
    assert await _fact(reader, shop) == "revenue_wan"
    with pytest.raises(OutOfScope):
        await asking.answer(reader, shop, "revenue_wan", 3)
    await _refused(await owner(shop, state="read_only"), shop, ReadOnly, may_try=True)
    assert await db.fetch_value("SELECT count(*) FROM facts") == 0
    let = await owner(shop, role="clerk", scope=["policies", "enterprises"], until=until)
    assert len((await asking.answer(let, shop, "revenue_wan", 3)).yes) == 1


async def _refused(actor: Actor, shop: UUID, error: type[Exception], *, may_try: bool = False) -> None:
    with pytest.raises(error):
        await asking.next_question(actor, shop)
    with pytest.raises(error):
        await asking.answer(actor, shop, "revenue_wan", 3)
    if not may_try:
        with pytest.raises(error):
            await asking.try_answer(actor, shop, "taxable_income_wan", 3)
        with pytest.raises(error):
            await asking.put_off(actor, shop, "revenue_wan", PutOff.LATER)


async def test_an_enterprise_nobody_knows_is_not_found() -> None:
    with pytest.raises(NotBound):
        await asking.next_question(await owner(), new_id())


async def test_asking_and_answering_take_a_fixed_number_of_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = set()
    for policies in (1, 12):
        for number in range(policies):
            await published(f"{policies}-{number}", leaf("revenue_wan", "le", 100 + number))
        shop = await enterprise(policies)
        actor = await owner(shop)
        await asking.next_question(actor, shop)
        with counted(monkeypatch) as asked:
            await asking.next_question(actor, shop)
        with counted(monkeypatch) as answered:
            await asking.answer(actor, shop, "revenue_wan", 3)
        figures.add((len(asked), len(answered)))
    assert len(figures) == 1, figures
    assert figures.pop()[0] <= 7
