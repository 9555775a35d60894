"""Files: believed by their bytes alone, kept whole, found by signed links, swept when nobody owns them."""

import errno
import io
import os
import struct
import zipfile
import zlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from backend import files
from backend.access import Actor, ActorKind
from backend.files import disk, personal, storing
from backend.files.errors import Damaged, Empty, LinkExpired, TooBig, WrongKind
from backend.files.sniffing import KINDS, sniff
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import NotFound, Unavailable
from backend.foundation.ids import new_id, random_id
from backend.runtime import Runtime
from tests.support.running import make_settings, run

OWNER = Actor(ActorKind.OWNER, random_id(), "张三")
ALL = tuple(KINDS)


@pytest.fixture(autouse=True)
async def runtime(database: str, redis: Redis, redis_url: str, tmp_path: Path) -> AsyncIterator[Runtime]:
    async with run(make_settings(database, redis_url, data_dir=tmp_path), redis) as made:
        yield made


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def _jpeg() -> bytes:
    """A picture with a preview in its header, which ends as pictures end, and a scan with an escaped mark."""
    preview = b"\xff\xd8\xff\xd9"
    head = b"\xff\xd8" + _segment(0xE1, b"Exif\x00\x00" + preview) + _segment(0xC0, bytes(15))
    return head + _segment(0xDA, bytes(10)) + b"\x12\xff\x00\x34\xff\xd0\x56" + b"\xff\xd9"


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _png() -> bytes:
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    body = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"\x00\x00")) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _webp() -> bytes:
    return b"RIFF" + struct.pack("<I", 16) + b"WEBPVP8L" + struct.pack("<I", 4) + b"\x2f\x00\x00\x00"


def _pdf() -> bytes:
    return b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def _zip(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, body in parts.items():
            package.writestr(name.replace("__", "."), body)
    return out.getvalue()


def _xlsx() -> bytes:
    types = b'<Types><Override ContentType="application/vnd.x.spreadsheetml.sheet.main+xml"/></Types>'
    return _zip(**{"[Content_Types]__xml": types, "xl/workbook__xml": b"<workbook/>"})


def _docx(**more: bytes) -> bytes:
    types = b'<Types><Override ContentType="application/vnd.x.wordprocessingml.document.main+xml"/></Types>'
    return _zip(**{"[Content_Types]__xml": types, "word/document__xml": b"<w/>"}, **more)


GOOD = {
    "jpeg": _jpeg(),
    "png": _png(),
    "webp": _webp(),
    "pdf": _pdf(),
    "xlsx": _xlsx(),
    "docx": _docx(),
    "text": "统一社会信用代码,名称\n".encode(),
}


@pytest.mark.parametrize("name", GOOD)
def test_every_kind_is_known_by_its_bytes(name: str) -> None:
    assert sniff(GOOD[name], ALL) == (KINDS[name], len(GOOD[name]))


def test_text_of_office_programs_is_text() -> None:
    assert sniff("名称,电话\n".encode("gb18030"), ALL)[0] is KINDS["text"]


@pytest.mark.parametrize("name", [name for name in GOOD if name != "text"])
def test_what_was_cut_off_is_refused(name: str) -> None:
    whole = GOOD[name]
    for end in {len(whole) // 2, len(whole) - 3, len(whole) - len(whole) // 4}:
        with pytest.raises((Damaged, WrongKind)):
            sniff(whole[:end], ALL)


@pytest.mark.parametrize("name", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("tail", [b"<script>alert(1)</script>", _docx(), b"\x00" * 9, b"moving preview"])
def test_what_hangs_behind_a_picture_is_cut_off(name: str, tail: bytes) -> None:
    assert sniff(GOOD[name] + tail, ALL) == (KINDS[name], len(GOOD[name]))


HOSTILE = {
    "document and archive": _pdf() + _docx(),
    "page behind a document": _pdf() + b"<html><script>alert(1)</script></html>",
    "page": b"<!DOCTYPE html><html></html>",
    "page after spaces": b"  \n <SCRIPT>alert(1)</SCRIPT>",
    "vector picture": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "script in php": b"<?php system($_GET[0]);",
    "program": b"\x7fELF\x02\x01\x01" + bytes(100),
    "windows program": b"MZ\x90\x00" + bytes(100),
    "moving picture": b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)",
    "plain archive": _zip(a__txt=b"a"),
    "macros": _docx(**{"word/vbaProject__bin": b"x"}),
    "bomb": _docx(**{"word/media__bin": bytes(201 * 1024 * 1024)}),
    "zero bytes": bytes(64),
    "control characters": b"abc\x07\x1b[31m",
    "picture with a wrong sum": _png()[:-1] + b"\x00",
    "archive inside a picture": b"\xff\xd8" + _segment(0xFE, _zip(a=b"a")) + _jpeg()[2:],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_hostile_is_refused(name: str) -> None:
    with pytest.raises((Damaged, WrongKind)):
        sniff(HOSTILE[name], ALL)


@given(st.binary(max_size=300), st.sampled_from(sorted(GOOD)))
def test_no_bytes_whatever_upset_the_sniffer(noise: bytes, name: str) -> None:
    for data in (noise, GOOD[name][:12] + noise, GOOD[name][:40] + noise):
        try:
            kind, length = sniff(data, ALL)
        except (Damaged, WrongKind):
            continue
        assert kind in KINDS.values()
        assert 0 < length <= len(data)


async def _body(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def _read(file: files.StoredFile) -> bytes:
    return b"".join([piece async for piece in files.read(file)])


async def test_a_file_is_kept_as_it_came_under_a_name_of_our_own(tmp_path: Path) -> None:
    data = _xlsx()
    file = await files.store(OWNER, "attachment", "../../etc/报表.xlsx", _body(data[:100], data[100:]))
    assert (file.name, file.size, file.media_type) == ("报表.xlsx", len(data), KINDS["xlsx"].media_type)
    assert await _read(await files.get(OWNER, file.id)) == data
    kept = tmp_path / "files" / file.path
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "报表" not in file.path


async def test_a_purpose_limits_kind_and_size_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(WrongKind, match="jpg、png、webp、pdf"):
        await files.store(OWNER, "licence_photo", "a.jpg", _xlsx())
    with pytest.raises(Empty):
        await files.store(OWNER, "attachment", "a.txt", b"")
    seen = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal seen
        while True:
            seen += 1
            yield bytes(1024 * 1024)

    with pytest.raises(TooBig, match="10 MB"):
        await files.store(OWNER, "attachment", "a.bin", endless())
    assert seen == 11, "what was over the limit was read on"
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []
    assert await db.fetch_value("SELECT count(*) FROM files") == 0


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("C:\\x\\执照.JPEG", "执照.jpg"),
        ("a\x00b\r\nc.php", "abc.jpg"),
        ("photo\u202egpj.exe", "photogpj.jpg"),
        ("..", "file.jpg"),
        ("", "file.jpg"),
        ("执照", "执照.jpg"),
        ("长" * 500 + ".jpg", "长" * 120 + ".jpg"),
        ("a\ud800.jpg", "a.jpg"),
    ],
)
def test_a_name_is_made_safe(given_name: str, kept: str) -> None:
    assert storing.clean_name(given_name, "jpg") == kept


@pytest.mark.parametrize("place", ["../../etc/passwd", "/etc/passwd", "ab/cd/../../../x", "ab/cd/" + "a" * 39, ""])
def test_no_path_leads_out(place: str) -> None:
    with pytest.raises(ValueError, match="place"):
        disk.resolve(place)


async def test_nobody_else_sees_a_file_without_a_link(clock: Frozen) -> None:
    file = await files.store(OWNER, "attachment", "a.pdf", _pdf())
    with pytest.raises(NotFound):
        await files.get(Actor(ActorKind.OWNER, random_id()), file.id)
    with pytest.raises(NotFound):
        await files.get(Actor(ActorKind.STAFF, OWNER.id), file.id)
    parts = dict(part.split("=") for part in files.link(file.id).split("&"))
    expires, signature = int(parts["expires"]), parts["signature"]
    assert (await files.follow(file.id, expires, signature, {})).id == file.id
    for wrong in ((new_id(), expires, signature), (file.id, expires + 1, signature), (file.id, expires, "图\udc80")):
        with pytest.raises(LinkExpired):
            await files.follow(*wrong, {})
    clock.advance(timedelta(minutes=11))
    with pytest.raises(LinkExpired):
        await files.follow(file.id, expires, signature, {})


async def test_a_deleted_file_is_gone_from_the_disk_after_the_commit(tmp_path: Path) -> None:
    file = await files.store(OWNER, "attachment", "a.pdf", _pdf())
    with pytest.raises(ValueError, match="undone"):
        await _delete_and_fail(file)
    assert await _read(await files.get(OWNER, file.id)) == _pdf()
    await files.delete(OWNER, file.id)
    assert not (tmp_path / "files" / file.path).exists()
    with pytest.raises(NotFound):
        await files.get(OWNER, file.id)


async def _delete_and_fail(file: files.StoredFile) -> None:
    async with db.transaction():
        await files.delete(OWNER, file.id)
        raise ValueError("undone")


async def test_what_the_disk_lost_is_not_found() -> None:
    file = await files.store(OWNER, "attachment", "a.pdf", _pdf())
    disk.remove(file.path)
    with pytest.raises(NotFound):
        await _read(file)


async def test_orphans_go_after_a_day_and_nothing_else() -> None:
    kept = await files.store(OWNER, "attachment", "a.pdf", _pdf())
    orphan = await files.store(OWNER, "attachment", "b.pdf", _pdf())
    await db.execute("DELETE FROM files WHERE id = $1", orphan.id)
    draft = disk.new_draft()
    assert await files.sweep_orphans() == 0
    yesterday = datetime.now(UTC).timestamp() - 25 * 3600
    for path in (disk.resolve(kept.path), disk.resolve(orphan.path), draft):
        os.utime(path, (yesterday, yesterday))
    with clock_module.use(clock_module.SystemClock()):
        assert await files.sweep_orphans() == 2
    assert await _read(kept) == _pdf()
    assert not draft.exists()


async def test_a_sweep_passes_by_what_is_no_file_of_ours_and_what_goes_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = await files.store(OWNER, "licence_photo", "执照.jpg", _jpeg())
    strange = disk.resolve(kept.path).parent / "backup~"
    strange.write_bytes(b"")
    os.utime(strange, (0, 0))
    gone = tmp_path / "files" / "incoming" / "gone"
    monkeypatch.setattr(disk, "drafts", lambda: iter([gone]))
    assert await files.sweep_orphans() == 0
    assert strange.exists()


async def test_a_disk_that_is_full_is_no_fault_of_the_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def append(_draft: Path, _piece: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(disk, "append", append)
    with pytest.raises(Unavailable):
        await files.store(OWNER, "licence_photo", "执照.jpg", _jpeg())
    assert not list((tmp_path / "files" / "incoming").iterdir())


async def test_a_person_gets_a_list_of_his_files_and_can_have_them_erased(tmp_path: Path) -> None:
    assert OWNER.id
    file = await files.store(OWNER, "licence_photo", "执照.jpg", _jpeg())
    other = await files.store(Actor(ActorKind.OWNER, random_id()), "licence_photo", "执照.jpg", _jpeg())
    assert [item["name"] for item in (await personal.export(OWNER.id))["files"]] == ["执照.jpg"]
    assert await personal.erase(OWNER.id) == 1
    assert not (tmp_path / "files" / file.path).exists()
    assert (tmp_path / "files" / other.path).exists()
