"""A scripted WeChat for the client's tests: it answers what a test tells it to and remembers what it was asked."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from backend.gateways.wechat.account import WeChatAccount

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Asked:
    path: str
    query: dict[str, str]
    body: Any


def json(value: object, status: int = 200) -> Answer:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, body=orjson.dumps(value), content_type="text/plain")

    return answer


def raw(body: bytes, content_type: str = "image/png", status: int = 200) -> Answer:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, body=body, content_type=content_type)

    return answer


async def never(_request: web.Request) -> web.Response:
    await asyncio.sleep(60)
    return web.Response()


async def hang_up(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


@dataclass
class StandIn:
    """Tokens are T1, T2, …; only the newest is good. `answers` overrides a path, the last answer of a list stays."""

    issued: int = 0
    good: str = ""
    base_url: str = ""
    expires_in: int = 7200
    token_takes: float = 0.0
    same_token: bool = False
    asked: list[Asked] = field(default_factory=list)
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)

    def count(self, path: str) -> int:
        return sum(asked.path == path for asked in self.asked)

    def revoke(self) -> None:
        self.good = "nobody has it"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        asked = Asked(request.path, dict(request.query), orjson.loads(body) if body else None)
        self.asked.append(asked)
        self.was_asked.set()
        scripted = self.answers.get(request.path)
        if scripted:
            return await (scripted.pop(0) if len(scripted) > 1 else scripted[0])(request)
        if request.path == "/cgi-bin/stable_token":
            return await self._token(request)
        if request.query.get("access_token") != self.good:
            return await json({"errcode": 40001, "errmsg": "invalid credential rid: 65f-1a2b-3c"})(request)
        return await json({"errcode": 0, "errmsg": "ok"})(request)

    async def _token(self, request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(self.token_takes)
        if not self.same_token or not self.issued:
            self.issued += 1
            self.good = f"T{self.issued}"
        return await json({"access_token": f"T{self.issued}", "expires_in": self.expires_in})(request)

    def account(self) -> WeChatAccount:
        return WeChatAccount(
            appid="wx4f4bc4dec97d474b",
            base_url=self.base_url,
            secret="the-app-secret",
            callback_token="pamtest",
            callback_aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
        )
