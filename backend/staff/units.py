"""The bureau's departments and offices as a tree: renamed, moved, closed when nobody is left in them."""

from typing import Any, Final
from uuid import UUID

from asyncpg import UniqueViolationError

from backend import audit
from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.db import savepoint, transaction
from backend.foundation.errors import FieldError, Invalid
from backend.staff.errors import UnitInUse, UnitNotFound, UnitTaken
from backend.staff.grants import LONGEST_UNIT_NAME, MANAGE

_TREE: Final = """
WITH RECURSIVE tree AS (
    SELECT u.*, 0 AS depth, ARRAY[u.name] AS path FROM units u WHERE u.parent_id IS NULL
    UNION ALL
    SELECT u.*, t.depth + 1, t.path || u.name FROM units u JOIN tree t ON u.parent_id = t.id
), within AS (
    SELECT t.id, count(s.id) FILTER (WHERE s.unit_id = t.id) AS staff, count(s.id) AS staff_below
    FROM tree t JOIN tree b ON b.path[:cardinality(t.path)] = t.path
    LEFT JOIN staff s ON s.unit_id = b.id AND s.state = 'active' GROUP BY t.id
)
SELECT t.id, t.name, t.parent_id, t.district, t.closed_at, t.depth, w.staff, w.staff_below,
       (SELECT count(*) FROM units c WHERE c.parent_id = t.id AND c.closed_at IS NULL) AS children
FROM tree t JOIN within w ON w.id = t.id WHERE $1::boolean OR t.closed_at IS NULL ORDER BY t.path LIMIT 1000
"""
BELOW: Final = """
WITH RECURSIVE below AS (
    SELECT id FROM units WHERE id = {unit}
    UNION ALL SELECT u.id FROM units u JOIN below b ON u.parent_id = b.id
) SELECT id FROM below
"""
"""SQL: a unit and everything below it; `unit` is its id's placeholder."""
_LOCK: Final = "LOCK TABLE units IN SHARE ROW EXCLUSIVE MODE"
_EDIT: Final = "UPDATE units SET name = $2, parent_id = $3, district = $4 WHERE id = $1 AND closed_at IS NULL"
_IN_USE: Final = """
SELECT (SELECT count(*) FROM staff WHERE unit_id = $1 AND state = 'active') AS staff,
       (SELECT count(*) FROM units WHERE parent_id = $1 AND closed_at IS NULL) AS children,
       (SELECT count(*) FROM staff_grants WHERE unit_id = $1 AND ended_at IS NULL
        AND (until_at IS NULL OR until_at > $2)) AS grants
"""


async def tree(*, with_closed: bool = False) -> list[dict[str, Any]]:
    """Return every unit behind the one it belongs to, with who works in it and below it."""
    return [dict(row) for row in await db.fetch(_TREE, with_closed)]


async def edit(unit_id: UUID, *, name: str, parent_id: UUID | None, district: str | None, actor: Actor) -> None:
    """Rename a unit, or move it with all below it; raises UnitNotFound, UnitTaken, Invalid for a circle."""
    actor.require(MANAGE)
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_UNIT_NAME:
        raise Invalid(fields=(FieldError("name", "length", "单位名称须为 1 至 100 个字。"),))
    async with transaction():
        await db.execute(_LOCK)  # two moves at once could close a circle
        await _check_parent(unit_id, parent_id)
        try:
            async with savepoint():
                if not await db.execute(_EDIT, unit_id, name, parent_id, district):
                    raise UnitNotFound
        except UniqueViolationError as error:
            raise UnitTaken from error
        fields = ("name", "parent_id", "district")
        await audit.record(actor, "staff.unit_edited", table="units", row_id=unit_id, fields=fields)


async def _check_parent(unit_id: UUID, parent_id: UUID | None) -> None:
    if parent_id is None:
        return
    below = {row["id"] for row in await db.fetch(BELOW.format(unit="$1"), unit_id)}
    if parent_id in below:
        raise Invalid(fields=(FieldError("parent_id", "circle", "上级单位不能是本单位或其下级单位。"),))
    if not await db.fetch_value("SELECT EXISTS (SELECT FROM units WHERE id = $1 AND closed_at IS NULL)", parent_id):
        raise Invalid(fields=(FieldError("parent_id", "unknown", "没有这个上级单位。"),))


async def close(unit_id: UUID, *, actor: Actor) -> None:
    """Close a unit in which nobody works and on which no grant rests; closing twice changes nothing.

    Raises UnitNotFound, UnitInUse.
    """
    actor.require(MANAGE)
    async with transaction():
        await db.execute(_LOCK)
        row = await db.fetch_one("SELECT closed_at FROM units WHERE id = $1", unit_id)
        if row is None:
            raise UnitNotFound
        if row["closed_at"] is not None:
            return
        held = await db.fetch_one(_IN_USE, unit_id, clock.now())
        if held is not None and any(held.values()):
            raise UnitInUse(**dict(held))
        await db.execute("UPDATE units SET closed_at = $2 WHERE id = $1", unit_id, clock.now())
        await audit.record(actor, "staff.unit_closed", table="units", row_id=unit_id, fields=("closed_at",))
