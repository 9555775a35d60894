"""A sign-up as a bare Sanic handler takes it: one statement that takes a seat and writes a row; nobody is told."""

from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sanic import Request, Sanic
from sanic.response import HTTPResponse

from backend.foundation.ids import new_id
from backend.foundation.settings import load_settings

SETTINGS = load_settings()
TABLES = """
CREATE TABLE IF NOT EXISTS bare_salons (
    id uuid PRIMARY KEY, capacity integer NOT NULL, taken integer NOT NULL CHECK (taken <= capacity)
);
CREATE TABLE IF NOT EXISTS bare_signups (
    id uuid PRIMARY KEY, salon_id uuid NOT NULL, enterprise_id uuid NOT NULL, UNIQUE (salon_id, enterprise_id)
)
"""
SEAT = """
WITH seat AS (UPDATE bare_salons SET taken = taken + 1 WHERE id = $2 AND taken < capacity RETURNING id)
INSERT INTO bare_signups (id, salon_id, enterprise_id) SELECT $1, seat.id, $3 FROM seat RETURNING id
"""

app = Sanic("bare-signup", configure_logging=False)


async def _keep(_connection: asyncpg.Connection) -> None:
    """As the service does: no reset query at every return to the pool."""


@app.before_server_start
async def connect(app: Sanic[Any, Any]) -> None:
    size = SETTINGS.database_pool
    app.ctx.pool = await asyncpg.create_pool(SETTINGS.database_url, min_size=size, max_size=size, reset=_keep)
    await app.ctx.pool.execute(TABLES)


@app.get("/healthz")
async def healthz(_request: Request) -> HTTPResponse:
    return HTTPResponse("ok")


@app.post("/api/owner/v1/salons/<salon_id:uuid>/signups")
async def sign_up(request: Request, salon_id: UUID) -> HTTPResponse:
    told = orjson.loads(request.body)
    made = await app.ctx.pool.fetchval(SEAT, new_id(), salon_id, UUID(told["enterprise_id"]))
    if made is None:
        return HTTPResponse(b'{"code":"full"}', status=409, content_type="application/json")
    return HTTPResponse(orjson.dumps({"id": str(made)}), status=201, content_type="application/json")


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=SETTINGS.api_port, single_process=True, motd=False, access_log=False)
