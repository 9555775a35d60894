"""What only shows on a real socket: limits of size and time, aborted requests, shared ports, SIGTERM."""

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.foundation.settings import PREFIX
from miniprogram_api.__main__ import main
from miniprogram_api.uploads import MOST_BYTES
from operations.processes import is_free, tied
from tests.support.running import make_settings
from tests.support.sizes import scaled

ROOT = Path(__file__).parents[2]
# A process of ours with the examples' endpoints in place of the real surface and short times.
PROGRAM = """
import sys
from miniprogram_api import __main__ as door, app
from tests.miniprogram_api import examples
app._CONFIG |= {"REQUEST_TIMEOUT": 1, "RESPONSE_TIMEOUT": 1.5}
made = app.create_app
door.create_app = lambda settings: made(settings, routes=examples.ROUTES, authenticators=examples.AUTHENTICATORS)
sys.exit(door.main())
"""


START = 60.0  # a busy machine takes its time to start a process


def _environment(database: str, redis_url: str, **given: Any) -> dict[str, str]:
    settings = make_settings(database, redis_url)
    told = {name: getattr(value, "get_secret_value", lambda value=value: value)() for name, value in settings}
    plain = {**{name: value for name, value in told.items() if not isinstance(value, tuple | dict)}, **given}
    named = {PREFIX + name.upper(): str(value) for name, value in plain.items() if value is not None}
    return {"PATH": "/usr/bin:/bin"} | named


def _free_port() -> int:
    return next(port for port in iter(lambda: random.randint(20_000, 29_000), None) if is_free(port))


@contextmanager
def _process(environment: dict[str, str], *, log: Path, real: bool = False) -> Iterator[subprocess.Popen[bytes]]:
    argv = [sys.executable, "-m", "miniprogram_api"] if real else [sys.executable, "-c", PROGRAM]
    with log.open("ab") as out:
        process = subprocess.Popen(tied(argv, death="KILL"), cwd=ROOT, env=environment, stdout=out, stderr=out)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


async def _ready(process: subprocess.Popen[bytes], port: int) -> None:
    async with asyncio.timeout(START), httpx.AsyncClient() as client:
        while True:
            with suppress(httpx.HTTPError):
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                    return
            assert process.poll() is None, "the process ended"
            await asyncio.sleep(0.05)


@asynccontextmanager
async def _served(
    database: str, redis_url: str, log: Path, *, real: bool = False
) -> AsyncIterator[tuple[str, int, subprocess.Popen[bytes]]]:
    port, internal = _free_port(), _free_port()
    many = {"owner_requests_per_minute": 10**6, "address_requests_per_minute": 10**6}
    given = {"api_port": port, "internal_port": internal, "database_pool": 5, **many}
    with _process(_environment(database, redis_url, **given), log=log, real=real) as process:
        await _ready(process, internal)
        yield f"http://127.0.0.1:{port}", internal, process


async def _raw(url: str, data: bytes, *, seconds: float = 5) -> bytes:
    """Send bytes as they are and return all that comes back until the server closes or falls silent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rsplit(":", 1)[1]))
    received = b""
    with suppress(TimeoutError, ConnectionError):
        writer.write(data)
        async with asyncio.timeout(seconds):
            while piece := await reader.read(65536):
                received += piece
    writer.close()
    return received


async def test_sizes_times_and_aborts(database: str, redis_url: str, tmp_path: Path) -> None:
    """One process for all of it: starting one costs a second."""
    async with _served(database, redis_url, tmp_path / "log") as (url, internal, process):
        await _check_sizes(url)
        await _check_streams(url)
        await _check_times(url)
        await _check_hostile_bytes(url)
        await _check_aborts(url, internal)
        await _check_term(url, process)
    lines = (tmp_path / "log").read_text().splitlines()
    assert all(json.loads(line)["process"].startswith("api-") for line in lines if line.startswith("{"))
    broken_off = "Response was smaller than content-length"  # told once, by the stream that was made to
    told = [line for line in lines if "Traceback" in line]
    assert [json.loads(line)["event"] for line in told] == [broken_off], "\n".join(told)
    statuses = [json.loads(line)["status"] for line in lines if '"event":"request"' in line]
    assert 500 not in statuses
    assert statuses.count(499) > scaled(500) // 10


_FORM = b"multipart/form-data; boundary=between"


async def _check_sizes(url: str) -> None:
    # Only the heads are sent: a client that is still sending may lose the answer to the closing connection.
    for path, kind, length in (("echo", b"application/json", 1_100_000), ("files", _FORM, 11_000_000)):
        head = b"POST /api/public/v1/%s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
        refused = await _raw(url, head % (path.encode(), kind, length))
        assert refused.startswith(b"HTTP/1.1 413 ")
        assert b'"code":"too_large"' in refused
    async with httpx.AsyncClient(base_url=url) as client:
        answer = await client.post("/api/public/v1/files", files={"file": ("a.bin", b"x" * 3_000_000, "image/png")})
        assert answer.json()["size"] == 3_000_000
        whole = b"x" * MOST_BYTES
        answer = await client.post("/api/public/v1/files", files={"file": ("a.bin", whole, "image/png")})
        assert answer.json()["size"] == MOST_BYTES
        answer = await client.post("/api/public/v1/files", files={"file": ("a.bin", whole + b"x", "image/png")})
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        answer = await client.get("/api/public/v1/large/2000", headers={"Accept-Encoding": "gzip"})
        assert answer.headers["content-encoding"] == "gzip"
        assert int(answer.headers["content-length"]) < 200
        assert answer.json() == {"text": "微" * 2000}

        async def endless() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 65_536

        with suppress(httpx.WriteError, httpx.ReadError):
            answer = await client.post("/api/public/v1/echo", content=endless())
            assert answer.status_code == 413


async def _check_streams(url: str) -> None:
    """What breaks off is seen to be broken off; what fails before the first byte is an answer like any other."""
    async with httpx.AsyncClient(base_url=url) as client:
        whole = await client.get("/api/public/v1/pieces/10")
        assert (len(whole.content), whole.headers["content-length"]) == (655_360, "655360")
        assert (whole.headers["cache-control"], whole.headers["x-content-type-options"]) == ("private", "nosniff")
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/api/public/v1/pieces/3")
        for _ in range(5):
            async with client.stream("GET", "/api/public/v1/pieces/1000") as given_up:
                assert await anext(given_up.aiter_raw())
        refused = await client.get("/api/public/v1/pieces/0")
        assert (refused.status_code, refused.json()["code"]) == (409, "examples.taken")


async def _check_times(url: str) -> None:
    head = b"POST /api/public/v1/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
    slow = (b"GET /api/public/v1/slow/4000 HTTP/1.1\r\nHost: x\r\n\r\n", head, head + b"\r\n{")
    handler, half_a_head, half_a_body = await asyncio.gather(*(_raw(url, data, seconds=2.2) for data in slow))
    assert handler.startswith(b"HTTP/1.1 503")
    assert half_a_head.startswith(b"HTTP/1.1 408")
    assert half_a_body.startswith(b"HTTP/1.1 503")
    for answered, code in ((handler, b"unavailable"), (half_a_head, b"request_timeout"), (half_a_body, b"unavailable")):
        assert b"application/problem+json" in answered
        assert code in answered


async def _check_hostile_bytes(url: str) -> None:
    hostile = (
        b"\x00" * 100,
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 20_000 + b"\r\n\r\n",
        b"POST /api/public/v1/echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/public/v1/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    )
    answers = await asyncio.gather(*(_raw(url, data, seconds=2) for data in hostile))
    for data, answered in zip(hostile, answers, strict=True):
        assert answered.startswith(b"HTTP/1.1 4"), (data[:40], answered[:60])


async def _check_aborts(url: str, internal: int) -> None:
    rng, port = random.Random(5), int(url.rsplit(":", 1)[1])

    async def abort() -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /api/public/v1/slow/4 HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.sleep(rng.random() * 0.01)
        writer.transport.abort()

    for _ in range(scaled(500) // 50 + 1):
        await asyncio.gather(*(abort() for _ in range(50)))
    async with asyncio.timeout(30), httpx.AsyncClient() as client:
        while True:
            told = (await client.get(f"http://127.0.0.1:{internal}/metrics")).text
            pool = {
                s: float(line.split()[-1])
                for s in ("idle", "open")
                for line in told.splitlines()
                if f'state="{s}"' in line
            }
            if pool["idle"] == pool["open"] > 0:
                break
            await asyncio.sleep(0.02)
        assert (await client.get(f"{url}/api/public/v1/slow/1")).json() == {"done": True}


async def _check_term(url: str, process: subprocess.Popen[bytes]) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        under_way = asyncio.create_task(client.get("/api/public/v1/slow/600"))
        await asyncio.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        assert (await under_way).json() == {"done": True}
    async with asyncio.timeout(30):
        while process.poll() is None:
            await asyncio.sleep(0.02)
    assert process.returncode == 0


async def test_two_processes_share_the_port_and_one_may_die(database: str, redis_url: str, tmp_path: Path) -> None:
    port, first, second = _free_port(), _free_port(), _free_port()
    given = {"api_port": port, "trusted_proxies": ""}
    log = tmp_path / "log"
    with (
        _process(_environment(database, redis_url, internal_port=first, **given), log=log, real=True) as one,
        _process(_environment(database, redis_url, internal_port=second, **given), log=log, real=True) as two,
    ):
        await asyncio.gather(_ready(one, first), _ready(two, second))
        url, served = f"http://127.0.0.1:{port}", set()
        alone = b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        for _ in range(40):
            assert (await _raw(url, alone % b"/healthz")).startswith(b"HTTP/1.1 200")
        async with asyncio.timeout(30):
            while len(lines := [line for line in log.read_text().splitlines() if '"route":"/healthz"' in line]) < 40:
                await asyncio.sleep(0.02)
        served.update(json.loads(line)["process"] for line in lines)
        assert served == {f"api-{one.pid}", f"api-{two.pid}"}
        one.kill()
        one.wait()
        for _ in range(10):
            assert (await _raw(url, alone % b"/api/public/v1/about")).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"database_url": None}, "WUWEI_DATABASE_URL is not set"),
        ({"api_port": "80000"}, "WUWEI_API_PORT is wrong"),
        ({"signing_key": "short"}, "WUWEI_SIGNING_KEY"),
        ({"api_host": "203.0.113.1"}, "cannot listen on 203.0.113.1"),
        ({"internal_port": "taken"}, "cannot listen on 127.0.0.1"),
    ],
)
def test_a_wrong_setting_is_one_line_at_start(
    change: dict[str, Any], told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        values = {name: taken.getsockname()[1] if value == "taken" else value for name, value in change.items()}
        given = {"api_port": _free_port(), "internal_port": _free_port(), **values}
        environment = _environment("postgresql://nobody@127.0.0.1:9/none", "redis://127.0.0.1:9/0", **given)
        for name in list(os.environ):
            if name.startswith(PREFIX):
                monkeypatch.delenv(name)
        for name, value in environment.items():
            if name.startswith(PREFIX):
                monkeypatch.setenv(name, value)
        assert main([]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line


def test_help_reads_well(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "--internal-port" in capsys.readouterr().out
