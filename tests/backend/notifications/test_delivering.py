"""Every answer of WeChat ends where the policy says, and no answer is never taken for one."""

import asyncio
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.ids import new_id
from backend.notifications import addresses, call_off, delivering, templates
from backend.notifications import credits as ledger
from backend.notifications.claiming import LEASE, claim
from backend.notifications.delivering import deliver
from backend.notifications.due import take_notes
from backend.notifications.sending import MAX_ATTEMPTS
from backend.notifications.settling import Outcome, begin, release, settle
from backend.notifications.sweeping import sweep
from backend.runtime import Runtime
from tests.backend.notifications.people import (
    SEND,
    SERVICE,
    Phones,
    balance,
    deliveries,
    make_person,
    message,
    reasons,
    say,
    states,
)
from tests.support.sandbox import APPID


async def _only() -> dict[str, Any]:
    [row] = await deliveries()
    return row


async def _is_at_rest() -> bool:
    """Nothing is claimed, the ledger proves every balance, and what went nowhere does not count against the day."""
    held = "SELECT count(*) FROM addresses WHERE claim IS NOT NULL OR broadcasts_today > 0"
    claims = "SELECT count(*) FROM delivery_claims"
    return not await db.fetch_value(held) and not await db.fetch_value(claims) and not await ledger.drift()


async def test_a_page_that_is_not_released_is_left_out(phones: Phones) -> None:
    phone = await phones.make(taps=1)
    phones.sandbox.control("PATCH", "settings", live_pages=["pages/index"])
    await say(message(phone.person, page="pages/new?id=1"))
    await deliver()
    assert (await _only())["attempts"] == 2
    assert [one["page"] for one in phones.received()] == [None]


async def test_busy_is_tried_again_and_each_time_later(phones: Phones, clock: Frozen) -> None:
    phone = await phones.make(taps=1)
    phones.sandbox.fault(path=SEND, errcode=-1, times=4)
    await say(message(phone.person))
    pauses = []
    for _ in range(4):
        await deliver()
        pauses.append((await _only())["due_at"] - clock.now())
        clock.advance(pauses[-1])
    assert all(late < 2 * later for late, later in pairwise(pauses))
    assert pauses[3] >= timedelta(seconds=8)
    await deliver()
    assert await states() == ["sent"]
    assert await balance(phone) == 0


async def test_a_refusal_of_one_message_is_not_repeated_for_ever(phones: Phones, clock: Frozen) -> None:
    phone = await phones.make(taps=1)
    phones.sandbox.fault(path=SEND, errcode=-1)
    await say(message(phone.person))
    for _ in range(MAX_ATTEMPTS):
        await deliver()
        clock.advance(timedelta(minutes=11))
    assert (await _only())["state"] == "failed"
    assert phones.sandbox.calls(SEND) == MAX_ATTEMPTS


async def test_an_outage_costs_no_message_however_long(phones: Phones, clock: Frozen, connected: Runtime) -> None:
    crowd = await phones.crowd(connected.settings.send_concurrency + 10)
    phones.sandbox.fault(path=SEND, errcode=40164)
    await say(*(message(phone.person) for phone in crowd))
    for tried in range(1, 4):
        await deliver()
        assert phones.sandbox.calls(SEND) <= tried * connected.settings.send_concurrency, "no churning through all"
    for _ in range(MAX_ATTEMPTS):
        await deliver()
        clock.advance(timedelta(minutes=16))
    phones.sandbox.control("DELETE", "faults")
    clock.advance(timedelta(minutes=16))
    while (await deliver()).calls:
        continue
    assert set(await states()) == {"sent"}
    assert set(phones.counts().values()) == {1}


async def test_a_stopped_template_waits_for_a_person(phones: Phones, clock: Frozen) -> None:
    first, second = await phones.make(), await phones.make()
    phones.sandbox.fault(path=SEND, errcode=43107, times=1)
    await say(message(first.person))
    await deliver()
    await say(message(second.person))
    clock.advance(timedelta(minutes=20))
    await templates.refresh()
    await deliver()
    assert await reasons() == [("deferred", "template_stopped")] * 2
    assert await templates.resume("政策推送提醒")
    await deliver()
    assert await states() == ["sent", "sent"]
    assert not await templates.resume("政策推送提醒")


async def test_what_is_claimed_already_is_not_tried_with_a_stopped_template(phones: Phones, connected: Runtime) -> None:
    crowd = await phones.crowd(connected.settings.send_concurrency * 3)
    phones.sandbox.fault(path=SEND, errcode=40037)
    await say(*(message(phone.person) for phone in crowd))
    await deliver()
    assert phones.sandbox.calls(SEND) <= connected.settings.send_concurrency
    assert set(await states()) == {"deferred"}
    assert await _is_at_rest()


async def test_what_is_claimed_already_is_not_sent_once_it_is_called_off(phones: Phones, connected: Runtime) -> None:
    subject = new_id()
    phone = await phones.make()
    await say(message(phone.person, subject=subject))
    await take_notes()
    batch = await claim(10, connected.settings)
    await call_off(subject)
    assert await begin([one.id for one in batch.messages], batch.claim, LEASE) == set()
    await release([batch.claim])
    await deliver()
    assert await reasons() == [("cancelled", "called_off")]
    assert (await balance(phone), phones.counts()) == (1, Counter())


async def test_what_was_told_while_the_openid_became_somebody_elses_is_not_sent(phones: Phones) -> None:
    phone, other = await phones.make(), await make_person()
    await say(message(phone.person))  # committed a moment after the address had moved
    await db.execute("UPDATE addresses SET person_id = $2 WHERE id = $1", phone.address, other)
    await deliver()
    assert await reasons() == [("cancelled", "address_moved")]
    assert (await balance(phone), phones.counts()) == (1, Counter())


async def test_what_an_event_settles_at_this_moment_is_not_given_up(phones: Phones, clock: Frozen) -> None:
    one, other = await phones.make(), await phones.make()
    phones.sandbox.fault(path=SEND, drop=True, times=2)
    await say(message(one.person), message(other.person))
    await deliver()
    assert await states() == ["unknown"] * 2
    clock.advance(timedelta(minutes=11))
    held, over = asyncio.Event(), asyncio.Event()

    async def settling() -> None:
        async with db.transaction():
            await db.fetch("SELECT id FROM deliveries WHERE person_id = $1 FOR NO KEY UPDATE", one.person)
            held.set()
            await over.wait()

    event = asyncio.create_task(settling())
    await held.wait()
    async with asyncio.timeout(30):
        await sweep()
    over.set()
    await event
    assert (await states(one.person), await states(other.person)) == (["unknown"], ["unknown_final"])


async def test_a_broken_openid_takes_what_waits_along_until_its_owner_signs_in(phones: Phones) -> None:
    phone = await phones.make(taps=3)
    phones.sandbox.fault(path=SEND, errcode=40003, times=1)
    await say(message(phone.person), message(phone.person))
    await deliver()
    assert sorted(await reasons()) == [
        ("refused", "openid wrong or of another appid: the address is broken"),
        ("suppressed", "address_broken"),
    ]
    await say(message(phone.person))
    assert (await reasons())[-1] == ("suppressed", "no_address")
    await addresses.upsert(phone.person, APPID, phone.openid)
    await say(message(phone.person))
    await deliver()
    assert (await states())[-1] == "sent"


@pytest.mark.parametrize(
    "fault", [{"drop": True}, {"abort": True}, {"http_status": 502}], ids=["dropped", "reset", "proxy"]
)
async def test_no_answer_is_unknown_and_never_sent_again(phones: Phones, clock: Frozen, fault: dict[str, Any]) -> None:
    phone = await phones.make(taps=2)
    phones.sandbox.fault(path=SEND, times=1, **fault)
    await say(message(phone.person))
    await deliver()
    assert await states() == ["unknown"]
    assert await balance(phone) == 1
    called = phones.sandbox.control("GET", "calls")["total"]
    for seen in ("unknown", "unknown_final", "unknown_final"):
        clock.advance(timedelta(minutes=5))
        await sweep()
        await deliver()
        assert await states() == [seen]
    assert phones.sandbox.control("GET", "calls")["total"] == called, "nobody is asked what became of it"
    assert (await _only())["attempts"] == 1
    assert len(phones.received()) == (1 if "drop" in fault else 0)


async def test_what_a_dead_worker_claimed_comes_again_and_what_it_began_is_unknown(
    phones: Phones, connected: Runtime, clock: Frozen
) -> None:
    crowd = await phones.crowd(4)
    await say(*(message(phone.person) for phone in crowd))
    await take_notes()
    batch = await claim(10, connected.settings)
    begun = [one.id for one in batch.messages[:1]]
    await begin(begun, batch.claim, LEASE)
    clock.advance(LEASE - timedelta(seconds=1))
    await sweep()
    assert Counter(await states()) == {"claimed": 3, "sending": 1}
    clock.advance(timedelta(seconds=1))
    assert await sweep()
    assert Counter(await states()) == {"pending": 3, "unknown": 1}
    await deliver()
    assert Counter(await states()) == {"sent": 3, "unknown": 1}
    assert await ledger.drift() == []
    assert await begin([one.id for one in batch.messages], batch.claim, LEASE) == set()


async def test_a_late_answer_still_counts_and_frees_nobody_elses_address(
    phones: Phones, connected: Runtime, clock: Frozen
) -> None:
    phone = await phones.make(taps=1)
    await phones.allow(phone, 1, SERVICE)
    await say(message(phone.person))
    await take_notes()
    late = await claim(10, connected.settings)
    [one] = late.messages
    await begin([one.id], late.claim, LEASE)
    clock.advance(LEASE)
    await sweep()
    await say(message(phone.person, SERVICE))
    await take_notes()
    other = await claim(10, connected.settings)
    assert len(other.messages) == 1
    await settle([Outcome(one.id, one.address_id, one.template_id, "sent", msgid="1")], late.claim)
    assert await states() == ["sent", "claimed"]
    assert await db.fetch_value("SELECT claim FROM addresses") == other.claim


async def test_a_late_answer_that_wants_another_try_gets_it(phones: Phones, clock: Frozen, connected: Runtime) -> None:
    phone = await phones.make()
    await say(message(phone.person))
    await take_notes()
    late = await claim(10, connected.settings)
    [one] = late.messages
    await begin([one.id], late.claim, LEASE)
    clock.advance(LEASE + timedelta(seconds=1))
    await sweep()
    assert await states() == ["unknown"]
    due_at = clock.now() + timedelta(seconds=5)
    again = Outcome(one.id, one.address_id, one.template_id, "deferred", "busy", due_at=due_at, gives_back=True)
    await settle([again], late.claim)
    clock.advance(timedelta(seconds=6))
    assert await sweep()
    await deliver()
    assert await states() == ["sent"]
    assert phones.counts() == {phone.openid: 1}


async def test_settling_twice_changes_nothing(phones: Phones, connected: Runtime) -> None:
    phone = await phones.make(taps=1)
    await say(message(phone.person))
    await take_notes()
    batch = await claim(10, connected.settings)
    [one] = batch.messages
    await begin([one.id], batch.claim, LEASE)
    outcome = Outcome(one.id, one.address_id, one.template_id, "failed", gives_back=True)
    for _ in range(2):
        await settle([outcome], batch.claim)
    assert await balance(phone) == 1
    await release([batch.claim])
    assert await _is_at_rest()


async def test_a_cancelled_run_settles_what_it_began_and_gives_back_the_rest(
    phones: Phones, connected: Runtime
) -> None:
    crowd = await phones.crowd(connected.settings.send_concurrency * 3)
    phones.sandbox.control("PATCH", "settings", latency_ms=300)
    await say(*(message(phone.person) for phone in crowd))
    run = asyncio.create_task(deliver())
    while not phones.sandbox.calls(SEND):
        await asyncio.sleep(0.02)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    phones.sandbox.control("PATCH", "settings", latency_ms=0)
    told = Counter(await states())
    assert set(told) == {"sent", "pending"}
    assert told["sent"] == len(phones.received()) <= connected.settings.send_concurrency
    await deliver()
    assert set(phones.counts().values()) == {1}
    assert set(await states()) == {"sent"}


async def test_an_answer_outlives_a_database_that_is_away_for_a_moment(
    phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = await phones.make(taps=1)
    tries = 0

    async def settle_late(outcomes: list[Outcome], mine: UUID) -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise asyncpg.ConnectionDoesNotExistError("the server went away")
        await settle(outcomes, mine)

    monkeypatch.setattr(delivering, "settle", settle_late)
    await say(message(phone.person))
    await deliver()
    assert await states() == ["sent"]
    assert tries == 3
