"""The stand-in pushes to our callback door: signed, encrypted, over HTTP; the test's clock and its own agree."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from backend.foundation.clock import Frozen
from backend.notifications import events
from backend.runtime import Runtime
from tests.backend.notifications.people import Phones
from tests.support.api import Api, serve

PATH = "/wechat/events/miniprogram"


class Door:
    """Where the stand-in pushes to, and the worker behind it."""

    def __init__(self, phones: Phones) -> None:
        self._sandbox = phones.sandbox

    async def applied(self, count: int) -> None:
        """Wait until the stand-in has delivered so many pushes, then work them off."""
        async with asyncio.timeout(30):
            while (told := self._sandbox.control("GET", "pushes"))["delivered"] < count:
                assert told["given_up"] == 0
                await asyncio.sleep(0.02)
        while await events.handle():
            continue


@asynccontextmanager
async def opened(phones: Phones, runtime: Runtime, clock: Frozen) -> AsyncIterator[Door]:
    """Serve the door; the clock goes to the next ten o'clock in the morning, and the stand-in's with it."""
    real = datetime.now(UTC)
    morning = real.replace(hour=2, minute=0, second=0, microsecond=0) + timedelta(days=1)
    clock.set(morning)
    phones.sandbox.control("POST", "clock", seconds=int((morning - real).total_seconds()))
    await phones.learn_templates()  # with a token of the new time
    async with serve(runtime) as api:
        runner = web.AppRunner(_forwarding(api), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        url = f"http://127.0.0.1:{port}{PATH}"
        phones.sandbox.control("PATCH", "settings", callback_url=url, push_retry_wait_ms=0)
        yield Door(phones)
        await runner.cleanup()


def _forwarding(api: Api) -> web.Application:
    async def forward(request: web.Request) -> web.Response:
        params: Any = dict(request.query)
        answer = await api.request(request.method, PATH, params=params, content=await request.read())
        return web.Response(status=answer.status_code, body=answer.content)

    app = web.Application()
    app.router.add_route("*", PATH, forward)
    return app
