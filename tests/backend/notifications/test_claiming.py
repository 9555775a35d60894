"""What goes out now, what waits and what never goes is decided once, under the address's lock."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta

import pytest

from backend.foundation import db
from backend.foundation.clock import SHANGHAI, Frozen
from backend.notifications.claiming import LEASE, Batch, claim
from backend.notifications.delivering import deliver
from backend.notifications.due import take_notes
from backend.notifications.hours import quiet_until
from backend.notifications.settling import Outcome, begin, release, settle
from backend.runtime import Runtime
from tests.backend.notifications.people import (
    BROADCAST,
    SERVICE,
    URGENT,
    Phone,
    Phones,
    balance,
    deliveries,
    message,
    reasons,
    say,
    states,
)
from tests.support.sizes import scaled


async def _claim(running: Runtime, limit: int = 500) -> Batch:
    await take_notes()
    return await claim(limit, running.settings)


async def _finish(batch: Batch) -> None:
    """All calls of the batch succeed."""
    await begin([one.id for one in batch.messages], batch.claim, LEASE)
    await settle([Outcome(one.id, one.address_id, one.template_id, "sent") for one in batch.messages], batch.claim)
    await release([batch.claim])


async def _work(running: Runtime, limit: int) -> None:
    """Be a worker until nothing is due."""
    while (batch := await _claim(running, limit)).looked_at:
        if batch.messages:
            await _finish(batch)


def _at(hour: int, minute: int = 0, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        (_at(20, 59), None),
        (_at(21), _at(8, day=24)),
        (_at(23, 59), _at(8, day=24)),
        (_at(0), _at(8)),
        (_at(7, 59), _at(8)),
        (_at(8), None),
    ],
)
async def test_quiet_hours_begin_at_nine_and_end_at_eight(
    running: Runtime, moment: datetime, end: datetime | None
) -> None:
    assert quiet_until(moment, running.settings) == end


async def test_no_quiet_hours_when_they_end_as_they_begin(running: Runtime) -> None:
    settings = running.settings.model_copy(update={"quiet_from": "08:00", "quiet_until": "08:00"})
    assert quiet_until(_at(8), settings) is None


async def test_at_night_only_the_urgent_goes_and_the_rest_in_the_morning(phones: Phones, clock: Frozen) -> None:
    phone = await phones.make(kind=SERVICE, taps=2)
    clock.set(_at(22))
    await say(message(phone.person, SERVICE), message(phone.person, URGENT))
    await deliver()
    assert await reasons() == [("deferred", "quiet"), ("sent", None)]
    clock.set(_at(7, 59, day=24))
    await deliver()
    assert await states() == ["deferred", "sent"]
    clock.set(_at(8, day=24))
    await deliver()
    assert await states() == ["sent", "sent"]


async def test_what_would_wait_past_its_end_expires_at_once(phones: Phones, clock: Frozen) -> None:
    phone = await phones.make(kind=SERVICE)
    clock.set(_at(22))
    await say(message(phone.person, SERVICE, not_after=_at(23)))
    await deliver()
    assert await reasons() == [("expired", "quiet")]
    assert await balance(phone, SERVICE) == 1


async def test_past_its_end_a_message_is_never_sent(phones: Phones, clock: Frozen) -> None:
    phone = await phones.make()
    await say(message(phone.person, not_after=_at(12)))
    clock.set(_at(12))
    await deliver()
    assert await reasons() == [("expired", "too_late")]
    assert phones.received() == []


async def test_a_third_broadcast_waits_for_tomorrow_and_a_service_message_does_not(
    phones: Phones, clock: Frozen
) -> None:
    phone = await phones.make(taps=3)
    await phones.allow(phone, 1, SERVICE)
    await say(*(message(phone.person) for _ in range(3)), message(phone.person, SERVICE))
    await deliver()
    assert sorted(await states()) == ["deferred", "sent", "sent", "sent"]
    assert ("deferred", "capped") in await reasons()
    clock.set(_at(8, day=24))
    await deliver()
    assert await states() == ["sent"] * 4


async def test_workers_side_by_side_never_pass_the_cap(phones: Phones, connected: Runtime) -> None:
    crowd = await phones.crowd(scaled(25), taps=20)
    await say(*(message(phone.person) for phone in crowd for _ in range(8)))
    await asyncio.gather(*(_work(connected, limit=7) for _ in range(8)))
    assert Counter(await reasons()) == {("sent", None): 2 * len(crowd), ("deferred", "capped"): 6 * len(crowd)}
    assert await db.fetch_value("SELECT count(*) FROM addresses WHERE broadcasts_today = 2") == len(crowd)


async def test_racing_claims_spend_one_credit_once(phones: Phones, connected: Runtime) -> None:
    phone = await phones.make(taps=1)
    await say(*(message(phone.person) for _ in range(2)))
    await take_notes()
    batches = await asyncio.gather(*(claim(10, connected.settings) for _ in range(scaled(50))))
    assert sum(len(batch.messages) for batch in batches) == 1
    assert await balance(phone) == 0


async def test_without_credit_it_is_named_and_not_tried(phones: Phones) -> None:
    phone = await phones.make(taps=0)
    await say(message(phone.person))
    await deliver()
    assert await reasons() == [("suppressed", "no_credit")]
    assert phones.received() == []


async def test_what_was_claimed_and_given_back_is_as_if_nothing_had_been(phones: Phones, connected: Runtime) -> None:
    phone = await phones.make(taps=1)
    await say(message(phone.person))
    batch = await _claim(connected)
    assert await balance(phone) == 0
    await release([batch.claim])
    assert await balance(phone) == 1
    row = await db.fetch_one("SELECT claim, broadcasts_today, next_due_at FROM addresses")
    assert row is not None
    assert (row["claim"], row["broadcasts_today"]) == (None, 0)
    assert row["next_due_at"] is not None
    assert await states() == ["pending"]


async def test_a_service_message_stands_before_any_broadcast(phones: Phones, connected: Runtime) -> None:
    crowd = await phones.crowd(30)
    await say(*(message(phone.person) for phone in crowd))
    await take_notes()
    single = await phones.make(kind=SERVICE)
    await say(message(single.person, SERVICE))
    batch = await _claim(connected, limit=1)
    assert [one.address_id for one in batch.messages] == [single.address]


async def test_of_one_owners_messages_the_urgent_goes_first(phones: Phones, connected: Runtime) -> None:
    phone = await phones.make(taps=1)
    await phones.allow(phone, 2, SERVICE)
    await say(message(phone.person, BROADCAST), message(phone.person, SERVICE), message(phone.person, URGENT))
    order = []
    for _ in range(3):
        batch = await _claim(connected)
        order += [one.id for one in batch.messages]
        await _finish(batch)
    kinds = {row["id"]: row["kind"] for row in await deliveries()}
    assert [kinds[one] for one in order] == [URGENT, SERVICE, BROADCAST]


async def test_a_message_behind_an_unknown_one_of_its_pair_is_held(
    phones: Phones, connected: Runtime, clock: Frozen
) -> None:
    phone = await phones.make(taps=3)
    phones.sandbox.fault(path="/cgi-bin/message/subscribe/send", drop=True, times=1)
    await say(message(phone.person), message(phone.person))
    await deliver()
    assert sorted(await reasons()) == [("deferred", "held"), ("unknown", "no usable answer came; it may have happened")]
    clock.advance(timedelta(minutes=11))
    await db.execute("UPDATE deliveries SET state = 'unknown_final', settled_at = now() WHERE state = 'unknown'")
    await deliver()
    assert sorted(await states()) == ["sent", "unknown_final"]


async def test_a_phone_is_never_called_twice_at_once(phones: Phones) -> None:
    phones.sandbox.control("PATCH", "settings", serial_openid=True, serial_hold_ms=30)
    crowd: list[Phone] = await phones.crowd(scaled(15), taps=2)
    await say(*(message(phone.person) for phone in crowd for _ in range(2)))
    await asyncio.gather(*(deliver(batch=4) for _ in range(5)))
    await deliver()
    assert set(await states()) == {"sent"}
    assert {row["attempts"] for row in await deliveries()} == {1}, "no 43108 was ever answered"
