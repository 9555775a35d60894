"""What a broadcast is to its commands: its row, who sees it, its lock and its moves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from backend import audit
from backend.access import PERMISSIONS, Actor, ActorKind, Condition, granted
from backend.foundation import db
from backend.foundation.errors import Forbidden
from backend.notifications.broadcasts.errors import BroadcastUnknown
from backend.notifications.broadcasts.states import BROADCAST, BroadcastState

READ: Final = "messages.read"
WRITE: Final = "broadcasts.write"
RELEASE: Final = "broadcasts.release"
STOP: Final = "broadcasts.stop"
BY_INDEX: Final = "SET LOCAL random_page_cost = 1.1"
"""Counts over one broadcast of 100,000 among several of a month: by its index, in half the time of the month's scan."""
TABLE: Final = "broadcasts"

_COLUMNS: Final = """
b.id, b.series_id, b.kind, b.origin, b.origin_id, b.title, b.fields, b.page, b.not_after, b.schedule, b.starts_at,
b.rrule, b.next_at, b.state, b.reason, b.recipients, b.told, b.digest, b.makers, b.created_by, b.released_by,
b.created_at, b.began_at, b.resumed_at
"""
_LOCK: Final = f"SELECT {_COLUMNS} FROM broadcasts b WHERE b.id = $1 FOR NO KEY UPDATE"
_SEEN: Final = "SELECT b.id FROM broadcasts b WHERE b.id = $1 AND {visible}"


@dataclass(frozen=True, slots=True)
class Broadcast:
    """One broadcast as its row stands."""

    id: UUID
    series_id: UUID | None
    kind: str
    origin: str
    origin_id: UUID
    title: str
    fields: Mapping[str, str]
    page: str | None
    not_after: datetime | None
    schedule: str
    starts_at: datetime | None
    rrule: str | None
    next_at: datetime | None
    state: BroadcastState
    reason: str | None
    recipients: int | None
    told: int
    digest: str | None
    makers: tuple[UUID, ...]
    created_by: UUID | None
    released_by: UUID | None
    created_at: datetime
    began_at: datetime | None
    resumed_at: datetime | None


def visible_to(actor: Actor) -> Condition:
    """Return the condition over `broadcasts b`: a list names people of the whole city, so a grant must reach as far."""
    if actor.kind not in {ActorKind.STAFF, ActorKind.SYSTEM}:
        return Condition("FALSE")
    return granted(actor, READ, district=None)


async def see(broadcast_id: UUID, actor: Actor) -> None:
    """Raise BroadcastUnknown for one that isn't there for this actor."""
    visible = visible_to(actor)
    if await db.fetch_value(_SEEN.format(visible=visible.render(2)), broadcast_id, *visible.params) is None:
        raise BroadcastUnknown


def require(actor: Actor, permission: str) -> None:
    """Raise Forbidden unless a permission is held for the whole city."""
    actor.require(permission)
    if actor.kind is not ActorKind.SYSTEM and actor.districts(permission) is not None:
        held = f"您的权限“{PERMISSIONS[permission]}”只限部分区县"
        raise Forbidden(permission, f"{held}；群发面向全市，须有全市范围的这项权限，请联系管理员。")


async def locked(broadcast_id: UUID, actor: Actor, permission: str) -> Broadcast:
    """Lock a broadcast for a command; raises BroadcastUnknown, and Forbidden naming the permission."""
    await see(broadcast_id, actor)
    require(actor, permission)
    return await lock(broadcast_id)


async def lock(broadcast_id: UUID) -> Broadcast:
    row = await db.fetch_one(_LOCK, broadcast_id)
    if row is None:
        raise BroadcastUnknown
    return Broadcast(
        **{
            **row,
            "fields": orjson.loads(row["fields"]),
            "state": BroadcastState(row["state"]),
            "makers": tuple(row["makers"]),
        }
    )


async def move(one: Broadcast, wanted: BroadcastState, actor: Actor, action: str, **noted: Any) -> None:
    """Move a locked broadcast as its lifecycle allows, with what is noted by the way, and write it down."""
    BROADCAST.check(one.state, wanted)
    columns = {"state": wanted.value, **noted}
    marks = ", ".join(f"{name} = ${nr}" for nr, name in enumerate(columns, 2))
    await db.execute(f"UPDATE broadcasts SET {marks} WHERE id = $1", one.id, *columns.values())
    detail = {
        "from": one.state.value,
        "to": wanted.value,
        **({"reason": noted["reason"]} if noted.get("reason") else {}),
    }
    await audit.record(actor, f"broadcasts.{action}", table=TABLE, row_id=one.id, fields=sorted(columns), detail=detail)
