"""`wuwei run` as an operator meets it: everything up, whatever dies comes back, nothing stays behind."""

import asyncio
import os
import signal
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg

from backend.policies.editing.imports import REAL
from operations.demo import FOR_THE_TOUR, kept
from operations.launcher import FOLLOWERS
from tests.support.installed import PATIENCE, Running, free_ports
from tests.support.watching import all_gone, eventually, family


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
    ports = free_ports(3)
    running = _begin(directory, ports, stack)
    assert f"http://127.0.0.1:{ports[0]}" in running.told
    assert eventually(running.is_well)
    await _sql(running, "CREATE TABLE kept (word text)")
    await _check_demo(running)
    _check_commands(running)

    for words in ("miniprogram_api", "workers", "valkey-server", "bin/postgres"):
        pid = running.pid(words)
        assert pid, f"{words} does not run"
        os.kill(pid, signal.SIGKILL)
        assert eventually(partial(running.is_another, words, pid)), words
    assert eventually(running.is_well)

    demo = kept(running.installation)
    pids = family(running.process.pid)
    running.end(signal.SIGKILL)
    assert eventually(lambda: all_gone(pids))

    again = _begin(directory, ports, stack)
    assert eventually(again.is_well)
    assert "演示" in again.told
    assert kept(again.installation) == demo
    assert await _sql(again, "SELECT count(*) FROM kept") == 0
    pids = family(again.process.pid)
    assert again.end(signal.SIGINT) == 0
    assert eventually(lambda: all_gone(pids))


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
    await _check_channels(running)


async def _check_channels(running: Running) -> None:
    """A newcomer has every channel: templates of both accounts, followers who are known, a provider that sends."""
    settings = running.installation.settings()
    templates = f"SELECT count(*) FROM message_templates WHERE state = 'live' AND account = '{settings.wechat_appid}'"
    followers = "SELECT count(*) FROM service_followers WHERE is_following AND unionid IS NOT NULL"
    for statement in (templates, templates.replace(settings.wechat_appid, settings.wechat_service_appid)):
        assert await _eventually_sql(running, statement) > 0
    assert await _eventually_sql(running, followers) == len(FOLLOWERS)
    for name in FOLLOWERS:
        assert f"demo-{name}" in running.told
    approved = {one["key"]: one["code"] for one in running.ask_sandbox("/control/sms/templates")["items"]}
    assert settings.sms_templates == approved
    assert settings.sms_base_url.startswith(running.sandbox)
    assert running.ask_sandbox("/control/callback/verify", {"account": "service"})["verified"]


async def _eventually_sql(running: Running, statement: str) -> Any:
    """What a worker has just begun takes a moment."""
    end = time.monotonic() + PATIENCE
    while not (found := await _sql(running, statement)) and time.monotonic() < end:
        await asyncio.sleep(0.2)
    return found


def _check_commands(running: Running) -> None:
    """Several operators at once, while the service runs."""
    begun = [
        running.wuwei("create-staff", "wangwu", "王五", "--role", "visitor"),
        running.wuwei("create-staff", "jingban", "重名", "--role", "visitor"),
        running.wuwei("import-policies", REAL),
        running.wuwei("doctor"),
    ]
    told = [process.communicate(timeout=PATIENCE) for process in begun]
    assert [process.returncode for process in begun] == [0, 1, 0, 0], told
    assert "otpauth://" in told[0][0]
    assert told[1][1].startswith("wuwei: ")
    assert told[1][1].count("\n") == 1
    assert "0 new" in told[2][0]
    assert "✗" not in told[3][0]
