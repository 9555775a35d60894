"""Makes Excel workbooks out of nothing but the standard library, right ones and broken ones."""

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from xml.sax.saxutils import escape

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
# Cell styles: 0 plain, 1 a built-in day, 2 a day of the maker's own, 3 money, 4 elapsed time.
STYLES = f"""<styleSheet xmlns="{_MAIN}"><numFmts><numFmt numFmtId="170" formatCode='yyyy"年"m"月"d"日";@'/>
<numFmt numFmtId="171" formatCode='"dy"#,##0.00_d;[Red]-0'/></numFmts>
<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/>
<xf numFmtId="171"/><xf numFmtId="46"/></cellXfs></styleSheet>"""


class Raw(str):
    """A cell's XML as it stands, from <c on; {place} is filled in."""

    __slots__ = ()


Cell = str | int | float | bool | date | None
Row = Sequence[Cell]


def letters(column: int) -> str:
    name = ""
    while column >= 0:
        column, at = divmod(column, 26)
        name, column = chr(65 + at) + name, column - 1
    return name


def serial(day: date) -> int:
    return (day - date(1899, 12, 30)).days


class Book:
    """Sheets of rows; strings are shared unless `inline`."""

    def __init__(self, *, inline: bool = False, prefix: str = "", is_1904: bool = False) -> None:
        self.inline, self.prefix, self.is_1904 = inline, prefix, is_1904
        self.strings: dict[str, int] = {}
        self.sheets: list[str] = []

    def sheet(self, rows: Iterable[Row], after: str = "", numbers: Mapping[int, int] | None = None) -> "Book":
        """Add a sheet; `after` stands behind its data, `numbers` tells row numbers other than the order's."""
        given = numbers or {}
        lines = "".join(self._row(given.get(n, n), row) for n, row in enumerate(rows, 1))
        self.sheets.append(f"<sheetData>{lines}</sheetData>{after}")
        return self

    def _row(self, number: int, row: Row) -> str:
        cells = "".join(self._cell(f"{letters(at)}{number}", cell) for at, cell in enumerate(row) if cell is not None)
        return f'<row r="{number}" spans="1:9">{cells}</row>'

    def _cell(self, place: str, cell: Cell) -> str:
        if isinstance(cell, Raw):
            return cell.replace("{place}", place)
        if isinstance(cell, bool):
            return f'<c r="{place}" t="b"><v>{int(cell)}</v></c>'
        if isinstance(cell, date) and not isinstance(cell, datetime):
            return f'<c r="{place}" s="1"><v>{serial(cell)}</v></c>'
        if isinstance(cell, int | float):
            return f'<c r="{place}"><v>{cell!r}</v></c>'
        if self.inline:
            return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(str(cell))}</t></is></c>'
        return f'<c r="{place}" t="s"><v>{self.strings.setdefault(str(cell), len(self.strings))}</v></c>'

    def parts(self) -> dict[str, str]:
        """Every part of the workbook by its name."""
        names = [f"worksheets/sheet{n}.xml" for n in range(1, len(self.sheets) + 1)]
        kinds = [("worksheet", name) for name in names] + [("styles", "styles.xml"), ("sharedStrings", "strings.xml")]
        listed = "".join(f'<sheet name="表{n}" sheetId="{n}" r:id="r{n}"/>' for n in range(1, len(names) + 1))
        items = "".join(f"<si><t>{escape(one)}</t></si>" for one in self.strings)
        is_1904 = f'<workbookPr date1904="{int(self.is_1904)}"/>'
        return {
            "_rels/.rels": _rels([("officeDocument", "/xl/workbook.xml")]),
            "xl/_rels/workbook.xml.rels": _rels(kinds),
            "xl/workbook.xml": (
                f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATED}">{is_1904}<sheets>{listed}</sheets></workbook>'
            ),
            "xl/styles.xml": STYLES,
            "xl/strings.xml": f'<sst xmlns="{_MAIN}">{items}</sst>',
            **{f"xl/{name}": self._worksheet(body) for name, body in zip(names, self.sheets, strict=True)},
        }

    def _worksheet(self, body: str) -> str:
        if self.prefix:
            marks = {"<": f"<{self.prefix}:", f"<{self.prefix}:/": f"</{self.prefix}:"}
            for mark, prefixed in marks.items():
                body = body.replace(mark, prefixed)
            return f'<{self.prefix}:worksheet xmlns:{self.prefix}="{_MAIN}">{body}</{self.prefix}:worksheet>'
        return f'<worksheet xmlns="{_MAIN}">{body}</worksheet>'

    def save(self, path: Path, **replaced: str | bytes) -> Path:
        """Write it; `replaced` are other contents for parts, named by what stands before their ending."""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in self.parts().items():
                archive.writestr(name, replaced.get(Path(name).stem, text))
        return path


def _rels(related: Iterable[tuple[str, str]]) -> str:
    lines = "".join(
        f'<Relationship Id="r{n}" Type="{_RELATED}/{kind}" Target="{to}"/>' for n, (kind, to) in enumerate(related, 1)
    )
    return f'<Relationships xmlns="{_RELS}">{lines}</Relationships>'
