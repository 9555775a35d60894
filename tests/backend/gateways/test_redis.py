import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError
from structlog.testing import capture_logs

from backend.gateways import redis as gateway
from backend.gateways.redis import connect, fail_open, patient


@dataclass
class Line:
    """A wire to Valkey that a test can cut."""

    url: str
    writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def cut(self) -> None:
        cut, self.writers = self.writers, set()
        for writer in cut:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in cut), return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
    except OSError:
        return
    finally:
        writer.close()


@pytest.fixture
async def line(redis_url: str, redis: Redis) -> AsyncIterator[Line]:
    parts = urlsplit(redis_url)
    wire = Line("")
    assert await redis.dbsize() == 0

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(parts.hostname, parts.port)
        wire.writers |= {writer, far_writer}
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))

    server = await asyncio.start_server(accept, "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    netloc = parts.netloc.rsplit(":", 1)[0] + f":{port}"
    wire.url = urlunsplit(parts._replace(netloc=netloc))
    yield wire
    server.close()
    await wire.cut()


@pytest.fixture(autouse=True)
def _nothing_told_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "_last_told", {})


async def test_commands_outlive_a_cut_line(line: Line) -> None:
    client = connect(line.url)
    await client.set("a", 1)
    for _ in range(5):
        await line.cut()
        assert await client.get("a") == b"1"
    await client.aclose()


async def test_more_callers_than_connections_wait(redis: Redis, redis_url: str) -> None:
    client = connect(redis_url, connections=4)
    await asyncio.gather(*(client.incr("n") for _ in range(200)))
    assert await redis.get("n") == b"200"
    await client.aclose()


async def test_hanging_server_does_not_hold_a_caller_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "PATIENCE", 0.3)
    silent = Line("")

    async def accept(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        silent.writers.add(writer)

    server = await asyncio.start_server(accept, "127.0.0.1")
    client = connect(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0")
    started = asyncio.get_running_loop().time()
    with pytest.raises((RedisError, OSError)):
        await client.ping()
    assert await fail_open(patient(client.pipeline().get("a").execute()), None, doing="x") is None
    assert asyncio.get_running_loop().time() - started < 1
    await client.aclose()
    server.close()
    await silent.cut()


async def test_fail_open_gives_the_other_value_and_says_so_once() -> None:
    client = connect("redis://127.0.0.1:9/0")
    with capture_logs() as logs:
        for _ in range(3):
            assert await fail_open(client.get("a"), b"instead", doing="rate limit") == b"instead"
        await fail_open(client.get("a"), b"instead", doing="session cache")
    assert [entry["doing"] for entry in logs] == ["rate limit", "session cache"]
    await client.aclose()


async def test_fail_open_hands_through_what_works_and_what_is_a_mistake(redis: Redis) -> None:
    await redis.set("a", "text")
    assert await fail_open(redis.get("a"), None, doing="x") == b"text"
    with pytest.raises(ZeroDivisionError):
        await fail_open(_mistake(), None, doing="x")
    with capture_logs() as logs:
        assert await fail_open(redis.lpush("a", 1), 0, doing="x") == 0
    assert logs[0]["error"] == ResponseError.__name__


async def _mistake() -> None:
    raise ZeroDivisionError
