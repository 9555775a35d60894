"""A booking as a bare Sanic handler takes it: one row in one transaction by raw asyncpg; nobody signs in or is told."""

from typing import Any

import asyncpg
import orjson
from sanic import Request, Sanic
from sanic.response import HTTPResponse

from backend.foundation.ids import new_id
from backend.foundation.settings import load_settings

SETTINGS = load_settings()
TABLE = "CREATE TABLE IF NOT EXISTS bare_bookings (id uuid PRIMARY KEY, starts_at text NOT NULL, note text NOT NULL)"
ROW = "INSERT INTO bare_bookings (id, starts_at, note) VALUES ($1, $2, $3)"

app = Sanic("bare-booking", configure_logging=False)


async def _keep(_connection: asyncpg.Connection) -> None:
    """As the service does: no reset query at every return to the pool."""


@app.before_server_start
async def connect(app: Sanic[Any, Any]) -> None:
    size = SETTINGS.database_pool
    app.ctx.pool = await asyncpg.create_pool(SETTINGS.database_url, min_size=size, max_size=size, reset=_keep)
    await app.ctx.pool.execute(TABLE)


@app.get("/healthz")
async def healthz(_request: Request) -> HTTPResponse:
    return HTTPResponse("ok")


@app.post("/api/owner/v1/visits")
async def book(request: Request) -> HTTPResponse:
    told = orjson.loads(request.body)
    made = new_id()
    async with app.ctx.pool.acquire() as connection, connection.transaction():
        await connection.execute(ROW, made, told["starts_at"], told["note"])
    return HTTPResponse(orjson.dumps({"id": str(made)}), status=201, content_type="application/json")


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=SETTINGS.api_port, single_process=True, motd=False, access_log=False)
