"""Writes down who did what to which row, in the transaction that does it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from structlog.contextvars import get_contextvars

from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.logging import mask_value
from backend.foundation.parts import Part

_RECORD = """
INSERT INTO audit_entries
    (id, at, actor_kind, actor_id, on_behalf_of, action, table_name, row_id, fields, detail, request_id)
SELECT n.id, $1, $2, $3, $4, n.action, n.table_name, n.row_id, string_to_array(n.fields, ','), n.detail::jsonb, $5
FROM unnest($6::uuid[], $7::text[], $8::text[], $9::uuid[], $10::text[], $11::text[])
    AS n (id, action, table_name, row_id, fields, detail)
"""

_RECORD_ACTS = """
INSERT INTO audit_entries
    (id, at, actor_kind, actor_id, on_behalf_of, action, table_name, row_id, fields, detail, request_id)
SELECT n.id, $1, n.actor_kind, n.actor_id, n.on_behalf_of, n.action, n.table_name, n.row_id,
    string_to_array(n.fields, ','), n.detail::jsonb, n.request_id
FROM unnest($2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::text[], $8::text[], $9::uuid[], $10::text[],
            $11::text[])
    AS n (actor_kind, actor_id, on_behalf_of, request_id, id, action, table_name, row_id, fields, detail)
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One act to be written down: names of fields, never their values.

    `detail` is for what an auditor must read besides (a reason, a state); phones and secrets in it are masked.
    """

    action: str
    table: str
    row_id: UUID | None
    fields: Iterable[str] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)


async def record(
    actor: Actor,
    action: str,
    *,
    table: str,
    row_id: UUID | None,
    fields: Iterable[str] = (),
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write one act down; raises RuntimeError outside a transaction, for then it could be lost or tell a lie."""
    await record_many(actor, [Entry(action, table, row_id, fields, detail or {})])


async def record_many(actor: Actor, entries: Sequence[Entry]) -> None:
    """Write many acts of one actor down by one statement."""
    await db.execute(_RECORD, *_params(actor, entries))


def part(actor: Actor, entries: Sequence[Entry]) -> Part:
    """Return what writes acts of one actor down, for a command that sends all it writes as one statement."""
    return Part(f"audited AS ({_RECORD})", _params(actor, entries))


def _params(actor: Actor, entries: Sequence[Entry]) -> tuple[Any, ...]:
    if not db.in_transaction():
        raise RuntimeError("an act is written down in the transaction that does it")
    context = get_contextvars()
    return (
        clock.now(),
        actor.kind.value,
        actor.id,
        actor.enterprise_id,
        context.get("request_id") or context.get("job_id"),
        [new_id() for _ in entries],
        [entry.action for entry in entries],
        [entry.table for entry in entries],
        [entry.row_id for entry in entries],
        [",".join(entry.fields) for entry in entries],
        [orjson.dumps(mask_value("detail", entry.detail), default=str).decode() for entry in entries],
    )


@dataclass(frozen=True, slots=True)
class Act:
    """What one of many did, for a command that does at once what several asked for; each with his own request."""

    actor: Actor
    entry: Entry
    request_id: str | None = None


def acts_part(acts: Sequence[Act]) -> Part:
    """Return what writes acts of several actors down, for a command that sends all it writes as one statement."""
    if not db.in_transaction():
        raise RuntimeError("an act is written down in the transaction that does it")
    entries = [act.entry for act in acts]
    params = (
        clock.now(),
        [act.actor.kind.value for act in acts],
        [act.actor.id for act in acts],
        [act.actor.enterprise_id for act in acts],
        [act.request_id for act in acts],
        [new_id() for _ in acts],
        [entry.action for entry in entries],
        [entry.table for entry in entries],
        [entry.row_id for entry in entries],
        [",".join(entry.fields) for entry in entries],
        [orjson.dumps(mask_value("detail", entry.detail), default=str).decode() for entry in entries],
    )
    return Part(f"audited AS ({_RECORD_ACTS})", params)
