"""Macros: named lists of acts, of one unit or of everybody, kept in all their versions."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record, UniqueViolationError
from tortoise.exceptions import IntegrityError

from backend import audit
from backend.access import Actor, Condition, covers, granted
from backend.cases.errors import MacroChanged, MacroTaken, MacroUnknown, MacroWrong
from backend.cases.macros import acts as macro_acts
from backend.cases.macros.acts import Act
from backend.foundation import clock, db
from backend.foundation.errors import FieldError, Forbidden
from backend.foundation.ids import new_id

CONFIGURE: Final = "cases.configure"
HANDLE: Final = "cases.handle"
TABLE: Final = "case_macros"

_LIST: Final = """
SELECT m.id, m.unit_id, (SELECT u.name FROM units u WHERE u.id = m.unit_id) AS unit, m.name, m.acts, m.version,
    m.closed_at FROM case_macros m WHERE {visible} ORDER BY m.name, m.id LIMIT 500
"""
_ONE: Final = "SELECT m.* FROM case_macros m WHERE m.id = $1 AND {visible} {lock}"
_UNIT: Final = "SELECT EXISTS (SELECT FROM units WHERE id = $1 AND closed_at IS NULL)"
_MAKE: Final = "INSERT INTO case_macros (id, unit_id, name, acts) VALUES ($1, $2, $3, $4::jsonb)"
_EDIT: Final = """
UPDATE case_macros SET name = $2, acts = $3::jsonb, closed_at = $4, version = version + 1 WHERE id = $1
RETURNING version
"""
_KEEP: Final = """
INSERT INTO case_macro_versions (macro_id, version, name, acts, is_closed, changed_by, changed_at)
SELECT id, version, name, acts, closed_at IS NOT NULL, $2, $3 FROM case_macros WHERE id = $1
"""
_VERSIONS: Final = """
SELECT v.version, v.name, v.acts, v.is_closed, v.changed_at,
    (SELECT s.name FROM staff s WHERE s.id = v.changed_by) AS changed_by
FROM case_macro_versions v WHERE v.macro_id = $1 ORDER BY v.version DESC LIMIT 200
"""


def visible_to(actor: Actor) -> Condition:
    """Return the condition over `case_macros m`: everybody's, those of one's own unit, and those one looks after."""
    actor.require(HANDLE)
    mine = Condition("m.unit_id IS NULL OR m.unit_id = (SELECT unit_id FROM staff WHERE id = {})", (actor.id,))
    return mine | granted(actor, CONFIGURE, district=None, unit="m.unit_id")


async def listed(actor: Actor) -> list[dict[str, Any]]:
    """Return the macros that can be used, with what each of them does and whether this actor may change it."""
    visible = visible_to(actor) & Condition("m.closed_at IS NULL")
    rows = await db.fetch(_LIST.format(visible=visible.render()), *visible.params)
    return [{**_shown(row), "can_edit": _is_his(actor, row["unit_id"])} for row in rows]


async def versions(actor: Actor, macro_id: UUID) -> list[dict[str, Any]]:
    """Return how a macro was, the newest first; raises MacroUnknown."""
    await one(actor, macro_id, with_closed=True)
    return [_shown(row) for row in await db.fetch(_VERSIONS, macro_id)]


async def one(actor: Actor, macro_id: UUID, *, with_closed: bool = False, lock: str = "") -> Record:
    """Return a macro's row; raises MacroUnknown."""
    visible = visible_to(actor)
    row = await db.fetch_one(_ONE.format(visible=visible.render(2), lock=lock), macro_id, *visible.params)
    if row is None or (row["closed_at"] is not None and not with_closed):
        raise MacroUnknown
    return row


async def create(name: str, unit_id: UUID | None, acts: Sequence[Act], *, actor: Actor) -> UUID:
    """Make a macro for a unit, or for everybody; raises MacroWrong, MacroTaken."""
    _require(actor, unit_id)
    await macro_acts.check(acts)
    async with db.transaction():
        if unit_id is not None and not await db.fetch_value(_UNIT, unit_id):
            raise MacroWrong(fields=(FieldError("unit_id", "unknown", "没有这个单位，或该单位已撤销。"),))
        made = new_id()
        await _write(_MAKE, made, unit_id, name, _told(acts))
        await _keep(made, actor, "cases.macro_saved")
        return made


async def edit(macro_id: UUID, name: str, acts: Sequence[Act], *, actor: Actor, version: int) -> int:
    """Set a macro anew; returns its next version. What was done with an earlier one stays as it was."""
    await macro_acts.check(acts)
    async with db.transaction():
        await _locked(macro_id, actor, version)
        await _write(_EDIT, macro_id, name, _told(acts), None)
        await _keep(macro_id, actor, "cases.macro_saved")
        return version + 1


async def close(macro_id: UUID, *, actor: Actor, version: int) -> int:
    """Let a macro be used no more."""
    async with db.transaction():
        row = await _locked(macro_id, actor, version)
        await db.execute(_EDIT, macro_id, row["name"], row["acts"], clock.now())
        await _keep(macro_id, actor, "cases.macro_closed")
        return version + 1


async def _locked(macro_id: UUID, actor: Actor, version: int) -> Record:
    row = await one(actor, macro_id, lock="FOR UPDATE OF m")
    _require(actor, row["unit_id"])
    if row["version"] != version:
        raise MacroChanged("该办理模板刚被他人修改，请刷新核对后再保存。")
    return row


async def _write(sql: str, *params: Any) -> None:
    try:
        async with db.savepoint():
            await db.execute(sql, *params)
    except (UniqueViolationError, IntegrityError) as error:
        raise MacroTaken from error


async def _keep(macro_id: UUID, actor: Actor, action: str) -> None:
    await db.execute(_KEEP, macro_id, actor.id, clock.now())
    await audit.record(actor, action, table=TABLE, row_id=macro_id, fields=("name", "acts"))


def _require(actor: Actor, unit_id: UUID | None) -> None:
    actor.require(CONFIGURE)
    if not _is_his(actor, unit_id):
        raise Forbidden(CONFIGURE, "您只能设置本单位的办理模板。")


def _is_his(actor: Actor, unit_id: UUID | None) -> bool:
    return covers(actor, CONFIGURE, district=None, unit=unit_id)


def _told(acts: Sequence[Act]) -> str:
    return orjson.dumps(macro_acts.keep(acts)).decode()


def _shown(row: Record) -> dict[str, Any]:
    return {**row, "acts": orjson.loads(row["acts"])}
