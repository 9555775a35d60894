"""Reads a registry file from disk, CSV or workbook: its hash, kind and rows, in batches, with little memory."""

import codecs
import csv
import hashlib
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path
from typing import Protocol, Self

from backend.enterprises.columns import Layout, layout, spelled_code
from backend.enterprises.errors import FileRefused
from backend.enterprises.seen_codes import SeenCodes
from backend.enterprises.workbook import Workbook
from backend.foundation.errors import FieldError

BATCH = 5_000
WORKBOOK = "xlsx"
_CHUNK = 1 << 20
_UNREADABLE = "\ufffd"
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True, slots=True)
class Survey:
    """What a first pass over the file tells: its identity and how to read it, an encoding or `WORKBOOK`."""

    sha256: bytes
    size: int
    encoding: str


@dataclass(slots=True)
class RawRow:
    """One row as it stands: its number in a spreadsheet, its code spelled, and what is wrong with it as a whole.

    `flaws` says by position which cells can't be trusted, and why.
    """

    number: int
    code: str
    cells: list[str]
    fault: str = ""
    flaws: dict[int, str] = field(default_factory=dict)


def survey(path: Path) -> Survey:
    """Hash the file and tell workbook, UTF-8 (with or without BOM) and GB18030; FileRefused when it can't be read."""
    digest, decoder, is_utf8, size, head = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")(), True, 0, b""
    has_lines = True
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                head = head or chunk
                digest.update(chunk)
                size += len(chunk)
                has_lines = has_lines and (len(chunk) < _CHUNK or b"\n" in chunk or b"\r" in chunk)
                is_utf8 = is_utf8 and _decodes(decoder, chunk)
    except OSError as error:
        raise _refused(f"无法读取文件：{error.strerror}。") from error
    if head.startswith(_OLE):
        raise _refused(_old_workbook(path))
    if head.startswith(_ZIP):
        return Survey(digest.digest(), size, WORKBOOK)
    if not has_lines:  # a line is read whole: one without end would fill the memory
        raise _refused("文件中有一行超过 1 MB，不是登记数据，请按模板整理后再试。")
    return Survey(digest.digest(), size, "utf-8-sig" if is_utf8 and _decodes(decoder, b"", final=True) else "gb18030")


def _old_workbook(path: Path) -> str:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if _ENCRYPTED in chunk:
                return "工作簿已加密，请在 Excel 中取消打开密码并另存后再导入。"
    return "这是旧格式的 Excel 工作簿（xls），请另存为 xlsx 或“CSV UTF-8（逗号分隔）”后再导入。"


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


class Rows(Protocol):
    """The rows of one kind of file, below its heading."""

    @property
    def layout(self) -> Layout: ...
    @property
    def position(self) -> int: ...
    def next(self) -> RawRow | None: ...
    def close(self) -> None: ...


class RegistryFile:
    """The rows of one file in order; remembers codes that came before, for a code may stand in a file once."""

    def __init__(self, path: Path, encoding: str) -> None:
        self._rows: Rows = _WorkbookRows(path) if encoding == WORKBOOK else _CsvRows(path, encoding)
        self._seen = SeenCodes()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._rows.close()

    @property
    def layout(self) -> Layout:
        return self._rows.layout

    @property
    def position(self) -> int:
        """How many bytes were read so far, ahead of the rows by at most one buffer."""
        return self._rows.position

    def skip(self, rows: int) -> None:
        """Pass over rows that are in the database already, remembering their codes."""
        for _ in range(rows):
            if self._next() is None:
                return

    def batch(self, size: int = BATCH) -> list[RawRow]:
        """The next rows, at most `size`; an empty list at the end."""
        rows: list[RawRow] = []
        while len(rows) < size and (row := self._next()) is not None:
            rows.append(row)
        return rows

    def _next(self) -> RawRow | None:
        """The next row that isn't blank; None at the end of the file."""
        row = self._rows.next()
        if row is not None and not row.fault:
            self._look_at(row)
        return row

    def _look_at(self, row: RawRow) -> None:
        at = self.layout.uscc
        row.code = spelled_code(row.cells[at])
        first = self._seen.first(row.code, row.number) if row.code else row.number
        if at in row.flaws:
            row.fault = row.flaws[at]
        elif first != row.number:
            row.fault = f"统一社会信用代码在本文件中重复（第{first}行已有）"
        if _UNREADABLE in "".join(row.cells):
            row.fault = "含有无法识别的字符，请以 UTF-8 或 GB18030 编码保存"


class _CsvRows:
    """The rows of a CSV file; the first is the heading."""

    def __init__(self, path: Path, encoding: str) -> None:
        self._raw = path.open("rb")
        self._reader = csv.reader(TextIOWrapper(self._raw, encoding, errors="replace", newline=""))
        self._number = 1
        try:
            self.layout: Layout = self._header()
        except FileRefused:
            self._raw.close()
            raise

    @property
    def position(self) -> int:
        return self._raw.tell()

    def close(self) -> None:
        self._raw.close()

    def _header(self) -> Layout:
        try:
            cells = next(self._reader, None)
        except csv.Error:
            cells = None
        if not cells:
            raise _refused("文件是空的，或首行不是表头。")
        return layout(cells)

    def next(self) -> RawRow | None:
        while True:
            self._number += 1
            try:
                cells = next(self._reader, None)
            except csv.Error:
                return RawRow(self._number, "", [], "无法解析此行：引号不配对或单元格过长")
            if cells is None:
                return None
            if any(cells):
                return self._row(cells)

    def _row(self, cells: list[str]) -> RawRow:
        is_whole = len(cells) == self.layout.width
        fault = "" if is_whole else f"列数为{len(cells)}，表头为{self.layout.width}列"
        return RawRow(self._number, "", cells, fault)


class _WorkbookRows:
    """The rows of a workbook, each as wide as its heading; what stands beside the table is left alone."""

    def __init__(self, path: Path) -> None:
        self._book = Workbook(path)
        self.layout: Layout = self._book.layout

    @property
    def position(self) -> int:
        return self._book.position

    def close(self) -> None:
        self._book.close()

    def next(self) -> RawRow | None:
        while (row := self._book.next()) is not None:
            cells = [row.cells.get(n, "") for n in range(self.layout.width)]
            if any(cells) or row.flaws:
                return RawRow(row.number, "", cells, flaws=row.flaws)
        return None


def _refused(sentence: str) -> FileRefused:
    return FileRefused(sentence, (FieldError("file", "unreadable", sentence),))
