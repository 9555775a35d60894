"""What a kill leaves of an import, and two who are at one file."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from backend.access import SYSTEM
from backend.enterprises import imports
from backend.enterprises.errors import ImportRunning
from backend.enterprises.imports import ImportResult, import_registry
from backend.foundation import db
from operations.demo_data import HEADER, demo_rows
from tests.backend.enterprises.registry_files import errors_of, registry_file

pytestmark = pytest.mark.usefixtures("database", "clock", "runtime")

_LOGGED = "SELECT count(*) FROM facts"


class Killed(BaseException):
    """Stands for the process's end."""


@pytest.mark.parametrize("when", ["before the commit", "after the commit"])
async def test_a_killed_import_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    rows = [list(row) for row in demo_rows(60)]
    rows[7][0] = rows[55][0] = "坏代码"
    rows[50][0] = rows[3][0]
    path = registry_file(tmp_path / "registry.csv", rows, HEADER)
    real, batches = imports.land, []

    async def dying(*given: Any, **named: Any) -> Any:
        batches.append(len(given[0]))
        if when == "before the commit" and len(batches) == 3:
            raise Killed
        return await real(*given, **named)

    def stop(*_told: int) -> None:
        if when == "after the commit" and len(batches) == 3:
            raise Killed

    monkeypatch.setattr(imports, "land", dying)
    with pytest.raises(Killed):
        await import_registry(path, actor=SYSTEM, batch=10, progress=stop)
    monkeypatch.setattr(imports, "land", real)
    result = await import_registry(path, actor=SYSTEM, batch=10)
    assert result.resumed_at == (20 if when == "before the commit" else 30)
    assert (result.rows, result.new, result.bad) == (60, 57, 3)
    assert [int(line[0]) for line in errors_of(result)] == [9, 52, 57]
    assert await db.fetch_value(_LOGGED) == 57
    assert await db.fetch_value("SELECT count(*) FROM registry_imports") == 1


async def test_two_processes_at_one_file_do_not_count_a_row_twice(tmp_path: Path) -> None:
    path = registry_file(tmp_path / "registry.csv", demo_rows(30), HEADER)
    real_finish = imports._finish

    async def twin(*given: Any) -> None:
        await db.execute("UPDATE registry_imports SET state = 'done'")
        await real_finish(*given)

    imports._finish = twin
    try:
        with pytest.raises(ImportRunning):
            await import_registry(path, actor=SYSTEM)
    finally:
        imports._finish = real_finish
    assert await db.fetch_value("SELECT count(*) FROM enterprises") == 30


async def test_two_starts_at_once_make_one_import(tmp_path: Path) -> None:
    path = registry_file(tmp_path / "registry.csv", demo_rows(5), HEADER)
    ends = await asyncio.gather(*(import_registry(path, actor=SYSTEM) for _ in range(3)), return_exceptions=True)
    assert all(isinstance(end, ImportResult | ImportRunning) for end in ends), ends
    assert await db.fetch_value("SELECT count(*) FROM enterprises") == 5
    assert await db.fetch_value(_LOGGED) == 5
