"""Reads a registry file from disk: its hash, encoding and rows, in batches, with little memory."""

import codecs
import csv
import hashlib
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Self

from backend.enterprises.columns import Layout, layout, spelled_code
from backend.enterprises.errors import FileRefused
from backend.foundation.errors import FieldError

BATCH = 20_000
_CHUNK = 1 << 20
_UNREADABLE = "\ufffd"
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx, xls


@dataclass(frozen=True, slots=True)
class Survey:
    """What a first pass over the file tells: its identity and how to decode it."""

    sha256: bytes
    size: int
    encoding: str


@dataclass(slots=True)
class RawRow:
    """One row as it stands: its number in a spreadsheet, its code spelled, and what is wrong with it as a whole."""

    number: int
    code: str
    cells: list[str]
    fault: str = ""


def survey(path: Path) -> Survey:
    """Hash the file and tell UTF-8 (with or without BOM) from GB18030; FileRefused when it can't be read."""
    digest, decoder, is_utf8, size = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")(), True, 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                if not size and chunk.startswith(_WORKBOOKS):
                    raise _refused("这是 Excel 工作簿，请另存为“CSV UTF-8（逗号分隔）”后再导入。")
                digest.update(chunk)
                size += len(chunk)
                is_utf8 = is_utf8 and _decodes(decoder, chunk)
    except OSError as error:
        raise _refused(f"无法读取文件：{error.strerror}。") from error
    return Survey(digest.digest(), size, "utf-8-sig" if is_utf8 and _decodes(decoder, b"", final=True) else "gb18030")


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


class RegistryFile:
    """The rows of one file in order; remembers codes that came before, for a code may stand in a file once."""

    def __init__(self, path: Path, encoding: str) -> None:
        self._raw = path.open("rb")
        self._reader = csv.reader(TextIOWrapper(self._raw, encoding, errors="replace", newline=""))
        self._seen: dict[int, int] = {}
        self._number = 0
        try:
            self.layout: Layout = self._header()
        except FileRefused:
            self._raw.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._raw.close()

    @property
    def position(self) -> int:
        """How many bytes were read so far, ahead of the rows by at most one buffer."""
        return self._raw.tell()

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

    def _header(self) -> Layout:
        try:
            cells = next(self._reader, None)
        except csv.Error:
            cells = None
        self._number = 1
        if not cells:
            raise _refused("文件是空的，或首行不是表头。")
        return layout(cells)

    def _next(self) -> RawRow | None:
        """The next row that isn't blank; None at the end of the file."""
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
        if len(cells) != self.layout.width:
            return RawRow(self._number, "", cells, f"列数为{len(cells)}，表头为{self.layout.width}列")
        code = spelled_code(cells[self.layout.uscc])
        first = self._seen.setdefault(hash(code), self._number) if code else self._number
        fault = "" if first == self._number else f"统一社会信用代码在本文件中重复（第{first}行已有）"
        if any(_UNREADABLE in cell for cell in cells):
            fault = "含有无法识别的字符，请以 UTF-8 或 GB18030 编码保存"
        return RawRow(self._number, code, cells, fault)


def _refused(sentence: str) -> FileRefused:
    return FileRefused(sentence, (FieldError("file", "unreadable", sentence),))
