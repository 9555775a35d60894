"""Who follows the service account is learnt from its pushes and from its list, and its events prove what arrived."""

from datetime import timedelta
from typing import Any

import pytest

from backend.foundation import clock as clocks
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.ids import new_id
from backend.gateways.wechat.callback import Event
from backend.notifications import callbacks, events, followers, personal
from backend.notifications.delivering import deliver
from tests.backend.notifications.people import SERVICE, deliveries, message, say
from tests.backend.notifications.reaching import SERVICE_APPID, Reachable, prove_phone


async def _push(kind: str, openid: str, **raw: Any) -> None:
    event = Event(kind, openid, clocks.now(), (), {"Event": kind, **raw}, new_id().hex * 2)
    await callbacks.receive(SERVICE_APPID, event)
    while await events.handle():
        continue


async def _known() -> list[tuple[str, str | None, bool]]:
    rows = await db.fetch("SELECT openid, unionid, is_following FROM service_followers ORDER BY openid")
    return [tuple(row) for row in rows]


async def test_a_follower_is_known_by_his_unionid_and_forgotten_as_he_leaves(people: Reachable) -> None:
    phone = await people.make(taps=0)
    told = people.sandbox.control("GET", f"owners/{phone.openid}")
    await _push("subscribe", told["service_openid"], EventKey="")
    assert await _known() == [(told["service_openid"], None, True)]
    assert await followers.learn() == 1
    assert await _known() == [(told["service_openid"], told["unionid"], True)]
    assert await followers.learn() == 0
    await _push("unsubscribe", told["service_openid"], EventKey="")
    assert await _known() == [(told["service_openid"], told["unionid"], False)]


async def test_whoever_followed_before_us_is_found_by_the_list(people: Reachable) -> None:
    openids = {
        people.sandbox.control("GET", f"owners/{(await people.make(taps=0)).openid}")["service_openid"]
        for _ in range(3)
    }
    assert await followers.fill_up() >= len(openids)
    assert openids <= {openid for openid, _, _ in await _known()}


async def test_an_openid_that_wechat_does_not_know_holds_up_nobody_else(people: Reachable) -> None:
    """The stand-in refuses a list as a whole, which is the harder way of the two that are possible."""
    phones = [await people.make(taps=0) for _ in range(4)]
    owners = [people.sandbox.control("GET", f"owners/{phone.openid}") for phone in phones]
    known = {owner["service_openid"]: owner["unionid"] for owner in owners}
    await followers.follow(SERVICE_APPID, "nobody", *known)
    assert await followers.learn() == 5
    assert {openid: unionid for openid, unionid, is_following in await _known() if is_following} == known
    assert await followers.learn() == 0


async def test_who_comes_back_is_reached_again(people: Reachable, clock: Frozen) -> None:
    phone = await people.make(taps=0)
    openid = await people.follow(phone)
    await say(message(phone.person, SERVICE))
    await deliver()
    await _push("unsubscribe", openid)
    await say(message(phone.person, SERVICE))
    await deliver()
    clock.advance(timedelta(minutes=5))
    await _push("subscribe", openid)
    await say(message(phone.person, SERVICE))
    await deliver()
    told = [(row["channel"], row["state"]) for row in await deliveries()]
    assert [one for one in told if one[0] == "service"] == [("service", "sent"), ("service", "sent")]


@pytest.mark.parametrize(
    ("status", "state"), [("success", "sent"), ("failed:user block", "refused"), ("failed: system failed", "refused")]
)
async def test_the_accounts_event_says_what_became_of_a_message(people: Reachable, status: str, state: str) -> None:
    phone = await people.make(taps=0)
    openid = await people.follow(phone)
    await prove_phone(phone)
    await say(message(phone.person, SERVICE))
    await deliver()
    [_, row] = await deliveries()
    for _ in range(2):
        await _push("TEMPLATESENDJOBFINISH", openid, MsgID=row["msgid"], Status=status)
    await deliver()
    told = [(one["channel"], one["state"]) for one in await deliveries()]
    further = [("sms", "sent")] if state == "refused" else []
    assert told == [("subscribe", "suppressed"), ("service", state), *further]
    assert (await deliveries())[1]["confirmed_at"]


async def test_a_number_of_one_account_proves_nothing_of_the_other(people: Reachable) -> None:
    phone = await people.make(kind=SERVICE)
    openid = await people.follow(phone)
    await say(message(phone.person, SERVICE))
    await deliver()
    [row] = await deliveries()
    await _push("TEMPLATESENDJOBFINISH", openid, MsgID=row["msgid"], Status="failed:user block")
    assert (await deliveries())[0]["state"] == "sent"


async def test_a_copy_of_ones_data_names_all_ways_and_erasing_forgets_them(people: Reachable) -> None:
    phone = await people.make(taps=0)
    await people.follow(phone)
    await prove_phone(phone)
    await say(message(phone.person, SERVICE))
    await deliver()
    told = await personal.export(phone.person)
    assert [one["channel"] for one in told["deliveries"]] == ["subscribe", "service"]
    assert len(told["following"]) == 1
    async with db.transaction():
        await personal.erase(phone.person)
    assert await _known() == []
    left = await db.fetch("SELECT data, page FROM deliveries WHERE channel = 'service'")
    assert [(row["data"], row["page"]) for row in left] == [("{}", None)]
