"""Reads: oneself, the bureau's people with what they are granted, units."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from backend.access import EVERYTHING, ROLES, Actor, ActorKind, Condition, Role, granted
from backend.foundation import clock, db
from backend.foundation.paging import count_column, counted, cut, decode_cursor, encode_cursor
from backend.staff.errors import StaffNotFound
from backend.staff.units import BELOW

READ: Final = "staff.read"

_GRANTS: Final = """
(SELECT coalesce(jsonb_agg(jsonb_build_object(
    'id', g.id, 'role', g.role, 'unit_id', g.unit_id, 'districts', g.districts, 'capabilities', g.capabilities,
    'until', g.until_at) ORDER BY g.id), '[]')
 FROM staff_grants g WHERE g.staff_id = s.id AND g.ended_at IS NULL AND (g.until_at IS NULL OR g.until_at > $1))
"""
_COLUMNS: Final = f"""
s.id, s.login, s.name, s.state, s.must_change_password, s.created_at, s.left_at, s.unit_id, u.name AS unit,
(SELECT max(o.created_at) FROM staff_sessions o WHERE o.staff_id = s.id) AS signed_in_at, {_GRANTS} AS grants
"""
_FROM: Final = "staff s LEFT JOIN units u ON u.id = s.unit_id"
_HOLDS: Final = """
EXISTS (SELECT FROM staff_grants g WHERE g.staff_id = s.id AND g.role = {}::text AND g.ended_at IS NULL
        AND (g.until_at IS NULL OR g.until_at > {}::timestamptz))
"""
MANAGE: Final = "staff.manage"
OTHERS_ACTS: Final = ("grant", "end_grant", "reset", "end_sessions", "leave")


def visible_to(actor: Actor) -> Condition:
    """Return the condition over `staff s`: by the unit of the grants that allow to read it."""
    if actor.kind not in {ActorKind.STAFF, ActorKind.SYSTEM}:
        return Condition("FALSE")
    return granted(actor, READ, district=None, unit="s.unit_id")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which accounts to list; all that is given must hold. `unit_id` means everything below it too."""

    state: str | None = None
    role: Role | None = None
    unit_id: UUID | None = None
    text: str | None = None

    def condition(self) -> Condition:
        found = EVERYTHING
        if self.state:
            found = found & Condition("s.state = {}::text", (self.state,))
        if self.role:
            found = found & Condition(_HOLDS, (self.role, clock.now()))
        if self.unit_id:
            found = found & Condition(f"s.unit_id IN ({BELOW.format(unit='{}')})", (self.unit_id,))
        if self.text:
            plain = self.text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
            found = found & Condition("s.name ILIKE {}::text OR s.login ILIKE {}::text", (f"%{plain}%",) * 2)
        return found


async def people(
    actor: Actor, wanted: Wanted | None = None, *, cursor: str | None = None, limit: int = 20
) -> dict[str, Any]:
    """Return one page of accounts with their count, the oldest first, each with the grants in force."""
    after = decode_cursor(cursor, UUID)
    condition = visible_to(actor) & (wanted or Wanted()).condition()
    count = count_column(f"staff s WHERE {condition.render(3)}", cursor)
    if after:
        condition = condition & Condition("s.id > {}::uuid", after)
    sql = f"SELECT {_COLUMNS}{count} FROM {_FROM} WHERE {condition.render(3)} ORDER BY s.id LIMIT $2"
    rows = await db.fetch(sql, clock.now(), limit + 1, *condition.params)
    page, following = cut(rows, limit, lambda row: encode_cursor(row["id"]))
    return {"items": [_person(row) for row in page], "next": following, **counted(rows, cursor)}


async def person(actor: Actor, staff_id: UUID) -> dict[str, Any]:
    """Return one account with what the actor may do about it; raises StaffNotFound."""
    visible = visible_to(actor)
    sql = f"SELECT {_COLUMNS} FROM {_FROM} WHERE s.id = $2 AND {visible.render(3)}"
    row = await db.fetch_one(sql, clock.now(), staff_id, *visible.params)
    if row is None:
        raise StaffNotFound
    is_open = actor.can(MANAGE) and row["state"] == "active"
    acts = [*(["edit"] if is_open else []), *(OTHERS_ACTS if is_open and actor.id != staff_id else [])]
    return {**_person(row), "may": acts}


async def names(staff_ids: Collection[UUID | None]) -> dict[UUID | None, str]:
    """Return the names of those of these ids who are staff, by one statement: for lists that tell who did a thing."""
    wanted = [one for one in staff_ids if one is not None]
    rows = await db.fetch("SELECT id, name FROM staff WHERE id = ANY($1)", wanted) if wanted else []
    return {row["id"]: row["name"] for row in rows}


async def me(actor: Actor) -> dict[str, Any]:
    """Return the actor's own account and what he may do at this moment."""
    row = await db.fetch_one(f"SELECT {_COLUMNS} FROM {_FROM} WHERE s.id = $2", clock.now(), actor.id)
    if row is None:
        raise StaffNotFound
    allowed = {one for grant in actor.grants if grant.is_live() for one in ROLES[grant.role] if grant.allows(one)}
    return {**_person(row), "permissions": sorted(allowed)}


def _person(row: Any) -> dict[str, Any]:
    told = {name: value for name, value in row.items() if name != "found"}
    return {**told, "grants": [_grant(one) for one in orjson.loads(row["grants"]) if one["role"] in _ROLES]}


def _grant(told: dict[str, Any]) -> dict[str, Any]:
    """Return a grant with its end as a moment, which every answer tells in one way; JSON in SQL wrote it as text."""
    return {**told, "until": told["until"] and datetime.fromisoformat(told["until"])}


_ROLES: Final = frozenset(Role)
