"""Reads of all callers over one connection: each gets his own answer, whatever happens to the others."""

import asyncio
from urllib.parse import urlsplit, urlunsplit

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from backend.gateways import redis as gateway
from backend.gateways.redis import connect


async def _lines(redis: Redis, redis_url: str) -> set[str]:
    """Return the connections to our own database of the server, which other workers' tests use, too."""
    number = urlsplit(redis_url).path.strip("/") or "0"
    return {one["id"] for one in await redis.client_list() if one["db"] == number and one["cmd"] == "get"}


async def test_each_gets_his_own_answer(redis: Redis, redis_url: str) -> None:
    await redis.mset({f"k{number}": f"v{number}" * number for number in range(500)})
    before = await _lines(redis, redis_url)
    client = connect(redis_url)
    answers = await asyncio.gather(*(client.get(f"k{number}") for number in range(500)), client.get("none"))
    assert answers == [f"v{number}".encode() * number for number in range(500)] + [None]
    assert len(await _lines(redis, redis_url) - before) == 1
    await client.aclose()


async def test_who_goes_away_takes_nobody_elses_answer(redis: Redis, redis_url: str) -> None:
    await redis.mset({"a": "1", "b": "2"})
    client = connect(redis_url)
    await client.get("a")
    leaving = asyncio.ensure_future(client.get("a"))
    staying = asyncio.ensure_future(client.get("b"))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == b"2"
    assert await client.get("a") == b"1"
    await client.aclose()


async def test_a_refused_question_leaves_the_line_open(redis: Redis, redis_url: str) -> None:
    await redis.execute_command("LPUSH", "list", 1)  # type: ignore[no-untyped-call]
    await redis.set("a", "1")
    client = connect(redis_url)
    refused, given = await asyncio.gather(client.get("list"), client.get("a"), return_exceptions=True)
    assert isinstance(refused, ResponseError)
    assert given == b"1"
    await client.aclose()


async def test_a_refused_greeting_is_told_and_leaves_no_line_behind(redis: Redis, redis_url: str) -> None:
    parts = urlsplit(redis_url)
    wrong = urlunsplit(parts._replace(netloc=f":wrong@{parts.hostname}:{parts.port}"))
    client = connect(wrong)
    for _ in range(3):
        with pytest.raises(RedisError):
            await client.get("a")
    async with asyncio.timeout(30):
        while [one for one in await redis.client_list() if one["cmd"] == "auth"]:
            await asyncio.sleep(0.01)
    await client.aclose()


async def test_a_line_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "PATIENCE", 0.2)
    writers: list[asyncio.StreamWriter] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        if len(writers) > 1:
            await reader.readuntil(b"GET")
            writer.write(b"$2\r\nok\r\n")

    server = await asyncio.start_server(accept, "127.0.0.1")
    client = connect(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    with pytest.raises(TimeoutError):
        await client.get("a")
    assert await client.get("a") == b"ok"
    await client.aclose()
    for writer in writers:
        writer.close()
    server.close()


async def test_each_waits_no_longer_than_he_may_though_the_line_answers_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "PATIENCE", 0.4)
    asked, loop = asyncio.Event(), asyncio.get_running_loop()
    writers: list[asyncio.StreamWriter] = []

    async def answer_the_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await reader.readuntil(b"GET")
        if len(writers) == 1:
            writer.write(b"$2\r\nok\r\n")
            await reader.readuntil(b"GET")
            asked.set()

    server = await asyncio.start_server(answer_the_first, "127.0.0.1")
    client = connect(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    assert await client.get("a") == b"ok"
    await asyncio.sleep(0.2)  # half of what the watch over the first question was set for
    began = loop.time()
    with pytest.raises(TimeoutError):
        await client.get("b")
    assert asked.is_set()
    assert 0.35 < loop.time() - began < 0.8
    await client.aclose()
    for writer in writers:
        writer.close()
    server.close()
