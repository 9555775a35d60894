"""What staff read of broadcasts: the list, one of them, how far it is."""

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.paging import count_column, counted, cut, decode_cursor, encode_cursor
from backend.notifications.broadcasts import allowed
from backend.notifications.broadcasts.errors import BroadcastUnknown
from backend.notifications.broadcasts.resending import is_anybody_missed
from backend.notifications.broadcasts.rows import BY_INDEX, see, visible_to
from backend.notifications.broadcasts.states import BroadcastState

FRESH: Final = 2.0
"""For so many seconds a process gives the same figures again: many may watch one broadcast."""
_KEPT: Final = 200
_LATELY: Final = timedelta(minutes=1)

_MOMENT: Final = """to_char({} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD"T"HH24:MI:SS"+08:00"')"""
_FIELDS: Final = (
    ", ".join(
        f"'{name}', b.{name}"
        for name in (
            "id",
            "series_id",
            "kind",
            "origin",
            "origin_id",
            "title",
            "fields",
            "schedule",
            "rrule",
            "state",
            "reason",
            "recipients",
            "told",
            "digest",
            "forecast",
            "actual",
            "created_by",
            "released_by",
        )
    )
    + ", "
    + ", ".join(
        f"'{name}', {_MOMENT.format(f'b.{name}')}"
        for name in (
            "starts_at",
            "next_at",
            "not_after",
            "created_at",
            "frozen_at",
            "released_at",
            "began_at",
            "ended_at",
        )
    )
    + ", "
    + ", ".join(
        f"'{name}_name', (SELECT s.name FROM staff s WHERE s.id = b.{name})" for name in ("created_by", "released_by")
    )
)
_PAGE: Final = """
SELECT b.id, jsonb_build_object({fields})::text AS shown{count} FROM broadcasts b
WHERE ($1::uuid IS NULL OR b.id < $1) AND {wanted} ORDER BY b.id DESC LIMIT $3
"""
_ONE: Final = """
SELECT jsonb_build_object({fields})::text AS shown, b.state, b.schedule, b.not_after, b.makers, b.recipients,
       b.resumed_at
FROM broadcasts b WHERE b.id = $1 AND {visible}
"""
_COUNTS: Final = """
SELECT state, count(*) AS tries, count(*) FILTER (WHERE settled_at > $2) AS lately FROM deliveries
WHERE broadcast_id = $1 AND id >= $1 GROUP BY state ORDER BY state
"""
_LISTED: Final = """
SELECT b.state, b.recipients, b.told, (
    SELECT count(*) FROM broadcast_recipients r WHERE r.broadcast_id = b.id AND r.left_out IS NOT NULL) AS left_out
FROM broadcasts b WHERE b.id = $1
"""
_OPEN: Final = frozenset({"pending", "claimed", "sending", "deferred", "unknown"})

_kept: dict[UUID, tuple[float, dict[str, Any]]] = {}


async def page(actor: Actor, *, state: str | None, cursor: str | None, limit: int) -> str:
    """Return one page as JSON, the newest first, with how many there are; raises WrongCursor."""
    after = decode_cursor(cursor, UUID)
    visible = visible_to(actor)
    wanted = f"($2::text IS NULL OR b.state = $2) AND {visible.render(4)}"
    sql = _PAGE.format(fields=_FIELDS, wanted=wanted, count=count_column(f"broadcasts b WHERE {wanted}", cursor))
    rows = await db.fetch(sql, after[0] if after else None, state, limit + 1, *visible.params)
    shown, following = cut(rows, limit, lambda row: encode_cursor(row["id"]))
    rest = orjson.dumps({"next": following, **counted(rows, cursor)}).decode()
    return f'{{"items":[{",".join(row["shown"] for row in shown)}],{rest[1:]}'


async def show(broadcast_id: UUID, actor: Actor) -> str:
    """Return one broadcast as JSON with what this actor may do with it now; raises BroadcastUnknown."""
    visible = visible_to(actor)
    sql = _ONE.format(fields=_FIELDS, visible=visible.render(2))
    row = await db.fetch_one(sql, broadcast_id, *visible.params)
    if row is None:
        raise BroadcastUnknown
    acts = allowed.may(actor, _standing(row))
    if "resend" in acts and not await is_anybody_missed(broadcast_id):
        acts.remove("resend")
    return f'{row["shown"][:-1]}, "may": {orjson.dumps(acts).decode()}}}'


def _standing(row: Record) -> allowed.Standing:
    is_recurring, has_list = row["schedule"] == "recurring", row["recipients"] is not None
    return allowed.Standing(
        BroadcastState(row["state"]), is_recurring, row["not_after"], row["makers"], has_list, row["resumed_at"]
    )


async def progress(broadcast_id: UUID, actor: Actor) -> Mapping[str, Any]:
    """Return how far a broadcast is, at most FRESH seconds old; raises BroadcastUnknown.

    `by_state` counts tries; whoever was tried by two channels counts in two of them.
    """
    await see(broadcast_id, actor)
    at, figures = _kept.get(broadcast_id, (-FRESH, {}))
    if time.monotonic() - at < FRESH:
        return figures
    if len(_kept) >= _KEPT:
        _kept.clear()
    figures = await _count(broadcast_id)
    _kept[broadcast_id] = (time.monotonic(), figures)
    return figures


async def _count(broadcast_id: UUID) -> dict[str, Any]:
    moment = clock.now()
    row = await db.fetch_one(_LISTED, broadcast_id)
    if row is None:
        raise BroadcastUnknown
    async with db.transaction():
        await db.execute(BY_INDEX)
        counts = await db.fetch(_COUNTS, broadcast_id, moment - _LATELY)
    waiting = sum(one["tries"] for one in counts if one["state"] in _OPEN)
    untold = max((row["recipients"] or 0) - row["told"] - row["left_out"], 0)
    rate = sum(one["lately"] for one in counts)
    left = waiting + untold
    is_moving = row["state"] == "sending" and rate > 0 and left > 0
    return {
        **dict(row),
        "untold": untold,
        "by_state": {one["state"]: one["tries"] for one in counts},
        "per_minute": rate,
        "ends_at": moment + _LATELY * (left / rate) if is_moving else None,
        "at": moment,
    }
