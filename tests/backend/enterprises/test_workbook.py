"""Workbooks: every type of cell, several sheets, and files that are broken, locked or meant to hurt."""

import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.enterprises import reading, spelled_cells, workbook, workbook_archive
from backend.enterprises.errors import FileRefused
from backend.enterprises.reading import RawRow, RegistryFile
from backend.enterprises.seen_codes import SeenCodes
from backend.enterprises.spelled_cells import CellFlawed
from backend.enterprises.spilled_strings import SpilledStrings
from tests.backend.enterprises.builders import code
from tests.backend.enterprises.workbooks import Book, Raw, Row, letters

HEAD = ("统一社会信用代码", "名称", "联系电话", "成立日期", "从业人数", "年营业收入（万元）")


def _rows(path: Path) -> list[RawRow]:
    with RegistryFile(path, reading.survey(path).encoding) as file:
        return file.batch()


def _one(tmp_path: Path, cell: Any, **book: Any) -> RawRow:
    return _rows(Book(**book).sheet([HEAD, [code(1), "店", cell]]).save(tmp_path / "one.xlsx"))[0]


@pytest.mark.parametrize(
    ("cell", "spelled"),
    [
        (13800001234, "13800001234"),
        (Raw('<c r="{place}"><v>1.3800001234E10</v></c>'), "13800001234"),
        (Raw('<c r="{place}" s="3"><v>12.500000000000002</v></c>'), "12.5"),
        (Raw('<c r="{place}"><v>-0</v></c>'), "0"),
        (0.1 + 0.2, "0.3"),
        (1e-7, "0.0000001"),
        (True, "TRUE"),
        (date(2020, 1, 5), "2020-01-05"),
        (Raw('<c r="{place}" s="2"><v>43835</v></c>'), "2020-01-05"),
        (Raw('<c r="{place}" s="1"><v>43835.5</v></c>'), "2020-01-05 12:00:00"),
        (Raw('<c r="{place}" s="1"><v>1</v></c>'), "1900-01-01"),
        (Raw('<c r="{place}" s="1"><v>60</v></c>'), "60"),
        (Raw('<c r="{place}" s="1"><v>61</v></c>'), "1900-03-01"),
        (Raw('<c r="{place}" s="1"><v>99999999</v></c>'), "99999999"),
        (Raw('<c r="{place}" s="4"><v>1.5</v></c>'), "1.5"),
        (Raw('<c r="{place}" t="d"><v>2020-01-05T00:00:00</v></c>'), "2020-01-05T00:00:00"),
        (Raw('<c r="{place}" t="str"><f>A1&amp;"x"</f><v>结果</v></c>'), "结果"),
        (Raw('<c r="{place}"><f>1+1</f><v>2</v></c>'), "2"),
        (Raw('<c r="{place}" t="inlineStr"><is><r><t>甲</t></r><r><t>乙</t></r></is></c>'), "甲乙"),
        (Raw('<c r="{place}" t="inlineStr"><is><t>甲</t><rPh sb="0" eb="1"><t>jia</t></rPh></is></c>'), "甲"),
        ("a_x000A_b_xD800_", "a\nb\ufffd"),
        ("<&>", "<&>"),
        (Raw('<c r="{place}" s="1"/>'), ""),
        (None, ""),
    ],
)
def test_a_cell_is_spelled_as_a_csv_would(tmp_path: Path, cell: Any, spelled: str) -> None:
    row = _one(tmp_path, cell)
    assert (row.cells[:3], row.flaws) == ([code(1), "店", spelled], {})


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (Raw('<c r="{place}" t="e"><v>#N/A</v></c>'), "错误值 #N/A"),
        (Raw('<c r="{place}"><f>A1</f></c>'), "公式没有保存计算结果"),
        (913305020000000001, "超过15位"),
        (Raw('<c r="{place}"><v>1e999</v></c>'), "不是有效的数字"),
        (Raw('<c r="{place}"><v>nan</v></c>'), "不是有效的数字"),
        (Raw('<c r="{place}" s="1"><v>x</v></c>'), "不是有效的数字"),
        (Raw('<c r="{place}" t="s"><v>9999</v></c>'), "文件可能已损坏"),
        (Raw('<c r="{place}" t="s"><v>-1</v></c>'), "文件可能已损坏"),
        ("长" * 33_000, "过长"),
    ],
)
def test_a_cell_that_cannot_be_trusted_is_told(tmp_path: Path, cell: Any, reason: str) -> None:
    is_long = isinstance(cell, str) and not isinstance(cell, Raw)
    assert reason in _one(tmp_path, cell, inline=is_long).flaws[2]


def test_a_flawed_code_makes_the_row_bad(tmp_path: Path) -> None:
    path = Book().sheet([HEAD, [913305020000000001, "店"], [code(2), "店"], [code(2), "店"]]).save(tmp_path / "x.xlsx")
    assert [row.fault[:8] for row in _rows(path)] == ["数字超过15位，", "", "统一社会信用代码"]


@pytest.mark.parametrize("book", [{}, {"inline": True}, {"prefix": "x"}])
def test_the_first_sheet_with_our_heading_counts(tmp_path: Path, book: dict[str, Any]) -> None:
    made = Book(**book).sheet([["说明"], ["请勿修改"]]).sheet([])
    made.sheet([["湖州市登记数据"], [None], HEAD, [code(1), "一店"], [None, " "], [code(2), "二店"]], numbers={6: 9})
    made.sheet([HEAD, [code(3), "三店"]])
    rows = _rows(made.save(tmp_path / "several.xlsx"))
    assert [(row.number, row.code, row.cells[1]) for row in rows] == [
        (4, code(1), "一店"),
        (5, "", " "),
        (9, code(2), "二店"),
    ]


def test_days_may_count_from_1904(tmp_path: Path) -> None:
    assert _one(tmp_path, Raw('<c r="{place}" s="1"><v>0</v></c>'), is_1904=True).cells[2] == "1904-01-01"
    assert _one(tmp_path, Raw('<c r="{place}" s="1"><v>2958465</v></c>'), is_1904=True).cells[2] == "2958465"


def test_merged_rows_are_bad_ones_and_a_merged_title_is_none(tmp_path: Path) -> None:
    merged = (
        '<mergeCells count="3"><mergeCell ref="A1:F1"/><mergeCell ref="B4:B5"/><mergeCell ref="C5:D5"/></mergeCells>'
    )
    rows: list[Row] = [["标题"], HEAD, *([code(n), "店"] for n in range(5))]
    found = _rows(Book().sheet(rows, after=merged).save(tmp_path / "merged.xlsx"))
    assert [row.number for row in found if "合并" in row.fault] == [4, 5]


def test_what_stands_beside_the_table_is_left_alone(tmp_path: Path) -> None:
    far = Raw('<c r="XFD2"><v>1</v></c>')
    rows = _rows(
        Book().sheet([HEAD, [code(1), "店", None, None, None, None, None, "备注", far]]).save(tmp_path / "x.xlsx")
    )
    assert rows[0].cells == [code(1), "店", "", "", "", ""]


def _refusal(path: Path) -> str:
    with pytest.raises(FileRefused) as refusal:
        _rows(path)
    return refusal.value.detail


def test_broken_locked_and_foreign_files_are_refused_clearly(tmp_path: Path) -> None:
    good = Book().sheet([HEAD, *([code(n), f"店{n}"] for n in range(300))]).save(tmp_path / "good.xlsx")
    path, body = tmp_path / "bad.xlsx", good.read_bytes()
    for cut in (5, len(body) // 2, len(body) - 30):
        path.write_bytes(body[:cut])
        assert "不完整" in _refusal(path)
    (tmp_path / "locked").write_bytes(b"\xd0\xcf\x11\xe0" + b"x" * 99 + "EncryptedPackage".encode("utf-16-le"))
    assert "取消打开密码" in _refusal(tmp_path / "locked")
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0" + b"x" * 99)
    assert "旧格式" in _refusal(tmp_path / "old.xls")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    assert "不是完整的 Excel" in _refusal(path)
    assert "没有表头" in _refusal(Book().sheet([["名称"]]).save(path))
    assert "同一内容" in _refusal(Book().sheet([[*HEAD, "企业名称"]]).save(path))
    assert "二进制" in _refusal(_with_root(good, path, "xl/workbook.bin"))


def _with_root(good: Path, path: Path, target: str) -> Path:
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"/xl/workbook.xml", target.encode()))
    return path


def test_a_flipped_bit_anywhere_is_refused_or_harmless(tmp_path: Path) -> None:
    good = (
        Book().sheet([HEAD, *([code(n), f"店{n}", 13800000000 + n] for n in range(200))]).save(tmp_path / "good.xlsx")
    )
    body, whole = good.read_bytes(), [row.cells for row in _rows(good)]
    path = tmp_path / "bad.xlsx"
    for at in range(0, len(body), max(1, len(body) // 150)):
        path.write_bytes(body[:at] + bytes([body[at] ^ 0x15]) + body[at + 1 :])
        try:
            rows = [row.cells for row in _rows(path)]
        except FileRefused:
            continue
        assert rows == whole, at


@pytest.mark.parametrize(
    "sheet",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><worksheet><sheetData/></worksheet>',
        "<worksheet><sheetData><row r='1'><c r='A1'",
        "<worksheet>" + "<a>" * 500 + "</a>" * 500 + "</worksheet>",
        "<worksheet><sheetData><row r='9999999'/></sheetData></worksheet>",
        "<worksheet><sheetData><row r='1'><c r='????1'><v>1</v></c></row></sheetData></worksheet>",
        '<worksheet><sheetData x="' + "y" * 3_000_000 + '"/></worksheet>',
        b"\xff\xfe\x00\x00",
        b"",
    ],
)
def test_xml_that_is_wrong_or_meant_to_hurt_is_refused(tmp_path: Path, sheet: str | bytes) -> None:
    assert "损坏" in _refusal(Book().sheet([HEAD]).save(tmp_path / "bad.xlsx", sheet1=sheet))


def test_a_bomb_is_refused_while_it_unpacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_archive, "_FREE", 1 << 20)
    blank = "<worksheet><sheetData>" + " " * (64 << 20) + "</sheetData></worksheet>"
    assert "解压后过大" in _refusal(Book().sheet([HEAD]).save(tmp_path / "bomb.xlsx", sheet1=blank))
    assert "解压后过大" in _refusal(Book().sheet([HEAD]).save(tmp_path / "bomb.xlsx", strings=blank))
    with zipfile.ZipFile(tmp_path / "many.xlsx", "w") as archive:
        for number in range(10_001):
            archive.writestr(str(number), "")
    assert "损坏" in _refusal(tmp_path / "many.xlsx")
    monkeypatch.setattr(workbook, "_MERGES", 9)
    merged = "".join(f'<mergeCell ref="A{n}:A{n + 1}"/>' for n in range(2, 40, 2))
    assert "合并单元格过多" in _refusal(Book().sheet([HEAD], after=merged).save(tmp_path / "merged.xlsx"))


def test_a_locked_part_and_an_unknown_packing_are_refused(tmp_path: Path) -> None:
    path = Book().sheet([HEAD]).save(tmp_path / "x.xlsx")
    body = bytearray(path.read_bytes())
    at = -1
    while (at := body.find(b"PK\x01\x02", at + 1)) >= 0:
        body[at + 8] |= 1
    path.write_bytes(bytes(body))
    assert "已加密" in _refusal(path)
    at = -1
    while (at := body.find(b"PK\x01\x02", at + 1)) >= 0:
        body[at + 8] &= 0xFE
        body[at + 10] = 99
    path.write_bytes(bytes(body))
    assert "损坏" in _refusal(path)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e14, max_value=1e14))
def test_a_number_keeps_its_first_fifteen_digits(value: float) -> None:
    assert float(spelled_cells.number(repr(value))) == pytest.approx(value, rel=1e-14, abs=1e-300)
    assert "e" not in spelled_cells.number(repr(value)).lower()


@given(st.text(max_size=12))
def test_whatever_a_number_says_it_is_spelled_or_refused(raw: str) -> None:
    for spell in (spelled_cells.number, lambda told: spelled_cells.day(told, is_1904=False)):
        try:
            assert isinstance(spell(raw), str)
        except CellFlawed:
            continue


@given(st.dates(min_value=date(1900, 3, 1), max_value=date(2199, 1, 1)))
def test_every_day_comes_back(day: date) -> None:
    assert spelled_cells.day(str((day - date(1899, 12, 30)).days), is_1904=False) == day.isoformat()


def test_strings_come_back_from_disk_in_any_order() -> None:
    strings = SpilledStrings()
    told = [f"字{n}\n\x00" * (n % 3) for n in range(1_000)]
    for one in told:
        strings.append(one)
    strings.flush()
    assert [strings[n] for n in range(999, -1, -7)] == [told[n] for n in range(999, -1, -7)]
    for beyond in (1_000, -1):
        with pytest.raises(IndexError):
            strings[beyond]
    strings.close()


@given(st.lists(st.sampled_from([code(n) for n in range(30)]), max_size=80))
def test_codes_seen_before_are_known_by_their_first_row(codes: list[str]) -> None:
    seen = SeenCodes()
    first: dict[str, int] = {}
    for row, one in enumerate(codes, 2):
        assert seen.first(one, row) == first.setdefault(one, row)


def test_many_codes_are_remembered() -> None:
    seen = SeenCodes()
    assert all(seen.first(f"c{n}", n + 1) == n + 1 for n in range(20_000))
    assert all(seen.first(f"c{n}", 99_999) == n + 1 for n in range(20_000))


def test_columns_have_letters() -> None:
    assert [letters(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
