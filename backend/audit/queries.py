"""Reads the trail: what happened to a row, and the pages of an auditor."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from backend.access import Actor, Condition
from backend.access.visibility import EVERYTHING
from backend.audit.words import ACTORS, SUBJECTS, action_word
from backend.foundation import db
from backend.foundation.ids import uuid_floor
from backend.foundation.logging import mask_value
from backend.foundation.paging import count_column, counted, cut, decode_cursor, encode_cursor

PERMISSION: Final = "audit.read"
LIMIT: Final = 100
_COLUMNS: Final = """
id, at, actor_kind, actor_id, on_behalf_of, action, table_name, row_id, fields, detail::text AS detail, request_id,
seal_id IS NOT NULL AS is_sealed
"""


@dataclass(frozen=True, slots=True)
class Filter:
    """What an auditor looks for; all that is given must hold."""

    actor_id: UUID | None = None
    action: str | None = None
    table: str | None = None
    row_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None

    def condition(self) -> Condition:
        found = EVERYTHING
        for sql, value in (
            ("actor_id = {}", self.actor_id),
            ("action = {}", self.action),
            ("table_name = {}", self.table),
            ("row_id = {}", self.row_id),
            ("id >= {}", _floor(self.since)),
            ("id < {}", _floor(self.until)),
        ):
            found = found & Condition(sql, (value,)) if value is not None else found
        return found


def _floor(moment: datetime | None) -> UUID | None:
    """Return the smallest id of a moment; before 1970 there are no ids."""
    if moment is None:
        return None
    return uuid_floor(moment) if moment.timestamp() > 0 else UUID(int=0)


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first; `next` is the id to pass as `before`, None at the end."""

    items: list[dict[str, Any]] = field(default_factory=list)
    next: UUID | None = None


async def entries(actor: Actor, wanted: Filter, *, before: UUID | None = None, limit: int = LIMIT) -> Page:
    """Return a page of the trail, newest first, masked; raises Forbidden without `audit.read`."""
    return Page(*await slice_of(actor, wanted, before=before, limit=max(1, min(limit, LIMIT))))


async def slice_of(
    actor: Actor, wanted: Filter, *, before: UUID | None, limit: int
) -> tuple[list[dict[str, Any]], UUID | None]:
    """Return so many entries before one, and the id before which the next ones stand, None at the end."""
    actor.require(PERMISSION)
    condition = wanted.condition() & (Condition("id < {}", (before,)) if before else EVERYTHING)
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM audit_entries WHERE {condition.render()} ORDER BY id DESC LIMIT {limit + 1}",
        *condition.params,
    )
    items = [_shown(row) for row in rows[:limit]]
    return items, items[-1]["id"] if len(rows) > limit else None


async def listed(actor: Actor, wanted: Filter, *, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return a page as a list shows it, in words, with how many entries there are: {items, next, count, …}."""
    actor.require(PERMISSION)
    after = decode_cursor(cursor, UUID)
    condition = wanted.condition()
    count = count_column(f"audit_entries WHERE {condition.render()}", cursor)
    if after:
        condition = condition & Condition("id < {}", after)
    rows = await db.fetch(
        f"SELECT {_COLUMNS}{count} FROM audit_entries WHERE {condition.render()} ORDER BY id DESC LIMIT {limit + 1}",
        *condition.params,
    )
    shown, following = cut(rows, limit, lambda row: encode_cursor(row["id"]))
    return {"items": [_in_words(_shown(row)) for row in shown], "next": following, **counted(rows, cursor)}


async def sealed_between(seals: int) -> tuple[datetime | None, datetime | None]:
    """Return when the first of so many seals was set, and the last of them."""
    sql = "SELECT min(sealed_at) AS first_at, max(sealed_at) AS last_at FROM audit_seals WHERE number <= $1"
    row = await db.fetch_one(sql, seals)
    return (row["first_at"], row["last_at"]) if row else (None, None)


def _in_words(item: dict[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in item.items() if name not in {"found", "table_name"}}
    return {
        **told,
        "table": item["table_name"],
        "table_word": SUBJECTS.get(item["table_name"], item["table_name"]),
        "action_word": action_word(item["action"]),
        "actor_kind_word": ACTORS.get(item["actor_kind"], item["actor_kind"]),
    }


async def history(actor: Actor, table: str, row_id: UUID, *, before: UUID | None = None) -> Page:
    """Return what happened to one row, newest first."""
    return await entries(actor, Filter(table=table, row_id=row_id), before=before)


def _shown(row: Any) -> dict[str, Any]:
    """Mask once more what is read: an entry may be older than a rule of masking."""
    return {**dict(row), "detail": mask_value("detail", orjson.loads(row["detail"]))}
