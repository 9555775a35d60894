"""Which products fit and why not, by the engine of policies; the order of banks by lots that anybody can draw again."""

import hashlib
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.eligibility import RuleInvalid
from backend.financing import applying, errors, queries, values
from backend.financing.applying import Standard
from backend.financing.catalogue import ordering, products
from backend.financing.catalogue.ordering import Lot
from backend.financing.costs import lprs
from backend.foundation import clock, db
from backend.foundation.errors import Invalid
from backend.foundation.ids import new_id
from backend.runtime import Runtime
from tests.backend.financing.people import MANAGER, asked, bank, content, editor, opened, owner, product
from tests.backend.policies.people import leaf


async def _answers(running: Runtime, **given: Any) -> dict[str, Any]:
    person, _ = await owner(running)
    made = await opened(person, **given)
    return {one["name"]: one for one in (await queries.detail(person, made.id))["matches"]}


async def test_the_rule_answers_with_its_citation_and_the_terms_with_figures(running: Runtime) -> None:
    institution, _, _ = await bank()
    await product(institution, "合适")
    await product(institution, "太小", amount_max_wan=Decimal(20))
    await product(institution, "要抵押", collateral=("mortgage",))
    await product(institution, "限中型", rule=leaf("statistical_size", "eq", "medium"))
    await product(institution, "不知道", rule=leaf("employees", "le", 10))
    found = await _answers(running)
    assert {name: one["answer"] for name, one in found.items()} == {
        "合适": "yes",
        "太小": "no",
        "要抵押": "no",
        "限中型": "no",
        "不知道": "maybe",
    }
    assert found["太小"]["why"][0] == {
        "holds": False,
        "words": "不符合：额度 5 至 20 万元（您需要 50 万元）",
        "citation": None,
    }
    assert found["限中型"]["why"][0]["citation"]["document"] == "演示文件〔2026〕1号"
    assert found["不知道"]["why"][0]["holds"] is None
    answers = [one["answer"] for one in found.values()]
    assert answers == sorted(answers, key=lambda one: ordering.RANKS[one])


async def test_only_live_products_of_open_banks_answer(running: Runtime) -> None:
    institution, _, _ = await bank("甲银行")
    closed, _, _ = await bank("乙银行")
    await product(institution, "过期", valid_until=clock.today())
    await product(institution, "未来", valid_from=date(2099, 1, 1))
    await product(closed, "停办")
    await products.draft(institution, content("草稿"), actor=await editor())
    await db.execute("UPDATE financing_institutions SET is_open = FALSE WHERE id = $1", closed)
    await db.execute("UPDATE financing_product_versions SET valid_until = '2026-01-02' WHERE name = '过期'")
    assert await _answers(running) == {}


ids = st.uuids(version=4)


@given(st.text(min_size=1), st.lists(st.builds(Lot, ids, ids, st.sampled_from(["yes", "maybe", "no"])), unique=True))
def test_the_order_is_of_the_seed_alone(seed: str, lots: list[Lot]) -> None:
    once = ordering.ordered(seed, lots)
    assert ordering.ordered(seed, list(reversed(lots))) == once
    assert sorted(once, key=str) == sorted(lots, key=str)
    assert [ordering.RANKS[one.answer] for one in once] == sorted(ordering.RANKS[one.answer] for one in lots)


def test_a_lot_is_what_the_docs_say() -> None:
    one = UUID("018f0000-0000-7000-8000-000000000001")
    expected = hashlib.sha256(b"s:018f0000-0000-7000-8000-000000000001").hexdigest()
    assert ordering.lot("s", one) == expected


def test_no_bank_comes_first_more_often_for_having_more_products() -> None:
    many, few, third = new_id(), new_id(), new_id()
    lots = [Lot(many, new_id(), "yes") for _ in range(20)] + [Lot(few, new_id(), "yes"), Lot(third, new_id(), "yes")]
    first = Counter(ordering.ordered(f"seed {n}", lots)[0].institution_id for n in range(900))
    assert all(240 < first[one] < 360 for one in (many, few, third))


async def test_anybody_can_draw_the_order_again(running: Runtime) -> None:
    for name in "甲乙丙丁":
        institution, _, _ = await bank(f"{name}银行")
        await product(institution, f"{name}贷")
        await product(institution, f"{name}小贷", amount_max_wan=Decimal(10))
    person, _ = await owner(running)
    made = await opened(person)
    told = await queries.order(person, made.id)
    again = sorted(
        told["items"],
        key=lambda one: (
            ordering.RANKS[one["answer"]],
            hashlib.sha256(f"{told['seed']}:{one['institution_id']}".encode()).hexdigest(),
            hashlib.sha256(f"{told['seed']}:{one['product_id']}".encode()).hexdigest(),
        ),
    )
    assert [one["position"] for one in again] == list(range(1, 9))
    stranger, _ = await owner(running, 2)
    with pytest.raises(errors.ApplicationUnknown):
        await queries.order(stranger, made.id)


async def test_the_seed_is_drawn_before_anything_is_matched(running: Runtime) -> None:
    person, _ = await owner(running)
    made = await applying.draft(asked(), actor=person)
    seed = made.seed
    edited = await applying.edit(made.id, asked(months=24), actor=person, version=made.version)
    sent = await applying.submit(made.id, actor=person, version=edited.version)
    assert sent.seed == seed


async def test_what_an_owner_asks_wrongly_is_named(running: Runtime) -> None:
    person, _ = await owner(running)
    for wrong, path in (
        ({"amount_wan": Decimal("0.00001")}, "amount_wan"),
        ({"months": 999}, "months"),
        ({"purpose": "yacht"}, "purpose"),
        ({"collateral": ("promise",)}, "collateral"),
        ({"repayment": "never"}, "repayment"),
        ({"standards": {"luck": Standard(is_met=True)}}, "standards"),
    ):
        with pytest.raises(errors.ContentWrong) as refusal:
            await applying.draft(asked(**wrong), actor=person)
        assert [one.path for one in refusal.value.fields] == [path]


async def test_all_five_standards_are_answered_before_it_is_opened(running: Runtime) -> None:
    person, place = await owner(running)
    made = await applying.draft(asked(standards={"need": Standard(is_met=True)}), actor=person)
    with pytest.raises(errors.StandardsOpen) as refusal:
        await applying.submit(made.id, actor=person, version=made.version)
    assert [one.path for one in refusal.value.fields] == [
        f"standards.{key}" for key in ("operating", "premises", "credit", "lawful_use")
    ]
    whole = await applying.edit(made.id, asked(), actor=person, version=made.version)
    await db.execute("UPDATE enterprises SET status = 'revoked' WHERE id = $1", place)
    with pytest.raises(errors.EnterpriseNotActive):
        await applying.submit(made.id, actor=person, version=whole.version)


async def test_one_application_of_an_enterprise_at_a_time(running: Runtime) -> None:
    person, _ = await owner(running)
    made = await opened(person)
    with pytest.raises(errors.TooManyOpen):
        await applying.draft(asked(), actor=person)
    with pytest.raises(errors.ApplicationOver):
        await applying.edit(made.id, asked(), actor=person, version=made.version)
    await applying.withdraw(made.id, "", actor=person)
    await applying.draft(asked(), actor=person)


async def test_nobody_publishes_what_he_wrote(running: Runtime) -> None:
    institution, _, _ = await bank()
    writer, other = await editor(), await editor()
    made = await products.draft(institution, content(), actor=writer)
    with pytest.raises(errors.SameAuthor):
        await products.publish(made.id, actor=writer, version=made.version)
    out = await products.publish(made.id, actor=other, version=made.version)
    with pytest.raises(errors.ProductChanged):
        await products.edit(made.id, content("新名"), actor=other, version=made.version)
    newer = await products.edit(made.id, content("新名"), actor=other, version=out.version)
    assert newer.edition == 2
    with pytest.raises(errors.SameAuthor):
        await products.publish(made.id, actor=other, version=newer.version)
    await products.publish(made.id, actor=writer, version=newer.version)
    rows = await db.fetch("SELECT edition, state, name FROM financing_product_versions ORDER BY edition")
    assert [tuple(row) for row in rows] == [(1, "superseded", "小微快贷"), (2, "published", "新名")]


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"amount_min_wan": Decimal(400)}, errors.ContentWrong),
        ({"months_min": 40}, errors.ContentWrong),
        ({"rate_max_percent": Decimal(3)}, errors.ContentWrong),
        ({"rate_max_percent": None}, errors.ContentWrong),
        ({"rate_kind": "lpr"}, errors.ContentWrong),
        ({"collateral": ()}, errors.ContentWrong),
        ({"fees": ({"kind": "gift", "basis": "yuan", "amount": "1", "when": "start"},)}, errors.ContentWrong),
        ({"fees": ({"kind": "other"},)}, errors.ContentWrong),
        ({"fees": ({"kind": "other", "basis": "yuan", "amount": "x", "when": "start"},)}, errors.ContentWrong),
        ({"valid_until": date(2025, 1, 1)}, errors.ContentWrong),
        ({"rule": {"fact": "no_such", "op": "eq", "value": 1}}, RuleInvalid),
        ({"rule": {}}, RuleInvalid),
        ({"rule": leaf("credit_risk_class", "eq", "A")}, RuleInvalid),
        ({"summary": "保证放款，人人有份"}, Invalid),
    ],
)
async def test_a_wrong_product_is_not_even_a_draft(running: Runtime, wrong: Any, error: type[Exception]) -> None:
    institution, _, _ = await bank()
    with pytest.raises(error):
        await products.draft(institution, content(**wrong), actor=await editor())
    assert await db.fetch_value("SELECT count(*) FROM financing_products") == 0


@pytest.mark.usefixtures("database")
async def test_the_lpr_of_a_day_and_the_highest_of_five_years() -> None:
    assert await lprs.on("one_year", date(2024, 10, 20)) == Decimal("3.35")
    assert await lprs.on("one_year", date(2024, 10, 21)) == Decimal("3.10")
    # what held when the five years began counts: 3.70 was told in January 2022 and held until August
    assert (await lprs.highest(date(2027, 8, 1)))["one_year"] == Decimal("3.70")
    assert (await lprs.highest(date(2027, 9, 1)))["one_year"] == Decimal("3.65")
    with pytest.raises(errors.NoLpr):
        await lprs.on("five_years", date(2020, 1, 1))
    with pytest.raises(errors.LprTaken):
        await lprs.note("one_year", date(2024, 10, 21), Decimal(3), "公告", actor=MANAGER)


@pytest.mark.usefixtures("database")
async def test_values_keep_their_bounds() -> None:
    before = await db.fetch_one("SELECT value, version FROM financing_terms WHERE key = 'least_sharing'")
    assert before is not None
    for wrong in (4, 101):
        with pytest.raises(errors.ValueOutOfBounds):
            await values.change("least_sharing", wrong, actor=MANAGER, version=before["version"])
    with pytest.raises(errors.ValueChanged):
        await values.change("least_sharing", 6, actor=MANAGER, version=before["version"] - 1)
