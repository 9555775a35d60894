"""A registry workbook lands as the CSV would, and its bad cells are told by row and column."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from backend.access import SYSTEM
from backend.enterprises.errors import FileRefused
from backend.enterprises.imports import import_registry
from backend.foundation import db
from tests.backend.enterprises.builders import code
from tests.backend.enterprises.registry_files import errors_of, registry_file, row_of
from tests.backend.enterprises.workbooks import Book, Raw

pytestmark = pytest.mark.usefixtures("database", "clock", "runtime")

_LOGGED = "SELECT count(*) FROM facts"


async def test_a_workbook_says_what_the_csv_said(tmp_path: Path) -> None:
    header = ["统一社会信用代码", "名称", "法定代表人", "联系电话", "成立日期", "从业人数", "年营业收入（万元）"]
    told = [
        [code(n), f"演示{n}店", "王芳", f"1380000{n:04}", f"2020-01-{n:02}", str(n), f"{n}.5"] for n in range(1, 20)
    ]
    typed = [
        [row[0], row[1], row[2], int(row[3]), date.fromisoformat(row[4]), n, float(row[6])]
        for n, row in enumerate(told, 1)
    ]
    first = await import_registry(registry_file(tmp_path / "registry.csv", told, header), actor=SYSTEM)
    logged = await db.fetch_value(_LOGGED)
    book = Book().sheet([header, *typed]).save(tmp_path / "registry.xlsx")
    again = await import_registry(book, actor=SYSTEM)
    assert (first.new, again.same, again.changed, again.bad) == (19, 19, 0, 0)
    assert await db.fetch_value(_LOGGED) == logged
    assert (await row_of(7))["founded_on"] == date(2020, 1, 7)


async def test_bad_cells_of_a_workbook_are_told_by_row_and_column(tmp_path: Path) -> None:
    header = ["统一社会信用代码", "名称", "联系电话", "成立日期", "从业人数"]
    rows: list[Any] = [
        ["湖州市登记数据"],
        header,
        [code(1), "好店", 13800000001, date(2020, 1, 5), 3.0],
        [code(2), Raw('<c r="{place}" t="e"><v>#REF!</v></c>'), 13800000001],
        [code(3), "店", 57222345678901234],
        [code(4), "店", None, Raw('<c r="{place}" s="1"><v>43835.25</v></c>')],
        [913305020000000001, "店"],
        [code(5), "店", None, None, 2.5],
    ]
    seen: list[tuple[int, int, int]] = []
    book = Book().sheet(rows).save(tmp_path / "registry.xlsx")
    result = await import_registry(book, actor=SYSTEM, progress=lambda *told: seen.append(told))
    assert (result.rows, result.new, result.bad) == (6, 1, 5)
    assert seen == [(6, book.stat().st_size, book.stat().st_size)]
    told = [(int(line[0]), line[1], line[2][:6]) for line in errors_of(result)]
    assert told == [
        (4, "名称", "单元格是错误"),
        (5, "联系电话", "数字超过15"),
        (6, "成立日期", "须为日期，如"),
        (7, "", "数字超过15"),
        (8, "从业人数", "须为整数"),
    ]


async def test_a_workbook_whose_end_is_damaged_keeps_what_came_before(tmp_path: Path) -> None:
    rows = [["uscc", "name"], *([code(n), f"店{n}"] for n in range(2_000))]
    good = Book().sheet(rows)
    sheet = good.parts()["xl/worksheets/sheet1.xml"]
    broken = good.save(tmp_path / "broken.xlsx", sheet1=sheet[: len(sheet) * 3 // 4])
    for _ in range(2):
        with pytest.raises(FileRefused, match="损坏"):
            await import_registry(broken, actor=SYSTEM, batch=100)
    landed = await db.fetch_value("SELECT count(*) FROM enterprises")
    assert 1_000 < landed < 1_600
    whole = await import_registry(good.save(tmp_path / "whole.xlsx"), actor=SYSTEM)
    assert (whole.new, whole.same, whole.bad) == (2_000 - landed, landed, 0)
