"""What a bank does with a referral, and what it may never do: two lifecycles, offers reckoned by one method."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from backend.access import Actor
from backend.financing import errors, queries
from backend.financing.consent import consenting, reading
from backend.financing.models import Referral
from backend.financing.referrals import drawing, offers, referring
from backend.financing.referrals.drawing import Drawing
from backend.financing.referrals.offers import Offer
from backend.financing.referrals.referring import Refusal
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.states import WrongState
from backend.runtime import Runtime
from tests.backend.financing.people import bank, drawn, opened, owner, product, referred, signing, state_of

REFUSAL = Refusal("collateral_short", "缺少可以处置的抵押物", "增加担保后可重新申请")


def fee(amount: str, **given: Any) -> dict[str, Any]:
    return {"kind": "service", "basis": "yuan", "amount": amount, "when": "start", **given}


def terms(rate: str | None = "3.85", **given: Any) -> Offer:
    valid = clock_module.today() + timedelta(days=10)
    return Offer(Decimal(50), 12, "interest_first", "credit", valid, Decimal(rate) if rate else None, **given)


async def _routed(running: Runtime) -> tuple[Actor, Actor, Referral]:
    institution, _, desk = await bank()
    person, _ = await owner(running)
    return person, desk, await referred(person, await product(institution))


async def test_a_referral_walks_to_its_drawing(running: Runtime, clock: clock_module.Frozen) -> None:
    person, desk, sent = await _routed(running)
    local = sent.accept_by.astimezone(clock_module.SHANGHAI) if sent.accept_by else None
    assert local
    assert (local.date(), local.hour) == (date(2026, 11, 25), 17)
    taken = await referring.accept(sent.id, actor=desk, version=sent.version)
    assert taken.decide_by
    assert taken.decide_by.astimezone(clock_module.SHANGHAI).date() == date(2026, 12, 7)
    spoken = await referring.contact(sent.id, actor=desk, version=taken.version)
    looked = await referring.investigate(sent.id, actor=desk, version=spoken.version)
    good = await referring.offer(sent.id, terms(), actor=desk, version=looked.version)
    await drawn(good, desk, person)
    told = await queries.detail(person, sent.application_id)
    assert (told["state"], told["referrals"][0]["state"], told["referrals"][0]["drawn_wan"]) == (
        "closed",
        "drawn",
        "50",
    )
    words = [one["kind"] for one in told["events"]]
    assert words == [
        "drafted", "submitted", "consented", "routed", "accepted", "contacted", "investigated", "approved",
        "drawing_noted", "drawn", "closed",
    ]  # fmt: skip
    with pytest.raises(errors.NotRouted):
        await reading.read(sent.id, actor=desk)
    kinds = [row["kind"] for row in await db.fetch("SELECT kind FROM inbox WHERE person_id = $1", person.id)]
    assert kinds == ["financing_moved"] * 3


async def test_a_refusal_has_code_words_and_a_remedy_and_makes_room(running: Runtime) -> None:
    banks = [await bank(f"{name}银行") for name in "甲乙丙丁"]
    versions = [await product(institution) for institution, _, _ in banks]
    person, _ = await owner(running)
    application = await opened(person)
    sent = [await consenting.sign(application.id, signing(one), actor=person) for one in versions]
    taken = await referring.accept(sent[0].id, actor=banks[0][2], version=sent[0].version)
    incomplete = (Refusal("gone", "x", "y"), Refusal("too_young", " ", "y"), Refusal("too_young", "x", ""))
    for wrong in (*incomplete, Refusal("too_young", "x", "增加担保后保证放款")):
        with pytest.raises(errors.RefusalIncomplete):
            await referring.refuse(sent[0].id, wrong, actor=banks[0][2], version=taken.version)
    await referring.refuse(sent[0].id, REFUSAL, actor=banks[0][2], version=taken.version)
    assert [await state_of(one.id) for one in sent] == ["rejected", "routed", "routed", "routed"]
    told = (await queries.detail(person, application.id))["referrals"][0]
    assert (told["refusal_word"], told["refusal_remedy"]) == ("抵质押不足", "增加担保后可重新申请")
    with pytest.raises(errors.NotRouted, match="已结束") as refused:
        await reading.read(sent[0].id, actor=banks[0][2])
    assert refused.value.permission is None


async def test_when_all_have_refused_the_owner_may_name_others(running: Runtime) -> None:
    person, desk, sent = await _routed(running)
    await referring.refuse(sent.id, REFUSAL, actor=desk, version=sent.version)
    assert (await queries.detail(person, sent.application_id))["state"] == "open"


Act = Callable[[Referral, Actor], Awaitable[Any]]
ACTS: list[Act] = [
    lambda sent, desk: referring.accept(sent.id, actor=desk, version=sent.version),
    lambda sent, desk: referring.contact(sent.id, actor=desk, version=sent.version),
    lambda sent, desk: referring.investigate(sent.id, actor=desk, version=sent.version),
    lambda sent, desk: referring.offer(sent.id, terms(), actor=desk, version=sent.version),
    lambda sent, desk: referring.refuse(sent.id, REFUSAL, actor=desk, version=sent.version),
]


@pytest.mark.parametrize("number", range(len(ACTS)))
async def test_nothing_is_done_for_another_bank_nor_behind_a_revocation(running: Runtime, number: int) -> None:
    person, desk, sent = await _routed(running)
    _, _, rival = await bank("乙银行")
    with pytest.raises(errors.ReferralUnknown):
        await ACTS[number](sent, rival)
    await consenting.revoke(sent.consent_id, "", actor=person)
    gone = await Referral.get(id=sent.id)
    with pytest.raises(errors.ConsentRevoked):
        await ACTS[number](gone, desk)


async def test_what_comes_out_of_order_is_refused(running: Runtime) -> None:
    _, desk, sent = await _routed(running)
    with pytest.raises(WrongState):
        await referring.contact(sent.id, actor=desk, version=sent.version)
    paid = Drawing(clock_module.today(), Decimal(50), clock_module.today() + timedelta(days=365))
    with pytest.raises(WrongState):
        await drawing.note(sent.id, paid, actor=desk, version=sent.version)
    with pytest.raises(errors.ReferralChanged):
        await referring.accept(sent.id, actor=desk, version=sent.version + 1)


async def test_accepting_races_revoking_and_one_of_them_is_told(running: Runtime) -> None:
    person, desk, sent = await _routed(running)
    results = await asyncio.gather(
        referring.accept(sent.id, actor=desk, version=sent.version),
        consenting.revoke(sent.consent_id, "", actor=person),
        return_exceptions=True,
    )
    assert results[1] is None
    assert isinstance(results[0], Referral | errors.ConsentRevoked | errors.ReferralChanged)
    assert await state_of(sent.id) == "given_up"


async def test_offers_stand_side_by_side_by_one_method(running: Runtime) -> None:
    banks = [await bank(f"{name}银行") for name in "甲乙丙"]
    versions = [await product(institution) for institution, _, _ in banks]
    person, _ = await owner(running)
    application = await opened(person)
    guarantee = {"kind": "guarantee", "basis": "percent_of_principal", "amount": "1", "when": "yearly"}
    penalty = {
        "kind": "other", "basis": "percent_of_principal", "amount": "3", "when": "end", "is_conditional": True,
    }  # fmt: skip
    made = (
        terms("3.2", fees=(guarantee,)),
        terms("3.9", fees=(penalty,)),
        terms(None, lpr_tenor="one_year", bp=100),
    )
    for version, (_, _, desk), one in zip(versions, banks, made, strict=True):
        sent = await consenting.sign(application.id, signing(version), actor=person)
        taken = await referring.accept(sent.id, actor=desk, version=sent.version)
        await referring.offer(sent.id, one, actor=desk, version=taken.version)
    told = await offers.compared(application.id, actor=person)
    by_bank = {one["institution"]: one for one in told["items"]}
    assert [one["institution"] for one in told["items"]] == ["乙银行", "丙银行", "甲银行"]
    # 3.9 % beats 3.2 % with a guarantee's fee; at worst, with its penalty, it doesn't
    assert told["cheapest"] == by_bank["乙银行"]["referral_id"]
    assert told["cheapest_at_worst"] == by_bank["甲银行"]["referral_id"]
    assert by_bank["丙银行"]["rate_percent"] == "4"
    assert by_bank["丙银行"]["worst_rate_percent"] == "4.85"
    assert by_bank["甲银行"]["cost"]["fees_yuan"] == "5000.00"
    stranger, _ = await owner(running, 2)
    assert (await offers.compared(application.id, actor=stranger))["items"] == []


async def test_a_bettered_offer_takes_the_place_of_the_first(running: Runtime) -> None:
    person, desk, sent = await _routed(running)
    taken = await referring.accept(sent.id, actor=desk, version=sent.version)
    first = await referring.offer(sent.id, terms("4"), actor=desk, version=taken.version)
    await referring.offer(sent.id, terms("3.5"), actor=desk, version=first.version)
    told = (await offers.compared(sent.application_id, actor=person))["items"]
    assert [(one["edition"], one["rate_percent"]) for one in told] == [(2, "3.5")]


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"rate_percent": None}, "rate_percent"),
        ({"lpr_tenor": "one_year"}, "rate_percent"),
        ({"bp": 5}, "rate_percent"),
        ({"amount_wan": Decimal(0)}, "amount_wan"),
        ({"repayment": "never"}, "repayment"),
        ({"collateral": "promise"}, "collateral"),
        ({"valid_until": date(2020, 1, 1)}, "valid_until"),
        ({"valid_until": date(9999, 12, 31)}, "valid_until"),
        ({"fees": (fee("999999999", when="monthly"),)}, "fees.0.amount"),
        ({"fees": (fee("40000", when="monthly"),)}, "fees"),
        ({"fees": (fee("37", basis="percent_of_principal"),)}, "fees"),
        ({"months": 0}, "months"),
        ({"fees": ({"kind": "other"},)}, "fees"),
    ],
)
@pytest.mark.usefixtures("database")
async def test_wrong_offers_are_named(wrong: dict[str, Any], path: str) -> None:
    given = {name: getattr(terms(), name) for name in Offer.__slots__}
    with pytest.raises((errors.ContentWrong, errors.TermsWrong)) as refusal:
        await Offer(**{**given, **wrong}).reckoned()
    assert [one.path for one in refusal.value.fields] == [path]


async def test_a_bettered_offer_does_not_make_the_decision_later(running: Runtime, clock: clock_module.Frozen) -> None:
    _, desk, sent = await _routed(running)
    taken = await referring.accept(sent.id, actor=desk, version=sent.version)
    first = await referring.offer(sent.id, terms("4"), actor=desk, version=taken.version)
    clock.advance(timedelta(days=5))
    again = await referring.offer(sent.id, terms("3.5"), actor=desk, version=first.version)
    assert again.decided_at == first.decided_at
    assert first.draw_by
    assert again.draw_by == first.draw_by + timedelta(days=5)
