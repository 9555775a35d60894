"""What one channel can't carry goes by the next one, once; what was sent goes by no other."""

import asyncio
from datetime import timedelta

import pytest

from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.notifications import addresses, followers
from backend.notifications.delivering import deliver
from backend.notifications.kinds import KINDS
from backend.notifications.passing_on import pass_on
from backend.notifications.sweeping import sweep
from backend.runtime import Runtime
from tests.backend.notifications.people import (
    BROADCAST,
    FIELDS,
    SEND,
    SERVICE,
    URGENT,
    Phones,
    deliveries,
    message,
    say,
    states,
)
from tests.backend.notifications.reaching import NUMBER, SEND_SERVICE, SERVICE_APPID, Reachable, prove_phone
from tests.support.sandbox import APPID


async def _tries() -> list[tuple[str, str]]:
    return [(row["channel"], row["state"]) for row in await deliveries()]


async def test_what_was_sent_goes_by_no_other_channel(people: Reachable) -> None:
    phone = await people.make(kind=SERVICE)
    await people.follow(phone)
    await prove_phone(phone)
    await say(message(phone.person, SERVICE))
    await deliver()
    await sweep()
    assert await _tries() == [("subscribe", "sent")]
    assert people.texts() == []


async def test_without_credit_the_service_account_has_it(people: Reachable) -> None:
    phone = await people.make(taps=0)
    openid = await people.follow(phone)
    await prove_phone(phone)
    await say(message(phone.person, SERVICE, page="pages/enterprises/bindings"))
    await deliver()
    assert await _tries() == [("subscribe", "suppressed"), ("service", "sent")]
    [got] = people.received()
    assert (got["account"], got["openid"], got["page"]) == ("service", openid, "pages/enterprises/bindings")
    first, second = await deliveries()
    assert second["inbox_id"] == first["id"] == first["inbox_id"]
    assert await db.fetch_value("SELECT count(*) FROM inbox") == 1


async def test_who_follows_nothing_gets_a_text_message_to_his_own_number(people: Reachable) -> None:
    phone = await people.make(taps=0)
    await prove_phone(phone)
    await say(message(phone.person, SERVICE))
    await deliver()
    assert await _tries() == [("subscribe", "suppressed"), ("sms", "sent")]
    [text] = people.texts()
    assert text["phone"] == NUMBER
    assert FIELDS["matter"] in text["text"]
    [_, row] = await deliveries()
    assert text["out_id"] == str(row["id"])
    assert NUMBER not in str(row)


@pytest.mark.parametrize(
    ("errcode", "first"),
    [(43101, "refused"), (40003, "refused"), (47003, "failed"), (45168, "failed")],
)
async def test_a_refusal_of_the_person_goes_on_and_one_of_the_message_does_not(
    people: Reachable, errcode: int, first: str
) -> None:
    phone = await people.make(kind=SERVICE)
    await prove_phone(phone)
    people.sandbox.fault(path=SEND, errcode=errcode)
    await say(message(phone.person, SERVICE))
    await deliver()
    further = [("sms", "sent")] if first == "refused" else []
    assert await _tries() == [("subscribe", first), *further]


async def test_all_three_are_tried_in_order(people: Reachable) -> None:
    phone = await people.make(kind=SERVICE)
    await people.follow(phone)
    await prove_phone(phone)
    people.sandbox.fault(path=SEND, errcode=43101)
    people.sandbox.fault(path=SEND_SERVICE, errcode=40003)
    await say(message(phone.person, SERVICE))
    await deliver()
    assert await _tries() == [("subscribe", "refused"), ("service", "refused"), ("sms", "sent")]


async def test_a_message_that_never_arrived_goes_on_when_the_event_says_so(people: Reachable) -> None:
    phone = await people.make(kind=SERVICE)
    await prove_phone(phone)
    await say(message(phone.person, SERVICE))
    await deliver()
    await db.execute("UPDATE deliveries SET state = 'refused', reason = 'user refused', confirmed_at = now()")
    await deliver()
    assert await _tries() == [("subscribe", "refused"), ("sms", "sent")]


async def test_only_what_may_be_doubled_goes_on_when_nobody_knows_and_only_once(
    people: Reachable, clock: Frozen
) -> None:
    careful, insisting = await people.make(kind=SERVICE), await people.make(kind=URGENT)
    for phone in (careful, insisting):
        await people.follow(phone)
        await prove_phone(phone)
    people.sandbox.fault(path=SEND, drop=True)
    people.sandbox.fault(path=SEND_SERVICE, drop=True)
    await say(message(careful.person, SERVICE), message(insisting.person, URGENT))
    for _ in range(5):
        await deliver()
        clock.advance(timedelta(minutes=6))
        await sweep()
    assert await states(careful.person) == ["unknown_final"]
    assert await states(insisting.person) == ["unknown_final", "unknown_final"]
    assert people.texts() == []


async def test_a_stopped_template_takes_another_way_only_where_there_is_one(people: Reachable) -> None:
    reached, bare = await people.make(kind=SERVICE), await people.make(kind=SERVICE)
    await prove_phone(reached)
    await db.execute("UPDATE message_templates SET state = 'stopped' WHERE title = '审核结果通知'")
    await say(message(reached.person, SERVICE), message(bare.person, SERVICE))
    await deliver()
    assert await states(reached.person) == ["suppressed", "sent"]
    assert await states(bare.person) == ["deferred"]


async def test_who_withdrew_his_consent_is_reached_by_no_other_way(people: Reachable) -> None:
    phone = await people.make(kind=SERVICE)
    await people.follow(phone)
    await prove_phone(phone)
    await addresses.end(phone.person)
    await say(message(phone.person, SERVICE))
    await deliver()
    assert await _tries() == [("subscribe", "suppressed")]
    await addresses.upsert(phone.person, APPID, phone.openid)
    await say(message(phone.person, SERVICE, once="later"))
    await deliver()
    assert (await states())[-1] == "sent"


async def test_a_number_that_is_not_proved_any_more_gets_nothing(people: Reachable) -> None:
    phone = await people.make(taps=0)
    await prove_phone(phone)
    await say(message(phone.person, SERVICE))
    await deliver()
    await say(message(phone.person, SERVICE))
    await pass_on()
    await db.execute("UPDATE persons SET phone_verified_at = NULL")
    await deliver()
    assert len(people.texts()) == 1
    assert (await states())[-1] == "suppressed"


async def test_who_leaves_the_service_account_gets_what_waits_there_by_text_message(people: Reachable) -> None:
    phone = await people.make(taps=0)
    openid = await people.follow(phone)
    await prove_phone(phone)
    people.sandbox.fault(path=SEND_SERVICE, errcode=-1, times=1)
    await say(message(phone.person, SERVICE))
    await deliver()
    assert await _tries() == [("subscribe", "suppressed"), ("service", "deferred")]
    await followers.unfollow(SERVICE_APPID, openid)
    await deliver()
    assert await _tries() == [("subscribe", "suppressed"), ("service", "suppressed"), ("sms", "sent")]


async def test_a_broadcast_never_becomes_a_text_message(people: Reachable) -> None:
    phone = await people.make(taps=0)
    await prove_phone(phone)
    await say(message(phone.person, BROADCAST))
    await deliver()
    assert await _tries() == [("subscribe", "suppressed")]
    assert all("sms" not in kind.channels for kind in KINDS.values() if kind.is_broadcast)


async def test_without_a_provider_nobody_is_said_to_have_got_a_text_message(phones: Phones) -> None:
    phone = await phones.make(taps=0)
    await prove_phone(phone)
    await say(message(phone.person, SERVICE))
    await deliver()
    assert [(row["channel"], row["state"], row["reason"]) for row in await deliveries()] == [
        ("subscribe", "suppressed", "no_credit"),
        ("sms", "refused", "no_provider"),
    ]


async def test_a_channel_that_is_away_holds_no_other_one(people: Reachable) -> None:
    by_text, by_message = await people.make(taps=0), await people.make(kind=SERVICE)
    await prove_phone(by_text)
    people.sandbox.fault(path=SEND, errcode=40164)
    await say(message(by_message.person, SERVICE), message(by_text.person, SERVICE))
    await deliver()
    await deliver()
    assert await states(by_message.person) == ["deferred"]
    assert await states(by_text.person) == ["suppressed", "sent"]


async def test_two_who_look_for_the_next_channel_find_it_once(people: Reachable) -> None:
    crowd = [await people.make(taps=0) for _ in range(10)]
    for nr, phone in enumerate(crowd):
        await prove_phone(phone, f"1380000{nr:04}")
    await say(*(message(phone.person, SERVICE) for phone in crowd))
    await asyncio.gather(*(deliver() for _ in range(4)))
    while await pass_on():
        continue
    await deliver()
    assert sorted(text["phone"] for text in people.texts()) == [f"1380000{nr:04}" for nr in range(10)]


async def test_a_service_accounts_event_proves_its_message(people: Reachable, everywhere: Runtime) -> None:
    phone = await people.make(taps=0)
    await people.follow(phone)
    await say(message(phone.person, SERVICE))
    await deliver()
    [_, row] = await deliveries()
    assert row["msgid"]
