"""Whoever leaves takes his consents with him: nothing more is read; that they were given stays, without him."""

import pytest

from backend.financing import errors, personal
from backend.financing.consent import reading
from backend.foundation import db
from backend.runtime import Runtime
from tests.backend.financing.people import bank, owner, product, referred, state_of


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
