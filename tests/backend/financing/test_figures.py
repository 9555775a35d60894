"""Figures of financing tell of no few, and show whether any bank is favoured."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.access import Actor, ActorKind, Grant, Role
from backend.financing import applying, errors, figures
from backend.financing.consent import consenting
from backend.financing.figures import OUTCOMES, tabled
from backend.financing.referrals import overdue, referring
from backend.financing.referrals.offers import Offer
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.ids import new_id
from backend.foundation.suppressing import REST, is_small
from backend.runtime import Runtime
from tests.backend.financing.people import bank, opened, owner, product, signing
from tests.backend.financing.referrals.test_referring import REFUSAL

MANAGER = Actor(ActorKind.STAFF, new_id(), "主管", (Grant(Role.MANAGER),))
NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))

pairs = st.lists(st.tuples(st.sampled_from(["甲", "乙", "丙", "丁"]), st.sampled_from(list(OUTCOMES))), max_size=120)


@given(pairs)
def test_no_count_of_few_is_shown_and_none_is_left_over(pairs: list[tuple[str, str]]) -> None:
    table = tabled(pairs)
    if table is None:
        assert is_small(len(pairs))
        return
    told = table.told()
    assert sum(one["count"] for one in told.values()) == len(pairs)
    for one in told.values():
        assert not is_small(one["count"])
        shown = [count for count in one["cells"].values() if count is not None]
        assert not any(is_small(count) for count in shown)
        kept = len(one["cells"]) - len(shown)
        assert kept != 1, "the one cell that is kept back is the sum less the others"
        assert not is_small(one["count"] - sum(shown))
    for outcome in set(table.columns.values()):
        assert sum(one["cells"][outcome] is None for one in told.values()) != 1


def test_what_is_put_together_tells_what_it_is_made_of() -> None:
    table = tabled([("甲", "drawn")] * 9 + [("甲", "unknown")] * 3 + [("乙", "given_up")] * 2)
    assert table
    assert table.members() == {"drawn": ["已放款"], REST: ["企业放弃", "银行未响应"]}


async def test_a_month_in_figures(running: Runtime, clock: clock_module.Frozen) -> None:
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
        await figures.funnel(MANAGER, "bank", *NOVEMBER)
    clock.set(clock_module.day_start(date(2026, 12, 1)))
    told = await figures.funnel(MANAGER, "bank", *NOVEMBER)
    by_bank = {one["part"]: one for one in told["groups"]}
    assert by_bank["甲银行"]["cells"] == {"going_on": 5, "rejected": 0}
    assert by_bank["乙银行"]["cells"] == {"going_on": 0, "rejected": 5}
    assert by_bank["甲银行"]["accept_minutes"] == 30
    assert told["refusals"] == [{"code": "collateral_short", "word": "抵质押不足", "count": 5}]
    assert told["needs"] == [{"code": "going_on", "word": "办理中", "count": 10}]
    assert told["second_looks"] == []
    # figures of a month tell what was then: who has grown since has not asked as a larger one
    await db.execute("UPDATE enterprises SET statistical_size = 'medium'")
    assert [one["part"] for one in (await figures.funnel(MANAGER, "size", *NOVEMBER))["groups"]] == ["micro"]
    assert (await figures.funnel(MANAGER, "district", *NOVEMBER))["groups"][0]["part"] == "330502"
    nobody = Actor(ActorKind.STAFF, new_id(), "安吉", (Grant(Role.MANAGER, None, ("330523",)),))
    assert (await figures.funnel(nobody, "bank", *NOVEMBER))["groups"] == []
    neutral = await figures.neutrality(MANAGER, *NOVEMBER)
    assert [(one["shown"], one["expected"]) for one in neutral] == [(10, "5.00")] * 2
    assert sum(one["first"] for one in neutral) == 10
    spread = Decimal("2.5").sqrt()  # ten draws, one of two each
    assert [one["deviation"] for one in neutral] == [f"{(one['first'] - 5) / spread:.2f}" for one in neutral]


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
    told = await figures.funnel(MANAGER, "bank", *NOVEMBER)
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
        paid = referring.Drawing(today, Decimal(50), today + timedelta(days=300))
        await referring.draw(sent.id, paid, actor=banks[0][2], version=good.version)
    clock.advance(timedelta(days=10))
    told = await figures.funnel(MANAGER, "bank", *NOVEMBER)
    cells = {one["part"]: one["cells"] for one in told["groups"]}
    assert cells == {"甲银行": {"drawn": 5, "elsewhere": 0}, "乙银行": {"drawn": 0, "elsewhere": 5}}


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(1, 1, 1), date(1, 1, 1)),
        (date(9999, 12, 31), date(9999, 12, 31)),
        (date(2026, 10, 1), date(2026, 9, 1)),
        (date(2026, 11, 1), date(2026, 11, 1)),
    ],
)
@pytest.mark.usefixtures("database", "clock")
async def test_only_months_that_have_ended(first: date, last: date) -> None:
    with pytest.raises(errors.ContentWrong):
        await figures.neutrality(MANAGER, first, last)


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
    paid = referring.Drawing(today, Decimal("45.5"), today + timedelta(days=300))
    await referring.draw(sent.id, paid, actor=desk, version=good.version)
    told = await figures.ip_pledged(MANAGER, today.year)
    assert {name: told[name] for name in ("year", "loans", "drawn_wan", "value", "unit", "target")} == {
        "year": today.year, "loans": 1, "drawn_wan": "45.5", "value": "0.0046", "unit": "亿元", "target": "35",
    }  # fmt: skip
    assert told["reached_percent"] is None
    assert (await figures.ip_pledged(MANAGER, today.year - 1))["loans"] == 0
    assert await db.fetch_value("SELECT count(*) FROM financing_offers") == 1
