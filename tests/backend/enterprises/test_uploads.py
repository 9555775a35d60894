"""Uploaded registry files: taken in, brought in by one worker at a time, resumed, stopped, let go."""

import asyncio
import csv
import io
import zipfile
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from backend.access import Actor, ActorKind, Grant, Role
from backend.enterprises import imports, uploads, working_off
from backend.enterprises.errors import (
    FileRefused,
    ImportRunning,
    ImportUnknown,
    ImportWaiting,
    NoErrorFile,
    NotStoppable,
)
from backend.enterprises.imports import import_registry
from backend.files import disk
from backend.files.errors import Empty, TooBig
from backend.foundation import db, retention
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden
from backend.foundation.ids import new_id
from operations.demo_data import HEADER, demo_rows
from tests.backend.enterprises.builders import STAFF
from tests.backend.enterprises.workbooks import Book

pytestmark = pytest.mark.usefixtures("database", "clock", "runtime")

_LANDED = "SELECT count(*) FROM enterprises"


def _csv(rows: int, *, bad: int = 0) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    writer.writerows(demo_rows(rows))
    writer.writerows([["91330502MA2B000000", *[""] * (len(HEADER) - 1)]] * bad)
    return text.getvalue().encode()


async def _pieces(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def _upload(content: bytes, name: str = "登记.csv", **given: Any) -> UUID:
    return await uploads.receive(name, _pieces(content), actor=STAFF, **given)


async def _state(import_id: UUID) -> dict[str, Any]:
    return await uploads.show(STAFF, import_id)


class Killed(BaseException):
    """A process that ends without a word: nothing is released."""


def _small_batches(monkeypatch: pytest.MonkeyPatch, killed_at: int | None = None) -> list[int]:
    """Let batches be of ten rows, and the process end while it writes one of them."""
    real, landed = imports.land, []

    async def land(*given: Any, **named: Any) -> Any:
        landed.append(len(given[0]))
        if len(landed) == killed_at:
            raise Killed
        return await real(*given, **named)

    monkeypatch.setattr(imports, "land", land)
    monkeypatch.setattr(imports.reading, "BATCH", 10)
    return landed


async def test_an_uploaded_file_waits_and_a_worker_brings_it_in() -> None:
    made = await _upload(_csv(30, bad=2))
    told = await _state(made)
    assert (told["state"], told["rows"], told["may"], told["equals"]) == ("waiting", 0, ["cancel"], None)
    assert await working_off.work_off_next() == made
    told = await _state(made)
    assert (told["state"], told["rows_new"], told["rows_bad"], told["problem"]) == ("done", 30, 2, None)
    assert (told["bytes_read"], told["may"]) == (told["size_bytes"], ["download_errors"])
    assert await working_off.work_off_next() is None
    acts = await db.fetch("SELECT action, actor_id FROM audit_entries WHERE row_id = $1 ORDER BY id", made)
    assert [row["action"] for row in acts] == ["enterprises.file_uploaded", "enterprises.import_finished"]
    assert {row["actor_id"] for row in acts} == {STAFF.id}


async def test_the_same_content_is_told_which_import_it_equals_and_changes_nothing(clock: Frozen) -> None:
    content = _csv(12)
    first = await _upload(content, as_of=date(2026, 11, 1))
    await working_off.work_off_next()
    clock.advance(timedelta(days=1))
    again = await _upload(content, name="又一次.csv")
    told = await _state(again)
    assert (told["equals"]["id"], told["equals"]["file_name"]) == (first, "登记.csv")
    assert told["as_of"] == date(2026, 11, 1)
    with pytest.raises(ImportWaiting):
        await _upload(content)
    await working_off.work_off_next()
    told = await _state(again)
    assert (told["rows_new"], told["rows_changed"], told["rows_same"]) == (0, 0, 12)
    assert await db.fetch_value("SELECT count(*) FROM files WHERE state = 'stored'") == 2


async def test_what_a_dead_worker_left_goes_on_when_its_lease_is_over(
    clock: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await _upload(_csv(60))
    other = await _upload(_csv(3))
    landed = _small_batches(monkeypatch, killed_at=4)
    held = await working_off._claim()
    assert held is not None
    assert held.job.id == made
    with pytest.raises(Killed):
        await working_off._import(held.job)
    assert (await _state(made))["rows"] == 30
    assert await working_off.work_off_next() is None, "one at a time, and this one seems to live"
    clock.advance(working_off.LEASE)
    assert await working_off.work_off_next() == made
    told = await _state(made)
    assert (told["state"], told["rows"], told["rows_new"]) == ("done", 60, 60)
    assert sum(landed) == 70, "the batch that was lost came again, and no other"
    assert await working_off.work_off_next() == other


async def test_a_worker_that_is_told_to_end_lets_the_next_one_go_on_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = await _upload(_csv(40))
    reached = asyncio.Event()
    real = imports.land

    async def land(*given: Any, **named: Any) -> Any:
        if reached.is_set():
            await asyncio.sleep(60)
        reached.set()
        return await real(*given, **named)

    monkeypatch.setattr(imports, "land", land)
    monkeypatch.setattr(imports.reading, "BATCH", 10)
    task = asyncio.create_task(working_off.work_off_next())
    await reached.wait()
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    monkeypatch.setattr(imports, "land", real)
    assert await working_off.work_off_next() == made
    assert (await _state(made))["rows_new"] == 40
    assert await db.fetch_value("SELECT attempts FROM registry_imports") == 1


async def test_a_cancelled_import_stops_and_what_has_landed_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    made = await _upload(_csv(60))
    waiting = await _upload(_csv(5))
    await uploads.cancel(waiting, actor=STAFF)
    held = await working_off._claim()
    assert held is not None
    _small_batches(monkeypatch)
    seen: list[int] = []

    def stop(rows: int, *_told: int) -> None:
        seen.append(rows)

    await uploads.cancel(made, actor=STAFF)
    with pytest.raises(ImportRunning):
        await imports.go_on(held.job, disk.resolve(await _path(made)), actor=STAFF, progress=stop)
    assert seen == []
    assert (await _state(made))["state"] == "cancelled"
    assert await working_off.work_off_next() is None
    with pytest.raises(NotStoppable, match="已取消"):
        await uploads.cancel(made, actor=STAFF)
    with pytest.raises(ImportUnknown):
        await uploads.cancel(new_id(), actor=STAFF)


async def _path(import_id: UUID) -> str:
    sql = "SELECT path FROM files f JOIN registry_uploads u ON u.file_id = f.id WHERE u.import_id = $1"
    return str(await db.fetch_value(sql, import_id))


def _package(content: str) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as package:
        package.writestr("_rels/.rels", content)
    return body.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("名称,电话\r\n甲,1\r\n".encode(), "统一社会信用代码"),
        (b"PK\x03\x04" + bytes(50), "不完整"),
        (_package("<Relationships/>"), "不是完整的 Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1" + bytes(50), "另存为"),
        (b"%PDF-1.4\x00 no registry", "表头"),
        (b"a" * (3 << 20), "一行超过"),
    ],
)
async def test_what_can_be_no_registry_file_is_refused_at_once(content: bytes, sentence: str) -> None:
    with pytest.raises(FileRefused, match=sentence):
        await uploads.receive("登记.csv", _pieces(content, 1 << 18), actor=STAFF)
    assert await db.fetch_value("SELECT count(*) FROM registry_imports") == 0
    assert list(disk.drafts()) == []


async def test_an_empty_file_and_one_that_is_too_large_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Empty):
        await _upload(b"")
    monkeypatch.setattr(uploads, "most_bytes", lambda: 5000)
    pulled: list[int] = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            pulled.append(1)
            yield b"x" * 1000

    with pytest.raises(TooBig):
        await uploads.receive("登记.csv", endless(), actor=STAFF)
    assert len(pulled) == 6
    with pytest.raises(FileRefused, match="晚于今天"):
        await _upload(_csv(1), as_of=date(2027, 1, 1))
    with pytest.raises(Forbidden):
        await uploads.receive("x", endless(), actor=Actor(ActorKind.STAFF, new_id(), grants=(Grant(Role.VISITOR),)))


async def test_a_workbook_without_our_heading_fails_with_the_reason(tmp_path: Path) -> None:
    book = Book().sheet([["名称", "电话"], ["甲", "1"]]).save(tmp_path / "b.xlsx")
    made = await _upload(book.read_bytes(), name="登记.xlsx")
    assert await working_off.work_off_next() == made
    told = await _state(made)
    assert told["state"] == "failed"
    assert "没有表头" in told["problem"]
    action = "SELECT action FROM audit_entries WHERE row_id = $1 ORDER BY id DESC LIMIT 1"
    assert await db.fetch_value(action, made) == "enterprises.import_failed"


async def test_a_file_that_ends_every_worker_is_given_up(clock: Frozen, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await _upload(_csv(5))

    async def broken(*_given: Any, **_named: Any) -> Any:
        raise RuntimeError("broken")

    monkeypatch.setattr(imports, "go_on", broken)
    for _ in range(working_off.TRIES):
        assert await working_off.work_off_next() == made
        assert (await _state(made))["state"] == "running"
        assert await working_off.work_off_next() is None, "after a pause"
        clock.advance(working_off.AGAIN)
    assert await working_off.work_off_next() == made
    assert "多次中断" in (await _state(made))["problem"]


async def test_files_go_after_thirty_days_and_the_record_stays(clock: Frozen) -> None:
    done, waiting = await _upload(_csv(3)), await _upload(_csv(4))
    await db.execute("UPDATE registry_imports SET state = 'done' WHERE id = $1", done)
    path, kept = disk.resolve(await _path(done)), disk.resolve(await _path(waiting))
    clock.advance(timedelta(days=29))
    await retention.delete_expired()
    assert await uploads.let_go() == 0
    clock.advance(timedelta(days=2))
    await retention.delete_expired()
    assert await uploads.let_go() == 1
    assert (path.exists(), kept.exists()) == (False, True)
    assert (await _state(done))["is_upload"] is False


async def test_the_error_file_is_what_was_committed_of_it() -> None:
    made = await _upload(_csv(2, bad=1))
    with pytest.raises(NoErrorFile):
        await uploads.error_file(made, actor=STAFF)
    await working_off.work_off_next()
    file = await uploads.error_file(made, actor=STAFF)
    with file.path.open("ab") as opened:
        opened.write(b"what an unfinished batch left")
    text = b"".join([piece async for piece in file.pieces()])
    assert text.startswith(b"\xef\xbb\xbf")
    assert len(text) == file.size
    assert len(list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))) == 2
    assert file.name == "登记-错误.csv"


async def test_the_list_counts_and_turns_pages_and_the_command_line_keeps_off(tmp_path: Path) -> None:
    content = _csv(2)
    made = [await _upload(_csv(n)) for n in range(3, 6)]
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    await import_registry(path, actor=STAFF)
    page = await uploads.page(STAFF, state=None, cursor=None, limit=3)
    assert (page["count"], page["count_is_at_least"], len(page["items"])) == (4, False, 3)
    assert (page["items"][0]["is_upload"], page["items"][0]["may"]) == (False, [])
    rest = await uploads.page(STAFF, state=None, cursor=page["next"], limit=3)
    assert ([one["id"] for one in rest["items"]], rest["count"], rest["next"]) == ([made[0]], None, None)
    waiting = await uploads.page(STAFF, state=uploads.ImportState.WAITING, cursor=None, limit=3)
    assert waiting["count"] == 3
    path.write_bytes(_csv(3))
    with pytest.raises(ImportRunning):
        await import_registry(path, actor=STAFF)
    await working_off._claim()
    with pytest.raises(ImportRunning):
        await import_registry(path, actor=STAFF)
