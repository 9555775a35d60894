"""What the cap of a day put off comes the next day as one message, and never besides what it stands for."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.notifications import call_off
from backend.notifications import credits as ledger
from backend.notifications.claiming import LEASE, Batch, claim
from backend.notifications.delivering import deliver
from backend.notifications.digesting import KIND
from backend.notifications.due import take_notes
from backend.notifications.settling import Outcome, begin, release, settle
from backend.runtime import Runtime
from tests.backend.notifications.people import Phone, Phones, deliveries, message, reasons, say
from tests.backend.notifications.reaching import Reachable
from tests.support.sizes import scaled

DAY = timedelta(days=1)


async def _cap(phone: Phone, many: int) -> None:
    """Two went out today, `many` more were put off to tomorrow."""
    await say(*(message(phone.person) for _ in range(2 + many)))
    await deliver()
    found = Counter(await reasons(phone.person))
    assert found == {("sent", None): 2, ("deferred", "capped"): many}


async def test_several_become_one_message_of_the_next_day(phones: Phones, clock: Frozen) -> None:
    phone = await phones.make(taps=10)
    await _cap(phone, 3)
    clock.advance(DAY)
    await deliver()
    found = Counter((row["kind"] == KIND, row["state"], row["reason"]) for row in await deliveries())
    assert found == {(False, "sent", None): 2, (False, "suppressed", "in_digest"): 3, (True, "sent", None): 1}
    [last] = phones.received(phone)[2:]
    assert last["data"]["thing1"] == "3条为您保留的消息"
    entries = Counter(row["kind"] for row in await db.fetch("SELECT kind FROM inbox"))
    assert entries == {"policy_matched": 5, KIND: 1}
    assert await ledger.drift() == []


async def test_one_alone_goes_as_it_is(phones: Phones, clock: Frozen) -> None:
    phone = await phones.make(taps=10)
    await _cap(phone, 1)
    clock.advance(DAY)
    await deliver()
    assert await reasons() == [("sent", None)] * 3
    assert phones.received(phone)[-1]["data"]["thing1"].startswith("小微企业")


async def test_a_digest_is_one_broadcast_of_its_day(phones: Phones, clock: Frozen) -> None:
    phone = await phones.make(taps=20)
    await _cap(phone, 3)
    clock.advance(DAY)
    await say(*(message(phone.person) for _ in range(3)))
    await deliver()
    assert Counter(await reasons()) == {
        ("sent", None): 4,
        ("suppressed", "in_digest"): 3,
        ("deferred", "capped"): 2,
    }
    assert len(phones.received(phone)) == 4


async def test_a_digest_that_was_put_off_itself_stays_what_it_is(phones: Phones, clock: Frozen) -> None:
    phone = await phones.make(taps=20)
    await _cap(phone, 2)
    clock.advance(DAY)
    await db.execute("UPDATE addresses SET counted_on = $1, broadcasts_today = 2", clock.now().date())
    await deliver()
    assert Counter(row["state"] for row in await deliveries() if row["kind"] == KIND) == {"deferred": 1}
    await say(*(message(phone.person) for _ in range(2)))
    await deliver()
    clock.advance(DAY)
    await deliver()
    told = [row for row in await deliveries() if row["kind"] == KIND]
    assert [row["state"] for row in told] == ["sent", "sent"]


async def test_what_no_longer_stands_is_in_no_digest(phones: Phones, clock: Frozen) -> None:
    phone = await phones.make(taps=10)
    await say(*(message(phone.person) for _ in range(2)))
    await deliver()
    gone = message(phone.person, subject=phone.address)
    await say(gone, message(phone.person), message(phone.person, not_after=clock.now() + DAY * 3))
    await deliver()
    async with db.transaction():
        await call_off(phone.address, "withdrawn")
    clock.advance(DAY)
    await deliver()
    found = Counter(await reasons())
    assert found[("cancelled", "called_off")] == 1
    assert found[("suppressed", "in_digest")] == 2
    assert phones.received(phone)[-1]["data"]["thing1"] == "2条为您保留的消息"


async def test_without_a_credit_it_takes_the_next_channel_and_its_parts_do_not(
    people: Reachable, clock: Frozen
) -> None:
    phone = await people.make(taps=2)
    await people.follow(phone)
    await say(*(message(phone.person) for _ in range(2)))
    await deliver()
    await people.allow(phone, 2)
    await say(*(message(phone.person) for _ in range(2)))
    await deliver()
    await db.execute("UPDATE credits SET balance = 0")
    clock.advance(DAY)
    await deliver()
    tries = [(row["channel"], row["state"]) for row in await deliveries() if row["kind"] == KIND]
    assert tries == [("subscribe", "suppressed"), ("service", "sent")]
    assert people.by_account() == ["miniprogram", "miniprogram", "service"]


async def _finish(batch: Batch) -> None:
    ours = await begin([one.id for one in batch.messages], batch.claim, LEASE)
    told = [Outcome(one.id, one.address_id, one.template_id, "sent") for one in batch.messages if one.id in ours]
    await settle(told, batch.claim)
    await release([batch.claim])


async def _work(running: Runtime, limit: int) -> None:
    while True:
        await take_notes()
        batch = await claim(limit, running.settings)
        if batch.messages:
            await _finish(batch)
        elif not batch.looked_at and not await db.fetch_value("SELECT EXISTS (SELECT FROM due_notes)"):
            return


@pytest.mark.parametrize("limit", [1, 7])
async def test_claims_at_once_send_a_digest_or_its_parts_and_never_both(
    phones: Phones, clock: Frozen, connected: Runtime, limit: int
) -> None:
    """200 claims at once, of people who each have five put off and three new ones waiting."""
    crowd = await phones.crowd(scaled(20), taps=30)
    await say(*(message(phone.person) for phone in crowd for _ in range(7)))
    await deliver()
    assert Counter(await reasons())[("deferred", "capped")] == 5 * len(crowd)
    clock.advance(DAY)
    await say(*(message(phone.person) for phone in crowd for _ in range(3)))
    await take_notes()
    batches = await asyncio.gather(*(claim(limit, connected.settings) for _ in range(200)))
    await asyncio.gather(*(_finish(batch) for batch in batches if batch.messages))
    await asyncio.gather(*(_work(connected, limit) for _ in range(6)))
    rows = await deliveries()
    today = Counter(row["person_id"] for row in rows if row["state"] == "sent" and row["sending_at"] == clock.now())
    assert today == {phone.person: connected.settings.broadcasts_per_day for phone in crowd}
    digests = Counter(row["person_id"] for row in rows if row["kind"] == KIND)
    assert digests == {phone.person: 1 for phone in crowd}
    parts = Counter(row["reason"] for row in rows if row["kind"] != KIND and row["attempts"] == 0)
    assert parts["in_digest"] == 5 * len(crowd)
    assert await ledger.drift() == []
