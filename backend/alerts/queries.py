"""Reads alerts: the list of who operates, and how many are open."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from backend.access import Actor
from backend.alerts.kinds import KINDS
from backend.foundation import db
from backend.foundation.paging import count_column, counted, cut, decode_cursor, encode_cursor

PERMISSION: Final = "system.watch"
LIMIT: Final = 100

_COLUMNS: Final = """
id, kind, key, severity, detail, times, opened_at, last_at, acknowledged_at, acknowledged_by, cleared_at
"""
_WANTED: Final = "($1::boolean OR cleared_at IS NULL)"
_LIST: Final = f"""
SELECT {_COLUMNS} FROM alerts WHERE {_WANTED} AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
"""
_COUNTS: Final = "SELECT kind, count(*) AS n FROM alerts WHERE cleared_at IS NULL GROUP BY 1"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert with the words of its kind; `times` counts how often it happened since it opened."""

    id: UUID
    kind: str
    key: str
    severity: str
    title: str
    action: str
    runbook: str
    detail: dict[str, Any]
    times: int
    opened_at: datetime
    last_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: UUID | None
    cleared_at: datetime | None


def shown(row: Any) -> Alert:
    """Return a row with its kind's words; of a kind that a later version dropped the row itself is all there is."""
    kind = KINDS.get(row["kind"])
    words = (kind.title, kind.action, kind.runbook) if kind else (row["kind"], "", "")
    told = dict(zip(("title", "action", "runbook"), words, strict=True))
    given = {name: value for name, value in row.items() if name != "found"}
    return Alert(**{**given, **told, "detail": orjson.loads(row["detail"])})


async def listed(
    actor: Actor, *, with_cleared: bool = False, before: UUID | None = None, limit: int = LIMIT
) -> tuple[list[Alert], UUID | None]:
    """Return a page of alerts, the newest first, and the id to pass as `before` (None at the end).

    Raises Forbidden without `system.watch`.
    """
    actor.require(PERMISSION)
    size = max(1, min(limit, LIMIT))
    rows = await db.fetch(_LIST, with_cleared, before, size + 1)
    found = [shown(row) for row in rows[:size]]
    return found, found[-1].id if len(rows) > size else None


async def page(actor: Actor, *, with_cleared: bool, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return the same as a list shows it: {items, next, count, count_is_at_least}; raises WrongCursor, Forbidden."""
    actor.require(PERMISSION)
    after = decode_cursor(cursor, UUID)
    sql = _LIST.replace(" FROM", f"{count_column(f'alerts WHERE {_WANTED}', cursor)} FROM", 1)
    rows = await db.fetch(sql, with_cleared, after[0] if after else None, limit + 1)
    some, following = cut(rows, limit, lambda row: encode_cursor(row["id"]))
    return {"items": [shown(row) for row in some], "next": following, **counted(rows, cursor)}


async def open_counts() -> dict[tuple[str, str], int]:
    """Return how many alerts are open, for every kind that exists: {(kind, severity): count}."""
    open_now = {row["kind"]: row["n"] for row in await db.fetch(_COUNTS)}
    return {(kind.key, kind.severity): open_now.get(kind.key, 0) for kind in KINDS.values()}
