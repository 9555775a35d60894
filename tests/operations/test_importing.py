"""`wuwei import-enterprises` as a process of its own: stopped, killed and brought to its end."""

import asyncio
import csv
import os
import signal
import subprocess
import sys
from pathlib import Path

from backend.access import SYSTEM
from backend.enterprises.imports import import_registry
from backend.foundation import db
from backend.runtime import Runtime
from operations.demo_data import HEADER, demo_rows

ROWS = 4_000
_NAMES = (
    *("database_url", "redis_url", "wechat_base_url", "wechat_appid", "wechat_secret", "wechat_callback_token"),
    *("wechat_callback_aes_key", "encryption_keys", "index_keys", "signing_key", "data_dir"),
)


def _environment(running: Runtime) -> dict[str, str]:
    told = {name: getattr(running.settings, name) for name in _NAMES}
    plain = {
        name: value.get_secret_value() if hasattr(value, "get_secret_value") else value for name, value in told.items()
    }
    return {"PATH": os.environ["PATH"], **{f"WUWEI_{name.upper()}": str(value) for name, value in plain.items()}}


def _start(running: Runtime, *arguments: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-m", "tests.operations.small_batches", "import-enterprises", *arguments]
    return subprocess.Popen(argv, env=_environment(running), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


async def _stopped(process: subprocess.Popen[str], after: int, how: signal.Signals) -> tuple[int, str]:
    """Send a signal once so many rows are in; exit code and what it complained of."""
    while process.poll() is None:
        if (await db.fetch_value("SELECT coalesce(max(resume_row), 0) FROM registry_imports")) >= after:
            process.send_signal(how)
            break
        await asyncio.sleep(0.01)
    _, complaint = await asyncio.to_thread(process.communicate)
    return process.returncode, complaint


async def test_an_import_that_is_stopped_and_then_killed_loses_and_doubles_nothing(
    running: Runtime, tmp_path: Path
) -> None:
    rows = [list(row) for row in demo_rows(ROWS)]
    for bad in (7, 400, 1_900, ROWS - 1):
        rows[bad][0] = "坏代码"
    rows[ROWS - 2][0] = rows[3][0]
    file = tmp_path / "registry.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows([HEADER, *rows])
    code, complaint = await _stopped(_start(running, str(file)), 500, signal.SIGINT)
    assert code == 130
    assert complaint.strip() == "wuwei: stopped; the rows that came in stay, and the same command goes on after them"
    code, _ = await _stopped(_start(running, str(file)), 1_500, signal.SIGKILL)
    assert code == -signal.SIGKILL
    done = await import_registry(file, actor=SYSTEM)
    assert 1_500 <= done.resumed_at < ROWS
    assert (done.rows, done.new, done.changed, done.bad) == (ROWS, ROWS - 5, 0, 5)
    assert await db.fetch_value("SELECT count(*) FROM enterprises") == ROWS - 5
    assert await db.fetch_value("SELECT count(*) FROM facts") == ROWS - 5
    assert done.error_file is not None
    lines = list(csv.reader(done.error_file.read_text(encoding="utf-8-sig").splitlines()))[1:]
    assert [int(line[0]) for line in lines] == [9, 402, 1_902, ROWS, ROWS + 1]
