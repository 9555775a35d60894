"""Writes one sheet of text as an Excel workbook (ECMA-376), row by row: a hundred thousand lines in constant memory."""

import zipfile
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import IO, Final, Self
from xml.sax.saxutils import escape, quoteattr

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_DOCUMENT: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"

_PARTS: Final = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_RELATIONS}">'
        f'<Relationship Id="rId1" Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_RELATIONS}">'
        f'<Relationship Id="rId1" Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}


class Sheet:
    """A workbook of one sheet; every cell is text, never a formula."""

    def __init__(self, file: IO[bytes], title: str) -> None:
        self._archive = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        for name, text in _PARTS.items():
            self._archive.writestr(name, _HEAD + text)
        book = f'<sheets><sheet name={quoteattr(title)} sheetId="1" r:id="rId1"/></sheets>'
        named = f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}">{book}</workbook>'
        self._archive.writestr("xl/workbook.xml", _HEAD + named)
        self._rows = self._archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True)
        self._rows.write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())

    def __enter__(self) -> Self:
        return self

    def add(self, lines: Iterable[Sequence[str]]) -> None:
        """Append lines of cells."""
        self._rows.write("".join(f"<row>{''.join(map(_cell, line))}</row>" for line in lines).encode())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rows.write(b"</sheetData></worksheet>")
        self._rows.close()
        self._archive.close()


def _cell(text: str) -> str:
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
