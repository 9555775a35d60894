"""What was answered survives kill -9; a wrong setting is one line."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import orjson
import pytest

from sandbox import settings
from sandbox.journal import Journal
from sandbox.world import World
from tests.sandbox.program import AES_KEY, ROOT, SEND, Callback, Phone, Program, session_query
from tests.support.watching import PATIENCE


@asynccontextmanager
async def _running(program: Program, end: signal.Signals = signal.SIGTERM) -> AsyncIterator[Phone]:
    await program.start()
    try:
        async with httpx.AsyncClient(base_url=program.url) as http:
            yield Phone(http)
    finally:
        program.stop(end)


async def test_a_kill_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    state = tmp_path / "deep" / "state.jsonl"
    program = Program("http://127.0.0.1:1/closed", state)
    async with _running(program, signal.SIGKILL) as wx:
        openid, token = await wx.sign_in(), await wx.token()
        for _ in range(3):
            await wx.subscribe(openid)
        sent = [(await wx.send(openid))["msgid"] for _ in range(2)]
        owner = await wx.post("/control/owners", {"name": "赵敏"})
        code = (await wx.post(f"/control/owners/{owner['openid']}/login-code"))["code"]
    with state.open("ab") as file:
        file.write(b'["sent",1,2,"torn')
    async with _running(program) as wx:
        assert [message["msgid"] for message in await wx.received(openid)] == [str(msgid) for msgid in sent]
        assert await wx.token() == token
        assert (await wx.get("/control/pushes"))["pending"] == 5
        third = await wx.post(SEND, await wx.message(openid), access_token=token)
        assert third["msgid"] > sent[1]
        assert (await wx.send(openid))["errcode"] == 43101
        assert (await wx.get("/sns/jscode2session", **session_query(code)))["openid"] == owner["openid"]
        await wx.post("/control/reset")
        assert state.read_bytes() == b""


async def test_pending_events_are_pushed_after_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "state.jsonl"
    async with _running(Program("http://127.0.0.1:1/closed", state), signal.SIGKILL) as wx:
        await wx.subscribe(await wx.sign_in())
    callback = Callback()
    url = await callback.start()
    try:
        async with _running(Program(url, state)):
            (event,) = await callback.wait_for(1)
            assert orjson.loads(event)["Event"] == "subscribe_msg_popup_event"
    finally:
        await callback.stop()
    kinds = [orjson.loads(line)[0] for line in state.read_bytes().splitlines()]
    assert kinds.count("push") == kinds.count("push_settled") == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WUWEI_SANDBOX_PORT", "many"),
        ("WUWEI_SANDBOX_PORT", "70000"),
        ("WUWEI_WECHAT_CALLBACK_URL", "ftp://x"),
        ("WUWEI_WECHAT_CALLBACK_TOKEN", ""),
        ("WUWEI_WECHAT_CALLBACK_AES_KEY", "short"),
        ("WUWEI_WECHAT_CALLBACK_AES_KEY", ""),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    good = {
        "WUWEI_WECHAT_CALLBACK_URL": "http://127.0.0.1:8000/wechat/events/miniprogram",
        "WUWEI_WECHAT_CALLBACK_TOKEN": "token",
        "WUWEI_WECHAT_CALLBACK_AES_KEY": AES_KEY,
    }
    assert settings.load(good).miniprogram.callback_token == "token"
    with pytest.raises(settings.SettingsError, match=name):
        settings.load({**good, name: value})


def test_owners_can_be_there_from_the_first_day_on(tmp_path: Path) -> None:
    given = {"WUWEI_SANDBOX_OWNERS": "zhang, li", "WUWEI_SANDBOX_STATE": str(tmp_path / "state.jsonl")}
    for _ in range(2):  # a restart makes nobody anew
        journal = Journal(tmp_path / "state.jsonl")
        world = World(settings.load(given), journal)
        assert [owner.name for owner in world.owners.by_openid.values() if owner.follows] == ["zhang", "li"]
        journal.close()
    assert (tmp_path / "state.jsonl").read_text().count('"owner"') == 2
    with pytest.raises(settings.SettingsError, match="WUWEI_SANDBOX_OWNERS"):
        settings.load({"WUWEI_SANDBOX_OWNERS": "two words"})


def _refusal(**environment: str) -> str:
    command = [sys.executable, "-m", "sandbox"]
    given = {**os.environ, **environment}
    ended = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1), ended.stderr
    return ended.stderr


def test_what_keeps_it_from_starting_is_one_line(tmp_path: Path) -> None:
    strange = tmp_path / "strange.jsonl"
    strange.write_text('["wish",1]\n')
    assert "strange.jsonl, line 1" in _refusal(WUWEI_SANDBOX_STATE=str(strange))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"can't listen on 127.0.0.1:{port}" in _refusal(WUWEI_SANDBOX_PORT=str(port))
