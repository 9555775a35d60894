"""The registry import: a CSV of 1,000,000 rows, the same file again, and the same rows as an Excel workbook.

Reference: the very rows that the import made, already clean, by one set-based upsert from staging tables into the same
indexed tables. `value` and `reference` are seconds, so `ratio` tells how many times longer the import takes. Aims:
`ratio` at most 2, `again_ratio` (the same file again) at most 1, `rss_mb` (the importing process's peak, the greatest
of all runs) at most 300, `xlsx_rows_per_s` at least 5,000. The import keeps two cores busy, the reference one: beside
other work the ratio tells more of the neighbours than of the import.
"""

import argparse
import asyncio
import csv
import itertools
import shutil
import statistics
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.sax.saxutils import escape

import asyncpg
import orjson

from backend.access import SYSTEM
from backend.assembly import assemble
from backend.enterprises.imports import import_registry
from backend.foundation.migrations import migrate
from backend.foundation.settings import load_settings
from backend.tables import MODELS
from operations.demo_data import demo_registry_csv
from tests.backend.enterprises.workbooks import Book
from tests.benches.support import IS_SMALL, House, house, report

AIM, AIM_AGAIN, AIM_RSS_MB, AIM_XLSX_ROWS_PER_S = 2.0, 1.0, 300, 5_000
ROWS, ROUNDS = (20_000, 1) if IS_SMALL else (1_000_000, 1)
_KEPT = {"id", "uscc"}
_LETTERS = "ABCDEFGHIJKLMNOP"
_NUMBERS, _COMMON = {11, 12, 13}, {2, 6, 7, 8, 9, 14, 15}
_TOLD = "enterprise_id, source, as_of, recorded_at, told, told_by_kind, told_by"


async def measured(file: Path) -> dict[str, float]:
    """Import a file in this very process; seconds, rows that came new, and the process's peak of resident memory."""
    async with assemble(load_settings()):
        began = time.perf_counter()
        done = await import_registry(file, actor=SYSTEM)
        seconds = time.perf_counter() - began
    return {"seconds": seconds, "new": done.new, "same": done.same, "rss_mb": peak_mb()}


def peak_mb() -> float:
    """The most that this program ever had resident; `getrusage` would count its parent before the exec, too."""
    status = Path("/proc/self/status").read_text("utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def imported(of: House, file: Path) -> dict[str, float]:
    """Import a file in a process of its own."""
    argv = [sys.executable, "-m", "tests.benches.bench_import", "--file", str(file)]
    done = subprocess.run(argv, env=of.environment, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"the import failed: {done.stderr.decode()[-800:]}")
    told: dict[str, float] = orjson.loads(done.stdout)
    return told


class Tables:
    """The tables that an import fills, and their rows set aside as the reference's staging tables."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def empty(self) -> None:
        await self._connection.execute("TRUNCATE enterprises, facts, registry_imports CASCADE")

    async def set_aside(self) -> None:
        await self._connection.execute("CREATE TABLE clean_rows AS SELECT * FROM enterprises ORDER BY id")
        await self._connection.execute(f"CREATE TABLE clean_facts AS SELECT {_TOLD} FROM facts ORDER BY id")
        columns = await self._connection.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'clean_rows'::regclass AND attnum > 0 ORDER BY attnum"
        )
        self._columns = [column[0] for column in columns]

    async def upsert(self) -> float:
        """The reference: seconds that one set-based upsert of the clean rows takes."""
        await self.empty()
        names = ", ".join(self._columns)
        taken = ", ".join(f"{name} = excluded.{name}" for name in self._columns if name not in _KEPT)
        began = time.perf_counter()
        async with self._connection.transaction():
            await self._connection.execute(
                f"INSERT INTO enterprises ({names}) SELECT {names} FROM clean_rows"
                f" ON CONFLICT (uscc) DO UPDATE SET {taken}"
            )
            await self._connection.execute(f"INSERT INTO facts ({_TOLD}) SELECT {_TOLD} FROM clean_facts")
        return time.perf_counter() - began


def workbook(file: Path, book: Path) -> None:
    """Write a CSV's rows as a workbook, as Excel would: sizes are numbers, text is shared, what is empty is no cell.

    Both large parts are streamed, so that a million rows need little memory here as well.
    """
    parts, strings = Book().sheet([]).parts(), file.with_suffix(".strings")
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with (
            archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet,
            strings.open("w", encoding="utf-8") as told,
        ):
            head, tail = parts.pop("xl/worksheets/sheet1.xml").split("<sheetData>")
            sheet.write(f"{head}<sheetData>".encode())
            for line in _lines(file, told):
                sheet.write(line.encode())
            sheet.write(tail.encode())
        head, tail = parts.pop("xl/strings.xml").split("</sst>")
        with archive.open("xl/strings.xml", "w", force_zip64=True) as shared, strings.open("rb") as told_all:
            shared.write(head.encode())
            shutil.copyfileobj(told_all, shared)
            shared.write(f"</sst>{tail}".encode())
        for name, text in parts.items():
            archive.writestr(name, text)


def _lines(file: Path, told: IO[str]) -> Iterator[str]:
    """Each row's XML; its strings go to `told`, those of columns with few different ones once."""
    known: dict[str, int] = {}
    count = itertools.count()

    def place(text: str, *, is_common: bool) -> int:
        if text in known:
            return known[text]
        number = next(count)
        told.write(f"<si><t>{escape(text)}</t></si>")
        if is_common:
            known[text] = number
        return number

    with file.open(encoding="utf-8-sig", newline="") as opened:
        for number, row in enumerate(csv.reader(opened), 1):
            cells = [
                f'<c r="{_LETTERS[at]}{number}"><v>{cell}</v></c>'
                if number > 1 and at in _NUMBERS
                else f'<c r="{_LETTERS[at]}{number}" t="s"><v>{place(cell, is_common=at in _COMMON)}</v></c>'
                for at, cell in enumerate(row)
                if cell
            ]
            yield f'<row r="{number}">{"".join(cells)}</row>'


async def run(of: House) -> None:
    settings = load_settings(**of.settings)
    await migrate(settings.database_url, MODELS)
    file, book = of.directory / "registry.csv", of.directory / "registry.xlsx"
    demo_registry_csv(file, ROWS)
    workbook(file, book)
    connection = await asyncpg.connect(settings.database_url)
    tables = Tables(connection)
    seen: dict[str, list[float]] = {name: [] for name in ("first", "again", "reference", "xlsx", "rss")}
    for number in range(ROUNDS):
        for name, path in (("xlsx", book), ("first", file), ("again", file)):
            if name != "again":
                await tables.empty()
            told = await asyncio.to_thread(imported, of, path)
            assert told["same" if name == "again" else "new"] == ROWS, told
            seen[name].append(told["seconds"])
            seen["rss"].append(told["rss_mb"])
        if not number:
            await tables.set_aside()
        seen["reference"].append(await tables.upsert())
    await connection.close()
    _tell({name: max(values) if name == "rss" else statistics.median(values) for name, values in seen.items()})


def _tell(seen: dict[str, float]) -> None:
    report(
        "import",
        value=seen["first"],
        reference=seen["reference"],
        unit="s",
        aim=AIM,
        again_ratio=round(seen["again"] / seen["reference"], 3),
        again_aim=AIM_AGAIN,
        rss_mb=round(seen["rss"]),
        rss_aim_mb=AIM_RSS_MB,
        rows_per_s=round(ROWS / seen["first"]),
        xlsx_rows_per_s=round(ROWS / seen["xlsx"]),
        xlsx_aim=AIM_XLSX_ROWS_PER_S,
        rows=ROWS,
        rounds=ROUNDS,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--file", type=Path, help="import this file and tell how it went")
    file = parser.parse_args().file
    if file:
        print(orjson.dumps(asyncio.run(measured(file))).decode())
        return
    with house() as made:
        asyncio.run(run(made))


if __name__ == "__main__":
    main()
