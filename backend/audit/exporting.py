"""Hands a filtered trail out as a CSV for a spreadsheet; its last line says how many entries it holds."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from typing import Any, Final
from uuid import UUID

from backend.access import Actor
from backend.audit import queries
from backend.audit.recording import record
from backend.audit.words import ACTORS, SUBJECTS, action_word
from backend.foundation import db, exports
from backend.foundation.clock import SHANGHAI
from backend.foundation.exports import Export, Lines

MOST: Final = 200_000
_PAGE: Final = 1_000
_AROUND: Final = 2
"""Lines that are no entries: the header and the last."""
_HEADER: Final = (
    "时间",
    "办理人类别",
    "办理人",
    "事项",
    "对象",
    "对象编号",
    "改动的字段",
    "详情",
    "请求编号",
    "已封存",
)

Names = Callable[[Collection[UUID | None]], Awaitable[Mapping[UUID | None, str]]]


async def export(actor: Actor, wanted: queries.Filter, names: Names) -> Export:
    """Write what an auditor looks for, newest first, at most MOST entries; `names` tells who staff are."""
    actor.require(queries.PERMISSION)
    file = await exports.write(_pages(actor, wanted, names), "csv", name=exports.dated("audit"))
    with file.kept():
        async with db.transaction():
            detail = {"entries": file.lines - _AROUND}
            await record(actor, "audit.exported", table="audit_entries", row_id=None, detail=detail)
    return file


async def _pages(actor: Actor, wanted: queries.Filter, names: Names) -> AsyncIterator[Lines]:
    yield [_HEADER]
    count, before = 0, None
    while count < MOST:
        rows, before = await queries.slice_of(actor, wanted, before=before, limit=min(_PAGE, MOST - count))
        known = await names({row["actor_id"] for row in rows if row["actor_kind"] == "staff"})
        yield [_line(row, known) for row in rows]
        count += len(rows)
        if before is None:
            break
    yield [(f"共 {count} 条，到此为止" if before is None else f"共 {count} 条，只导出最新的这些，请缩小范围",)]


def _line(row: Mapping[str, Any], names: Mapping[UUID | None, str]) -> tuple[str, ...]:
    detail = "；".join(f"{name}={value}" for name, value in row["detail"].items())
    return (
        f"{row['at'].astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
        ACTORS.get(row["actor_kind"], row["actor_kind"]),
        names.get(row["actor_id"]) or str(row["actor_id"] or ""),
        action_word(row["action"]),
        SUBJECTS.get(row["table_name"], row["table_name"]),
        str(row["row_id"] or ""),
        "、".join(row["fields"]),
        detail,
        row["request_id"] or "",
        "是" if row["is_sealed"] else "否",
    )
