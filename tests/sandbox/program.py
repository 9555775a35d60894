"""The real stand-in as a process, what tests say to it, and a callback door that checks what it pushes."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import orjson
from aiohttp import web
from wechatpy.crypto import WeChatCrypto

from tests.support.watching import PATIENCE

ROOT = Path(__file__).parents[2]
APPID, SECRET = "wx0123456789abcdef", "a-secret"
SERVICE_APPID, SERVICE_SECRET = "wxfedcba9876543210", "another-secret"
CALLBACK_TOKEN, AES_KEY = "pamtest", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
SEND = "/cgi-bin/message/subscribe/send"
FITTING = {
    "thing1": "社保补贴",
    "thing2": "湖州某某食品店",
    "date3": "2026年12月31日",
    "thing4": "可能符合，点击查看",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Program:
    """`python -m sandbox` on a free port."""

    def __init__(self, callback_url: str | None = None, state: Path | None = None) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {
            **os.environ,
            "WUWEI_SANDBOX_PORT": str(self.port),
            "WUWEI_SANDBOX_STATE": str(state or ""),
            "WUWEI_WECHAT_APPID": APPID,
            "WUWEI_WECHAT_SECRET": SECRET,
            "WUWEI_WECHAT_CALLBACK_URL": callback_url or "",
            "WUWEI_WECHAT_CALLBACK_TOKEN": CALLBACK_TOKEN,
            "WUWEI_WECHAT_CALLBACK_AES_KEY": AES_KEY,
            "WUWEI_WECHAT_SERVICE_APPID": SERVICE_APPID,
            "WUWEI_WECHAT_SERVICE_SECRET": SERVICE_SECRET,
            "WUWEI_WECHAT_SERVICE_CALLBACK_URL": f"{callback_url}?service" if callback_url else "",
            "WUWEI_WECHAT_SERVICE_CALLBACK_TOKEN": CALLBACK_TOKEN,
            "WUWEI_WECHAT_SERVICE_CALLBACK_AES_KEY": AES_KEY,
        }

    def _open(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "sandbox"], cwd=ROOT, env=self._environment)

    async def start(self) -> None:
        self._process = self._open()
        end = time.monotonic() + PATIENCE
        async with httpx.AsyncClient(base_url=self.url, timeout=PATIENCE) as http:
            while time.monotonic() < end:
                try:
                    await http.get("/control/settings")
                except httpx.TransportError:
                    assert self._process.poll() is None, "the stand-in ended at start"
                    await asyncio.sleep(0.05)
                else:
                    return
        raise AssertionError("the stand-in did not start")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        self._process.send_signal(how)
        return self._process.wait(PATIENCE)


class Phone:
    """A client with the calls that nearly every test makes."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.templates: dict[str, str] = {}

    async def get(self, path: str, **query: str) -> Any:
        return (await self.http.get(path, params=query)).json()

    async def post(self, path: str, body: Any = None, **query: str) -> Any:
        return (await self.http.post(path, json=body if body is not None else {}, params=query)).json()

    async def set(self, **switches: Any) -> None:
        answer = await self.http.patch("/control/settings", json=switches)
        assert answer.status_code == 200, answer.text

    async def token(self, appid: str = APPID, secret: str = SECRET) -> str:
        body = {"grant_type": "client_credential", "appid": appid, "secret": secret}
        return str((await self.post("/cgi-bin/stable_token", body))["access_token"])

    async def sign_in(self, name: str = "老王") -> str:
        answer = await self.get("/sns/jscode2session", **session_query(f"demo-{name}"))
        return str(answer["openid"])

    async def subscribe(self, openid: str, *keys: str, **more: Any) -> Any:
        body = {"template_ids": list(keys or ["policy_matched"]), **more}
        return await self.post(f"/control/owners/{openid}/subscribe", body)

    async def template(self, key: str) -> str:
        if not self.templates:
            listed = (await self.get("/control/templates"))["items"]
            self.templates = {one["key"]: one["id"] for one in listed}
        return self.templates[key]

    async def message(self, openid: str, key: str = "policy_matched", **values: Any) -> dict[str, Any]:
        data = {name: {"value": value} for name, value in (values or FITTING).items()}
        return {"touser": openid, "template_id": await self.template(key), "data": data, "page": "pages/a?id=1"}

    async def send(self, openid: str, key: str = "policy_matched", **values: Any) -> Any:
        return await self.post(SEND, await self.message(openid, key, **values), access_token=await self.token())

    async def received(self, openid: str) -> list[dict[str, Any]]:
        return list((await self.get("/control/messages", openid=openid))["items"])


def session_query(code: str, **changes: str) -> dict[str, str]:
    query = {"appid": APPID, "secret": SECRET, "js_code": code, "grant_type": "authorization_code"}
    return {**query, **changes}


class Callback:
    """Takes what is pushed, checked and decrypted by another implementation (wechatpy's)."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.answers: list[web.Response] = []
        self.tries = 0
        self.wait = 0.0
        self._test = object()

    async def start(self) -> str:
        app = web.Application()
        app.router.add_post("/events", self._take)
        app.router.add_get("/events", self._verify)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        port = free_port()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        return f"http://127.0.0.1:{port}/events"

    async def stop(self) -> None:
        await self._runner.cleanup()

    def forget(self) -> None:
        self.__init__()  # type: ignore[misc]

    async def _verify(self, request: web.Request) -> web.Response:
        return web.Response(text=request.query["echostr"])

    async def _take(self, request: web.Request) -> web.Response:
        self.tries += 1
        test = self._test
        await asyncio.sleep(self.wait)
        if test is not self._test:  # a push of the test before this one, still under way when that one ended
            return web.Response(status=503)
        if self.answers:
            return self.answers.pop(0)
        body = await request.text()
        appid = SERVICE_APPID if "service" in request.query else APPID
        crypto = WeChatCrypto(CALLBACK_TOKEN, AES_KEY, appid)
        message = body if body.startswith("<") else orjson.loads(body)
        query = request.query
        told = crypto.decrypt_message(message, query["msg_signature"], query["timestamp"], query["nonce"])
        self.events.append(told if isinstance(told, str) else told.decode())
        return web.Response(text="success")

    async def wait_for(self, count: int) -> list[str]:
        end = time.monotonic() + PATIENCE
        while len(self.events) < count:
            assert time.monotonic() < end, f"{len(self.events)} of {count} events came"
            await asyncio.sleep(0.01)
        return self.events
