"""What the workers do until nothing is left, and what owners have heard then."""

from typing import Any
from uuid import UUID

import orjson

from backend import outbox
from backend.access import Actor
from backend.foundation import db
from backend.policies.telling import spreading


async def spread() -> None:
    """Do what the workers do until nothing is left."""
    drained = await outbox.drain(spreading.HANDLERS)
    assert (drained.failed, drained.is_empty) == (0, True)


async def heard() -> dict[UUID | None, dict[str, Any]]:
    rows = await db.fetch("SELECT person_id, kind, title, body, fields, page FROM inbox ORDER BY id")
    return {row["person_id"]: {**dict(row), "fields": orjson.loads(row["fields"])} for row in rows}


async def kinds(person: Actor) -> list[str]:
    return [row["kind"] for row in await db.fetch("SELECT kind FROM inbox WHERE person_id = $1 ORDER BY id", person.id)]
