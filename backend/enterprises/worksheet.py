"""Streams the rows of one worksheet's XML: little memory whatever the sheet holds, nothing trusted."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from xml.parsers import expat

from backend.enterprises import spelled_cells
from backend.enterprises.errors import FileRefused
from backend.enterprises.spelled_cells import CellFlawed

MAX_COLUMNS = 1_024
_MAX_ROW = 1_048_576
_MAX_DEPTH = 64
_MAX_TEXT = 32_767
_CHUNK = 1 << 16
_MAX_TOKEN = 1 << 20
_DIGITS = "0123456789"
BROKEN = "工作簿的内容已损坏，无法继续读取，请用 Excel 打开并另存后再导入。"


class Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Strings(Protocol):
    def __getitem__(self, place: int, /) -> str: ...


@dataclass(slots=True)
class SheetRow:
    """A row's cells by column, spelled as in a CSV; `flaws` says by column what can't be trusted and why."""

    number: int
    cells: dict[int, str] = field(default_factory=dict)
    flaws: dict[int, str] = field(default_factory=dict)


def elements(stream: Stream, parser: Any) -> Iterator[None]:
    """Feed a stream to a parser, a chunk a step; FileRefused for no XML, for a document type and for huge tokens."""
    parser.StartDoctypeDeclHandler = _refuse_doctype
    fed = 0
    try:
        while chunk := stream.read(_CHUNK):
            parser.Parse(chunk, False)
            fed += len(chunk)
            if fed - parser.CurrentByteIndex > _MAX_TOKEN:
                raise FileRefused(BROKEN)
            yield
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise FileRefused(BROKEN) from error
    yield


def _refuse_doctype(*_: Any) -> None:
    raise FileRefused(BROKEN)


def local(name: str) -> str:
    """An element's name without its prefix."""
    return name.rpartition(":")[2] if ":" in name else name


class Worksheet:
    """An iterator over the rows that hold anything."""

    def __init__(self, stream: Stream, strings: Strings, day_styles: frozenset[str], *, is_1904: bool) -> None:
        self._strings, self._day_styles, self._is_1904 = strings, day_styles, is_1904
        self._rows: deque[SheetRow] = deque()
        self._row: SheetRow | None = None
        self._last, self._depth, self._next_column = 0, 0, 0
        self._columns: dict[str, int] = {}
        self._cell: Mapping[str, str] | None = None
        self._parts: list[str] = []
        self._length = 0
        self._reads = self._has_formula = self._is_phonetic = False
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        self._steps = elements(stream, parser)

    def __iter__(self) -> Iterator[SheetRow]:
        return self

    def __next__(self) -> SheetRow:
        while not self._rows:
            next(self._steps)
        return self._rows.popleft()

    def _start(self, name: str, given: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise FileRefused(BROKEN)
        kind = name if ":" not in name else local(name)
        if kind == "c":
            self._cell, self._parts, self._length, self._has_formula = given, [], 0, False
        elif kind in {"v", "t"}:
            self._reads = not self._is_phonetic
        elif kind == "f":
            self._has_formula = True
        elif kind == "rPh":
            self._is_phonetic = True
        elif kind == "row":
            self._begin_row(given.get("r"))

    def _begin_row(self, told: str | None) -> None:
        number = int(told) if told and told.isascii() and told.isdigit() and len(told) <= len(str(_MAX_ROW)) else 0
        self._last = number or self._last + 1
        if self._last > _MAX_ROW or (told and not number):
            raise FileRefused(BROKEN)
        self._row, self._next_column = SheetRow(self._last), 0

    def _characters(self, data: str) -> None:
        if self._reads:
            self._length += len(data)
            if self._length <= _MAX_TEXT:
                self._parts.append(data)

    def _end(self, name: str) -> None:
        self._depth -= 1
        kind = name if ":" not in name else local(name)
        if kind in {"v", "t"}:
            self._reads = False
        elif kind == "c":
            self._end_cell()
        elif kind == "rPh":
            self._is_phonetic = False
        elif kind == "row":
            if self._row is not None and (self._row.cells or self._row.flaws):
                self._rows.append(self._row)
            self._row = None

    def _end_cell(self) -> None:
        given, row, self._cell = self._cell, self._row, None
        if given is None or row is None:
            return
        column = self._column(given.get("r"))
        self._next_column = column + 1
        if column < MAX_COLUMNS and (self._parts or self._has_formula):
            try:
                row.cells[column] = self._spelled(given)
            except CellFlawed as flaw:
                row.flaws[column] = str(flaw)

    def _column(self, place: str | None) -> int:
        """The column of a place such as AB12, counted from 0; a cell without one follows the last."""
        if place is None:
            return self._next_column
        letters = place.rstrip(_DIGITS)
        known = self._columns.get(letters)
        return self._columns.setdefault(letters, _column_of(letters)) if known is None else known

    def _spelled(self, given: Mapping[str, str]) -> str:
        if self._length > _MAX_TEXT:
            raise CellFlawed(f"单元格过长，最多{_MAX_TEXT}个字")
        raw, kind = "".join(self._parts), given.get("t", "n")
        if not self._parts:
            raise CellFlawed("公式没有保存计算结果，请用 Excel 打开并保存后再导入")
        if kind == "s":
            return self._shared(raw)
        if kind == "n":
            if given.get("s") in self._day_styles:
                return spelled_cells.day(raw, is_1904=self._is_1904)
            return spelled_cells.number(raw)
        if kind == "b":
            return spelled_cells.TRUTHS.get(raw, raw)
        if kind == "e":
            raise CellFlawed(f"单元格是错误值 {raw[:20]}")
        return spelled_cells.text(raw)

    def _shared(self, raw: str) -> str:
        try:
            return spelled_cells.text(self._strings[int(raw)])
        except (ValueError, IndexError):
            raise CellFlawed("单元格所指的文字不在工作簿中，文件可能已损坏") from None


def _column_of(letters: str) -> int:
    if not (letters.isascii() and letters.isalpha() and len(letters) <= 3):  # noqa: PLR2004 - XFD is the last
        raise FileRefused(BROKEN)
    number = 0
    for letter in letters.upper():
        number = 26 * number + ord(letter) - 64
    return number - 1
