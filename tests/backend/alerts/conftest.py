"""A receiver of webhooks on this machine, and a runtime that tells it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web
from redis.asyncio import Redis

from backend.runtime import Runtime
from tests.support.running import make_settings, run

SECRET = "a secret of sixteen or more"


@dataclass
class Receiver:
    """What was posted; answers the statuses it was given, one after the other, then 204."""

    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.got.append((dict(request.headers), await request.read()))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 204, headers={"Location": self.url})

    def messages(self) -> list[dict[str, Any]]:
        return [orjson.loads(body) for _, body in self.got]


@asynccontextmanager
async def _received() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield receiver
    finally:
        await runner.cleanup()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with _received() as made:
        yield made


@pytest.fixture
async def telling(
    database: str, redis: Redis, redis_url: str, tmp_path: Path, receiver: Receiver
) -> AsyncIterator[Runtime]:
    """The service with a webhook set."""
    settings = make_settings(
        database, redis_url, data_dir=tmp_path, alert_webhook_url=receiver.url, alert_webhook_secret=SECRET
    )
    async with run(settings, redis) as made:
        yield made
