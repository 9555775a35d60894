"""How the service runs at this moment, for whoever operates it: counts and ages, and nothing of anybody's business."""

import asyncio
import time
from collections.abc import Awaitable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from redis.exceptions import RedisError

from backend import runtime
from backend.access import Actor
from backend.alerts.queries import PERMISSION
from backend.foundation import clock, db
from backend.foundation.ids import uuid_floor
from backend.notifications import breakers, watching
from backend.notifications.sweeping import backlog

LATELY: Final = timedelta(hours=1)
LATE: Final = 30.0
"""Seconds after which a worker that shows no sign of life counts as gone."""
_PATIENCE: Final = 2.0

# One statement, each part by an index of its own.
_DATABASE: Final = """
SELECT current_setting('server_version') AS version, pg_database_size(current_database()) AS bytes,
    (SELECT max(name) FROM tortoise_migrations) AS migration,
    (SELECT count(*) FROM outbox WHERE state = 'pending' AND due_at <= $1) AS outbox_due,
    (SELECT min(due_at) FROM outbox WHERE state = 'pending' AND due_at <= $1) AS outbox_oldest,
    (SELECT count(*) FROM outbox WHERE state = 'dead') AS outbox_dead,
    (SELECT count(*) FROM registry_imports WHERE state = 'waiting') AS imports_waiting,
    (SELECT count(*) FROM registry_imports WHERE state = 'running') AS imports_running,
    (SELECT count(*) FROM alerts WHERE cleared_at IS NULL AND severity = 'critical') AS critical,
    (SELECT count(*) FROM alerts WHERE cleared_at IS NULL AND severity = 'warning') AS warning,
    (SELECT count(*) FROM (SELECT FROM audit_entries WHERE seal_id IS NULL LIMIT 10001) AS first) AS unsealed,
    (SELECT min(at) FROM audit_entries WHERE seal_id IS NULL) AS unsealed_since,
    (SELECT sealed_at FROM audit_seals ORDER BY number DESC LIMIT 1) AS sealed_at
"""
_CONNECTED: Final = """
SELECT application_name AS application, count(*) AS connections, count(*) FILTER (WHERE state = 'active') AS active
FROM pg_stat_activity WHERE datname = current_database() AND application_name <> '' GROUP BY 1 ORDER BY 1
"""
_DELIVERIES: Final = "SELECT state, count(*) AS n FROM deliveries WHERE id >= $1 GROUP BY state ORDER BY state"


async def health(actor: Actor) -> dict[str, Any]:
    """Return how everything stands; raises Forbidden without `system.watch`. What can't be asked is told as such."""
    actor.require(PERMISSION)
    moment, begun = clock.now(), time.monotonic()
    row = dict(await db.fetch_one(_DATABASE, moment) or {})
    asked = time.monotonic() - begun
    waiting, oldest = await backlog()
    callbacks, oldest_callback = await watching.callbacks_waiting()
    deliveries = await db.fetch(_DELIVERIES, uuid_floor(moment - LATELY))
    return {
        "at": moment,
        "database": {
            "milliseconds": round(asked * 1000, 1),
            **{name: row[name] for name in ("version", "bytes", "migration")},
            "connections": [dict(one) for one in await db.fetch(_CONNECTED)],
        },
        "redis": await _timed(runtime.current().redis.ping()),
        "wechat_tokens": await _tokens(),
        "outbox": {
            "due": row["outbox_due"],
            "oldest_seconds": _age(row["outbox_oldest"], moment),
            "dead": row["outbox_dead"],
        },
        "messages": {
            "waiting": waiting,
            "oldest_seconds": int(oldest),
            "last_hour": {one["state"]: one["n"] for one in deliveries},
        },
        "callbacks": {"waiting": callbacks, "oldest_seconds": int(oldest_callback)},
        "imports": {"waiting": row["imports_waiting"], "running": row["imports_running"]},
        "workers": await asyncio.to_thread(_workers, runtime.current().settings.data_dir / "run", moment),
        "channels": await breakers.resting(),
        "templates": await watching.unusable_templates(),
        "alerts": {"critical": row["critical"], "warning": row["warning"]},
        "seals": {
            "unsealed": row["unsealed"],
            "lag_seconds": _age(row["unsealed_since"], moment),
            "sealed_at": row["sealed_at"],
        },
    }


def _age(since: datetime | None, moment: datetime) -> int:
    return 0 if since is None else max(0, int((moment - since).total_seconds()))


async def _timed(call: Awaitable[Any]) -> dict[str, Any]:
    """Return whether a server answers and in how many milliseconds."""
    begun = time.monotonic()
    try:
        async with asyncio.timeout(_PATIENCE):
            await call
    except (RedisError, OSError) as error:  # a time-out is an OSError
        return {"is_there": False, "milliseconds": None, "problem": type(error).__name__}
    return {"is_there": True, "milliseconds": round((time.monotonic() - begun) * 1000, 1), "problem": None}


async def _tokens() -> list[dict[str, Any]]:
    """Return for how long the shared access tokens still hold; without one the next call fetches it."""
    settings, redis = runtime.current().settings, runtime.current().redis
    accounts = {"miniprogram": settings.wechat_appid, "service": settings.wechat_service_appid}
    found = []
    for account, appid in accounts.items():
        if not appid:
            continue
        try:
            async with asyncio.timeout(_PATIENCE):
                left = await redis.pttl(f"wechat:token:{appid}")
        except (RedisError, OSError):
            left = 0
        found.append({"account": account, "seconds_left": max(0, left // 1000)})
    return found


def _workers(folder: Path, moment: datetime) -> list[dict[str, Any]]:
    """Return the workers of this host by the files they touch every few seconds; other hosts have their own."""
    found = []
    for file in sorted(folder.glob("worker-*.alive")):
        try:
            since = moment.timestamp() - file.stat().st_mtime
        except FileNotFoundError:
            continue
        found.append({"name": file.stem, "seconds_ago": max(0, int(since)), "is_alive": since < LATE})
    return found
