"""What can be asked and how long it may take, as staff set it: terms, titles, skill, leaves, and who looks after them.

A change counts for what is asked from then on: a running case keeps the terms it began with until it is put into
another category (`changing.py`). Every change is in the trail with what stood before and after.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend import audit
from backend.access import Actor, covers
from backend.cases.errors import (
    CategoryChanged,
    CategoryInUse,
    CategoryTaken,
    CategoryUnknown,
    CategoryWrong,
    SameAsBefore,
)
from backend.foundation import clock, db
from backend.foundation.errors import FieldError, Forbidden

CONFIGURE: Final = "cases.configure"
READ: Final = "cases.read"
TABLE: Final = "case_categories"
NAMED: Final = frozenset({"help_other", "service_promise", "service_need"})
"""Leaves into which modules put what has no other: they can be renamed and timed, not closed."""

_DISTRICT: Final = re.compile(r"(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})?")
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{1,40}")
_LONGEST: Final = {"accept_days": 30, "answer_days": 90, "solution_days": 180, "statutory_days": 365}
_MOST_PAUSE: Final = 180
_HEAVIEST: Final = 9

_LIST: Final = """
SELECT c.key, c.parent, c.title, c.hint, c.kind, c.accept_days, c.answer_days, c.solution_days, c.statutory_days,
    c.basis, c.pause_days, c.skill, c.weight, c.is_for_owners, c.position, c.version, c.closed_at,
    NOT EXISTS (SELECT FROM case_categories b WHERE b.parent = c.key) AS is_leaf,
    coalesce((SELECT json_agg(json_build_object('district', r.district, 'unit_id', r.unit_id, 'unit', u.name)
                  ORDER BY r.district)::text
              FROM case_routes r JOIN units u ON u.id = r.unit_id WHERE r.category = c.key), '[]') AS routes
FROM case_categories c WHERE $1::text IS NULL OR c.key = $1 ORDER BY c.position, c.key
"""
_LOCK: Final = "SELECT * FROM case_categories WHERE key = $1 FOR UPDATE"
_PARENT: Final = "SELECT kind FROM case_categories WHERE key = $1 AND parent IS NULL AND closed_at IS NULL FOR SHARE"
_BELOW: Final = "SELECT EXISTS (SELECT FROM case_categories WHERE parent = $1 AND closed_at IS NULL)"
_ABOVE: Final = "SELECT closed_at IS NULL FROM case_categories WHERE key = $1 FOR SHARE"
_CLOSE: Final = "UPDATE case_categories SET closed_at = $2, version = version + 1 WHERE key = $1 RETURNING version"
_BUMP: Final = "UPDATE case_categories SET version = version + 1 WHERE key = $1 RETURNING version"
_ROUTES: Final = "SELECT district, unit_id FROM case_routes WHERE category = $1 ORDER BY district"
_UNROUTE: Final = "DELETE FROM case_routes WHERE category = $1"
_ROUTE: Final = """
INSERT INTO case_routes (category, district, unit_id)
SELECT $1, n.district, n.unit_id FROM unnest($2::text[], $3::uuid[]) AS n (district, unit_id)
"""
_UNITS: Final = "SELECT id FROM units WHERE id = ANY ($1::uuid[]) AND closed_at IS NULL FOR SHARE"


@dataclass(frozen=True, slots=True)
class Settings:
    """What staff set of a category; days are working days, `statutory_days` those of a law, which `basis` names."""

    title: str
    accept_days: int
    answer_days: int
    solution_days: int
    pause_days: int
    hint: str = ""
    statutory_days: int | None = None
    basis: str = ""
    skill: str | None = None
    weight: int = 1
    is_for_owners: bool = False
    position: int = 0

    def told(self) -> dict[str, Any]:
        return {one.name: getattr(self, one.name) for one in fields(self)}


@dataclass(frozen=True, slots=True)
class Route:
    """The unit for a place: every code that begins with `district`, '' for the whole city; the longest one counts."""

    district: str
    unit_id: UUID


async def listed(actor: Actor) -> list[dict[str, Any]]:
    """Return all categories with their routes, closed ones among them, each group before what is below it."""
    actor.require(READ)
    return [_shown(row) for row in await db.fetch(_LIST, None)]


async def skills() -> frozenset[str]:
    """Return every skill that matters of some category ask for."""
    rows = await db.fetch("SELECT DISTINCT skill FROM case_categories WHERE skill IS NOT NULL")
    return frozenset(row["skill"] for row in rows)


async def shown(actor: Actor, key: str) -> dict[str, Any]:
    """Return one category; raises CategoryUnknown."""
    actor.require(READ)
    row = await db.fetch_one(_LIST, key)
    if row is None:
        raise CategoryUnknown
    return _shown(row)


async def add(key: str, parent: str, settings: Settings, *, actor: Actor) -> int:
    """Add a leaf below a group, of the group's kind; returns its version. Raises CategoryTaken, CategoryWrong."""
    _require(actor)
    _check(settings)
    if not _KEY.fullmatch(key):
        raise CategoryWrong(fields=(FieldError("key", "pattern", "代码用小写英文字母、数字和下划线。"),))
    async with db.transaction():
        kind = await db.fetch_value(_PARENT, parent)
        if kind is None:
            raise CategoryWrong(fields=(FieldError("parent", "unknown", "没有这个上级类别，或已停用。"),))
        told = {"key": key, "parent": parent, "kind": kind, **settings.told()}
        sql = f"INSERT INTO {TABLE} ({', '.join(told)}) VALUES ({_marks(len(told))}) ON CONFLICT (key) DO NOTHING"
        if not await db.execute(sql, *told.values()):
            raise CategoryTaken
        await _record(actor, "cases.category_added", key, {}, settings.told())
        return 1


async def edit(key: str, settings: Settings, *, actor: Actor, version: int) -> int:
    """Set a category anew; returns its next version. Raises CategoryChanged, SameAsBefore, CategoryWrong."""
    _require(actor)
    _check(settings)
    async with db.transaction():
        row = await _locked(key, version)
        told = settings.told()
        changed = {name: value for name, value in told.items() if row[name] != value}
        if not changed:
            raise SameAsBefore
        sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(changed, 2))
        sql = f"UPDATE {TABLE} SET {sets}, version = version + 1 WHERE key = $1 RETURNING version"
        after: int = await db.fetch_value(sql, key, *changed.values())
        await _record(actor, "cases.category_edited", key, {name: row[name] for name in changed}, changed)
        return after


async def close(key: str, *, actor: Actor, version: int) -> int:
    """Let nothing more be asked in a category; running cases stay in it. Raises CategoryInUse."""
    _require(actor)
    async with db.transaction():
        row = await _locked(key, version)
        if key in NAMED or await db.fetch_value(_BELOW, key):
            raise CategoryInUse
        if row["closed_at"] is not None:
            raise SameAsBefore
        after: int = await db.fetch_value(_CLOSE, key, clock.now())
        await _record(actor, "cases.category_closed", key, {"is_closed": False}, {"is_closed": True})
        return after


async def reopen(key: str, *, actor: Actor, version: int) -> int:
    """Let it be chosen again; raises CategoryInUse below a group that is closed."""
    _require(actor)
    async with db.transaction():
        row = await _locked(key, version)
        if row["closed_at"] is None:
            raise SameAsBefore
        if row["parent"] is not None and not await db.fetch_value(_ABOVE, row["parent"]):
            raise CategoryInUse("上级类别已停用，请先恢复上级类别。")
        after: int = await db.fetch_value(_CLOSE, key, None)
        await _record(actor, "cases.category_reopened", key, {"is_closed": True}, {"is_closed": False})
        return after


async def set_routes(key: str, routes: Sequence[Route], *, actor: Actor, version: int) -> int:
    """Say which units look after a category, all at once; cases that have a unit keep it. Raises CategoryWrong."""
    _require(actor)
    async with db.transaction():
        await _locked(key, version)
        await _check_routes(routes)
        before = {row["district"]: str(row["unit_id"]) for row in await db.fetch(_ROUTES, key)}
        after = {one.district: str(one.unit_id) for one in routes}
        if before == after:
            raise SameAsBefore
        await db.execute(_UNROUTE, key)
        await db.execute(_ROUTE, key, [one.district for one in routes], [one.unit_id for one in routes])
        bumped: int = await db.fetch_value(_BUMP, key)
        await _record(actor, "cases.routes_set", key, {"routes": before}, {"routes": after})
        return bumped


def _require(actor: Actor) -> None:
    """Categories are the whole city's."""
    actor.require(CONFIGURE)
    if not covers(actor, CONFIGURE, district=None, unit=None):
        raise Forbidden(CONFIGURE, "事项类别全市统一，须由全市范围的管理人员设置。")


async def _locked(key: str, version: int) -> Record:
    row = await db.fetch_one(_LOCK, key)
    if row is None:
        raise CategoryUnknown
    if row["version"] != version:
        raise CategoryChanged
    return row


def _check(told: Settings) -> None:
    wrong = [
        FieldError(name, "out_of_range", f"须在1至{most}个工作日之间。")
        for name, most in _LONGEST.items()
        if (days := getattr(told, name)) is not None and not 1 <= days <= most
    ]
    if told.answer_days > told.solution_days:
        wrong.append(FieldError("answer_days", "out_of_range", "首次答复期限不能长于办结期限。"))
    if told.statutory_days is not None and not told.basis.strip():
        wrong.append(FieldError("basis", "required", "法定期限须写明依据。"))
    if not 0 <= told.pause_days <= _MOST_PAUSE:
        wrong.append(FieldError("pause_days", "out_of_range", f"须在0至{_MOST_PAUSE}个工作日之间。"))
    if not 1 <= told.weight <= _HEAVIEST:
        wrong.append(FieldError("weight", "out_of_range", f"须在1至{_HEAVIEST}之间。"))
    if wrong:
        raise CategoryWrong(fields=tuple(wrong))


async def _check_routes(routes: Sequence[Route]) -> None:
    known = {row["id"] for row in await db.fetch(_UNITS, sorted({one.unit_id for one in routes}))}
    wrong, seen = [], set()
    for place, one in enumerate(routes):
        if not _DISTRICT.fullmatch(one.district):
            wrong.append(FieldError(f"routes.{place}.district", "pattern", "请填写行政区划代码，全市留空。"))
        if one.district in seen:
            wrong.append(FieldError(f"routes.{place}.district", "repeated", "同一区划只能填写一次。"))
        if one.unit_id not in known:
            wrong.append(FieldError(f"routes.{place}.unit_id", "unknown", "没有这个单位，或该单位已撤销。"))
        seen.add(one.district)
    if wrong:
        raise CategoryWrong(fields=tuple(wrong))


async def _record(actor: Actor, action: str, key: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    """A category has a key and no id: the trail tells it with what stood before and after."""
    detail = {"category": key, "before": before, "after": after}
    await audit.record(actor, action, table=TABLE, row_id=None, fields=sorted(after), detail=detail)


def _shown(row: Record) -> dict[str, Any]:
    return {**row, "routes": orjson.loads(row["routes"])}


def _marks(count: int) -> str:
    return ", ".join(f"${place}" for place in range(1, count + 1))
