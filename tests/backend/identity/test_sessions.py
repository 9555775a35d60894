"""Owners' sessions: sliding, cached, ended at once, alive without Redis."""

import asyncio
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from backend import identity
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import NotFound
from backend.identity import sessions
from backend.identity.errors import SessionEnded
from backend.runtime import Runtime
from tests.backend.identity.conftest import People
from tests.support.running import make_settings, run


async def _lives(token: str) -> bool:
    try:
        await identity.owner_by_token(token)
    except SessionEnded:
        return False
    return True


async def _sign_in(people: People) -> identity.SignedIn:
    return await people.sign_in(people.sandbox.owner())


async def test_a_session_slides_by_thirty_days(people: People, clock: Frozen, redis: Redis) -> None:
    signed = await _sign_in(people)
    for _ in range(3):
        clock.advance(timedelta(days=29))
        await redis.flushdb()
        assert await _lives(signed.token)
    clock.advance(timedelta(days=30))
    await redis.flushdb()
    assert not await _lives(signed.token)


async def test_the_second_look_does_not_ask_the_database(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    signed = await _sign_in(people)
    first = await identity.owner_by_token(signed.token)
    monkeypatch.setattr(sessions, "_live", None)
    assert await identity.owner_by_token(signed.token) == first


async def test_the_cache_lives_a_minute_at_most(people: People, redis: Redis) -> None:
    signed = await _sign_in(people)
    await identity.owner_by_token(signed.token)
    [key] = await redis.keys("wuwei:owner:*")
    assert 0 < await redis.ttl(key) <= 60
    assert signed.token.encode() not in key


async def test_signing_out_ends_a_cached_session_at_once(people: People) -> None:
    signed = await _sign_in(people)
    actor = await identity.owner_by_token(signed.token)
    await identity.sign_out(actor, signed.session_id)
    assert not await _lives(signed.token)


async def test_a_reader_that_was_late_cannot_bring_an_ended_session_back(
    people: People, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed = await _sign_in(people)
    actor = await identity.owner_by_token(signed.token)
    await redis.flushdb()
    read, go_on, live = asyncio.Event(), asyncio.Event(), sessions._live

    async def slow(token_hash: bytes) -> object:
        row = await live(token_hash)
        read.set()
        await go_on.wait()
        return row

    monkeypatch.setattr(sessions, "_live", slow)
    late = asyncio.create_task(_lives(signed.token))
    await read.wait()
    await identity.sign_out(actor, signed.session_id)
    go_on.set()
    await late
    assert not await _lives(signed.token)


async def test_without_redis_sessions_live_and_end(people: People, database: str) -> None:
    signed = await _sign_in(people)
    nowhere = "redis://127.0.0.1:9/0"
    away = Redis.from_url(nowhere, socket_connect_timeout=0.2)
    async with run(make_settings(database, nowhere), away):
        actor = await identity.owner_by_token(signed.token)
        await identity.sign_out(actor, signed.session_id)
        assert not await _lives(signed.token)
    await away.aclose()


async def test_a_rolled_back_sign_out_leaves_the_session(people: People) -> None:
    signed = await _sign_in(people)
    actor = await identity.owner_by_token(signed.token)

    async def rolled_back() -> None:
        async with db.transaction():
            await identity.sign_out(actor, signed.session_id)
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await rolled_back()
    assert await _lives(signed.token)


async def test_my_devices_are_mine(people: People) -> None:
    openid = people.sandbox.owner()
    first, second = await people.sign_in(openid), await people.sign_in(openid)
    stranger = await _sign_in(people)
    actor = await identity.owner_by_token(second.token)
    found = await identity.devices(actor)
    assert [(device.id, device.is_current) for device in found] == [
        (second.session_id, True),
        (first.session_id, False),
    ]
    with pytest.raises(NotFound):
        await identity.sign_out(actor, stranger.session_id)
    await identity.sign_out(actor, first.session_id)
    assert (await _lives(first.token), await _lives(second.token), await _lives(stranger.token)) == (False, True, True)


@pytest.mark.parametrize("token", ["", "x", "a" * 43])
async def test_an_unknown_token_is_nobodys(connected: Runtime, token: str) -> None:
    assert connected.settings.wechat_appid
    assert not await _lives(token)


async def test_an_erased_person_is_signed_out(people: People) -> None:
    signed = await _sign_in(people)
    await identity.owner_by_token(signed.token)
    await identity.PERSONAL.erase(signed.person_id)
    assert not await _lives(signed.token)
    assert await db.fetch_value("SELECT count(*) FROM owner_sessions") == 0
