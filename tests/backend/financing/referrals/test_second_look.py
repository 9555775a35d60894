"""A refusal looked at once more: the bureau mediates, the bank alone decides, and what came of it stands."""

from datetime import date, timedelta

import pytest

from backend import cases
from backend.access import Actor, Role
from backend.financing import applying, errors, queries
from backend.financing.banks import desk as desk_of_bank
from backend.financing.consent import consenting, reading
from backend.financing.models import Referral
from backend.financing.referrals import referring, routing, second_look
from backend.financing.referrals.second_look import Answer
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import SHANGHAI
from backend.runtime import Runtime
from tests.backend.cases.people import clerk
from tests.backend.financing.people import bank, drawn, opened, owner, product, referred, signing, state_of
from tests.backend.financing.referrals.test_referring import REFUSAL, terms


async def _refused(running: Runtime) -> tuple[Actor, Actor, Referral]:
    institution, _, desk = await bank()
    person, _ = await owner(running)
    sent = await referred(person, await product(institution))
    return person, desk, await referring.refuse(sent.id, REFUSAL, actor=desk, version=sent.version)


async def test_a_bank_looks_again_and_changes_its_mind(running: Runtime, clock: clock_module.Frozen) -> None:
    person, desk, refused = await _refused(running)
    mediator = await clerk(Role.SPECIALIST)
    asked = await second_look.ask(refused.id, "已增加担保", actor=person)
    told = (await queries.detail(person, refused.application_id))["referrals"][0]["second_look"]
    assert told["contact_by"] == clock.now() + timedelta(hours=48)
    assert told["bank_by"].astimezone(SHANGHAI).date() == date(2026, 11, 30)
    assert (await cases.of("financing", [refused.id]))[refused.id].number.startswith("WW-")
    spoken = await second_look.contact(refused.id, actor=mediator, version=asked.version)
    await reading.read(refused.id, actor=desk)
    given = Answer("同意办理", terms("4.2"))
    good = await second_look.answer(refused.id, given, actor=desk, version=spoken.version)
    assert (good.state, good.refusal_code) == ("approved", None)
    told = await queries.detail(person, refused.application_id)
    assert (told["state"], told["referrals"][0]["second_look"]["outcome"]) == ("chosen", "overturned")
    assert (await drawn(good, desk, person)).state == "drawn"


async def test_a_bank_stands_by_its_refusal_and_reads_no_more(running: Runtime) -> None:
    person, desk, refused = await _refused(running)
    asked = await second_look.ask(refused.id, "请再看一次", actor=person)
    with pytest.raises(errors.RefusalIncomplete):
        await second_look.answer(refused.id, Answer(" "), actor=desk, version=asked.version)
    upheld = await second_look.answer(refused.id, Answer("担保仍不足"), actor=desk, version=asked.version)
    assert await state_of(refused.id) == "rejected"
    with pytest.raises(errors.NotRouted):
        await reading.read(refused.id, actor=desk)
    with pytest.raises(errors.NoSecondLook):
        await second_look.answer(refused.id, Answer("再答"), actor=desk, version=upheld.version)
    with pytest.raises(errors.SecondLookTaken):
        await second_look.ask(refused.id, "再来", actor=person)


async def test_only_a_refusal_in_time_under_a_live_consent(running: Runtime, clock: clock_module.Frozen) -> None:
    person, _, refused = await _refused(running)
    stranger, _ = await owner(running, 2)
    with pytest.raises(errors.ReferralUnknown):
        await second_look.ask(refused.id, "", actor=stranger)
    clock.advance(timedelta(days=31))
    with pytest.raises(errors.NotRefused):
        await second_look.ask(refused.id, "太晚", actor=person)


async def test_not_without_a_consent_nor_for_what_goes_on(running: Runtime) -> None:
    person, desk, refused = await _refused(running)
    await consenting.revoke(refused.consent_id, "", actor=person)
    with pytest.raises(errors.ConsentRevoked):
        await second_look.ask(refused.id, "请再看", actor=person)
    assert desk.id
    await applying.withdraw(refused.application_id, "", actor=person)
    with pytest.raises(errors.ApplicationOver):
        await second_look.ask(refused.id, "请再看", actor=person)


async def test_revoking_ends_a_second_look(running: Runtime) -> None:
    person, desk, refused = await _refused(running)
    asked = await second_look.ask(refused.id, "请再看", actor=person)
    await consenting.revoke(refused.consent_id, "", actor=person)
    with pytest.raises(errors.ConsentRevoked):
        await reading.read(refused.id, actor=desk)
    with pytest.raises(errors.ConsentRevoked):
        await second_look.answer(refused.id, Answer("同意", terms()), actor=desk, version=asked.version)
    assert await db.fetch_value("SELECT outcome FROM financing_second_looks") == "ended"


async def test_a_second_look_counts_among_the_three(running: Runtime) -> None:
    banks = [await bank(f"{name}银行") for name in "甲乙丙丁"]
    versions = [await product(institution) for institution, _, _ in banks]
    person, _ = await owner(running)
    application = await opened(person)
    sent = [await consenting.sign(application.id, signing(one), actor=person) for one in versions[:3]]
    await referring.refuse(sent[0].id, REFUSAL, actor=banks[0][2], version=sent[0].version)
    await second_look.ask(sent[0].id, "请再看", actor=person)
    last = await consenting.sign(application.id, signing(versions[3]), actor=person)
    assert last.state == "consented"
    looked = await Referral.get(id=sent[0].id)
    await second_look.answer(sent[0].id, Answer("不变"), actor=banks[0][2], version=looked.version)
    assert await state_of(last.id) == "routed"


async def test_whoever_is_late_is_told_of_once(running: Runtime, clock: clock_module.Frozen) -> None:
    person, _, refused = await _refused(running)
    mediator = await clerk(Role.SPECIALIST)
    await second_look.ask(refused.id, "请再看", actor=person)
    clock.advance(timedelta(hours=47))
    assert await second_look.sweep() == 0
    clock.advance(timedelta(hours=2))
    assert (await second_look.sweep(), await second_look.sweep()) == (1, 0)
    sql = "SELECT body FROM staff_notices WHERE staff_id = $1 AND kind = 'referral_overdue' ORDER BY id"
    assert [second_look.NOT_CONTACTED in row["body"] for row in await db.fetch(sql, mediator.id)] == [True]
    clock.advance(timedelta(days=7))
    assert (await second_look.sweep(), await second_look.sweep()) == (1, 0)
    told = [row["body"] for row in await db.fetch(sql, mediator.id)]
    assert [second_look.NOT_ANSWERED in one for one in told] == [False, True]


async def test_a_bank_that_lets_its_second_look_pass_reads_no_more_and_holds_no_place(
    running: Runtime, clock: clock_module.Frozen
) -> None:
    banks = [await bank(f"{name}银行") for name in "甲乙丙丁"]
    versions = [await product(institution) for institution, _, _ in banks]
    person, _ = await owner(running)
    application = await opened(person)
    sent = [await consenting.sign(application.id, signing(one), actor=person) for one in versions[:3]]
    await referring.refuse(sent[0].id, REFUSAL, actor=banks[0][2], version=sent[0].version)
    taken = [
        await referring.accept(one.id, actor=desk, version=one.version)
        for one, (_, _, desk) in zip(sent[1:], banks[1:3], strict=True)
    ]
    await second_look.ask(sent[0].id, "请再看", actor=person)
    last = await consenting.sign(application.id, signing(versions[3]), actor=person)
    assert (await desk_of_bank.referral(banks[0][2], sent[0].id))["may"] == ["read", "answer_again"]
    clock.advance(timedelta(days=8))
    assert await routing.sweep() == 1
    assert [await state_of(one.id) for one in (*taken, last)] == ["accepted", "accepted", "routed"]
    with pytest.raises(errors.NotRouted):
        await reading.read(sent[0].id, actor=banks[0][2])
    shown = await desk_of_bank.referral(banks[0][2], sent[0].id)
    assert shown["may"] == ["answer_again"]
    late = Answer("同意办理", terms())
    with pytest.raises(errors.NoPlace):
        await second_look.answer(sent[0].id, late, actor=banks[0][2], version=shown["version"])
    await consenting.revoke(last.consent_id, "", actor=person)
    good = await second_look.answer(sent[0].id, late, actor=banks[0][2], version=shown["version"])
    assert good.state == "approved"


async def test_a_consent_that_runs_out_ends_the_second_look_under_it(
    running: Runtime, clock: clock_module.Frozen
) -> None:
    institution, _, desk = await bank()
    person, _ = await owner(running)
    sent = await referred(person, await product(institution), expires_on=clock_module.today() + timedelta(days=2))
    refused = await referring.refuse(sent.id, REFUSAL, actor=desk, version=sent.version)
    await second_look.ask(refused.id, "请再看", actor=person)
    clock.advance(timedelta(days=2))
    await second_look.sweep()
    assert await db.fetch_value("SELECT outcome FROM financing_second_looks") is None
    clock.advance(timedelta(days=1))
    await second_look.sweep()
    assert await db.fetch_value("SELECT outcome FROM financing_second_looks") == "ended"


async def test_what_is_looked_at_again_does_not_expire_and_then_all_consents_end(
    running: Runtime, clock: clock_module.Frozen
) -> None:
    institution, _, desk = await bank()
    version = await product(institution)
    person, _ = await owner(running)
    application = await opened(person)
    clock.advance(timedelta(days=59))
    sent = await consenting.sign(application.id, signing(version), actor=person)
    refused = await referring.refuse(sent.id, REFUSAL, actor=desk, version=sent.version)
    await second_look.ask(refused.id, "请再看", actor=person)
    clock.advance(timedelta(days=2))
    assert await applying.expire() == 0
    await reading.read(refused.id, actor=desk)
    clock.advance(timedelta(days=8))
    assert await applying.expire() == 1
    with pytest.raises(errors.ConsentRevoked):
        await reading.read(refused.id, actor=desk)
    assert await db.fetch_value("SELECT outcome FROM financing_second_looks") == "ended"
