"""`wuwei run` as an operator meets it: everything up, whatever dies comes back, nothing stays behind."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil
import pytest

from backend.foundation.settings import environment
from backend.policies.imports import REAL
from operations.demo import FOR_THE_TOUR, kept
from operations.installation import Installation
from operations.processes import is_free, tied
from tests.operations.watching import ROOT, all_gone, eventually, family

_PATIENCE = 60  # this machine may be busy; how fast a start is, the bench `coldstart` tells


def _free_ports(count: int) -> list[int]:
    """Ports that no other test worker takes meanwhile: each asks a range of its own choosing."""
    start = random.randrange(10_000, 14_900, 10)
    ports = [port for port in range(start, start + 40) if is_free(port)]
    return ports[:count]


class Running:
    """A `wuwei run` in a process of its own."""

    def __init__(self, directory: Path, ports: list[int]) -> None:
        names = ("WUWEI_API_PORT", "WUWEI_INTERNAL_PORT", "WUWEI_SANDBOX_PORT")
        variables = {name: str(port) for name, port in zip(names, ports, strict=True)}
        self.internal = f"http://127.0.0.1:{ports[1]}"
        self.installation = Installation(directory)
        self.environment = {**environment(), **variables, "WUWEI_DATA_DIR": str(directory)}
        self.process = subprocess.Popen(
            tied([sys.executable, "-m", "operations.main", "run"], death="KILL"),
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.told = self._read_welcome()

    def _read_welcome(self) -> str:
        assert self.process.stdout
        told = ""
        for line in self.process.stdout:
            told += line
            if "Ctrl-C" in line:
                return told
        pytest.fail(f"it never became ready:\n{told}")

    def pid(self, words: str) -> int:
        """The process whose command line holds these words; 0 while there is none."""
        for pid in family(self.process.pid):
            try:
                if words in " ".join(psutil.Process(pid).cmdline()):
                    return pid
            except psutil.NoSuchProcess:
                continue
        return 0

    def readiness(self) -> dict[str, Any]:
        try:
            return dict(httpx.get(f"{self.internal}/readyz", timeout=2).json())
        except httpx.TransportError:
            return {}

    def is_well(self) -> bool:
        found = self.readiness()
        return bool(found.get("ready")) and not found["degraded"]

    def is_another(self, words: str, pid: int) -> bool:
        return self.pid(words) not in {0, pid}

    def wuwei(self, *arguments: object) -> subprocess.Popen[str]:
        """Begin another command of the operator on the same installation."""
        return subprocess.Popen(
            [sys.executable, "-m", "operations.main", *map(str, arguments)],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        code = self.process.wait(_PATIENCE)
        assert self.process.stdout
        self.process.stdout.close()
        return code


async def _sql(running: Running, statement: str) -> Any:
    connection = await asyncpg.connect(running.installation.noted()["WUWEI_DATABASE_URL"])
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def _begin(directory: Path, ports: list[int], stack: ExitStack) -> Running:
    running = Running(directory, ports)
    stack.callback(running.end, signal.SIGKILL)
    return running


async def test_everything_runs_comes_back_and_leaves_nothing(tmp_path: Path) -> None:
    with ExitStack() as stack:
        await _live(tmp_path / "data", stack)


async def _live(directory: Path, stack: ExitStack) -> None:
    ports = _free_ports(3)
    running = _begin(directory, ports, stack)
    assert f"http://127.0.0.1:{ports[0]}" in running.told
    assert running.is_well()
    await _sql(running, "CREATE TABLE kept (word text)")
    await _check_demo(running)
    _check_commands(running)

    for words in ("miniprogram_api", "workers", "valkey-server", "bin/postgres"):
        pid = running.pid(words)
        assert pid, f"{words} does not run"
        os.kill(pid, signal.SIGKILL)
        assert eventually(partial(running.is_another, words, pid), within=5), words
    assert eventually(running.is_well, within=_PATIENCE)

    demo = kept(running.installation)
    pids = family(running.process.pid)
    running.end(signal.SIGKILL)
    assert eventually(lambda: all_gone(pids), within=_PATIENCE)

    again = _begin(directory, ports, stack)
    assert again.is_well()
    assert "演示" in again.told
    assert kept(again.installation) == demo
    assert await _sql(again, "SELECT count(*) FROM kept") == 0
    pids = family(again.process.pid)
    began = time.monotonic()
    assert again.end(signal.SIGINT) == 0
    assert time.monotonic() - began < 20
    assert eventually(lambda: all_gone(pids), within=2)


async def _check_demo(running: Running) -> None:
    demo = kept(running.installation)
    assert demo is not None
    assert (running.installation.directory / "demo.json").stat().st_mode & 0o777 == 0o600
    for login in demo.logins:
        assert login.password in running.told
    assert await _sql(running, "SELECT count(*) FROM enterprises WHERE name NOT LIKE '%演示%'") == 0
    assert await _sql(running, f"SELECT count(*) FROM enterprises WHERE uscc = '{demo.uscc}'") == 1
    waiting = (
        "SELECT array_agg(p.number) FROM policies p JOIN policy_versions v ON v.policy_id = p.id WHERE v.state = $$"
    )
    assert await _sql(running, waiting.replace("$$", "'in_review'")) == [FOR_THE_TOUR]
    assert len(await _sql(running, waiting.replace("$$", "'published'"))) > 20


def _check_commands(running: Running) -> None:
    """Several operators at once, while the service runs."""
    begun = [
        running.wuwei("create-staff", "wangwu", "王五", "--role", "visitor"),
        running.wuwei("create-staff", "jingban", "重名", "--role", "visitor"),
        running.wuwei("import-policies", REAL),
        running.wuwei("doctor"),
    ]
    told = [process.communicate(timeout=_PATIENCE) for process in begun]
    assert [process.returncode for process in begun] == [0, 1, 0, 0], told
    assert "otpauth://" in told[0][0]
    assert told[1][1].startswith("wuwei: ")
    assert told[1][1].count("\n") == 1
    assert "0 new" in told[2][0]
    assert "✗" not in told[3][0]
