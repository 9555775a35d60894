"""A closed desk or a paused bank holds nothing: another desk of it goes on, or the next bank, and each is told once."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from backend.access import Actor
from backend.financing import queries
from backend.financing.banks import institutions
from backend.financing.consent import consenting, reading
from backend.financing.models import Referral
from backend.financing.referrals import overdue, referring, releasing, second_look
from backend.financing.referrals.second_look import Answer
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.runtime import Runtime
from tests.backend.financing.people import MANAGER, bank, opened, owner, partner, product, signing, state_of
from tests.backend.financing.referrals.test_referring import REFUSAL, terms

_MOVED = "SELECT count(*) FROM inbox WHERE person_id = $1 AND kind = 'financing_moved'"


async def _four(running: Runtime) -> tuple[Actor, list[tuple[UUID, UUID, Actor]], list[Referral]]:
    """Three banks look, a fourth stands in line."""
    banks = [await bank(f"{name}银行") for name in "甲乙丙丁"]
    versions = [await product(institution) for institution, _, _ in banks]
    person, _ = await owner(running)
    application = await opened(person)
    return person, banks, [await consenting.sign(application.id, signing(one), actor=person) for one in versions]


async def _told(staff: Actor) -> list[str]:
    rows = await db.fetch("SELECT kind FROM staff_notices WHERE staff_id = $1 ORDER BY id", staff.id)
    return [row["kind"] for row in rows]


async def test_what_a_closed_desk_had_goes_to_the_next_bank_at_once(
    running: Runtime, clock: clock_module.Frozen
) -> None:
    person, banks, sent = await _four(running)
    taken = await referring.accept(sent[0].id, actor=banks[0][2], version=sent[0].version)
    await referring.offer(sent[0].id, terms(), actor=banks[0][2], version=taken.version)
    before = await db.fetch_value(_MOVED, person.id)
    await asyncio.gather(releasing.close_desk(banks[0][1], actor=MANAGER), releasing.sweep())
    assert await releasing.sweep() == 0
    assert [await state_of(one.id) for one in sent] == ["unknown", "routed", "routed", "routed"]
    assert await db.fetch_value(_MOVED, person.id) == before + 1
    assert await _told(banks[3][2]) == ["referral_routed"]
    told = (await queries.detail(person, sent[0].application_id))["referrals"][0]
    assert (told["state_word"], "未响应" in told["sentence"]) == ("机构停止对接", False)
    clock.advance(timedelta(days=70))
    await overdue.sweep()
    assert (await Referral.get(id=sent[0].id)).end_reason == "该机构已停止对接"


async def test_another_desk_of_the_bank_goes_on_with_it(running: Runtime) -> None:
    person, banks, sent = await _four(running)
    taken = await referring.accept(sent[0].id, actor=banks[0][2], version=sent[0].version)
    await institutions.open_desk(banks[0][0], "安吉支行", ["330523"], actor=MANAGER)  # not of his district
    other = await partner(await institutions.open_desk(banks[0][0], "城区支行", [], actor=MANAGER))
    await releasing.close_desk(banks[0][1], actor=MANAGER)
    assert await releasing.sweep() == 0
    assert [await state_of(one.id) for one in sent] == ["accepted", "routed", "routed", "consented"]
    assert await _told(other) == ["referral_handed_over"]
    await reading.read(sent[0].id, actor=other)
    moved = await Referral.get(id=sent[0].id)
    assert moved.decide_by == taken.decide_by
    await referring.contact(sent[0].id, actor=other, version=moved.version)
    kinds = [one["kind"] for one in (await queries.detail(person, sent[0].application_id))["events"]]
    assert kinds.count("handed_over") == 1


@pytest.mark.parametrize("has_other", [True, False])
async def test_a_second_look_goes_to_another_desk_or_ends_where_nobody_is_left_to_answer(
    running: Runtime, has_other: bool
) -> None:
    person, banks, sent = await _four(running)
    refused = await referring.refuse(sent[0].id, REFUSAL, actor=banks[0][2], version=sent[0].version)
    last = await Referral.get(id=sent[3].id)
    await consenting.revoke(sent[1].consent_id, "", actor=person)
    await second_look.ask(refused.id, "已增加担保", actor=person)
    other = (
        await partner(await institutions.open_desk(banks[0][0], "城区支行", [], actor=MANAGER)) if has_other else None
    )
    await releasing.close_desk(banks[0][1], actor=MANAGER)
    assert await releasing.sweep() == 0
    row = await db.fetch_one("SELECT outcome FROM financing_second_looks")
    assert row
    assert (row["outcome"], await state_of(refused.id), last.state) == (
        None if other else "ended",
        "rejected",
        "routed",
    )
    if other:
        moved = await Referral.get(id=refused.id)
        answered = await second_look.answer(refused.id, Answer("同意", terms()), actor=other, version=moved.version)
        assert answered.state == "approved"


async def test_a_paused_bank_finishes_what_it_has_taken_and_nothing_else(running: Runtime) -> None:
    _, banks, sent = await _four(running)
    await referring.accept(sent[0].id, actor=banks[0][2], version=sent[0].version)
    for (institution, _, _), name in zip(banks[:2], "甲乙", strict=True):
        version = await db.fetch_value("SELECT version FROM financing_institutions WHERE id = $1", institution)
        given = (institution, f"{name}银行", "0572-1234567")
        await releasing.edit(*given, is_open=False, actor=MANAGER, version=version)
    assert [await state_of(one.id) for one in sent] == ["accepted", "unknown", "routed", "routed"]


async def test_what_a_crash_left_the_clock_releases(running: Runtime) -> None:
    _, banks, sent = await _four(running)
    await institutions.close_desk(banks[1][1], actor=MANAGER)
    assert (await releasing.sweep(), await releasing.sweep()) == (1, 0)
    assert [await state_of(one.id) for one in sent] == ["routed", "unknown", "routed", "routed"]
