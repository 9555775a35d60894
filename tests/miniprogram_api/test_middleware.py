"""Ids, addresses, limits, CORS, headers, gzip, old clients."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import prometheus_client
import pytest
from redis.asyncio import Redis
from sanic.response import HTTPResponse

from backend.foundation.clock import Frozen
from backend.foundation.errors import TooManyRequests
from backend.gateways.redis import connect
from backend.runtime import Runtime
from miniprogram_api import access_log
from miniprogram_api.addresses import client_address, networks
from miniprogram_api.limits import Limiter, address_key
from miniprogram_api.reply import DoorResponse
from tests.miniprogram_api import examples
from tests.miniprogram_api.examples import A, B
from tests.support.api import Api, serve

VISITS = "/api/owner/v1/visits"
LARGE = "/api/public/v1/large"


@asynccontextmanager
async def _door(running: Runtime, **given: Any) -> AsyncIterator[Api]:
    settings = running.settings.model_copy(update=given)
    async with serve(
        running, settings=settings, routes=examples.ROUTES, authenticators=examples.AUTHENTICATORS
    ) as client:
        yield client


async def test_every_answer_has_an_id_of_its_own_and_safe_headers(door: Api) -> None:
    first, second = (
        await door.get(VISITS, headers=A),
        await door.get("/nowhere", headers={"X-Request-ID": "stranger-1"}),
    )
    assert len({first.headers["x-request-id"], second.headers["x-request-id"], "stranger-1"}) == 3
    for answer in (first, second):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "access-control-allow-origin" not in answer.headers


async def test_a_trusted_proxy_may_give_the_id(running: Runtime) -> None:
    async with _door(running, trusted_proxies=("127.0.0.0/8",)) as door:
        assert (await door.get("/x", headers={"X-Request-ID": "proxy-0001"})).headers["x-request-id"] == "proxy-0001"
        for wrong in ("short", "x" * 65, "white space", "inject\tit"):
            assert (await door.get("/x", headers={"X-Request-ID": wrong})).headers["x-request-id"] != wrong


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("9.9.9.9", ["1.1.1.1"], "9.9.9.9"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["1.1.1.1"], "1.1.1.1"),
        ("10.0.0.1", ["6.6.6.6, 1.1.1.1"], "1.1.1.1"),
        ("10.0.0.1", ["6.6.6.6, 1.1.1.1, 10.0.0.2"], "1.1.1.1"),
        ("10.0.0.1", ["6.6.6.6", "1.1.1.1"], "1.1.1.1"),
        ("10.0.0.1", ["10.0.0.2, 10.0.0.3"], "10.0.0.2"),
        ("10.0.0.1", ["not an address"], "not an address"),
        ("", ["1.1.1.1"], ""),
        ("::ffff:9.9.9.9", [], "9.9.9.9"),
        ("::ffff:10.0.0.1", ["1.1.1.1:50000"], "1.1.1.1"),
        ("10.0.0.1", ["[2001:db8::1]:50000, 10.0.0.2:80"], "2001:db8::1"),
        ("10.0.0.1", ["2001:DB8:0::1"], "2001:db8::1"),
    ],
)
def test_the_address_is_the_rightmost_that_no_proxy_stands_for(peer: str, forwarded: list[str], address: str) -> None:
    assert client_address(peer, forwarded, networks(["10.0.0.0/8"])) == address


async def test_methods_that_are_none_make_one_figure(door: Api) -> None:
    for method in ("FOO1", "FOO2"):
        await door.request(method, "/nowhere")
    told = prometheus_client.generate_latest().decode()
    assert 'method="other"' in told
    assert "FOO" not in told


def test_an_address_is_counted_by_its_network() -> None:
    assert address_key("2001:db8:1:2:3::9") == address_key("2001:db8:1:2::1") != address_key("2001:db8:1:3::1")
    assert (address_key("1.1.1.1"), address_key("not an address")) == ("1.1.1.1", "unknown")


async def test_an_owner_who_asks_too_often_waits_for_the_next_minute(running: Runtime, clock: Frozen) -> None:
    async with _door(running, owner_requests_per_minute=3) as door:
        clock.advance(timedelta(seconds=20))
        assert [(await door.get(VISITS, headers=A)).status_code for _ in range(4)] == [200, 200, 200, 429]
        answer = await door.get(VISITS, headers=A)
        assert (answer.json()["code"], answer.headers["retry-after"]) == ("too_many_requests", "40")
        assert (await door.get(VISITS, headers=B)).status_code == 200
        clock.advance(timedelta(seconds=40))
        assert (await door.get(VISITS, headers=A)).status_code == 200


async def test_an_address_that_knocks_too_often_waits_too(running: Runtime, clock: Frozen) -> None:
    async with _door(running, address_requests_per_minute=2, trusted_proxies=("127.0.0.1",)) as door:
        for _ in range(3):
            last = await door.get(f"{LARGE}/1", headers={"X-Forwarded-For": "1.1.1.1"})
        assert last.status_code == 429
        assert (await door.get(f"{LARGE}/1", headers={"X-Forwarded-For": "1.1.1.2"})).status_code == 200
        assert (await door.get("/nowhere", headers={"X-Forwarded-For": "1.1.1.1"})).status_code == 404


async def test_processes_share_their_counts(redis: Redis, clock: Frozen) -> None:
    here, there = Limiter(redis), Limiter(redis)
    for _ in range(3):
        here.admit("k", 5)
    there.admit("k", 5)
    await here.share()
    await there.share()
    there.admit("k", 5)
    with pytest.raises(TooManyRequests):
        there.admit("k", 5)
    assert await redis.ttl((await redis.keys("limit:k:*"))[0]) in range(100, 121)


async def test_without_redis_a_process_counts_by_itself(clock: Frozen) -> None:
    nowhere = connect("redis://127.0.0.1:9/0")
    limiter = Limiter(nowhere)
    limiter.admit("k", 2)
    await limiter.share()
    limiter.admit("k", 2)
    with pytest.raises(TooManyRequests):
        limiter.admit("k", 2)
    await nowhere.aclose()


@pytest.mark.parametrize(
    ("version", "status"), [("1.2.2", 426), ("1.2.3", 200), ("1.10.0", 200), ("", 200), ("x", 200)]
)
async def test_an_old_mini_program_must_be_updated(running: Runtime, version: str, status: int) -> None:
    async with _door(running, minimum_client="1.2.3") as door:
        answer = await door.get(VISITS, headers={**A, "X-Client-Version": version})
        assert answer.status_code == status
        assert (await door.get(f"{LARGE}/1", headers={"X-Client-Version": version})).status_code == 200


@pytest.mark.parametrize(
    ("accept", "size", "is_packed"),
    [
        ("gzip", 2000, True),
        ("br, gzip;q=0.5", 30_000, True),
        ("gzip;q=0", 2000, False),
        ("", 2000, False),
        ("gzip", 10, False),
    ],
)
async def test_large_answers_are_packed_for_those_who_can_unpack(
    door: Api, accept: str, size: int, is_packed: bool
) -> None:
    async with door.stream("GET", f"{LARGE}/{size}", headers={"Accept-Encoding": accept}) as answer:
        raw = b"".join([piece async for piece in answer.aiter_raw()])
    assert (answer.headers.get("content-encoding") == "gzip") is is_packed
    plain = gzip.decompress(raw) if is_packed else raw
    assert plain.decode() == f'{{"text":"{"微" * size}"}}'
    assert ("Accept-Encoding" in answer.headers.get("vary", "")) is (size > 1000)


async def test_only_named_origins_may_read_answers(running: Runtime) -> None:
    ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    async with _door(running, cors_origins=("https://console.example",)) as door:
        answer = await door.options(VISITS, headers={**ask, "Origin": "https://console.example"})
        assert answer.status_code == 204
        assert "POST" in answer.headers["access-control-allow-methods"]
        answer = await door.get(VISITS, headers={**A, "Origin": "https://console.example"})
        assert answer.headers["access-control-allow-origin"] == "https://console.example"
        answer = await door.options(VISITS, headers={**ask, "Origin": "https://evil.example"})
        assert answer.status_code == 405
        assert "access-control-allow-origin" not in answer.headers


async def test_by_default_no_other_origin_reads_anything(door: Api) -> None:
    answer = await door.options(VISITS, headers={"Access-Control-Request-Method": "POST", "Origin": "null"})
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_an_answer_is_one_line_without_query_phone_or_token(
    door: Api, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="miniprogram_api.access")
    access_log.flush()
    capsys.readouterr()
    await door.get(f"{VISITS}?limit=5", headers=A)
    await door.get("/nowhere/13800001234?phone=13800005678")
    access_log.flush()
    known, unknown = (json.loads(line) for line in capsys.readouterr().out.splitlines() if '"request"' in line)
    assert (known["route"], known["status"], known["actor"]) == (VISITS, 200, f"owner:{examples.OWNER_A.id}")
    assert (unknown["route"], unknown["status"], unknown["path"]) == ("unmatched", 404, "/nowhere/138****1234")
    assert {"request_id", "address", "ms", "bytes", "timestamp", "level", "logger"} <= set(known)
    assert "token-a" not in str(known)
    assert "13800005678" not in str(unknown)


async def test_lines_leave_together_and_soon(
    door: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="miniprogram_api.access")
    access_log.flush()
    written: list[str] = []
    monkeypatch.setattr("sys.stdout.write", written.append)
    monkeypatch.setattr(access_log, "_FLUSH_AFTER", 0.5)
    for _ in range(3):
        await door.get(VISITS, headers=A)
    monkeypatch.setattr(access_log, "_MOST_LINES", 4)
    assert written == []
    async with asyncio.timeout(30):
        while not written:
            await asyncio.sleep(0.05)
    assert [text.count('"event":"request"') for text in written] == [3]
    for _ in range(4):
        await door.get(VISITS, headers=A)
    assert [text.count("\n") for text in written] == [3, 4]


def test_a_path_that_may_hold_more_than_ids_is_looked_through_for_what_must_be_masked() -> None:
    assert access_log.names_only_ids("/api/owner/v1/enterprises/<enterprise_id:uuid>/policies/<policy_id:uuid>")
    for open_part in ("<match_id>", "<match_id:str>", "<number:int>"):
        assert not access_log.names_only_ids(f"/api/owner/v1/enterprises/<enterprise_id:uuid>/matches/{open_part}")


def test_headers_that_are_encoded_once_are_those_of_the_parent() -> None:
    for status, given in (
        (200, {"X-Request-ID": "1", "Vary": "Origin"}),
        (204, {"ETag": '"3"', "X-A": "政策\r\nX-B: 1"}),
    ):
        ours, theirs = (
            list(kind(b"", status, dict(given), "application/json").processed_headers)
            for kind in (DoorResponse, HTTPResponse)
        )
        assert ours == theirs
