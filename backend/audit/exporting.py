"""Hands a filtered trail out as a CSV for a spreadsheet; its last line says how many entries it holds."""

import asyncio
import csv
import io
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from backend.access import Actor
from backend.audit import queries
from backend.audit.recording import record
from backend.audit.words import ACTORS, SUBJECTS, action_word
from backend.foundation import clock, db
from backend.foundation.clock import SHANGHAI

MOST: Final = 200_000
_PAGE: Final = 1_000
_PIECE: Final = 64 * 1024
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
_RISKY: Final = ("=", "+", "-", "@", "\t", "\r")

Names = Callable[[Collection[UUID | None]], Awaitable[Mapping[UUID | None, str]]]


@dataclass(frozen=True, slots=True)
class Export:
    """A finished file that goes when it was sent, or with the next restart of the host."""

    path: Path
    size: int
    name: str

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        try:
            with await asyncio.to_thread(self.path.open, "rb") as opened:
                while piece := await asyncio.to_thread(opened.read, _PIECE):
                    yield piece
        finally:
            _remove(self.path)


async def export(actor: Actor, wanted: queries.Filter, names: Names) -> Export:
    """Write what an auditor looks for, newest first, at most MOST entries; `names` tells who staff are.

    It is written whole before it is sent, so that a reader sees by its end marker that nothing is missing.
    """
    actor.require(queries.PERMISSION)
    path = Path(await asyncio.to_thread(_empty_file))
    try:
        count = await _write(actor, wanted, names, path)
        async with db.transaction():
            await record(actor, "audit.exported", table="audit_entries", row_id=None, detail={"entries": count})
        size = await asyncio.to_thread(_size, path)
    except BaseException:
        _remove(path)
        raise
    return Export(path, size, f"audit-{clock.now().astimezone(SHANGHAI):%Y%m%d-%H%M}.csv")


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _size(path: Path) -> int:
    return path.stat().st_size


def _empty_file() -> str:
    with tempfile.NamedTemporaryFile(prefix="wuwei-audit-", suffix=".csv", delete=False) as file:
        return file.name


async def _write(actor: Actor, wanted: queries.Filter, names: Names, path: Path) -> int:
    await asyncio.to_thread(path.write_bytes, _lines([_HEADER]).encode("utf-8-sig"))
    count, before = 0, None
    while count < MOST:
        rows, before = await queries.slice_of(actor, wanted, before=before, limit=min(_PAGE, MOST - count))
        known = await names({row["actor_id"] for row in rows if row["actor_kind"] == "staff"})
        await asyncio.to_thread(_append, path, _lines([_line(row, known) for row in rows]))
        count += len(rows)
        if before is None:
            break
    end = f"共 {count} 条，到此为止" if before is None else f"共 {count} 条，只导出最新的这些，请缩小范围"
    await asyncio.to_thread(_append, path, _lines([(end,)]))
    return count


def _append(path: Path, text: str) -> None:
    with path.open("ab") as file:
        file.write(text.encode())


def _lines(rows: list[tuple[str, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from taking text as a formula."""
    return f"'{cell}" if cell.startswith(_RISKY) else cell


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
