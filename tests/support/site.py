"""A small web site on this machine that behaves as badly as real ones do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

PIECE = b"x" * 65536


@dataclass
class Site:
    """What was asked for, in order as (method, path, second), and how the next askings of a path are answered."""

    url: str = ""
    asked: list[tuple[str, str, float]] = field(default_factory=list)
    planned: dict[str, list[int]] = field(default_factory=dict)
    sent: int = 0

    def methods(self, path: str) -> list[str]:
        return [method for method, asked, _ in self.asked if asked == path]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.method, request.path, asyncio.get_running_loop().time()))
        name = request.path.strip("/").partition("/")[0]
        if self.planned.get(request.path):
            return web.Response(status=self.planned[request.path].pop(0))
        answer = getattr(self, f"_{name}", None)
        return await answer(request) if answer else web.Response(text="在")

    async def _status(self, request: web.Request) -> web.Response:
        return web.Response(status=int(request.path.rsplit("/", 1)[-1]))

    async def _slow(self, _request: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    async def _closes(self, request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def _headless(self, request: web.Request) -> web.Response:
        return web.Response(status=405 if request.method == "HEAD" else 200)

    async def _loop(self, request: web.Request) -> web.Response:
        raise web.HTTPFound("/loop")

    async def _hops(self, request: web.Request) -> web.Response:
        left = int(request.path.rsplit("/", 1)[-1])
        raise web.HTTPFound(f"/hops/{left - 1}" if left > 1 else "/there")

    async def _away(self, request: web.Request) -> web.Response:
        raise web.HTTPFound(request.query["to"])

    async def _huge(self, request: web.Request) -> web.StreamResponse:
        if request.method == "HEAD":
            return web.Response(status=405)
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(2_000):
            await response.write(PIECE)
            self.sent += len(PIECE)
        return response


@asynccontextmanager
async def open_site() -> AsyncIterator[Site]:
    site = Site()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.handle)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield site
    finally:
        await runner.cleanup()
