"""Registry files written by hand, brought in, and what came of them."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from backend.access import SYSTEM
from backend.enterprises.imports import ImportResult, import_registry
from backend.foundation import db
from backend.foundation.ids import new_id
from tests.backend.enterprises.builders import code


def registry_file(
    path: Path, rows: Iterable[Iterable[str]], header: Iterable[str], encoding: str = "utf-8-sig"
) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path


async def imported(path: Path, rows: list[list[str]], header: str, **given: Any) -> ImportResult:
    return await import_registry(
        registry_file(path / f"{new_id()}.csv", rows, header.split(",")), actor=SYSTEM, **given
    )


async def row_of(number: int) -> dict[str, Any]:
    row = await db.fetch_one("SELECT * FROM enterprises WHERE uscc = $1", code(number))
    assert row is not None
    return dict(row)


def errors_of(result: ImportResult) -> list[list[str]]:
    assert result.error_file is not None
    with result.error_file.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[1:]
