"""Alive, ready, measured: `/healthz` for everybody, `/readyz` and `/metrics` on the internal listener only."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import prometheus_client
from sanic import Request, Sanic
from sanic.response import HTTPResponse, json, raw

from backend import migrations
from backend.foundation import db
from backend.foundation.logging import get_logger
from backend.runtime import current
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply

log = get_logger(__name__)

_PATIENCE: Final = 2.0
_STEPS: Final = frozenset(
    path.stem for folder in migrations.__path__ for path in Path(folder).glob("[0-9][0-9][0-9][0-9]_*.py")
)
_DATABASE: Final = """
SELECT '食品' ~ '^[[:alpha:]]+$' AS knows_chinese, array(SELECT name FROM tortoise_migrations) AS steps
"""


@endpoint(auth=Auth.PUBLIC, summary="服务进程是否在运行", documented=False)
async def alive(request: Request) -> Reply:  # noqa: ARG001  every handler is given its request
    return Reply({"alive": True})


@dataclass(frozen=True, slots=True)
class Readiness:
    """`faults` keep requests away from this process; `degraded` only makes it slower."""

    faults: dict[str, str] = field(default_factory=dict)
    degraded: dict[str, str] = field(default_factory=dict)

    def as_plain(self) -> dict[str, Any]:
        return {"ready": not self.faults, "faults": self.faults, "degraded": self.degraded}


async def readiness() -> Readiness:
    """Ask PostgreSQL and Redis, two seconds each at most."""
    database, redis = await asyncio.gather(_told(_database_fault()), _told(_redis_fault()))
    return Readiness(faults={"postgresql": database} if database else {}, degraded={"redis": redis} if redis else {})


async def _told(check: Awaitable[str | None]) -> str | None:
    """Return what is wrong in one line, None when nothing is."""
    try:
        async with asyncio.timeout(_PATIENCE):
            return await check
    except Exception as error:  # noqa: BLE001  whatever it is, it is what keeps us from being ready
        return f"{type(error).__name__}: {error}".splitlines()[0][:200]


async def _database_fault() -> str | None:
    row = await db.fetch_one(_DATABASE)
    if row is None or not row["knows_chinese"]:
        return "the database's character type does not know Chinese"
    missing = sorted(_STEPS - set(row["steps"]))
    return f"migrations are missing: {', '.join(missing)}" if missing else None


async def _redis_fault() -> str | None:
    await current().redis.ping()
    return None


async def ready(request: Request) -> HTTPResponse:  # noqa: ARG001
    found = await readiness()
    if found.faults:
        log.warning("not_ready", **found.faults)
    return json(found.as_plain(), status=503 if found.faults else 200)


async def metrics(request: Request) -> HTTPResponse:  # noqa: ARG001
    return raw(prometheus_client.generate_latest(), content_type=prometheus_client.CONTENT_TYPE_LATEST)


def internal_app(name: str) -> Sanic[Any, Any]:
    """Return the app of the internal listener."""
    app: Sanic[Any, Any] = Sanic(name, configure_logging=False)
    app.config.MOTD = False
    app.config.TOUCHUP = False  # the main app of this process has done it, and once is all that Sanic bears
    app.add_route(ready, "/readyz", name="ready")
    app.add_route(metrics, "/metrics", name="metrics")
    return app
