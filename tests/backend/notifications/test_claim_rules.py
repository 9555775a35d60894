"""Wishes, legal refusals, pauses and limits are weighed at the claim: under the lock, for the person as a whole."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest

from backend import consents
from backend.access import Actor, ActorKind
from backend.foundation import clock as clocks
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.ids import new_id
from backend.notifications import credits as ledger
from backend.notifications import due
from backend.notifications.claiming import LEASE, claim
from backend.notifications.delivering import deliver
from backend.notifications.due import take_notes
from backend.notifications.kinds import KINDS, Kind
from backend.notifications.settling import Outcome, begin, release, settle
from backend.runtime import Runtime
from tests.backend.notifications.people import (
    BROADCAST,
    SERVICE,
    Phone,
    Phones,
    balance,
    deliveries,
    message,
    reasons,
    say,
    states,
)
from tests.backend.notifications.reaching import Reachable, prove_phone
from tests.support.sandbox import APPID
from tests.support.sizes import scaled


async def _switch(person: UUID, kind: str, channel: str, *, is_on: bool) -> None:
    await db.execute(
        "INSERT INTO notification_preferences (person_id, kind, channel, is_on, at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (person_id, kind, channel) DO UPDATE SET is_on = EXCLUDED.is_on",
        person,
        kind,
        channel,
        is_on,
        clocks.now(),
    )


async def test_what_he_switched_off_is_not_pushed_there_and_costs_nothing(phones: Phones) -> None:
    phone = await phones.make(taps=1)
    await phones.allow(phone, 1, SERVICE)
    await say(message(phone.person), message(phone.person, SERVICE))
    await _switch(phone.person, BROADCAST, "subscribe", is_on=False)
    await deliver()
    assert sorted(await reasons()) == [("sent", None), ("suppressed", "switched_off")]
    assert await balance(phone) == 1
    await _switch(phone.person, BROADCAST, "subscribe", is_on=True)
    await say(message(phone.person))
    await deliver()
    assert (await states())[-1] == "sent"


async def test_a_channel_switched_off_leaves_the_others(people: Reachable) -> None:
    phone = await people.make(kind=SERVICE)
    await people.follow(phone)
    await prove_phone(phone)
    for channel in ("subscribe", "service"):
        await _switch(phone.person, SERVICE, channel, is_on=False)
    await say(message(phone.person, SERVICE))
    await deliver()
    assert [(row["channel"], row["state"]) for row in await deliveries()] == [
        ("subscribe", "suppressed"),
        ("service", "suppressed"),
        ("sms", "sent"),
    ]


async def test_the_inbox_keeps_what_is_muted_and_never_mutes_what_is_critical(phones: Phones) -> None:
    phone = await phones.make(taps=0)
    assert not KINDS[BROADCAST].is_critical
    assert KINDS[SERVICE].is_critical
    for kind in (BROADCAST, SERVICE):
        await _switch(phone.person, kind, "inbox", is_on=False)
        await say(message(phone.person, kind))
    told = await db.fetch("SELECT kind, is_muted FROM inbox")
    assert {row["kind"]: row["is_muted"] for row in told} == {BROADCAST: True, SERVICE: False}


async def test_who_refuses_to_be_profiled_gets_nothing_that_is_chosen_by_a_profile(phones: Phones) -> None:
    phone = await phones.make(taps=1)
    await phones.allow(phone, 1, SERVICE)
    await say(message(phone.person), message(phone.person, SERVICE))
    await consents.refuse(Actor(ActorKind.OWNER, phone.person))
    await deliver()
    assert sorted(await reasons()) == [("cancelled", "profiling_refused"), ("sent", None)]
    assert await balance(phone) == 1


async def _broadcast(state: str) -> UUID:
    made, now = new_id(), clocks.now()
    await db.execute(
        "INSERT INTO broadcasts (id, kind, origin, origin_id, title, fields, schedule, state, recipients, digest,"
        " created_at, ended_at) VALUES ($1, $2, 'policies', $1, 't', '{}', 'now', $3, 1, 'd', $4, $5)",
        made,
        BROADCAST,
        state,
        now,
        now if state in {"done", "cancelled"} else None,
    )
    return made


async def test_a_paused_broadcast_waits_and_goes_on_where_it_stopped(phones: Phones) -> None:
    first, second = await phones.make(), await phones.make()
    broadcast = await _broadcast("sending")
    await say(message(first.person, broadcast=broadcast))
    await deliver()
    await db.execute("UPDATE broadcasts SET state = 'paused'")
    await say(message(second.person, broadcast=broadcast), message(second.person, broadcast=None))
    await deliver()
    await deliver()
    assert sorted(await reasons()) == [("deferred", "broadcast_paused"), ("sent", None), ("sent", None)]
    await phones.allow(second, 1)
    await db.execute("UPDATE broadcasts SET state = 'sending'")
    await due.go_on_with(broadcast)
    await deliver()
    assert await states() == ["sent"] * 3
    assert phones.counts() == {first.openid: 1, second.openid: 2}


async def test_what_belongs_to_a_cancelled_broadcast_ends(phones: Phones) -> None:
    phone = await phones.make()
    await say(message(phone.person, broadcast=await _broadcast("cancelled")))
    await deliver()
    assert await reasons() == [("cancelled", "broadcast_cancelled")]
    assert await balance(phone) == 1


async def _work(running: Runtime, limit: int) -> None:
    """Be a worker until nothing is due; all calls succeed."""
    for _ in range(60):
        await take_notes()
        batch = await claim(limit, running.settings)
        if batch.messages:
            await begin([one.id for one in batch.messages], batch.claim, LEASE)
            told = [
                Outcome(one.id, one.address_id, one.template_id, "sent", channel=one.channel) for one in batch.messages
            ]
            await settle(told, batch.claim)
            await release([batch.claim])
        elif not await db.fetch_value(
            "SELECT EXISTS (SELECT FROM addresses WHERE next_due_at <= $1 AND claim IS NULL)", clocks.now()
        ):
            return


async def test_two_hundred_claims_at_once_never_pass_the_cap_of_a_person(phones: Phones, connected: Runtime) -> None:
    """Each has three phones, with more broadcasts waiting on every one of them than he may get in a day."""
    owners = [await phones.make(taps=4) for _ in range(scaled(8))]
    for phone in owners:
        for _ in range(2):
            more = await phones.make(taps=4, person=phone.person)
            await _wait_at(more, 4)
        await _wait_at(phone, 4)
    await take_notes()
    batches = await asyncio.gather(*(claim(3, connected.settings) for _ in range(200)))
    taken = Counter(one.person_id for batch in batches for one in batch.messages)
    assert max(taken.values()) <= connected.settings.broadcasts_per_day
    await asyncio.gather(*(_finish_and_work(batch, connected) for batch in batches if batch.messages))
    await asyncio.gather(*(_work(connected, 5) for _ in range(8)))
    sent = Counter(row["person_id"] for row in await deliveries() if row["state"] == "sent")
    assert sent == {phone.person: connected.settings.broadcasts_per_day for phone in owners}
    assert set(await reasons()) == {("sent", None), ("deferred", "capped")}
    assert await ledger.drift() == []


async def _wait_at(phone: Phone, many: int) -> None:
    """Messages wait at this very address, whichever of a person's the telling would have chosen."""
    for _ in range(many):
        await say(message(phone.person))
    await db.execute(
        "UPDATE deliveries SET address_id = $1 WHERE person_id = $2 AND id IN"
        " (SELECT id FROM deliveries WHERE person_id = $2 ORDER BY id DESC LIMIT $3)",
        phone.address,
        phone.person,
        many,
    )
    await db.execute(
        "UPDATE due_notes n SET address_id = d.address_id FROM deliveries d"
        " WHERE d.id = n.delivery_id AND d.address_id = $1",
        phone.address,
    )


async def _finish_and_work(batch: object, running: Runtime) -> None:
    messages = batch.messages  # type: ignore[attr-defined]
    await begin([one.id for one in messages], batch.claim, LEASE)  # type: ignore[attr-defined]
    await settle(
        [Outcome(one.id, one.address_id, one.template_id, "sent") for one in messages],
        batch.claim,  # type: ignore[attr-defined]
    )
    await release([batch.claim])  # type: ignore[attr-defined]


async def test_what_went_nowhere_does_not_count_wherever_it_was_tried(phones: Phones, connected: Runtime) -> None:
    lead = await phones.make(taps=3)
    other = await phones.make(taps=3, person=lead.person)
    await _wait_at(other, 2)
    await take_notes()
    batch = await claim(10, connected.settings)
    assert await db.fetch_value("SELECT broadcasts_today FROM addresses WHERE id = $1", lead.address) == 1
    assert [one.address_id for one in batch.messages] == [other.address]
    await release([batch.claim])
    assert await db.fetch_value("SELECT sum(broadcasts_today) FROM addresses") == 0
    assert await balance(other) == 3


@pytest.fixture
def deadline(monkeypatch: pytest.MonkeyPatch) -> str:
    """A kind with a long-term template."""
    fields = {"thing1": "matter", "thing2": "enterprise", "date3": "at", "thing4": "note"}
    made = Kind("deadline", "到期", "{matter}", "事项到期提醒", fields, is_broadcast=False, is_urgent=False)
    monkeypatch.setitem(KINDS, "deadline", made)
    return "deadline"


async def _standing(phones: Phones) -> Phone:
    phone = await phones.make(taps=0)
    phones.sandbox.control("POST", f"owners/{phone.openid}/permits", template_id="deadline_reminder", standing=True)
    [template] = [one for one in await ledger.permissions(phone.person) if one.title == "事项到期提醒"]
    await ledger.popup(APPID, phone.openid, [template.template_id], [])
    return phone


async def test_a_long_term_template_keeps_to_its_own_frequency(phones: Phones, clock: Frozen, deadline: str) -> None:
    phone = await _standing(phones)
    await db.execute("UPDATE message_templates SET per_day = 2 WHERE title = '事项到期提醒'")
    phones.sandbox.fault(path="/cgi-bin/message/subscribe/send", errcode=47003, times=1)
    await say(*(message(phone.person, deadline) for _ in range(4)))
    await deliver()
    assert Counter(await states()) == {"failed": 1, "sent": 2, "deferred": 1}, "what failed leaves its place to another"
    assert ("deferred", "frequent") in await reasons()
    clock.advance(timedelta(days=1))
    await deliver()
    assert Counter(await states()) == {"failed": 1, "sent": 3}


async def test_racing_claims_never_pass_a_templates_frequency(
    phones: Phones, connected: Runtime, deadline: str
) -> None:
    phone = await _standing(phones)
    settings = connected.settings
    await say(*(message(phone.person, deadline) for _ in range(settings.long_term_per_day + 3)))
    await asyncio.gather(*(_work(connected, 5) for _ in range(scaled(20))))
    assert Counter(await states()) == {"sent": settings.long_term_per_day, "deferred": 3}


async def test_a_kind_of_the_inbox_alone_is_not_pushed(phones: Phones, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet = Kind("quiet", "只进收件箱", "{note}", "无", {}, is_broadcast=False, is_urgent=False, channels=())
    monkeypatch.setitem(KINDS, "quiet", quiet)
    phone = await phones.make()
    await say(message(phone.person, "quiet"))
    await deliver()
    assert await reasons() == [("suppressed", "inbox_only")]
    assert await db.fetch_value("SELECT count(*) FROM inbox") == 1
