"""An offer that overturns a refusal keeps the bank's word, or its owner has agreed to what is worse in it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from backend.access import Actor
from backend.financing import errors, queries
from backend.financing.banks import desk as desk_of_bank
from backend.financing.models import Referral
from backend.financing.referrals import agreeing, offers, overdue, referring, second_look
from backend.financing.referrals.drawing import Drawing
from backend.financing.referrals.offers import Offer
from backend.financing.referrals.second_look import Answer
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.runtime import Runtime
from tests.backend.financing.people import bank, drawn, owner, product, referred
from tests.backend.financing.referrals.test_referring import REFUSAL, terms


async def _asked_again(running: Runtime) -> tuple[Actor, Actor, Referral]:
    """A bank offered at 3.85 for ten days, let its day for drawing pass, came back, refused; its owner asked again."""
    institution, _, desk = await bank()
    person, _ = await owner(running)
    sent = await referred(person, await product(institution))
    sent = await referring.accept(sent.id, actor=desk, version=sent.version)
    sent = await referring.offer(sent.id, terms(), actor=desk, version=sent.version)
    await db.execute("UPDATE financing_referrals SET draw_by = $1", clock_module.now())
    assert await overdue.sweep() == 1
    sent = await Referral.get(id=sent.id)
    sent = await referring.accept(sent.id, actor=desk, version=sent.version)
    sent = await referring.refuse(sent.id, REFUSAL, actor=desk, version=sent.version)
    return person, desk, await second_look.ask(sent.id, "请再看", actor=person)


def _answer(offer: Offer) -> Answer:
    return Answer("同意办理", offer)


async def test_a_word_that_has_not_run_out_stands_behind_a_refusal_too(running: Runtime) -> None:
    _, desk, asked = await _asked_again(running)
    with pytest.raises(errors.ContentWrong) as refusal:
        await second_look.answer(asked.id, _answer(terms("3.9")), actor=desk, version=asked.version)
    assert [one.code for one in refusal.value.fields] == ["worse", "worse"]
    good = await second_look.answer(asked.id, _answer(terms("3.8")), actor=desk, version=asked.version)
    assert (await offers.editions(good.id))[0]["differences"] == []


async def test_what_is_worse_behind_a_lapsed_word_is_drawn_only_once_its_owner_agrees(
    running: Runtime, clock: clock_module.Frozen
) -> None:
    person, desk, asked = await _asked_again(running)
    stranger, _ = await owner(running, 2)
    clock.advance(timedelta(days=11))
    less = replace(terms("4.2"), amount_wan=Decimal(40))
    good = await second_look.answer(asked.id, _answer(less), actor=desk, version=asked.version)
    body = await db.fetch_value("SELECT body FROM inbox WHERE person_id = $1 ORDER BY id DESC LIMIT 1", person.id)
    assert "确认差别" in body
    (his,) = (await offers.compared(good.application_id, actor=person))["items"]
    assert his["differences"] == [
        "金额由 50 万元减为 40 万元",
        "按约定的年化成本由 3.9187% 升为 4.2818%",
        "最坏情形的年化成本由 3.9187% 升为 4.2818%",
    ]
    assert his["waits_for_owner"]
    shown = await desk_of_bank.referral(desk, good.id)
    assert (shown["may"], "待企业确认差别" in shown["sentence"]) == (["read", "offer", "give_up"], True)
    (own,) = (await queries.detail(person, good.application_id))["referrals"]
    assert "您确认差别后才能放款" in own["sentence"]
    with pytest.raises(errors.NotAgreed):
        await drawn(good, desk, person)
    with pytest.raises(errors.ReferralUnknown):
        await agreeing.agree(good.id, actor=stranger, version=good.version)
    agreed = await agreeing.agree(good.id, actor=person, version=good.version)
    with pytest.raises(errors.NothingToAgree):
        await agreeing.agree(good.id, actor=person, version=agreed.version)
    told = await desk_of_bank.referral(desk, good.id)
    assert (told["may"], told["events"][-1]["kind"]) == (["read", "draw", "offer", "give_up"], "differences_agreed")
    kinds = await db.fetch("SELECT kind FROM staff_notices WHERE staff_id = $1 ORDER BY id DESC LIMIT 1", desk.id)
    assert kinds[0]["kind"] == "referral_agreed"
    today = clock_module.today()
    paid = Drawing(today, Decimal(40), today + timedelta(days=365))
    assert (await drawn(await Referral.get(id=good.id), desk, person, paid)).state == "drawn"


async def test_what_is_bettered_meanwhile_is_held_to_the_offer_before_the_refusal_still(
    running: Runtime, clock: clock_module.Frozen
) -> None:
    person, desk, asked = await _asked_again(running)
    clock.advance(timedelta(days=11))
    good = await second_look.answer(asked.id, _answer(terms("4.2")), actor=desk, version=asked.version)
    better = await referring.offer(good.id, terms("4"), actor=desk, version=good.version)
    newest, before, _ = await offers.editions(better.id)
    assert (newest["waits_for_owner"], before["waits_for_owner"]) == (True, False)
    with pytest.raises(errors.ReferralChanged):  # he read another one
        await agreeing.agree(good.id, actor=person, version=good.version)
    best = await referring.offer(good.id, terms("3.85"), actor=desk, version=better.version)
    assert (await offers.editions(best.id))[0]["differences"] == []
    assert (await drawn(best, desk, person)).state == "drawn"


async def test_a_good_offer_of_a_day_opens_no_way_around_the_owner(
    running: Runtime, clock: clock_module.Frozen
) -> None:
    """As good as before but valid today only, and less tomorrow: he is asked all the same."""
    person, desk, asked = await _asked_again(running)
    clock.advance(timedelta(days=11))
    today_only = replace(terms("3.85"), valid_until=clock_module.today())
    good = await second_look.answer(asked.id, _answer(today_only), actor=desk, version=asked.version)
    clock.advance(timedelta(days=1))
    less = await referring.offer(good.id, terms("5"), actor=desk, version=good.version)
    with pytest.raises(errors.NotAgreed):
        await drawn(less, desk, person)
    await agreeing.agree(less.id, actor=person, version=less.version)
    assert (await drawn(await Referral.get(id=less.id), desk, person)).state == "drawn"


async def test_nobody_is_waited_for_once_the_day_for_drawing_is_over(
    running: Runtime, clock: clock_module.Frozen
) -> None:
    person, desk, asked = await _asked_again(running)
    clock.advance(timedelta(days=11))
    good = await second_look.answer(asked.id, _answer(terms("5")), actor=desk, version=asked.version)
    await db.execute("UPDATE financing_referrals SET draw_by = $1", clock_module.now())
    assert await overdue.sweep() == 1
    assert not (await offers.editions(good.id))[0]["waits_for_owner"]
    with pytest.raises(errors.ReferralChanged):
        await agreeing.agree(good.id, actor=person, version=good.version)
    with pytest.raises(errors.NothingToAgree):
        await agreeing.agree(good.id, actor=person, version=(await Referral.get(id=good.id)).version)
