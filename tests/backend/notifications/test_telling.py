"""A message is told once, the inbox comes first, and nothing else is locked."""

import asyncio
from contextvars import Context
from datetime import timedelta

import pytest

from backend.foundation import clock as clocks
from backend.foundation import db
from backend.foundation.ids import new_id
from backend.notifications import addresses, tell
from backend.notifications.delivering import deliver
from backend.notifications.errors import WrongMessage
from backend.runtime import Runtime
from tests.backend.notifications.people import (
    FIELDS,
    SERVICE,
    Phones,
    deliveries,
    make_person,
    message,
    reasons,
    say,
    states,
)
from tests.support.sandbox import APPID
from tests.support.sizes import scaled


async def _rows(table: str) -> int:
    return int(await db.fetch_value(f"SELECT count(*) FROM {table}"))


async def test_racers_who_tell_the_same_tell_it_once(running: Runtime) -> None:
    person = await make_person()
    told = await asyncio.gather(*(say(message(person, once="policy:1")) for _ in range(scaled(200))))
    assert sum(told) == 1
    assert await _rows("inbox") == await _rows("deliveries") == 1


async def test_crossing_sets_do_not_wait_in_a_circle(running: Runtime) -> None:
    people = [await make_person() for _ in range(20)]
    messages = [message(person, once="policy:1") for person in people]
    told = await asyncio.gather(*(say(*(messages if n % 2 else messages[::-1])) for n in range(20)))
    assert sum(told) == 20


async def test_the_same_twice_in_one_call_is_told_once(running: Runtime) -> None:
    person = await make_person()
    assert await say(message(person, once="a"), message(person, once="b"), message(person, once="a")) == 2


async def test_each_person_hears_what_was_told_to_several(running: Runtime) -> None:
    people = [await make_person() for _ in range(3)]
    assert await say(*(message(person, once="policy:1") for person in people)) == 3


async def test_the_inbox_has_it_even_when_nothing_can_be_pushed(running: Runtime) -> None:
    person = await make_person()
    await say(message(person, page="pages/policy?id=1"))
    assert await reasons(person) == [("suppressed", "no_address")]
    entry = await db.fetch_one("SELECT * FROM inbox")
    assert entry is not None
    assert entry["person_id"] == person
    assert FIELDS["policy"] in entry["body"]
    assert entry["page"] == "pages/policy?id=1"


async def test_what_is_rolled_back_was_never_told(running: Runtime) -> None:
    person = await make_person()

    async def fail() -> None:
        async with db.transaction():
            await tell([message(person, once="x")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await _rows("inbox") == 0
    assert await say(message(person, once="x")) == 1


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"kind": "gossip"}, "gossip"),
        ({"fields": {"policy": "a", "enterprise": "b"}}, "deadline, hint"),
        ({"once": ""}, "once"),
        ({"once": "a\x00"}, "once"),
        ({"page": "p" * 2000}, "page"),
    ],
)
async def test_a_message_that_does_not_fit_its_kind_is_refused_before_anything_is_written(
    running: Runtime, given: dict[str, object], named: str
) -> None:
    person = await make_person()
    with pytest.raises(WrongMessage, match=named):
        await say(message(person), message(person, **given))
    assert await _rows("dedupe_keys") == await _rows("inbox") == 0


async def test_outside_a_transaction_nothing_is_told(running: Runtime) -> None:
    with pytest.raises(RuntimeError):
        await tell([message(new_id())])


async def test_what_can_not_be_fitted_stays_in_the_inbox(phones: Phones) -> None:
    phone = await phones.make(kind=SERVICE)
    await say(message(phone.person, SERVICE, fields={**FIELDS, "at": "昨天\x00"}))
    assert await reasons() == [("suppressed", "data_unfit")]
    assert await _rows("inbox") == 1


async def test_telling_waits_for_no_worker_that_holds_the_address(phones: Phones) -> None:
    phone = await phones.make()

    async def hold(is_held: asyncio.Event, may_go: asyncio.Event) -> None:
        async with db.transaction():
            await db.fetch("SELECT id FROM addresses WHERE id = $1 FOR UPDATE", phone.address)
            is_held.set()
            await may_go.wait()

    is_held, may_go = asyncio.Event(), asyncio.Event()
    holding = asyncio.create_task(hold(is_held, may_go))
    await is_held.wait()
    assert await asyncio.wait_for(say(message(phone.person)), 30) == 1
    may_go.set()
    await holding
    await deliver()
    assert await states() == ["sent"]


async def test_one_person_with_two_phones_gets_one_push_where_he_allowed_it(phones: Phones) -> None:
    allowing = await phones.make(taps=1)
    clocks._current[0].advance(timedelta(hours=1))  # type: ignore[attr-defined]
    newer = await phones.make(taps=0, person=allowing.person)
    await say(message(allowing.person))
    await deliver()
    assert phones.counts() == {allowing.openid: 1}
    await say(message(allowing.person))
    assert [row["address_id"] for row in await deliveries()] == [allowing.address, newer.address]


async def test_an_address_that_ends_takes_its_messages_along(phones: Phones) -> None:
    phone = await phones.make(taps=2)
    await say(message(phone.person))
    async with db.transaction():
        await tell([message(phone.person)])
        await asyncio.create_task(addresses.end(phone.person), context=Context())
    await deliver()
    assert sorted(await reasons()) == [("cancelled", "address_ended"), ("suppressed", "address_ended")]
    assert phones.received() == []
    assert await _rows("inbox") == 2


async def test_a_phone_that_changes_hands_gets_nothing_of_the_former_owner(phones: Phones) -> None:
    phone = await phones.make(taps=2)
    await say(message(phone.person))
    other = await make_person()
    assert await addresses.upsert(other, APPID, phone.openid) == phone.address
    await deliver()
    assert await reasons(phone.person) == [("cancelled", "address_moved")]
    await say(message(other))
    await deliver()
    assert await states(other) == ["sent"]
