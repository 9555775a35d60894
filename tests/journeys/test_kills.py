"""A broadcast through kills: nobody is left out, nobody is told twice, and whatever is unknown was under way then."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from signal import SIGKILL, SIGQUIT
from typing import Any

import asyncpg
import httpx
import pytest

from operations.embedded import start_postgres, start_valkey
from operations.processes import tied
from tests.support.installed import free_ports
from tests.support.running import make_settings
from tests.support.sandbox import APPID, CALLBACK_AES_KEY, CALLBACK_TOKEN, SECRET
from tests.support.sizes import EFFORT
from tests.support.watching import ROOT

MESSAGES = {"quick": 300, "normal": 1_000, "thorough": 2_000}[EFFORT]
IN_FLIGHT = 8
"""Few calls at once, so that the broadcast lasts long enough to be interrupted, and the bound is strict."""
AFTER = 60.0
PATIENCE = 60.0
ENDED = {"sent", "refused", "failed", "suppressed", "expired", "cancelled", "unknown", "unknown_final"}


class Installation:
    """The service's processes on private servers, started and killed by a test."""

    def __init__(self, directory: Path) -> None:
        directory.chmod(0o755)
        self.directory = directory
        self.postgres = start_postgres(directory / "postgres", durable=True)
        self.valkey = start_valkey(directory / "valkey")
        ports = free_ports(3)
        self.sandbox_url = f"http://127.0.0.1:{ports[0]}"
        settings = make_settings(self.postgres.url, f"{self.valkey.url}/0", wechat_base_url=self.sandbox_url)
        given = {
            name: value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)
            for name, value in settings.model_dump(
                include={"database_url", "redis_url", "wechat_base_url", "wechat_appid", "wechat_secret"}
                | {"wechat_callback_token", "wechat_callback_aes_key", "encryption_keys", "index_keys", "signing_key"}
            ).items()
        }
        self.environment = {
            "PATH": "/usr/bin:/bin",
            **{f"WUWEI_{name.upper()}": value for name, value in given.items()},
            "WUWEI_DATA_DIR": str(directory / "data"),
            "WUWEI_INTERNAL_PORT": str(ports[1]),
            "WUWEI_SEND_CONCURRENCY": str(IN_FLIGHT),
            "WUWEI_QUIET_FROM": "00:00",
            "WUWEI_QUIET_UNTIL": "00:00",
            "WUWEI_SANDBOX_PORT": str(ports[0]),
            "WUWEI_SANDBOX_STATE": str(directory / "sandbox.state"),
            "WUWEI_WECHAT_APPID": APPID,
            "WUWEI_WECHAT_SECRET": SECRET,
            "WUWEI_WECHAT_CALLBACK_TOKEN": CALLBACK_TOKEN,
            "WUWEI_WECHAT_CALLBACK_AES_KEY": CALLBACK_AES_KEY,
        }
        self.log = (directory / "programs.log").open("ab")
        self.sandbox = self.start("sandbox")
        self.worker: subprocess.Popen[bytes] | None = None

    def start(self, *module: str) -> subprocess.Popen[bytes]:
        program = tied([sys.executable, "-m", *module], death="KILL", environment=self.environment)
        return subprocess.Popen(program, cwd=ROOT, stdout=self.log, stderr=self.log)

    def run(self, *module: str) -> None:
        assert self.start(*module).wait(PATIENCE) == 0, self.said()

    def said(self) -> str:
        return (self.directory / "programs.log").read_text("utf-8")[-3_000:]

    def control(self, method: str, path: str, **body: Any) -> Any:
        return httpx.request(method, f"{self.sandbox_url}/control/{path}", json=body or None).raise_for_status().json()

    def kill_worker(self) -> None:
        assert self.worker is not None
        self.worker.kill()
        self.worker.wait()
        self.worker = self.start("workers")

    def empty_valkey(self) -> None:
        self.valkey.process.send_signal(SIGKILL)
        self.valkey.process.wait()
        time.sleep(0.5)
        self.valkey = start_valkey(self.directory / "valkey")

    def restart_postgres(self) -> None:
        """As a crash of the machine would: at once, and what was not on the disk is lost."""
        self.postgres.process.send_signal(SIGQUIT)
        self.postgres.process.wait()
        time.sleep(0.5)
        self.postgres = start_postgres(self.directory / "postgres", durable=True)

    def end(self) -> None:
        for process in (self.worker, self.sandbox):
            if process is not None:
                process.kill()
                process.wait()
        self.log.close()
        self.valkey.stop()
        self.postgres.stop()

    async def ask(self, sql: str) -> list[Any]:
        connection = await asyncpg.connect(self.postgres.url)
        try:
            return list(await connection.fetch(sql))
        finally:
            await connection.close()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(tmp_path)
    yield made
    made.end()


def _until(read: Callable[[], bool], what: str, service: Installation) -> None:
    deadline = time.monotonic() + PATIENCE
    while not read():
        assert time.monotonic() < deadline, f"{what} never came: {service.said()}"
        time.sleep(0.01)


def _answers(service: Installation) -> bool:
    try:
        service.control("GET", "settings")
    except httpx.TransportError:
        return False
    return True


def _received(service: Installation) -> int:
    return int(service.control("GET", "messages?limit=1")["total"])


async def _states(service: Installation) -> Counter[str]:
    return Counter({row[0]: row[1] for row in await service.ask("SELECT state, count(*) FROM deliveries GROUP BY 1")})


async def _openids(service: Installation, state: str) -> set[str]:
    sql = f"SELECT openid FROM deliveries d JOIN addresses a ON a.id = d.address_id WHERE d.state = '{state}'"
    return {row[0] for row in await service.ask(sql)}


_DRIFT = """
SELECT FROM credits c
WHERE balance <> (SELECT sum(change) FROM credit_entries e WHERE e.address_id = c.address_id)
"""


async def test_a_broadcast_lives_through_kills(service: Installation) -> None:
    _until(lambda: _answers(service), "the stand-in", service)
    service.run("tests.journeys.broadcasting", service.sandbox_url, str(MESSAGES), "prepare")
    service.control("PATCH", "settings", latency_ms=20)
    service.worker = service.start("workers")
    telling = service.start("tests.journeys.broadcasting", service.sandbox_url, str(MESSAGES), "tell")
    for part, happens in ((4, service.kill_worker), (2, service.empty_valkey), (4 / 3, service.restart_postgres)):
        _until(lambda part=part: _received(service) * part >= MESSAGES, f"1/{part} of the messages", service)  # type: ignore[misc]
        happens()
        assert _received(service) < MESSAGES, "the kill came too late to be in the middle"
    all_back = time.monotonic()
    assert telling.wait(PATIENCE) == 0, service.said()

    while not set(states := await _states(service)) <= ENDED:
        assert time.monotonic() < all_back + AFTER, f"{states}: {service.said()}"
        time.sleep(0.2)
    took = time.monotonic() - all_back

    received = service.control("GET", f"messages?limit={MESSAGES * 2}")["items"]
    sent, unknown = await _openids(service, "sent"), await _openids(service, "unknown")
    assert (await service.ask("SELECT count(*), count(DISTINCT person_id) FROM inbox"))[0] == (MESSAGES, MESSAGES)
    assert set(states) <= {"sent", "unknown"}, states
    assert states["unknown"] <= 2 * IN_FLIGHT, "at most the calls in flight when the worker and PostgreSQL were killed"
    assert max(Counter(one["openid"] for one in received).values()) == 1, "none twice"
    assert sent <= {one["openid"] for one in received} <= sent | unknown
    assert await service.ask(_DRIFT) == []
    sys.stderr.write(f"{dict(states)} {took:.1f} s after all was back\n")
