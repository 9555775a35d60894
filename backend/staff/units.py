"""The bureau's departments and offices as a tree: opened, renamed, moved, closed when nobody is left in them."""

from typing import Any, Final
from uuid import UUID

from asyncpg import UniqueViolationError
from tortoise.exceptions import IntegrityError

from backend import audit
from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.db import savepoint, transaction
from backend.foundation.errors import FieldError, Invalid
from backend.staff.errors import UnitClosed, UnitInUse, UnitNotFound, UnitTaken
from backend.staff.grants import MANAGE
from backend.staff.models import Unit

LONGEST_NAME: Final = 100

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


async def create(name: str, *, parent_id: UUID | None = None, district: str | None = None, actor: Actor) -> UUID:
    """Add a department or office; raises UnitTaken, UnitClosed, Invalid for a parent that is none."""
    actor.require(MANAGE)
    name = _checked(name)
    async with transaction():
        await db.execute(_LOCK)  # nobody closes the parent meanwhile
        await _check_parent(parent_id)
        try:
            async with savepoint():
                unit = await Unit.create(name=name, parent_id=parent_id, district=district, created_at=clock.now())
        except IntegrityError as error:
            raise UnitTaken from error
        await audit.record(actor, "staff.unit_created", table="units", row_id=unit.id, fields=("name", "district"))
    return unit.id


async def edit(unit_id: UUID, *, name: str, parent_id: UUID | None, district: str | None, actor: Actor) -> None:
    """Rename a unit, or move it with all below it; raises UnitNotFound, UnitTaken, UnitClosed, Invalid for a circle."""
    actor.require(MANAGE)
    name = _checked(name)
    async with transaction():
        await db.execute(_LOCK)  # two moves at once could close a circle
        await _check_circle(unit_id, parent_id)
        await _check_parent(parent_id)
        try:
            async with savepoint():
                if not await db.execute(_EDIT, unit_id, name, parent_id, district):
                    raise UnitNotFound
        except UniqueViolationError as error:
            raise UnitTaken from error
        fields = ("name", "parent_id", "district")
        await audit.record(actor, "staff.unit_edited", table="units", row_id=unit_id, fields=fields)


def _checked(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Invalid(fields=(FieldError("name", "length", "单位名称须为 1 至 100 个字。"),))
    return name


async def _check_circle(unit_id: UUID, parent_id: UUID | None) -> None:
    if parent_id is None:
        return
    below = {row["id"] for row in await db.fetch(BELOW.format(unit="$1"), unit_id)}
    if parent_id in below:
        raise Invalid(fields=(FieldError("parent_id", "circle", "上级单位不能是本单位或其下级单位。"),))


async def _check_parent(parent_id: UUID | None) -> None:
    if parent_id is None:
        return
    parent = await db.fetch_one("SELECT name, closed_at FROM units WHERE id = $1", parent_id)
    if parent is None:
        raise Invalid(fields=(FieldError("parent_id", "unknown", "没有这个上级单位。"),))
    if parent["closed_at"] is not None:
        raise UnitClosed(parent["name"])


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
