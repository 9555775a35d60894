"""An enterprise is deregistered: its need ends, banks and owner are told, and nothing is read on."""

from uuid import UUID

import pytest

from backend.access import Actor
from backend.assembly import OUTBOX_HANDLERS
from backend.enterprises import settling
from backend.financing import applying, ceasing, errors
from backend.financing.consent import consenting, reading
from backend.financing.outcomes import CEASED
from backend.financing.referrals import referring, second_look
from backend.foundation import clock, db
from backend.outbox import NewItem, drain, put_many
from backend.runtime import Runtime
from tests.backend.financing.people import asked, bank, opened, owner, product, referred, signing, state_of

_CLOSE = "UPDATE enterprises SET status = 'deregistered', closed_at = $2 WHERE id = $1"


async def _close(place: UUID) -> None:
    """As a registry file does it: the row, and an item for everybody who is to hear of it."""
    async with db.transaction():
        await db.execute(_CLOSE, place, clock.now())
        await put_many([NewItem(settling.CLOSED_TOPIC, {"enterprise_id": str(place)}, key=str(place))])
    await drain(OUTBOX_HANDLERS)


async def _kinds(table: str, column: str, one: Actor) -> list[str]:
    rows = await db.fetch(f"SELECT kind FROM {table} WHERE {column} = $1 ORDER BY id", one.id)
    return [row["kind"] for row in rows]


async def test_all_that_goes_on_ends_and_everybody_is_told(running: Runtime) -> None:
    first, _, desk = await bank("甲银行")
    second, _, rival = await bank("乙银行")
    person, place = await owner(running)
    application = await opened_with(person, first, second)
    sent = {row["institution_id"]: row["id"] for row in await _referrals(application)}
    await reading.read(sent[first], actor=desk)
    await _close(place)
    assert [await state_of(one) for one in sent.values()] == ["given_up", "given_up"]
    for one, reader in ((sent[first], desk), (sent[second], rival)):
        with pytest.raises(errors.ConsentRevoked):
            await reading.read(one, actor=reader)
    row = await db.fetch_one("SELECT state, end_reason FROM financing_applications WHERE id = $1", application)
    assert row
    assert (row["state"], row["end_reason"]) == ("closed", CEASED)
    assert await _kinds("inbox", "person_id", person) == ["financing_ended"]
    assert await _kinds("staff_notices", "staff_id", desk) == ["referral_routed", "referral_given_up"]
    told = await db.fetch_value(
        "SELECT body FROM staff_notices WHERE staff_id = $1 AND kind = 'referral_given_up'", rival.id
    )
    assert CEASED in told
    async with db.transaction():
        assert await ceasing.enterprises_closed([place]) == 0


async def opened_with(person: Actor, *institutions: UUID) -> UUID:
    versions = [await product(one) for one in institutions]
    application = await opened(person)
    for version in versions:
        await consenting.sign(application.id, signing(version), actor=person)
    return application.id


async def _referrals(application_id: UUID) -> list[dict[str, UUID]]:
    sql = "SELECT id, institution_id FROM financing_referrals WHERE application_id = $1 ORDER BY position"
    return [dict(row) for row in await db.fetch(sql, application_id)]


async def test_nothing_new_begins_for_it(running: Runtime) -> None:
    institution, _, _ = await bank()
    version = await product(institution)
    person, place = await owner(running)
    application = await opened(person)
    await db.execute(_CLOSE, place, clock.now())
    with pytest.raises(errors.EnterpriseNotActive):
        await consenting.sign(application.id, signing(version), actor=person)
    async with db.transaction():
        await ceasing.enterprises_closed([place])
    with pytest.raises(errors.ApplicationOver):
        await consenting.sign(application.id, signing(version), actor=person)
    with pytest.raises(errors.EnterpriseNotActive):
        await applying.draft(asked(), actor=person)


async def test_a_draft_counts_as_withdrawn_and_another_s_need_goes_on(running: Runtime) -> None:
    person, place = await owner(running)
    draft = await applying.draft(asked(), actor=person)
    other, _ = await owner(running, 2)
    going_on = await opened(other)
    await _close(place)
    rows = await db.fetch("SELECT id, state FROM financing_applications")
    assert {row["id"]: row["state"] for row in rows} == {draft.id: "withdrawn", going_on.id: "open"}


async def test_a_second_look_ends_with_its_case(running: Runtime) -> None:
    institution, _, desk = await bank()
    person, place = await owner(running)
    sent = await referred(person, await product(institution))
    refusal = referring.Refusal("collateral_short", "缺少抵押物", "增加担保")
    await referring.refuse(sent.id, refusal, actor=desk, version=sent.version)
    await second_look.ask(sent.id, "已增加担保", actor=person)
    await _close(place)
    look = await db.fetch_one("SELECT outcome, case_id FROM financing_second_looks")
    assert look
    assert look["outcome"] == "ended"
    case = await db.fetch_value("SELECT state FROM cases WHERE id = $1", look["case_id"])
    assert case == "closed_by_decision"
    with pytest.raises(errors.ConsentRevoked):
        await reading.read(sent.id, actor=desk)
