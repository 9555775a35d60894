"""The ledger of contacts as a file for a spreadsheet; its last line counts.

The trail notes what was asked for and how much left.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from backend import audit
from backend.access import Actor
from backend.enterprises import divisions
from backend.enterprises.contacts import figures, queries
from backend.enterprises.contacts.figures import By
from backend.enterprises.contacts.queries import Wanted
from backend.foundation import db, exports
from backend.foundation.exports import Export, Format, Lines

MOST: Final = 50_000
PAGE: Final = 2_000
HEADER: Final = (
    "日期", "企业", "属地", "服务或检查", "方式", "事由", "依据", "结果", "到访人员", "单位", "计次", "应企业要求",
    "补录", "更正理由", "企业有异议",
)  # fmt: skip


async def lines(actor: Actor, wanted: Wanted, form: Format) -> Export:
    """Write the lines as they are seen now, at most MOST; beyond them the last line says so."""
    actor.require("visits.read")
    return await _write(_pages(actor, wanted), form, "contacts", actor, wanted.given())


async def year(actor: Actor, of: int, by: By, form: Format) -> Export:
    """Write a year's figures with how each is counted."""
    told = await figures.of(actor, of, by)
    names = [one["name"] for one in told["formulas"]]
    rows = [
        ("", *(one["word"] for one in told["formulas"])),
        *((row["word"], *(str(row[name]) for name in names)) for row in told["items"]),
        *((f"{one['word']}：{one['formula']}",) for one in told["formulas"]),
    ]
    return await _write(exports.once(rows), form, "contact-figures", actor, {"year": str(of), "by": by})


async def _pages(actor: Actor, wanted: Wanted) -> AsyncIterator[Lines]:
    yield [HEADER]
    count, cursor, is_more = 0, None, True
    while is_more and count < MOST:
        found = await queries.slice_of(actor, wanted, cursor=cursor, limit=PAGE + 1)
        is_more, page = len(found) > PAGE, found[:PAGE]
        yield [_line(one) for one in page]
        count += len(page)
        cursor = queries.cursor_of(page[-1]) if page else None
    yield [(f"只导出前{count}条，还有更多，请缩小范围后分次导出。" if is_more else f"共{count}条，到此为止。",)]


def _line(one: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        one["on_day"].isoformat(),
        one["enterprise"],
        divisions.label(one["district"]) if one["district"] else "",
        one["side_word"],
        one["kind_word"],
        one["reason"],
        one["legal_basis"],
        one["outcome"],
        "、".join(who["name"] for who in one["people"]),
        "、".join(dict.fromkeys(who["unit"] for who in one["people"] if who["unit"])),
        *(_yes(one[name]) for name in ("is_counted", "is_wished", "is_late")),
        one["strike_reason"],
        _yes(one["objected_at"]),
    )


def _yes(value: Any) -> str:
    return "是" if value else ""


async def _write(pages: AsyncIterator[Lines], form: Format, name: str, actor: Actor, told: Mapping[str, str]) -> Export:
    file = await exports.write(pages, form, title="入企次数账本", name=exports.dated(name))
    with file.kept():
        async with db.transaction():
            detail = {"format": form, "lines": file.lines, **told}
            await audit.record(actor, "contacts.exported", table="contacts", row_id=None, detail=detail)
    return file
