"""The feed as a bare Sanic handler: the same statement by raw asyncpg; nobody signs in, nothing is logged."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from sanic import Request, Sanic
from sanic.response import HTTPResponse

from backend.foundation.settings import load_settings
from backend.policies.reading import feed

SETTINGS = load_settings()
PAGE = 20
FEED = feed._statement(PAGE)
ZONE = ZoneInfo("Asia/Shanghai")

app = Sanic("bare-feed", configure_logging=False)


async def _keep(_connection: asyncpg.Connection) -> None:
    """As the service does: no reset query at every return to the pool."""


@app.before_server_start
async def connect(app: Sanic[Any, Any]) -> None:
    size = SETTINGS.database_pool
    app.ctx.pool = await asyncpg.create_pool(SETTINGS.database_url, min_size=size, max_size=size, reset=_keep)


@app.get("/healthz")
async def healthz(_request: Request) -> HTTPResponse:
    return HTTPResponse("ok")


@app.get("/<person:uuid>/<enterprise:uuid>")
async def show(_request: Request, person: UUID, enterprise: UUID) -> HTTPResponse:
    now = datetime.now(UTC)
    rows = await app.ctx.pool.fetch(FEED, person, enterprise, now, now.astimezone(ZONE).date())
    items = ",".join([row["item"] for row in rows[:PAGE]])
    return HTTPResponse('{"items":[' + items + '],"next":null}', content_type="application/json")


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=SETTINGS.api_port, single_process=True, motd=False, access_log=False)
