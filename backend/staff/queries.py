"""Reads: oneself, the bureau's people with what they are granted, units."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from backend.access import ROLES, Actor, ActorKind, Condition, Role, granted
from backend.foundation import clock, db
from backend.foundation.paging import cut, decode_cursor, encode_cursor
from backend.staff.errors import StaffNotFound

READ: Final = "staff.read"

_GRANTS: Final = """
(SELECT coalesce(jsonb_agg(jsonb_build_object(
    'id', g.id, 'role', g.role, 'unit_id', g.unit_id, 'districts', g.districts, 'capabilities', g.capabilities,
    'until', g.until_at) ORDER BY g.id), '[]')
 FROM staff_grants g WHERE g.staff_id = s.id AND g.ended_at IS NULL AND (g.until_at IS NULL OR g.until_at > $1))
"""
_PEOPLE: Final = f"""
SELECT s.id, s.login, s.name, s.state, s.must_change_password, s.created_at, s.left_at, s.unit_id, u.name AS unit,
       {_GRANTS} AS grants
FROM staff s LEFT JOIN units u ON u.id = s.unit_id
"""
_UNITS: Final = "SELECT id, name, parent_id, district FROM units ORDER BY name LIMIT 1000"


def visible_to(actor: Actor) -> Condition:
    """Return the condition over `staff s`: by the unit of the grants that allow to read it."""
    if actor.kind not in {ActorKind.STAFF, ActorKind.SYSTEM}:
        return Condition("FALSE")
    return granted(actor, READ, district=None, unit="s.unit_id")


async def people(actor: Actor, *, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return one page of accounts, the oldest first, each with the grants in force."""
    after = decode_cursor(cursor, UUID)
    visible = visible_to(actor)
    sql = f"{_PEOPLE} WHERE ($2::uuid IS NULL OR s.id > $2) AND {visible.render(4)} ORDER BY s.id LIMIT $3"
    rows = await db.fetch(sql, clock.now(), after[0] if after else None, limit + 1, *visible.params)
    page, following = cut(rows, limit, lambda row: encode_cursor(row["id"]))
    return {"items": [_person(row) for row in page], "next": following}


async def names(staff_ids: Collection[UUID | None]) -> dict[UUID | None, str]:
    """Return the names of those of these ids who are staff, by one statement: for lists that tell who did a thing."""
    wanted = [one for one in staff_ids if one is not None]
    rows = await db.fetch("SELECT id, name FROM staff WHERE id = ANY($1)", wanted) if wanted else []
    return {row["id"]: row["name"] for row in rows}


async def me(actor: Actor) -> dict[str, Any]:
    """Return the actor's own account and what he may do at this moment."""
    row = await db.fetch_one(f"{_PEOPLE} WHERE s.id = $2", clock.now(), actor.id)
    if row is None:
        raise StaffNotFound
    allowed = {one for grant in actor.grants if grant.is_live() for one in ROLES[grant.role] if grant.allows(one)}
    return {**_person(row), "permissions": sorted(allowed)}


def _person(row: Any) -> dict[str, Any]:
    return {**dict(row), "grants": [_grant(one) for one in orjson.loads(row["grants"]) if one["role"] in _ROLES]}


def _grant(told: dict[str, Any]) -> dict[str, Any]:
    """Return a grant with its end as a moment, which every answer tells in one way; JSON in SQL wrote it as text."""
    return {**told, "until": told["until"] and datetime.fromisoformat(told["until"])}


_ROLES: Final = frozenset(Role)


async def units() -> list[dict[str, Any]]:
    return [dict(row) for row in await db.fetch(_UNITS)]
