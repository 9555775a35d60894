"""Series: salons that belong together, as owners follow them."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from backend import audit
from backend.access import Actor, Condition, covers, granted
from backend.foundation import clock, db
from backend.foundation.errors import FieldError, Forbidden, Invalid
from backend.foundation.ids import new_id
from backend.salons.errors import SeriesChanged, SeriesUnknown
from backend.salons.visibility import EDIT, READ

TABLE: Final = "salon_series"

_COLUMNS: Final = "s.id, s.title, s.intro, s.unit_id, s.district, s.is_open, s.version"
_NAMED: Final = """
SELECT EXISTS (SELECT FROM units WHERE id = $1) AS unit_id, EXISTS (SELECT FROM salon_series WHERE id = $2) AS series_id
"""
_INSERT: Final = """
INSERT INTO salon_series (id, title, intro, unit_id, district, is_open, created_by, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_EDIT: Final = """
UPDATE salon_series SET title = $3, intro = $4, unit_id = $5, district = $6, is_open = $7, version = version + 1
WHERE id = $1 AND version = $2
"""


@dataclass(frozen=True, slots=True)
class SeriesContent:
    """What is written of a series. `is_open`: salons may still be added."""

    title: str
    intro: str = ""
    unit_id: UUID | None = None
    district: str | None = None
    is_open: bool = True


async def listed(actor: Actor) -> list[dict[str, Any]]:
    """Return the series that staff see, by title."""
    visible = granted(actor, READ, district="s.district", unit="s.unit_id")
    count = "(SELECT count(*) FROM salons o WHERE o.series_id = s.id) AS salons"
    sql = f"SELECT {_COLUMNS}, {count} FROM salon_series s WHERE {visible.render()} ORDER BY s.title, s.id LIMIT 500"
    return [dict(row) for row in await db.fetch(sql, *visible.params)]


async def make(content: SeriesContent, *, actor: Actor) -> dict[str, Any]:
    actor.require(EDIT)
    await _check_place(actor, content)
    made = new_id()
    async with db.transaction():
        given = (content.title, content.intro, content.unit_id, content.district, content.is_open)
        await db.execute(_INSERT, made, *given, actor.id, clock.now())
        await audit.record(actor, "salons.series_made", table=TABLE, row_id=made, fields=("title",))
    return await _shown(made, actor)


async def edit(series_id: UUID, content: SeriesContent, *, actor: Actor, version: int) -> dict[str, Any]:
    """Rewrite a series; raises SeriesUnknown, SeriesChanged."""
    actor.require(EDIT)
    await _check_place(actor, content)
    async with db.transaction():
        await _shown(series_id, actor, EDIT)
        given = (content.title, content.intro, content.unit_id, content.district, content.is_open)
        if not await db.execute(_EDIT, series_id, version, *given):
            raise SeriesChanged
        fields = ("title", "intro", "unit_id", "district", "is_open")
        await audit.record(actor, "salons.series_edited", table=TABLE, row_id=series_id, fields=fields)
    return await _shown(series_id, actor)


async def _shown(series_id: UUID, actor: Actor, permission: str = READ) -> dict[str, Any]:
    one = Condition("s.id = {}::uuid", (series_id,))
    wanted = one & granted(actor, permission, district="s.district", unit="s.unit_id")
    count = "(SELECT count(*) FROM salons o WHERE o.series_id = s.id) AS salons"
    sql = f"SELECT {_COLUMNS}, {count} FROM salon_series s WHERE {wanted.render()}"
    row = await db.fetch_one(sql, *wanted.params)
    if row is None:
        raise SeriesUnknown
    return dict(row)


async def check_named(*, unit_id: UUID | None, series_id: UUID | None = None) -> None:
    """Raise Invalid for a unit or a series that is not there."""
    known = await db.fetch_one(_NAMED, unit_id, series_id)
    named = {"unit_id": unit_id, "series_id": series_id}
    missing = [name for name, one in named.items() if one is not None and not (known and known[name])]
    if missing:
        raise Invalid(fields=tuple(FieldError(name, "unknown", "没有找到，请重新选择") for name in missing))


async def _check_place(actor: Actor, content: SeriesContent) -> None:
    if not covers(actor, EDIT, district=content.district, unit=content.unit_id):
        raise Forbidden(EDIT, "您只能在授权的区县和单位范围内举办沙龙，请重新选择。")
    await check_named(unit_id=content.unit_id)
