"""The service on servers of its own, each of whose programs can be killed and comes back as its supervisor would do it.

with killable(directory, in_flight=8) as service:
    service.kill("worker-0")     at once, and started again
    service.tend()               whatever ended by itself meanwhile is started again as well
"""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGKILL, SIGQUIT
from typing import Any, Final

import asyncpg
import httpx

from operations.embedded import start_postgres, start_valkey
from operations.processes import tied
from tests.support.installed import free_ports
from tests.support.running import make_settings
from tests.support.sandbox import APPID, CALLBACK_AES_KEY, CALLBACK_TOKEN, SECRET
from tests.support.watching import ROOT

PATIENCE: Final = 120.0
WORKERS: Final = ("worker-0", "worker-1")
API: Final = "api"
_MODULES: Final = {API: "miniprogram_api", **dict.fromkeys(WORKERS, "workers")}
_PASSED_ON: Final = {"database_url", "redis_url", "wechat_base_url", "encryption_keys", "index_keys", "signing_key"}


def _settings(database_url: str, redis_url: str, sandbox_url: str) -> dict[str, str]:
    settings = make_settings(database_url, redis_url, wechat_base_url=sandbox_url)
    return {
        f"WUWEI_{name.upper()}": value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)
        for name, value in settings.model_dump(include=_PASSED_ON).items()
    }


class Killable:
    """One API process, two workers, PostgreSQL, Valkey, and the stand-in that nobody kills: WeChat is not ours.

    `ended` counts what ended without being killed.
    """

    def __init__(self, directory: Path, **given: object) -> None:
        directory.chmod(0o755)
        self.directory = directory
        self.postgres = start_postgres(directory / "postgres", durable=True)
        self.valkey = start_valkey(directory / "valkey")
        api, internal, sandbox = free_ports(3)
        self.sandbox_url, self.api_url = (f"http://127.0.0.1:{port}" for port in (sandbox, api))
        self.environment = {
            "PATH": "/usr/bin:/bin",
            **_settings(self.postgres.url, f"{self.valkey.url}/0", self.sandbox_url),
            "WUWEI_DATA_DIR": str(directory / "data"),
            "WUWEI_API_PORT": str(api),
            "WUWEI_INTERNAL_PORT": str(internal),
            "WUWEI_QUIET_FROM": "00:00",
            "WUWEI_QUIET_UNTIL": "00:00",
            "WUWEI_SANDBOX_PORT": str(sandbox),
            "WUWEI_SANDBOX_STATE": str(directory / "sandbox.state"),
            "WUWEI_WECHAT_APPID": APPID,
            "WUWEI_WECHAT_SECRET": SECRET,
            "WUWEI_WECHAT_CALLBACK_URL": f"{self.api_url}/wechat/events/miniprogram",
            "WUWEI_WECHAT_CALLBACK_TOKEN": CALLBACK_TOKEN,
            "WUWEI_WECHAT_CALLBACK_AES_KEY": CALLBACK_AES_KEY,
            **{f"WUWEI_{name.upper()}": str(value) for name, value in given.items()},
        }
        self.log = (directory / "programs.log").open("ab")
        self.http = httpx.Client(base_url=f"{self.sandbox_url}/control/", timeout=PATIENCE)
        self.programs: dict[str, subprocess.Popen[bytes]] = {}
        self.ended: Counter[str] = Counter()
        self.sandbox = self.start("sandbox")

    def start(self, *module: str) -> subprocess.Popen[bytes]:
        program = tied([sys.executable, "-m", *module], death="KILL", environment=self.environment)
        return subprocess.Popen(program, cwd=ROOT, stdout=self.log, stderr=self.log)

    def run(self, *module: str) -> None:
        assert self.start(*module).wait(PATIENCE) == 0, self.said()

    def begin(self) -> None:
        """Start the API and the workers."""
        for name, module in _MODULES.items():
            self.programs[name] = self.start(module)

    def tend(self) -> None:
        """Start again what ended by itself."""
        for name, program in self.programs.items():
            if program.poll() is not None:
                self.ended[name] += 1
                self.programs[name] = self.start(_MODULES[name])

    def kill(self, name: str) -> None:
        self.programs[name].kill()
        self.programs[name].wait()
        self.programs[name] = self.start(_MODULES[name])

    def empty_valkey(self, away: float = 0.5) -> None:
        """It keeps nothing on disk: whatever it held is gone."""
        self.valkey.process.send_signal(SIGKILL)
        self.valkey.process.wait()
        time.sleep(away)
        self.valkey = start_valkey(self.directory / "valkey")

    def crash_postgres(self, away: float = 0.5) -> None:
        """As a crash of the machine would: at once, and what was not on the disk is lost."""
        self.postgres.process.send_signal(SIGQUIT)
        self.postgres.process.wait()
        time.sleep(away)
        self.postgres = start_postgres(self.directory / "postgres", durable=True)

    def control(self, method: str, path: str, **body: Any) -> Any:
        return self.http.request(method, path, json=body or None).raise_for_status().json()

    def answers(self) -> bool:
        try:
            self.control("GET", "settings")
        except httpx.TransportError:
            return False
        return True

    def said(self) -> str:
        return (self.directory / "programs.log").read_text("utf-8", "replace")[-3_000:]

    async def ask(self, sql: str, *params: object) -> list[Any]:
        connection = await asyncpg.connect(self.postgres.url)
        try:
            return list(await connection.fetch(sql, *params))
        finally:
            await connection.close()

    def end(self) -> None:
        for program in (*self.programs.values(), self.sandbox):
            program.kill()
            program.wait()
        self.http.close()
        self.log.close()
        self.valkey.stop()
        self.postgres.stop()


@contextmanager
def killable(directory: Path, **given: object) -> Iterator[Killable]:
    """Start servers and stand-in, with `given` settings beside those of the tests; all of it ends with the block."""
    made = Killable(directory, **given)
    try:
        yield made
    finally:
        made.end()
