"""Whoever leaves takes his consents with him: nothing more is read; that they were given stays, without him."""

import pytest

from backend.access import Actor, ActorKind
from backend.financing import errors, personal
from backend.financing.consent import consenting, reading
from backend.foundation import db
from backend.runtime import Runtime
from tests.backend.financing.people import bank, opened, owner, product, referred, signing, state_of
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
