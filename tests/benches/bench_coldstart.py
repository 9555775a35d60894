"""`wuwei run` after the first time: seconds from the command to "ready".

Reference: the same PostgreSQL and Valkey alone, from start to their first answer. Aim: at most 6 s.
"""

import asyncio
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import asyncpg
import orjson

from operations.embedded import start_postgres, start_valkey
from operations.processes import is_free

AIM_SECONDS = 6.0
READY = "无微不至 is ready"
PATIENCE = 120.0


def _free_port() -> int:
    return next(port for port in iter(lambda: random.randint(15_000, 29_000), None) if is_free(port))


def _environment(directory: Path) -> dict[str, str]:
    ports = {f"WUWEI_{name}_PORT": str(_free_port()) for name in ("API", "SANDBOX", "INTERNAL")}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WUWEI_")}
    return {**kept, **ports, "WUWEI_DATA_DIR": str(directory), "PYTHONUNBUFFERED": "1"}


def start_and_stop(directory: Path) -> float:
    """Return how many seconds one start took; the service is stopped again in good order."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "operations.main", "run"],
        env=_environment(directory),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said: list[str] = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if READY in line:
                return time.perf_counter() - began
            if time.perf_counter() - began > PATIENCE:
                break
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    raise SystemExit(f"the service did not become ready: {''.join(said)[-800:]}")


async def _answers(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.fetchval("SELECT 1")
    await connection.close()


def databases_alone(directory: Path) -> float:
    """Return how many seconds the two databases of that directory take alone."""
    began = time.perf_counter()
    servers = [start_postgres(directory / "postgres"), start_valkey(directory / "valkey")]
    asyncio.run(_answers(servers[0].url))
    taken = time.perf_counter() - began
    for server in servers:
        server.stop()
    return taken


def main() -> None:
    rounds = 3 if os.environ.get("SIZE") == "small" else 7
    with tempfile.TemporaryDirectory(prefix="wuwei-coldstart-") as name:
        directory = Path(name)
        first = start_and_stop(directory)
        starts, bare = [], []
        for _ in range(rounds):
            bare.append(databases_alone(directory))
            starts.append(start_and_stop(directory))
    value, reference = statistics.median(starts), statistics.median(bare)
    line = {
        "bench": "coldstart",
        "value": round(value, 3),
        "reference": round(reference, 3),
        "ratio": round(value / reference, 2),
        "unit": "s",
        "aim": AIM_SECONDS,
        "slowest": round(max(starts), 3),
        "first_start": round(first, 3),
        "rounds": rounds,
    }
    print(orjson.dumps(line).decode(), flush=True)


if __name__ == "__main__":
    main()
