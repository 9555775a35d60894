"""The worker: wakes when told, tries again what may work later, ends in good order, outlives its servers."""

import asyncio
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import asyncpg
import pytest
from prometheus_client import REGISTRY

from backend import outbox
from backend.foundation import db
from backend.foundation.settings import PREFIX, Settings
from backend.outbox import draining
from backend.runtime import Runtime
from operations.embedded import start_postgres, start_valkey
from tests.support.running import make_settings
from workers import __main__ as program
from workers import health, main
from workers import jobs as jobs_module
from workers.main import MODULES, jobs, work, worker_settings
from workers.schedule import Cron, daily, every_minutes, every_seconds

ROOT = Path(__file__).parents[2]
Job = Callable[[], Any]


def _module(*woken: Job, crons: Sequence[Cron] = ()) -> ModuleType:
    module = ModuleType("things")
    module.JOBS, module.CRONS = woken, tuple(crons)  # type: ignore[attr-defined]
    return module


@asynccontextmanager
async def _working(settings: Settings, module: ModuleType) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    task = asyncio.create_task(work(settings, stop, [module]))
    try:
        yield stop
    finally:
        stop.set()
        async with asyncio.timeout(30):
            await task


async def _until(is_so: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not is_so():
            await asyncio.sleep(0.02)


def _count(job: str, outcome: str) -> float:
    return REGISTRY.get_sample_value("wuwei_jobs_total", {"job": job, "outcome": outcome}) or 0


async def test_a_command_wakes_the_worker_which_carries_its_effect_out(running: Runtime) -> None:
    seen: list[int] = []

    async def note(items: Sequence[outbox.OutboxItem]) -> None:
        seen.extend(item.payload["n"] for item in items)

    async def drain_outbox() -> None:
        await outbox.drain({"tests.a": note})

    async with _working(running.settings, _module(drain_outbox)):
        async with db.transaction():
            await outbox.put("tests.a", {"n": 1})
        await _until(lambda: seen == [1])
    assert await db.fetch_value("SELECT state FROM outbox") == "done"


async def test_a_job_that_may_work_later_is_tried_again(running: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_module, "pause", lambda attempt: 0.01 * attempt)
    tries: list[int] = []

    async def shaky() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise asyncpg.DeadlockDetectedError("once more")

    async with _working(running.settings, _module(shaky)):
        await running.wake_ups.wake("shaky")
        await _until(lambda: _count("shaky", "done") == 1)
    assert (len(tries), _count("shaky", "retried")) == (3, 2)


def test_pauses_double_up_to_half_a_minute() -> None:
    assert 0.3 < jobs_module.pause(1) <= 0.5
    assert 22 < jobs_module.pause(jobs_module.TRIES) <= 30


async def test_a_job_that_is_wrong_is_told_and_takes_nothing_along(running: Runtime) -> None:
    async def wrong() -> None:
        raise ValueError("wrong")

    async def right() -> None:
        """Do nothing, well."""

    async with _working(running.settings, _module(wrong, right)):
        await running.wake_ups.wake("wrong")
        await running.wake_ups.wake("right")
        await _until(lambda: _count("wrong", "failed") == 1 and _count("right", "done") == 1)


async def test_a_running_job_may_end_when_the_worker_is_asked_to(running: Runtime) -> None:
    begun, ended = asyncio.Event(), []

    async def slow() -> None:
        begun.set()
        await asyncio.sleep(0.3)
        ended.append(1)

    async with _working(running.settings, _module(slow)):
        await running.wake_ups.wake("slow")
        await asyncio.wait_for(begun.wait(), 30)
    assert ended == [1]


async def test_a_job_that_takes_too_long_is_cancelled_and_comes_back(
    running: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main, "GRACE", 0.05)
    begun, ended = asyncio.Event(), []

    async def stubborn() -> None:
        begun.set()
        if _count("stubborn", "cancelled") == 0:
            await asyncio.sleep(60)
        ended.append(1)

    async with _working(running.settings, _module(stubborn)):
        await running.wake_ups.wake("stubborn")
        await asyncio.wait_for(begun.wait(), 30)
    assert (ended, _count("stubborn", "cancelled")) == ([], 1)
    async with _working(running.settings, _module(stubborn)):
        await _until(lambda: ended == [1])


async def test_a_worker_that_is_stuck_is_replaced(running: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    beats: list[int] = []

    async def hang(_worker: main.BeatingWorker) -> None:
        beats.append(1)
        await asyncio.sleep(60)

    monkeypatch.setattr(main.BeatingWorker, "heart_beat", hang)
    monkeypatch.setattr(main, "STUCK", 0.2)
    monkeypatch.setattr(main, "_PAUSE", 0.1)

    async def nothing() -> None:
        """Do nothing."""

    async with _working(running.settings, _module(nothing)):
        await _until(lambda: len(beats) >= 2)


def test_every_job_has_one_name_and_arq_gets_all_in_one_dict(database: str, redis_url: str) -> None:
    settings = worker_settings(make_settings(database, redis_url))
    assert {function.name for function in settings["functions"]} == set(jobs(MODULES))
    assert outbox.JOB in jobs(MODULES)
    assert all(function.keep_result_s == 0 for function in settings["functions"])
    assert all(cron.timeout_s <= 30 for cron in settings["cron_jobs"])
    names = [cron.name for cron in settings["cron_jobs"]]
    assert len(names) == len(set(names))

    async def drain_outbox() -> None:
        """Take another's name."""

    with pytest.raises(ValueError, match="drain_outbox"):
        jobs([*MODULES, _module(drain_outbox)])


def test_what_must_be_found_within_a_minute_is_swept_often_enough() -> None:
    lines = {line.job.__name__: line for module in MODULES for line in module.CRONS}
    assert len(lines["drain_outbox"].seconds) >= 4
    assert outbox.LEASE.total_seconds() + 60 / len(lines["drain_outbox"].seconds) <= 60
    assert len(lines["seal_audit"].seconds) >= 2


async def test_the_schedule_says_when() -> None:
    async def nothing() -> None:
        """Do nothing."""

    assert every_seconds(20, nothing).seconds == {0, 20, 40}
    assert every_minutes(30, nothing, hours=frozenset({3})).minutes == {0, 30}
    line = daily("02:10", nothing)
    assert (line.hours, line.minutes, line.seconds) == ({2}, {10}, {0})


def _environment(settings: Settings, **more: str) -> dict[str, str]:
    """Return a process environment that says what `settings` says."""
    given = {}
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        given[PREFIX + name.upper()] = str(getattr(value, "get_secret_value", lambda value=value: value)())
    return {"PATH": os.environ["PATH"], **given, **more}


def _start(module: str, environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


async def _said(process: subprocess.Popen[str], word: str) -> str:
    assert process.stdout
    async with asyncio.timeout(30):
        while line := await asyncio.to_thread(process.stdout.readline):
            if word in line:
                return line
    raise AssertionError(f"the worker never said {word}")


def test_a_missing_setting_is_one_line_and_exit_code_2() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workers"],
        check=False,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "WUWEI_DATABASE_URL is not set" in done.stderr


async def test_the_worker_process_serves_figures_beats_and_ends_on_sigterm(
    database: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_settings(database, redis_url, data_dir=tmp_path, internal_port=28_700 + os.getpid() % 500)
    environment = _environment(settings)
    process = _start("workers", environment)
    try:
        port = int((await _said(process, "worker.metrics")).split('"port":')[1].split(",")[0].rstrip("}\n"))
        assert port > settings.internal_port
        await _said(process, "worker.started")
        page = await asyncio.to_thread(urllib.request.urlopen, f"http://127.0.0.1:{port}/metrics", None, 5)
        assert b"wuwei_jobs_total" in page.read()
        await _until(lambda: health.is_alive(settings))
        monkeypatch.setattr(sys, "argv", ["workers", "--check"])
        monkeypatch.setattr(program, "load_settings", lambda: settings)
        assert program.main() == 0
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 10) == 0
    finally:
        process.kill()
        process.communicate()
    assert not health.is_alive(settings)
    assert program.main() == 1


async def test_a_worker_outlives_restarts_of_valkey_and_postgres(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("servers")
    home.parent.chmod(0o755)
    postgres, valkey = start_postgres(home / "pg", durable=False), start_valkey(home / "valkey")
    process = None
    try:
        settings = make_settings(postgres.url, valkey.url, data_dir=home)
        process = _start("tests.workers.program", _environment(settings, WUWEI_LOG_LEVEL="ERROR"))
        await _said(process, "migrated")
        await _more_marks(postgres.url)
        valkey.stop()
        await asyncio.sleep(0.3)  # three polls
        valkey = start_valkey(home / "valkey")
        await _more_marks(postgres.url)
        postgres.stop()
        postgres = start_postgres(home / "pg", durable=False)
        await _more_marks(postgres.url)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 15) == 0
    finally:
        if process:
            process.kill()
            process.communicate()
        valkey.stop()
        postgres.stop()


async def _more_marks(url: str) -> None:
    """Wait until one more mark is left than now."""
    connection = await asyncpg.connect(url)
    try:
        before = await connection.fetchval("SELECT count(*) FROM dedupe_keys")
        async with asyncio.timeout(30):
            while await connection.fetchval("SELECT count(*) FROM dedupe_keys") <= before:
                await asyncio.sleep(0.1)
    finally:
        await connection.close()


def test_an_effect_that_hangs_is_noted_before_its_job_is_cut_off() -> None:
    assert draining.LIST_SECONDS + draining.ITEM_SECONDS < jobs_module.TIMEOUT < outbox.LEASE.total_seconds()
