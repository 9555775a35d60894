"""Figures of financing tell of no few, and show whether any bank is favoured."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.access import Actor, ActorKind, Grant, Role
from backend.financing import applying, ceasing, errors, figures, outcomes, queries
from backend.financing.consent import consenting
from backend.financing.figures import OUTCOMES
from backend.financing.referrals import drawing, overdue, referring
from backend.financing.referrals.drawing import Drawing
from backend.financing.referrals.offers import Offer
from backend.financing.tabling import OTHER_PRODUCTS, Counted, tabled
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.ids import new_id
from backend.foundation.suppressing import REST, is_small
from backend.runtime import Runtime
from tests.backend.financing.people import bank, drawn, opened, owner, product, referred, signing
from tests.backend.financing.referrals.test_referring import REFUSAL, terms

_END = """
UPDATE financing_referrals SET state = 'given_up', end_reason = $1, ended_at = $2
WHERE id = (SELECT id FROM financing_referrals WHERE state = 'routed' LIMIT 1)
"""
MANAGER = Actor(ActorKind.STAFF, new_id(), "主管", (Grant(Role.MANAGER),))
QUARTER = "2026-Q4"

PRODUCTS = [f"{bank}{number}" for bank in "甲乙丙" for number in (1, 2, 3)]
every = st.lists(
    st.builds(
        lambda product, outcome: Counted(product[0], outcome, product),
        st.sampled_from(PRODUCTS),
        st.sampled_from(list(OUTCOMES)[:6]),
    ),
    max_size=120,
)


@given(every)
def test_no_count_of_few_is_shown_and_none_is_left_over(every: list[Counted]) -> None:
    table = tabled(every)
    if table is None:
        assert is_small(len(every))
        return
    for told in (table.groups(), table.product_groups()):
        assert sum(one.count for one in told) == len(every)
        for one in told:
            assert not is_small(one.count)
            shown = [count for count in one.cells.values() if count is not None]
            assert not any(is_small(count) for count in shown)
            kept = len(one.cells) - len(shown)
            assert kept != 1, "the one cell that is kept back is the sum less the others"
            assert not is_small(one.count - sum(shown))
    for outcome in table.outcomes:
        assert sum(one.cells[outcome] is None for one in table.groups()) != 1


@given(every)
def test_banks_less_products_leave_no_few_either(every: list[Counted]) -> None:
    table = tabled(every)
    if table is None:
        return
    products = table.product_groups()
    for bank_ in table.groups():
        of_bank = [one for one in products if one.part.split()[0] == bank_.part]
        assert sum(one.count for one in of_bank) == bank_.count
        for outcome, count in bank_.cells.items():
            cells = [one.cells[outcome] for one in of_bank]
            if count is None and len(of_bank) > 1:
                assert cells == [None] * len(of_bank), "what is kept back of a bank is the sum of its products"
            elif count is not None:
                kept = cells.count(None)
                assert kept != 1, "a product is its bank less the others"
                assert not is_small(count - sum(one or 0 for one in cells))


def test_a_product_of_few_is_not_its_bank_less_the_others() -> None:
    """13 of a bank, 12 of them of one product: whose the last one was is told by neither view nor both."""
    every = [Counted("甲", "drawn", "贷")] * 12 + [Counted("甲", "drawn", "质押")] + [Counted("乙", "drawn", "贷")] * 9
    table = tabled(every)
    assert table
    assert [(one.part, one.count) for one in table.product_groups()] == [("乙 贷", 9), (f"甲 {OTHER_PRODUCTS}", 13)]


async def test_what_is_put_together_tells_not_which_of_it_there_were(
    running: Runtime, clock: clock_module.Frozen
) -> None:
    """Five of five outcomes that are named would be one of each: all that may be among them are named."""
    version = await product((await bank())[0])
    for number in range(1, 13):
        person, _ = await owner(running, number)
        await referred(person, version)
    ends = ("noted_given_up", "signer_gone", "elsewhere", "ceased", "unconfirmed")
    reasons = {one.code: reason for reason, one in outcomes.OUTCOMES.items()}
    for end in ends:
        await db.execute(_END, reasons[end], clock_module.now())
    clock.set(clock_module.day_start(date(2027, 1, 1)))
    told = {one["key"]: one["members"] for one in (await figures.funnel(MANAGER, "bank", QUARTER))["outcomes"]}
    assert told == {"going_on": ["办理中"], REST: [word for one, word in OUTCOMES.items() if one != "going_on"]}


async def test_a_quarter_in_figures(running: Runtime, clock: clock_module.Frozen) -> None:
    banks = [await bank(f"{name}银行") for name in "甲乙"]
    versions = [await product(institution) for institution, _, _ in banks]
    for number in range(1, 11):
        person, _ = await owner(running, number)
        application = await opened(person)
        sent = await consenting.sign(application.id, signing(versions[number % 2]), actor=person)
        desk = banks[number % 2][2]
        clock.advance(timedelta(minutes=30))
        taken = await referring.accept(sent.id, actor=desk, version=sent.version)
        if number % 2:
            await referring.refuse(sent.id, REFUSAL, actor=desk, version=taken.version)
    with pytest.raises(errors.ContentWrong):
        await figures.funnel(MANAGER, "bank", QUARTER)
    clock.set(clock_module.day_start(date(2027, 1, 1)))
    told = await figures.funnel(MANAGER, "bank", QUARTER)
    by_bank = {one["part"]: one for one in told["groups"]}
    assert by_bank["甲银行"]["cells"] == {"going_on": 5, "rejected": 0}
    assert by_bank["乙银行"]["cells"] == {"going_on": 0, "rejected": 5}
    assert by_bank["甲银行"]["accept_minutes"] == 30
    assert told["refusals"] == [{"code": "collateral_short", "word": "抵质押不足", "count": 5}]
    assert told["needs"] == [{"code": "going_on", "word": "办理中", "count": 10}]
    assert told["second_looks"] == []
    # figures of a month tell what was then: who has grown since has not asked as a larger one
    await db.execute("UPDATE enterprises SET statistical_size = 'medium'")
    assert [one["part"] for one in (await figures.funnel(MANAGER, "size", QUARTER))["groups"]] == ["micro"]
    assert (await figures.funnel(MANAGER, "district", QUARTER))["groups"][0]["part"] == "330502"
    nobody = Actor(ActorKind.STAFF, new_id(), "安吉", (Grant(Role.MANAGER, None, ("330523",)),))
    assert (await figures.funnel(nobody, "bank", QUARTER))["groups"] == []
    neutral = await figures.neutrality(MANAGER, 2026)
    assert [(one["shown"], one["expected"]) for one in neutral] == [(10, "5.00")] * 2
    assert sum(one["first"] for one in neutral) == 10
    spread = Decimal("2.5").sqrt()  # ten draws, one of two each
    assert [one["deviation"] for one in neutral] == [f"{(one['first'] - 5) / spread:.2f}" for one in neutral]


async def test_who_denied_a_drawing_and_whoever_is_no_more_gave_nothing_up(
    running: Runtime, clock: clock_module.Frozen
) -> None:
    institution, _, desk = await bank()
    version, today = await product(institution), clock_module.today()
    paid = Drawing(today, Decimal(50), today + timedelta(days=365))
    for number in range(1, 11):
        person, place = await owner(running, number)
        sent = await referred(person, version)
        if number % 2:
            taken = await referring.accept(sent.id, actor=desk, version=sent.version)
            offered = await referring.offer(sent.id, terms(), actor=desk, version=taken.version)
            noted = await drawing.note(sent.id, paid, actor=desk, version=offered.version)
            await consenting.revoke(sent.consent_id, "", actor=person)
            await drawing.contest(sent.id, "没有收到", actor=person, version=noted.version)
        else:
            async with db.transaction():
                await ceasing.enterprises_closed([place])
    clock.set(clock_module.day_start(date(2027, 1, 1)))
    told = await figures.funnel(MANAGER, "bank", QUARTER)
    assert told["groups"][0]["cells"] == {"ceased": 5, "unconfirmed": 5}
    assert {one["code"]: one["count"] for one in told["needs"]} == {"going_on": 5, "ceased": 5}


async def test_who_gave_up_before_any_bank_and_what_nobody_drew_are_counted_as_that(
    running: Runtime, clock: clock_module.Frozen
) -> None:
    institution, _, desk = await bank()
    version = await product(institution)
    until = clock_module.today() + timedelta(days=90)
    for number in range(1, 11):
        person, _ = await owner(running, number)
        application = await opened(person)
        if number % 2:
            await applying.withdraw(application.id, "", actor=person)
            continue
        sent = await consenting.sign(application.id, signing(version, expires_on=until), actor=person)
        taken = await referring.accept(sent.id, actor=desk, version=sent.version)
        offer = Offer(Decimal(50), 12, "bullet", "credit", until, Decimal(4))
        await referring.offer(sent.id, offer, actor=desk, version=taken.version)
    clock.advance(timedelta(days=61))
    assert await overdue.sweep() == 5
    told = await figures.funnel(MANAGER, "bank", QUARTER)
    assert told["groups"][0]["cells"] == {"not_drawn": 5}
    assert {one["code"]: one["count"] for one in told["needs"]} == {"going_on": 5, "no_bank": 5}


async def test_who_drew_at_another_bank_did_not_give_up(running: Runtime, clock: clock_module.Frozen) -> None:
    banks = [await bank(f"{name}银行") for name in "甲乙"]
    versions = [await product(institution) for institution, _, _ in banks]
    today = clock_module.today()
    for number in range(1, 6):
        person, _ = await owner(running, number)
        application = await opened(person)
        sent, _ = [await consenting.sign(application.id, signing(one), actor=person) for one in versions]
        taken = await referring.accept(sent.id, actor=banks[0][2], version=sent.version)
        offer = Offer(Decimal(50), 12, "bullet", "credit", today, Decimal(4))
        good = await referring.offer(sent.id, offer, actor=banks[0][2], version=taken.version)
        await drawn(good, banks[0][2], person)
    clock.advance(timedelta(days=40))
    told = await figures.funnel(MANAGER, "bank", QUARTER)
    cells = {one["part"]: one["cells"] for one in told["groups"]}
    assert cells == {"甲银行": {"drawn": 5, "elsewhere": 0}, "乙银行": {"drawn": 0, "elsewhere": 5}}


@pytest.mark.parametrize("quarter", ["2026-Q4", "2026-Q5", "0001-Q1", "9999-Q4", "2026-3", "２０２６-Q1", ""])
@pytest.mark.usefixtures("database", "clock")
async def test_only_quarters_that_have_ended(quarter: str) -> None:
    with pytest.raises(errors.ContentWrong):
        await figures.funnel(MANAGER, "bank", quarter)
    assert (await figures.funnel(MANAGER, "bank", "2026-Q3"))["groups"] == []


@pytest.mark.parametrize("year", [1, 2019, 2027, 9999])
@pytest.mark.usefixtures("database", "clock")
async def test_only_years_of_which_a_quarter_has_ended(year: int) -> None:
    with pytest.raises(errors.ContentWrong):
        await figures.neutrality(MANAGER, year)
    assert await figures.neutrality(MANAGER, 2026) == []


async def test_loans_against_patents_count_for_the_year(running: Runtime) -> None:
    institution, _, desk = await bank()
    version = await product(institution, collateral=("patent_pledge",))
    person, _ = await owner(running)
    application = await opened(person, collateral=("patent_pledge",))
    sent = await consenting.sign(application.id, signing(version), actor=person)
    taken = await referring.accept(sent.id, actor=desk, version=sent.version)
    today = clock_module.today()
    offer = Offer(Decimal(50), 12, "bullet", "patent_pledge", today, Decimal(4))
    good = await referring.offer(sent.id, offer, actor=desk, version=taken.version)
    paid = Drawing(today, Decimal("45.5"), today + timedelta(days=300))
    noted = await drawing.note(sent.id, paid, actor=desk, version=good.version)
    assert (await figures.ip_pledged(MANAGER, today.year))["loans"] == 0  # a bank's word alone is no loan
    await drawing.confirm(sent.id, actor=person, version=noted.version)
    told = await figures.ip_pledged(MANAGER, today.year)
    assert {name: told[name] for name in ("year", "loans", "drawn_wan", "value", "unit", "target")} == {
        "year": today.year, "loans": 1, "drawn_wan": "45.5", "value": "0.0046", "unit": "亿元", "target": "35",
    }  # fmt: skip
    assert told["reached_percent"] is None
    assert (await figures.ip_pledged(MANAGER, today.year - 1))["loans"] == 0
    assert await db.fetch_value("SELECT count(*) FROM financing_offers") == 1


async def test_an_owner_s_words_are_no_end_by_clock_or_bank(running: Runtime) -> None:
    """Whoever takes his consent back in the very words of another end gave it up all the same."""
    version = await product((await bank())[0])
    for number, words in enumerate(("授权已到期", "该机构已停止对接", "银行登记企业放弃：他说的"), start=1):
        person, _ = await owner(running, number)
        sent = await referred(person, version)
        await consenting.revoke(sent.consent_id, words, actor=person)
        (told,) = (await queries.detail(person, sent.application_id))["referrals"]
        assert (told["state_word"], told["end_reason"]) == ("企业放弃", f"企业说明：{words}")
