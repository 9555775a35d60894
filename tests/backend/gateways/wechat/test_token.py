import asyncio
from datetime import timedelta

import pytest
from aiohttp import ClientSession
from redis.asyncio import Redis

from backend.foundation.clock import Frozen
from backend.gateways.redis import connect
from backend.gateways.wechat.client import WeChatClient
from backend.gateways.wechat.errors import WeChatBusy, WeChatGarbled, WeChatNoToken, WeChatRefused, WeChatUnavailable
from tests.backend.gateways.wechat.standin import StandIn, json

TOKEN = "/cgi-bin/stable_token"
SEND = "/cgi-bin/message/subscribe/send"
KEY = "wechat:token:wx4f4bc4dec97d474b"


def two(wechat: StandIn, http: ClientSession, redis: Redis) -> list[WeChatClient]:
    """Two processes' clients over one Valkey."""
    return [WeChatClient(wechat.account(), http, redis) for _ in range(2)]


async def test_fifty_callers_in_two_processes_fetch_once(wechat: StandIn, http: ClientSession, redis: Redis) -> None:
    wechat.token_takes = 0.1
    clients = two(wechat, http, redis)
    tokens = await asyncio.gather(*(clients[number % 2].tokens.current() for number in range(50)))
    assert set(tokens) == {"T1"}
    assert wechat.count(TOKEN) == 1
    assert await redis.exists(KEY + ":lock") == 0


async def test_fifty_refused_sends_in_two_processes_refresh_once(
    wechat: StandIn, http: ClientSession, redis: Redis
) -> None:
    clients = two(wechat, http, redis)
    await asyncio.gather(*(client.send_subscribe("o", "t", {}) for client in clients))
    wechat.revoke()
    wechat.token_takes = 0.05
    await asyncio.gather(*(clients[number % 2].send_subscribe("o", "t", {}) for number in range(50)))
    assert wechat.count(TOKEN) == 2
    retried = [asked for asked in wechat.asked if asked.query.get("access_token") == "T2"]
    assert len(retried) == 50


async def test_late_refusal_does_not_throw_away_a_newer_token(
    wechat: StandIn, http: ClientSession, redis: Redis
) -> None:
    early, late = two(wechat, http, redis)
    await asyncio.gather(early.tokens.current(), late.tokens.current())
    wechat.revoke()
    assert await early.tokens.replace("T1") == "T2"
    assert await late.tokens.replace("T1") == "T2"
    assert await early.tokens.replace("T1") == "T2"
    assert wechat.count(TOKEN) == 2


async def test_same_token_again_opens_the_breaker_for_a_minute(
    client: WeChatClient, wechat: StandIn, clock: Frozen
) -> None:
    await client.tokens.current()
    wechat.same_token = True
    refusals = await asyncio.gather(*(client.tokens.replace("T1") for _ in range(20)), return_exceptions=True)
    assert {type(refusal) for refusal in refusals} == {WeChatNoToken}
    assert wechat.count(TOKEN) == 2
    with pytest.raises(WeChatUnavailable):
        await client.tokens.current()
    clock.advance(timedelta(seconds=61))
    assert await client.tokens.current() == "T1"
    assert wechat.count(TOKEN) == 3


async def test_renewed_before_its_end_but_not_within_the_five_minutes(
    client: WeChatClient, wechat: StandIn, clock: Frozen
) -> None:
    await client.tokens.current()
    clock.advance(timedelta(seconds=7200 - 301))
    assert await client.tokens.current() == "T1"
    assert wechat.count(TOKEN) == 1
    clock.advance(timedelta(seconds=182))
    assert await client.tokens.current() == "T2"


@pytest.mark.usefixtures("clock")
async def test_jitter_spreads_the_renewals(wechat: StandIn, http: ClientSession, redis: Redis) -> None:
    margins = set()
    for _ in range(20):
        await redis.flushdb()
        tokens = WeChatClient(wechat.account(), http, redis).tokens
        await tokens.current()
        assert tokens._held is not None
        margins.add(tokens._held.expires_at - tokens._held.renew_at)
    assert all(timedelta(seconds=120) <= margin <= timedelta(seconds=240) for margin in margins)
    assert len(margins) > 15


async def test_shared_token_is_read_again_after_a_minute(
    wechat: StandIn, http: ClientSession, redis: Redis, clock: Frozen
) -> None:
    one, other = two(wechat, http, redis)
    await asyncio.gather(one.tokens.current(), other.tokens.current())
    assert await one.tokens.replace("T1") == "T2"
    assert await other.tokens.current() == "T1"
    clock.advance(timedelta(seconds=61))
    assert await other.tokens.current() == "T2"
    assert wechat.count(TOKEN) == 2


async def test_living_token_serves_while_another_process_renews(
    wechat: StandIn, http: ClientSession, redis: Redis, clock: Frozen
) -> None:
    one, _ = two(wechat, http, redis)
    await one.tokens.current()
    await redis.set(KEY + ":lock", "somebody else", px=13_000)
    clock.advance(timedelta(seconds=7200 - 60))
    assert await asyncio.wait_for(one.tokens.current(), 10) == "T1"
    assert wechat.count(TOKEN) == 1


async def test_lock_of_a_dead_process_ends_by_itself(client: WeChatClient, redis: Redis) -> None:
    await redis.set(KEY + ":lock", "killed", px=150)
    assert await asyncio.wait_for(client.tokens.current(), 30) == "T1"


async def test_lock_taken_over_is_left_to_its_new_owner(client: WeChatClient, wechat: StandIn, redis: Redis) -> None:
    wechat.token_takes = 0.1
    flight = asyncio.create_task(client.tokens.current())
    await asyncio.wait_for(wechat.was_asked.wait(), 30)
    lease = await redis.pttl(KEY + ":lock")
    assert 10_000 <= lease <= 15_000
    await redis.set(KEY + ":lock", "the next owner")
    await flight
    assert await redis.get(KEY + ":lock") == b"the next owner"


async def test_cancelled_caller_leaves_the_flight_to_the_others(client: WeChatClient, wechat: StandIn) -> None:
    wechat.token_takes = 0.1
    first, second = (asyncio.create_task(client.tokens.current()) for _ in range(2))
    await asyncio.sleep(0.03)
    first.cancel()
    assert await second == "T1"
    assert first.cancelled()
    assert wechat.count(TOKEN) == 1


async def test_without_redis_each_process_asks_for_itself(wechat: StandIn, http: ClientSession) -> None:
    gone = connect("redis://127.0.0.1:9/0")
    client = WeChatClient(wechat.account(), http, gone)
    await asyncio.gather(*(client.send_subscribe("o", "t", {}) for _ in range(20)))
    assert wechat.count(TOKEN) == 1
    wechat.revoke()
    await asyncio.gather(*(client.send_subscribe("o", "t", {}) for _ in range(20)))
    assert wechat.count(TOKEN) == 2
    await gone.aclose()


@pytest.mark.parametrize("planted", [b"garbage", b"[1]", b'["T9", 5, null]', b'["T9","x","y"]', b"\xff"])
async def test_unreadable_shared_value_is_replaced(client: WeChatClient, redis: Redis, planted: bytes) -> None:
    await redis.set(KEY, planted)
    assert await client.tokens.current() == "T1"
    assert b"T1" in (await redis.get(KEY) or b"")


@pytest.mark.parametrize("errcode", [40013, 40125, 40164, 40243, 89503])
async def test_refused_credentials_are_not_tried_again(client: WeChatClient, wechat: StandIn, errcode: int) -> None:
    wechat.answers[TOKEN] = [json({"errcode": errcode, "errmsg": "no rid: 1-2-3"})]
    with pytest.raises(WeChatRefused):
        await client.tokens.current()
    with pytest.raises(WeChatUnavailable):
        await client.tokens.current()
    assert wechat.count(TOKEN) == 1


async def test_busy_is_no_reason_to_stop(client: WeChatClient, wechat: StandIn) -> None:
    wechat.answers[TOKEN] = [json({"errcode": -1, "errmsg": "system error"})]
    with pytest.raises(WeChatBusy):
        await client.tokens.current()
    del wechat.answers[TOKEN]
    assert await client.tokens.current() == "T1"


@pytest.mark.parametrize(
    "answer",
    [{}, {"access_token": "T"}, {"access_token": "", "expires_in": 5}, {"access_token": "T", "expires_in": -1},
     {"access_token": "T", "expires_in": "7200"}, {"access_token": 7, "expires_in": 7200}],
)  # fmt: skip
async def test_answer_without_a_token_is_garbled(client: WeChatClient, wechat: StandIn, answer: object) -> None:
    wechat.answers[TOKEN] = [json(answer)]
    with pytest.raises((WeChatGarbled, WeChatUnavailable)):
        await client.tokens.current()


async def test_short_lived_token_is_not_asked_for_at_every_call(client: WeChatClient, wechat: StandIn) -> None:
    wechat.expires_in = 30
    for _ in range(5):
        await client.tokens.current()
    assert wechat.count(TOKEN) == 1


async def test_accounts_do_not_share_a_token(wechat: StandIn, http: ClientSession, redis: Redis) -> None:
    other = type(wechat.account())("wx-other", wechat.base_url, "s", "t", "k")
    await WeChatClient(wechat.account(), http, redis).tokens.current()
    assert await WeChatClient(other, http, redis).tokens.current() == "T2"
    assert await redis.exists(KEY, "wechat:token:wx-other") == 2
