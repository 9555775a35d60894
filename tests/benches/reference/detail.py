"""One policy as a bare Sanic handler reads it by raw asyncpg: one row; nobody signs in, nothing is answered."""

from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sanic import Request, Sanic
from sanic.response import HTTPResponse

from backend.foundation.settings import load_settings

SETTINGS = load_settings()
ROW = """
SELECT v.id, v.title, v.doc_no, v.issuer, v.level, v.region, v.category, v.action, v.summary, v.body, v.benefit,
       v.how_to_apply, v.contact, v.effective_from, v.effective_to, v.apply_from, v.apply_until, v.edition, v.state
FROM policy_versions v WHERE v.policy_id = $1 AND v.state = 'published'
"""

app = Sanic("bare-detail", configure_logging=False)


async def _keep(_connection: asyncpg.Connection) -> None:
    """As the service does: no reset query at every return to the pool."""


@app.before_server_start
async def connect(app: Sanic[Any, Any]) -> None:
    size = SETTINGS.database_pool
    app.ctx.pool = await asyncpg.create_pool(SETTINGS.database_url, min_size=size, max_size=size, reset=_keep)


@app.get("/healthz")
async def healthz(_request: Request) -> HTTPResponse:
    return HTTPResponse("ok")


@app.get("/<policy_id:uuid>")
async def show(_request: Request, policy_id: UUID) -> HTTPResponse:
    row = await app.ctx.pool.fetchrow(ROW, policy_id)
    return HTTPResponse(orjson.dumps(dict(row), default=str), content_type="application/json")


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=SETTINGS.api_port, single_process=True, motd=False, access_log=False)
