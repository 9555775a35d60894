"""Whoever leaves takes his consents with him: nothing more is read; that they were given stays, without him."""

import pytest

from backend.access import Actor, ActorKind
from backend.financing import applying, errors, personal
from backend.financing.consent import consenting, reading
from backend.financing.outcomes import SIGNER_ERASED
from backend.financing.referrals import referring, second_look
from backend.foundation import db
from backend.runtime import Runtime
from tests.backend.financing.people import bank, opened, owner, product, referred, signing, state_of
from tests.backend.financing.referrals.test_referring import REFUSAL
from tests.factories.people import add_binding, add_person


async def test_what_another_signed_stays_when_one_leaves(running: Runtime) -> None:
    banks = [await bank(f"{name}银行") for name in "甲乙"]
    versions = [await product(institution) for institution, _, _ in banks]
    person, place = await owner(running)
    application = await opened(person)
    colleague = await add_person(running, "13905729999")
    await add_binding(colleague, place, role="manager")
    other = Actor(ActorKind.OWNER, colleague.id, enterprise_id=place)
    his = await consenting.sign(application.id, signing(versions[0]), actor=person)
    hers = await consenting.sign(application.id, signing(versions[1]), actor=other)
    assert person.id
    async with db.transaction():
        await personal.erase(person.id)
    with pytest.raises(errors.ConsentRevoked):
        await reading.read(his.id, actor=banks[0][2])
    assert await reading.read(hers.id, actor=banks[1][2])


async def test_who_leaves_has_his_consents_revoked(running: Runtime) -> None:
    institution, _, desk = await bank()
    person, _ = await owner(running)
    sent = await referred(person, await product(institution))
    await reading.read(sent.id, actor=desk)
    assert person.id
    copy = await personal.export(person.id)
    assert [(one["recipient"], one["reads"]) for one in copy["consents"]] == [("甲银行", 1)]
    assert len(copy["applications"]) == 1
    async with db.transaction():
        assert await personal.erase(person.id) > 0
    with pytest.raises(errors.ConsentRevoked):
        await reading.read(sent.id, actor=desk)
    assert await state_of(sent.id) == "given_up"
    left = await db.fetch_value(
        "SELECT count(*) FROM financing_consents WHERE person_id IS NOT NULL OR signed_from <> ''"
    )
    assert left == 0
    assert await db.fetch_value("SELECT count(*) FROM financing_reads") == 1
    assert (await personal.export(person.id)) == {"applications": [], "consents": [], "evidence": []}


async def test_what_he_wrote_and_who_he_was_are_nowhere_behind_his_leaving(running: Runtime) -> None:
    banks = [await bank(f"{name}银行") for name in "甲乙"]
    versions = [await product(institution) for institution, _, _ in banks]
    person, _ = await owner(running)
    application = await opened(person)
    refused, revoked = [await consenting.sign(application.id, signing(version), actor=person) for version in versions]
    refused = await referring.accept(refused.id, actor=banks[0][2], version=refused.version)
    refused = await referring.refuse(refused.id, REFUSAL, actor=banks[0][2], version=refused.version)
    await second_look.ask(refused.id, "我的原话一", actor=person)
    await consenting.revoke(revoked.consent_id, "我的原话二", actor=person)
    await applying.withdraw(application.id, "我的原话三", actor=person)
    assert person.id
    async with db.transaction():
        await personal.erase(person.id)
    for table in ("applications", "referrals", "consents", "events", "second_looks"):
        kept = " ".join(row["kept"] for row in await db.fetch(f"SELECT t::text AS kept FROM financing_{table} t"))
        assert "我的原话" not in kept, table
        assert str(person.id) not in kept, table


async def test_a_bank_is_not_told_that_its_owner_s_signer_left_the_platform(running: Runtime) -> None:
    institution, _, desk = await bank()
    person, _ = await owner(running)
    await referred(person, await product(institution))
    assert person.id
    async with db.transaction():
        await personal.erase(person.id)
    told = await db.fetch("SELECT n::text AS told FROM staff_notices n WHERE staff_id = $1", desk.id)
    assert any("不再代表企业" in row["told"] for row in told)
    assert not any(SIGNER_ERASED in row["told"] for row in told)
