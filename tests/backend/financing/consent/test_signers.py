"""Who signed has left: what hangs on his word ends, the bank is told, and nobody is late for it."""

from datetime import timedelta
from uuid import UUID

import pytest

from backend.access import Actor
from backend.financing import errors, queries
from backend.financing.banks import institutions
from backend.financing.consent import consenting, reading, signers
from backend.financing.outcomes import SIGNER_GONE
from backend.financing.referrals import overdue, routing
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.runtime import Runtime
from tests.backend.financing.people import MANAGER, bank, opened, owner, product, signing, state_of
from tests.factories.people import add_binding, add_person

_LEAVE = "UPDATE bindings SET state = 'ended', ended_at = now() WHERE person_id = $1"
_PROVE = "UPDATE bindings SET state = 'read_only', prove_by = now() WHERE person_id = $1"
_BACK = "UPDATE bindings SET state = 'active', prove_by = NULL WHERE person_id = $1"


async def _two_signed(running: Runtime) -> tuple[Actor, Actor, list[Actor], list[UUID]]:
    """Two who may sign have each let one bank look; returns the two, the desks and the referrals."""
    banks = [await bank(f"{name}银行") for name in "甲乙"]
    versions = [await product(institution) for institution, _, _ in banks]
    first, place = await owner(running)
    second = await add_person(running, "13905728888")
    await add_binding(second, place, "manager")
    application = await opened(first)
    people = (first, Actor(second.kind, second.id, enterprise_id=place))
    sent = [
        await consenting.sign(application.id, signing(version), actor=one)
        for version, one in zip(versions, people, strict=True)
    ]
    return *people, [desk for _, _, desk in banks], [one.id for one in sent]


async def test_only_his_own_consents_end_and_his_bank_is_told(running: Runtime) -> None:
    first, second, desks, sent = await _two_signed(running)
    assert await signers.sweep() == 0
    await db.execute(_LEAVE, second.id)
    assert await signers.sweep() == 1
    assert await signers.sweep() == 0
    assert [await state_of(one) for one in sent] == ["routed", "given_up"]
    sql = "SELECT body FROM staff_notices WHERE staff_id = $1 AND kind = 'referral_given_up'"
    assert SIGNER_GONE in await db.fetch_value(sql, desks[1].id)
    assert await db.fetch_value(sql, desks[0].id) is None
    mine = (await queries.mine(first, cursor=None, limit=5))["items"]
    assert [one["state"] for one in mine] == ["chosen"]


async def test_when_all_have_left_others_may_name_banks_anew(running: Runtime, clock: clock_module.Frozen) -> None:
    first, second, _, sent = await _two_signed(running)
    for one in (first, second):
        await db.execute(_LEAVE, one.id)
    assert await signers.sweep() == 2
    assert await db.fetch_value("SELECT state FROM financing_applications") == "open"
    clock.advance(timedelta(days=20))
    assert await overdue.sweep() == 0
    assert await state_of(sent[0]) == "given_up"


async def test_who_proves_himself_has_his_time_for_it(running: Runtime) -> None:
    first, _, desks, sent = await _two_signed(running)
    await db.execute(_PROVE, first.id)
    assert await signers.sweep() == 0
    with pytest.raises(errors.SignerGone):
        await reading.read(sent[0], actor=desks[0])
    await db.execute(_BACK, first.id)
    await reading.read(sent[0], actor=desks[0])


async def test_nothing_is_sent_to_a_bank_that_paused_until_it_opens(running: Runtime) -> None:
    banks = [await bank(f"{name}银行") for name in "甲乙丙丁"]
    versions = [await product(institution) for institution, _, _ in banks]
    person, _ = await owner(running)
    application = await opened(person)
    sent = [await consenting.sign(application.id, signing(one), actor=person) for one in versions]
    waiting = banks[3][0]
    await institutions.edit(waiting, "丁银行", "0572-1234567", is_open=False, actor=MANAGER, version=1)
    await consenting.revoke(sent[0].consent_id, "", actor=person)
    assert await state_of(sent[3].id) == "consented"
    assert await routing.sweep() == 0
    await institutions.edit(waiting, "丁银行", "0572-1234567", is_open=True, actor=MANAGER, version=2)
    assert await routing.sweep() == 1
    assert await state_of(sent[3].id) == "routed"


async def test_a_desk_that_closed_meanwhile_is_passed_by(running: Runtime) -> None:
    banks = [await bank(f"{name}银行") for name in "甲乙丙丁"]
    versions = [await product(institution) for institution, _, _ in banks]
    person, _ = await owner(running)
    application = await opened(person)
    sent = [await consenting.sign(application.id, signing(one), actor=person) for one in versions]
    await institutions.close_desk(banks[3][1], actor=MANAGER)
    await consenting.revoke(sent[0].consent_id, "", actor=person)
    assert await state_of(sent[3].id) == "consented"
    other = await institutions.open_desk(banks[3][0], "科技支行", [], actor=MANAGER)
    assert await routing.sweep() == 1
    assert await db.fetch_value("SELECT desk_id FROM financing_referrals WHERE id = $1", sent[3].id) == other
