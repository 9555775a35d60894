"""Who got a broadcast, who did not and why: one line a person, written page by page into a file that is then sent.

The file is complete before its first byte leaves, and its last line tells how many lines it has, so that a copy that
broke off is seen. Cells that a spreadsheet would take for formulas are defused. Names stand there only for whoever may
reveal them; others read the family name.
"""

import asyncio
import csv
import io
import os
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Literal
from uuid import UUID

from asyncpg import Record

from backend import audit
from backend.access import Actor
from backend.foundation import clock, db
from backend.notifications.broadcasts.naming import name_of
from backend.notifications.broadcasts.rows import TABLE, see
from backend.notifications.broadcasts.sheet import Sheet
from backend.notifications.broadcasts.wording import CHANNELS, STATES, reason_words

Format = Literal["csv", "xlsx"]

PAGE: Final = 2_000
REVEAL: Final = "enterprises.reveal"
HEADER: Final = ("编号", "姓名", "企业", "通知时间", "渠道", "送达情况", "原因", "错误代码", "发送时间", "回执时间")
MEDIA: Final[dict[Format, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_PIECE: Final = 64 * 1024
_RISKY: Final = ("=", "+", "-", "@", "\t", "\r", "\n")

# $1 the broadcast, $2 the last person of the page before, $3 only who did not get it. Of several tries the one that
# reached him counts, else the last one.
_ROWS: Final = """
SELECT r.person_id, p.name_sealed, e.name AS enterprise, r.told_at, r.left_out, d.channel, d.state, d.reason, d.errcode,
       d.sending_at, d.confirmed_at
FROM broadcast_recipients r
LEFT JOIN persons p ON p.id = r.person_id LEFT JOIN enterprises e ON e.id = r.enterprise_id
LEFT JOIN LATERAL (
    SELECT w.channel, w.state, w.reason, w.errcode, w.sending_at, w.confirmed_at FROM deliveries w
    WHERE w.broadcast_id = $1 AND w.person_id = r.person_id AND w.id >= $1
    ORDER BY w.state = 'sent' DESC, w.id DESC LIMIT 1
) d ON TRUE
WHERE r.broadcast_id = $1 AND r.person_id > $2 AND NOT ($3 AND d.state IS NOT DISTINCT FROM 'sent')
ORDER BY r.person_id LIMIT $4
"""


@dataclass(frozen=True, slots=True)
class Report:
    """A finished file: read it once by `pieces`, which removes it."""

    path: Path
    size: int
    media_type: str
    name: str

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        with self.path.open("rb") as file:
            self.path.unlink()
            while piece := await asyncio.to_thread(file.read, _PIECE):
                yield piece


async def write(broadcast_id: UUID, form: Format, *, only_missed: bool, actor: Actor) -> Report:
    """Write the report of a broadcast for this actor; noted in the trail. Raises BroadcastUnknown."""
    await see(broadcast_id, actor)
    is_open = actor.can(REVEAL)
    async with db.transaction():
        detail = {"format": form, "only_missed": only_missed, "names": "full" if is_open else "masked"}
        await audit.record(actor, "broadcasts.reported", table=TABLE, row_id=broadcast_id, detail=detail)
    path = Path(await asyncio.to_thread(_empty_file, form))
    lines = _lines(broadcast_id, only_missed=only_missed, is_open=is_open)
    try:
        size = await _write(path, form, lines)
    except BaseException:
        _remove(path)
        raise
    return Report(path, size, MEDIA[form], f"broadcast-{broadcast_id}.{form}")


def _empty_file(form: Format) -> str:
    handle, name = tempfile.mkstemp(suffix=f".{form}")
    os.close(handle)
    return name


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


async def _write(path: Path, form: Format, lines: AsyncIterator[list[tuple[str, ...]]]) -> int:
    """Write the pages and return how many bytes they are."""
    file = await asyncio.to_thread(path.open, "wb")
    try:
        await (_write_csv(file, lines) if form == "csv" else _write_xlsx(file, lines))
        return file.tell()
    finally:
        await asyncio.to_thread(file.close)


async def _lines(broadcast_id: UUID, *, only_missed: bool, is_open: bool) -> AsyncIterator[list[tuple[str, ...]]]:
    """Yield the pages of the report, the header first and the count last."""
    yield [HEADER]
    count, after = 0, UUID(int=0)
    while rows := await db.fetch(_ROWS, broadcast_id, after, only_missed, PAGE):
        yield [_line(row, is_open=is_open) for row in rows]
        count, after = count + len(rows), rows[-1]["person_id"]
        if len(rows) < PAGE:
            break
    yield [(f"共{count}行，报告完整。",)]


def _line(row: Record, *, is_open: bool) -> tuple[str, ...]:
    cells = (
        str(row["person_id"]),
        name_of(row, is_open=is_open),
        row["enterprise"] or "",
        _moment(row["told_at"]),
        CHANNELS.get(row["channel"], ""),
        _state(row),
        _reason(row),
        "" if row["errcode"] is None else str(row["errcode"]),
        _moment(row["sending_at"]),
        _moment(row["confirmed_at"]),
    )
    return tuple(harmless(cell) for cell in cells)


def _state(row: Record) -> str:
    if row["state"] is not None:
        return STATES[row["state"]]
    return "未通知" if row["told_at"] is None else "仅站内消息"


def _reason(row: Record) -> str:
    why = row["left_out"] if row["state"] is None else row["reason"]
    return reason_words(why) or ""


def _moment(moment: Any) -> str:
    return "" if moment is None else f"{moment.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M:%S}"


def harmless(cell: str) -> str:
    """Keep a spreadsheet from taking text as a formula, and a cell from holding what XML can't."""
    plain = "".join(sign for sign in cell if sign.isprintable() or sign in "\t\r\n")
    return f"'{plain}" if plain.startswith(_RISKY) else plain


async def _write_csv(file: IO[bytes], pages: AsyncIterator[Sequence[tuple[str, ...]]]) -> None:
    file.write("\ufeff".encode())
    async for page in pages:
        text = io.StringIO()
        csv.writer(text).writerows(page)
        await asyncio.to_thread(file.write, text.getvalue().encode())


async def _write_xlsx(file: IO[bytes], pages: AsyncIterator[Sequence[tuple[str, ...]]]) -> None:
    with Sheet(file, "送达报告") as sheet:
        async for page in pages:
            await asyncio.to_thread(sheet.add, page)
