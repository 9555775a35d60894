"""A queue as a file: whole, defused, masked, noted in the trail, and honest about where it ends."""

import asyncio
import csv
import io
from pathlib import Path
from unittest.mock import AsyncMock
from zipfile import ZipFile

import pytest

from backend.access import Role
from backend.cases.desk import exporting
from backend.cases.desk.narrowing import Filter
from backend.foundation import db
from tests.backend.cases.people import clerk, manager, opened
from tests.support.exports import whole

pytestmark = pytest.mark.usefixtures("running", "clock")


def _rows(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))


async def test_a_file_holds_the_queue_and_says_how_many() -> None:
    made = [await opened(title="=1+1", body="-2+3") for _ in range(3)]
    header, *lines, last = _rows(await whole(await exporting.export(await manager(), "all", Filter(), "csv")))
    assert header == list(exporting.HEADER)
    assert len(lines) == len(made)
    assert all(len(line) == len(header) for line in lines)
    assert all((line[1], line[2]) == ("'=1+1", "'-2+3") for line in lines)
    assert last == ["共3条（全部事项），到此为止。"]


async def test_places_are_told_by_their_names() -> None:
    for code in ("330502", "3305NTH", None):
        await opened(district=code)
    _, *lines, _ = _rows(await whole(await exporting.export(await manager(), "all", Filter(), "csv", sort="newest")))
    assert {line[exporting.HEADER.index("属地")] for line in lines} == {"吴兴区", "湖州南太湖新区", ""}


async def test_a_workbook_holds_text_alone() -> None:
    await opened(title="@SUM(A1)")
    body = await whole(await exporting.export(await manager(), "unassigned", Filter(), "xlsx"))
    with ZipFile(io.BytesIO(body)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "'@SUM(A1)" in sheet
    assert "<f>" not in sheet


async def test_beyond_the_limit_the_last_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MOST", 3)
    monkeypatch.setattr(exporting, "PAGE", 2)
    boss = await manager()
    for _ in range(3):
        await opened()
    every = _rows(await whole(await exporting.export(boss, "all", Filter(), "csv")))
    assert every[-1] == ["共3条（全部事项），到此为止。"]
    await opened()
    part = _rows(await whole(await exporting.export(boss, "all", Filter(), "csv")))
    assert len(part) == 5
    assert part[-1] == ["只导出前3条，还有更多，请缩小范围后分次导出。"]
    assert len({line[0] for line in part[1:-1]}) == 3


async def test_the_trail_notes_what_was_asked_and_how_much_left_but_no_words() -> None:
    boss = await manager()
    await opened()
    await exporting.export(boss, "all", Filter(q="用工", category="help"), "csv")
    found = await db.fetch_one("SELECT actor_id, detail::text FROM audit_entries WHERE action = 'cases.exported'")
    assert found
    assert found["actor_id"] == boss.id
    assert '"lines": 1' in found["detail"]
    assert "help" in found["detail"]
    assert "用工" not in found["detail"]


async def test_an_auditor_s_file_is_masked() -> None:
    await opened(title="拖欠货款", body="某某拖欠货款")
    body = await whole(await exporting.export(await clerk(Role.AUDITOR), "all", Filter(), "csv"))
    assert "拖欠货款" not in body.decode("utf-8-sig")
    assert "（已隐去）" in body.decode("utf-8-sig")


async def test_what_the_trail_did_not_note_is_not_handed_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("backend.audit.record", AsyncMock(side_effect=ConnectionError))
    await opened()
    with pytest.raises(ConnectionError):
        await exporting.export(await manager(), "all", Filter(), "csv")
    assert not await asyncio.to_thread(lambda: list(tmp_path.iterdir()))
