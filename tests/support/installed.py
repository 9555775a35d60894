"""A `wuwei run` in a process of its own, watched from outside: what a new user starts."""

import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import httpx
import psutil
import pytest

from backend.foundation.settings import environment
from operations.installation import Installation
from operations.processes import is_free, tied
from tests.support.watching import PATIENCE, ROOT, family

_REFUSED: Final = 10_080  # by browsers, which connect to no port of Amanda


_FIRST: Final = 10_000
_SLOTS: Final = 480
_APART: Final = 16


def free_ports(count: int) -> list[int]:
    """Ports that no other test worker takes meanwhile: one run's workers never choose from the same part."""
    mine = int(environment().get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    start = _FIRST + 10 * (random.randrange(0, _SLOTS, _APART) + mine % _APART)
    ports = [port for port in range(start, start + 10) if port != _REFUSED and is_free(port)]
    return ports[:count]


class Running:
    """A `wuwei run` in a process of its own."""

    def __init__(self, directory: Path, ports: list[int]) -> None:
        names = ("WUWEI_API_PORT", "WUWEI_INTERNAL_PORT", "WUWEI_SANDBOX_PORT")
        variables = {name: str(port) for name, port in zip(names, ports, strict=True)}
        self.api, self.internal, self.sandbox = (f"http://127.0.0.1:{port}" for port in ports)
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
            return dict(httpx.get(f"{self.internal}/readyz", timeout=PATIENCE).json())
        except httpx.TransportError:
            return {}

    def ask_sandbox(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call the stand-in's control API: GET, or POST where there is something to say."""
        url = f"{self.sandbox}{path}"
        method = "GET" if body is None else "POST"
        return httpx.request(method, url, json=body, timeout=PATIENCE).raise_for_status().json()

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
        code = self.process.wait(PATIENCE)
        assert self.process.stdout
        self.process.stdout.close()
        return code
