"""What benches share: a house of their own, programs in it, load from another process, interleaved rounds, one line.

with house() as made:
    with program(made, "miniprogram_api") as api, program(made, "tests.benches.reference.feed") as bare:
        rounds = interleaved({"subject": lambda: load(api, requests), "reference": lambda: load(bare, others)})
report("feed", value=rounds["subject"].rate, reference=rounds["reference"].rate, unit="requests/s")
"""

import asyncio
import base64
import os
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import orjson

from operations.embedded import start_postgres, start_valkey
from operations.processes import is_free, tied
from tests.support.sandbox import APPID, SECRET, Sandbox, start_sandbox, stop_sandbox

IS_SMALL = os.environ.get("SIZE") == "small"
CONNECTIONS = 64
PATIENCE = 30.0


def free_port() -> int:
    return next(port for port in iter(lambda: random.randint(15_000, 29_000), None) if is_free(port))


@dataclass(frozen=True)
class House:
    """PostgreSQL with its default durability, Valkey and the WeChat stand-in, and the settings that name them."""

    directory: Path
    settings: Mapping[str, str]
    sandbox: Sandbox

    @property
    def environment(self) -> dict[str, str]:
        told = {f"WUWEI_{name.upper()}": value for name, value in self.settings.items()}
        return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "PYTHONUNBUFFERED": "1", **told}


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


@contextmanager
def house(**given: str) -> Iterator[House]:
    """Start the servers in a directory that is gone afterwards; `given` are settings beside those every bench has."""
    with tempfile.TemporaryDirectory(prefix="wuwei-bench-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        servers = [start_postgres(directory / "postgres"), start_valkey(directory / "valkey")]
        sandbox = start_sandbox()
        settings = {
            "database_url": servers[0].url,
            "redis_url": servers[1].url,
            "wechat_base_url": sandbox.url,
            "wechat_appid": APPID,
            "wechat_secret": SECRET,
            "wechat_callback_token": "callback-token",
            "wechat_callback_aes_key": "a" * 42 + "A",
            "encryption_keys": f"e1:{_key()}",
            "index_keys": f"i1:{_key()}",
            "signing_key": _key(),
            "data_dir": str(directory / "data"),
            # one machine stands for a whole city
            "owner_requests_per_minute": "1000000000",
            "address_requests_per_minute": "1000000000",
            **given,
        }
        try:
            yield House(directory, settings, sandbox)
        finally:
            stop_sandbox(sandbox)
            for server in reversed(servers):
                server.stop()


def database_of(of: House, name: str) -> dict[str, str]:
    """Make another database on a house's server; its settings, for a house with data of its own."""
    asyncio.run(_create_database(of.settings["database_url"], name))
    return {**of.settings, "database_url": urlsplit(of.settings["database_url"])._replace(path=f"/{name}").geturl()}


async def _create_database(url: str, name: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()


@dataclass(frozen=True)
class Program:
    """A program of ours that answers HTTP on 127.0.0.1."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def program(of: House, module: str, *arguments: str, ready: str = "/healthz") -> Iterator[Program]:
    """Run `python -m module` on a free port until the block ends: the API's, or that of a worker's metrics."""
    port = free_port()
    ports = {"API": port, "INTERNAL": free_port(), "WORKER": port}
    environment = {**of.environment, **{f"WUWEI_{name}_PORT": str(number) for name, number in ports.items()}}
    argv = tied([sys.executable, "-m", module, *arguments], death="SIGKILL", environment=environment)
    log = of.directory / f"{module}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(argv, stdout=output, stderr=output)
    made = Program(port, process)
    try:
        _wait(made, ready, log)
        yield made
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _wait(made: Program, ready: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while made.process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(made.url + ready).status_code < 500:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise SystemExit(f"{made.url} did not answer: {log.read_text('utf-8', 'replace')[-800:]}")


@dataclass(frozen=True)
class Load:
    """What a round of load saw: answers a second, and milliseconds of waiting."""

    rate: float
    p50: float
    p99: float
    refused: int


def get(path: str, **headers: str) -> str:
    """Return a request as it goes over the wire."""
    lines = [f"GET {path} HTTP/1.1", "Host: bench", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""])


def load(on: Program, requests: Sequence[str], *, seconds: float, connections: int = CONNECTIONS) -> Load:
    """Send the requests over and over, each connection beginning elsewhere in the list, from a process of its own."""
    asked = {"port": on.port, "requests": list(requests), "seconds": seconds, "connections": connections}
    done = subprocess.run(
        [sys.executable, "-m", "tests.benches.load"], input=orjson.dumps(asked), capture_output=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"the load tool failed: {done.stderr.decode()[-800:]}")
    return Load(**orjson.loads(done.stdout))


def interleaved(subjects: Mapping[str, Callable[[], Load]], *, rounds: int) -> dict[str, Load]:
    """Run the subjects in turn, after a first turn that doesn't count; the medians of each."""
    seen: dict[str, list[Load]] = {name: [] for name in subjects}
    for number in range(rounds + 1):
        for name, run in subjects.items():
            round_ = run()
            if round_.refused:
                raise SystemExit(f"{name}: {round_.refused} answers were no success")
            if number:
                seen[name].append(round_)
    return {name: _median(loads) for name, loads in seen.items()}


def _median(loads: Sequence[Load]) -> Load:
    middle = {name: statistics.median(getattr(one, name) for one in loads) for name in ("rate", "p50", "p99")}
    return Load(**middle, refused=0)


def report(bench: str, *, value: float, reference: float, unit: str, **more: Any) -> None:
    """Print the bench's one line."""
    line = {
        "bench": bench,
        "value": round(value, 1),
        "reference": round(reference, 1),
        "ratio": round(value / reference, 3),
        "unit": unit,
        **more,
    }
    print(orjson.dumps(line).decode(), flush=True)
