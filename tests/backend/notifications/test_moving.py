"""An openid that becomes another person's: what each of the two was sent today stays with the person."""

from uuid import UUID

import pytest

from backend.foundation import db
from backend.notifications import addresses
from backend.notifications.claiming import LEASE, claim
from backend.notifications.delivering import deliver
from backend.notifications.due import take_notes
from backend.notifications.locking import LEAD
from backend.notifications.settling import Outcome, begin, release, settle
from backend.runtime import Runtime
from tests.backend.notifications.people import Phone, Phones, make_person, message, reasons, say, states
from tests.support.sandbox import APPID

_COUNT = f"SELECT broadcasts_today FROM addresses WHERE id = {LEAD.format(person='$1')}"


async def _today(person: UUID) -> int:
    return int(await db.fetch_value(_COUNT, person))


async def _sent(phone: Phone, count: int = 1) -> None:
    for _ in range(count):
        await say(message(phone.person))
        await deliver()


@pytest.mark.parametrize("is_older", [True, False])
async def test_a_message_given_back_is_taken_from_the_count_of_its_own_person(
    phones: Phones, connected: Runtime, *, is_older: bool
) -> None:
    if is_older:
        moving, other = await phones.make(), await phones.make()
    else:
        other, moving = await phones.make(), await phones.make()
    await _sent(other)
    await say(message(moving.person))
    await take_notes()
    batch = await claim(10, connected.settings)
    assert (await _today(moving.person), await _today(other.person)) == (1, 1)
    former = await phones.make(person=moving.person)
    await addresses.upsert(other.person, APPID, moving.openid)
    assert (await _today(former.person), await _today(other.person)) == (0, 1)
    await release([batch.claim])
    assert (await _today(former.person), await _today(other.person)) == (0, 1)


async def test_the_cap_of_the_one_whose_phone_it_was_holds_on_his_other_phone(phones: Phones) -> None:
    leading = await phones.make(taps=2)
    await _sent(leading, 2)
    second = await phones.make(person=leading.person)
    new_owner = await make_person()
    await addresses.upsert(new_owner, APPID, leading.openid)
    assert (await _today(second.person), await _today(new_owner)) == (2, 0)
    await say(message(second.person))
    await deliver()
    assert (await reasons(second.person))[-1] == ("deferred", "capped")


@pytest.mark.parametrize("state", ["sent", "failed"])
async def test_a_call_under_way_that_ends_afterwards_changes_nobodys_count(
    phones: Phones, connected: Runtime, state: str
) -> None:
    moving, other = await phones.make(), await phones.make()
    await _sent(other)
    second = await phones.make(person=moving.person)
    await say(message(moving.person))
    await take_notes()
    batch = await claim(10, connected.settings)
    [one] = batch.messages
    await begin([one.id], batch.claim, LEASE)
    await addresses.upsert(other.person, APPID, moving.openid)
    await settle([Outcome(one.id, one.address_id, one.template_id, state, gives_back=state == "failed")], batch.claim)
    await release([batch.claim])
    assert (await _today(second.person), await _today(other.person)) == (1, 1)
    assert await states(moving.person) == [state]


async def test_signing_in_again_moves_nothing(phones: Phones) -> None:
    phone = await phones.make()
    await _sent(phone)
    await say(message(phone.person))
    assert await addresses.upsert(phone.person, APPID, phone.openid) == phone.address
    assert await _today(phone.person) == 1
    assert (await states(phone.person))[-1] == "pending"
