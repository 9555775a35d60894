"""Reads a registry's Excel workbook (xlsx): the first sheet with our heading, row by row, whatever its size."""

import bisect
import re
from pathlib import Path
from typing import Final

from backend.enterprises import spelled_cells
from backend.enterprises.columns import Layout, is_heading, layout
from backend.enterprises.errors import FileRefused
from backend.enterprises.spilled_strings import SpilledStrings, spill
from backend.enterprises.workbook_archive import Archive, refused
from backend.enterprises.worksheet import SheetRow, Stream, Worksheet
from backend.foundation.errors import FieldError

_HEADING_WITHIN: Final = 10
_MERGES: Final = 100_000
_CHUNK: Final = 1 << 18
_MERGED: Final = re.compile(rb'mergeCell [^<>]{0,80}?ref="\$?[A-Z]{1,3}\$?(\d{1,7})(?::\$?[A-Z]{1,3}\$?(\d{1,7}))?"')
_MERGED_TAIL: Final = 256
_IN_MERGE: Final = "此行有合并单元格，请取消合并并逐行填写"


class Workbook:
    """The data rows of the first sheet with a heading, in order; a sheet's own row numbers."""

    def __init__(self, path: Path) -> None:
        self._size = path.stat().st_size
        self._archive = Archive(path)
        self._strings = SpilledStrings()
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        book = next((to for kind, to in self._archive.related("").values() if kind == "officeDocument"), "")
        if book.endswith(".bin"):
            raise refused("这是二进制工作簿（xlsb），请另存为 xlsx 或 CSV 后再导入。")
        parts = self._archive.related(book)
        by_kind = dict(parts.values())
        sheets, self._is_1904 = self._sheets(book, parts)
        self._days = self._day_styles(by_kind.get("styles"))
        if "sharedStrings" in by_kind:
            spill(self._archive.part(by_kind["sharedStrings"]), self._strings)
        if not any(map(self._begin, sheets)):
            sentence = f"各工作表的前{_HEADING_WITHIN}行中没有表头：须有“统一社会信用代码”一列。"
            raise FileRefused(sentence, (FieldError("file", "bad_header", sentence),))

    def close(self) -> None:
        self._strings.close()
        self._archive.close()

    @property
    def position(self) -> int:
        """How far into the file the rows are, in its bytes."""
        return self._size * min(self._sheet.done, self._sheet.size) // max(self._sheet.size, 1)

    def next(self) -> SheetRow | None:
        """The next row; None at the end of the sheet."""
        row = next(self._rows, None)
        if row is not None and self._is_merged(row.number):
            row.flaws[self.layout.uscc] = _IN_MERGE
        return row

    def _is_merged(self, number: int) -> bool:
        at = bisect.bisect_right(self._merged, (number, 1 << 30)) - 1
        return at >= 0 and self._merged[at][1] >= number

    def _begin(self, name: str) -> bool:
        """Stand behind the heading of a sheet; False when it has none."""
        if not self._archive.has(name):
            return False
        self._sheet = self._archive.part(name)
        self._rows = Worksheet(self._sheet, self._strings, self._days, is_1904=self._is_1904)
        for row, _ in zip(self._rows, range(_HEADING_WITHIN), strict=False):
            if any(map(is_heading, row.cells.values())):
                self.layout: Layout = layout([row.cells.get(n, "") for n in range(max(row.cells) + 1)])
                self._merged = _merges(self._archive.part(name), after=row.number)
                return True
        return False

    def _sheets(self, book: str, parts: dict[str, tuple[str, str]]) -> tuple[list[str], bool]:
        """The sheets' parts in their order, and whether days count from 1904."""
        sheets, is_1904 = [], False
        for kind, given in self._archive.elements(book):
            if kind == "workbookPr":
                is_1904 = given.get("date1904") in {"1", "true", "on"}
            elif kind == "sheet":
                linked = next((value for name, value in given.items() if name.endswith(":id")), "")
                sheets.append(parts.get(linked, ("", ""))[1])
        return sheets, is_1904

    def _day_styles(self, part: str | None) -> frozenset[str]:
        """The styles (by number, as cells name them) that show a day."""
        codes: dict[str, str] = {}
        formats: list[str] = []
        is_cell = False
        for kind, given in self._archive.elements(part) if part else ():
            if kind == "numFmt":
                codes[given.get("numFmtId", "")] = given.get("formatCode", "")
            elif kind in {"cellXfs", "cellStyleXfs", "cellStyles", "dxfs"}:
                is_cell = kind == "cellXfs"
            elif kind == "xf" and is_cell:
                formats.append(given.get("numFmtId", "0"))
        days = {one for one in set(formats) if spelled_cells.shows_day(one, codes.get(one))}
        return frozenset(str(place) for place, one in enumerate(formats) if one in days)


def _merges(stream: Stream, *, after: int) -> list[tuple[int, int]]:
    """The merged ranges of rows below a row, sorted and joined.

    Reads the whole sheet, so that damage shows before a row lands.
    """
    found: set[tuple[int, int]] = set()
    tail = b""
    while chunk := stream.read(_CHUNK):
        piece = tail + chunk
        tail = piece[-_MERGED_TAIL:]
        for match in _MERGED.finditer(piece) if b"mergeCell " in piece else ():
            found.add((int(match[1]), int(match[2] or match[1])))
            if len(found) > _MERGES:
                raise refused("工作簿中的合并单元格过多，请取消合并后再导入。")
    return _joined(sorted(one for one in found if one[1] > after))


def _joined(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, last in ranges:
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined
