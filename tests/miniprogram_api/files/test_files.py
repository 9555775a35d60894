"""Files over HTTP: uploaded once, opened by a link alone, and shown so that nothing in them can act."""

import asyncio
import os
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import httpx
import pytest

from backend import files, identity
from backend.access import Grant, Role
from backend.files import disk, storing
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.ids import new_id, token
from miniprogram_api.files.links import link_for
from miniprogram_api.files.schemas import UploadQuery
from tests.factories.people import add_enterprise, add_person
from tests.miniprogram_api.matrix.files import PDF
from tests.support.api import Api
from tests.support.matrix import CSRF, World

UPLOAD = "/api/owner/v1/files?purpose=licence_photo"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(9) + b"\xff\xda\x00\x0c" + bytes(10) + b"\x12\x34\xff\xd9"
USCC = "91330502MA2B00001X"


async def _upload(
    door: Api, world: World, body: bytes = PDF, *, name: str = "营业执照.pdf", key: str | None = None, **more: Any
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {world.owner.id}", "Idempotency-Key": key or token()}
    form = {"file": (name, body, "text/html")}
    return await door.post(more.get("path", UPLOAD), files=form, headers=headers)


async def test_what_was_uploaded_is_opened_by_its_link_alone(known: Api, world: World) -> None:
    answer = await _upload(known, world, name='../../营业执照 a"b.html')
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["media_type"], told["size"], told["name"]) == ("application/pdf", len(PDF), "营业执照 ab.pdf")
    opened = await known.get(told["link"])
    assert (opened.status_code, opened.content) == (200, PDF)
    assert opened.headers["content-type"] == "application/pdf"
    assert opened.headers["content-length"] == str(len(PDF))


async def test_a_file_is_shown_so_that_nothing_in_it_acts(known: Api, world: World) -> None:
    link = (await _upload(known, world)).json()["link"]
    headers = (await known.get(link)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]
    assert headers["cache-control"] == "private, no-store"
    assert headers["referrer-policy"] == "no-referrer"
    way, plain, name = headers["content-disposition"].split("; ")
    assert (way, plain) == ("attachment", 'filename="file.pdf"')
    assert unquote(name.removeprefix("filename*=UTF-8''")) == "营业执照.pdf"
    picture = (await _upload(known, world, JPEG, name="a.jpg")).json()["link"]
    assert (await known.get(picture)).headers["content-disposition"].startswith("inline; ")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=", b"x"),
        ("multipart/form-data; boundary=BB", b"--BB\r\nno colon\r\n\r\nx\r\n--BB--\r\n"),
        ("multipart/form-data; boundary=BB", b"--BB\r\nContent-Disposition: \xff\r\n\r\nx\r\n--BB--\r\n"),
        ("application/x-www-form-urlencoded", b"file=\xff"),
        ("text/plain", b"x"),
    ],
)
async def test_a_broken_form_is_the_senders_fault_and_not_ours(
    known: Api, world: World, caplog: pytest.LogCaptureFixture, kind: str, body: bytes
) -> None:
    headers = {"Authorization": f"Bearer {world.owner.id}", "Idempotency-Key": token(), "Content-Type": kind}
    answer = await known.post(UPLOAD, content=body, headers=headers)
    assert (answer.status_code, answer.json()["fields"][0]["path"]) == (422, "file")
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_a_long_file_comes_whole_in_pieces(known: Api, world: World) -> None:
    long = PDF.replace(b"trailer", b"%" + b"x" * 300_000 + b"\ntrailer")
    link = (await _upload(known, world, long)).json()["link"]
    assert (await known.get(link)).content == long


async def test_a_repetition_is_the_same_file_whatever_the_form_looks_like(known: Api, world: World) -> None:
    key = token()
    first, second = await asyncio.gather(*(_upload(known, world, key=key) for _ in range(2)))
    assert (first.status_code, first.content) == (201, second.content)
    assert await db.fetch_value("SELECT count(*) FROM files") == 1
    other = await _upload(known, world, JPEG, key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    headers = {"Authorization": f"Bearer {world.owner.id}"}
    bare = await known.post(UPLOAD, files={"file": ("a.pdf", PDF)}, headers=headers)
    assert (bare.status_code, bare.json()["code"]) == (400, "idempotency_key_required")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"MZ\x90\x00" + bytes(100), 422, "files.wrong_kind"),
        (b"<html><script>alert(1)</script></html>", 422, "files.wrong_kind"),
        (PDF[:20], 422, "files.damaged"),
        (b"", 422, "invalid"),
    ],
)
async def test_what_is_no_licence_photo_is_refused(
    known: Api, world: World, body: bytes, status: int, code: str
) -> None:
    answer = await _upload(known, world, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not list(disk.drafts())
    assert await db.fetch_value("SELECT count(*) FROM files") == 0


@pytest.mark.parametrize("query", ["", "?purpose=policy_attachment", "?purpose=%00", "?purpose=licence_photo&x=1"])
async def test_a_purpose_that_is_not_an_owner_s_is_refused(known: Api, world: World, query: str) -> None:
    answer = await _upload(known, world, path=f"/api/owner/v1/files{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_every_purpose_offered_is_one_we_have_rules_for() -> None:
    offered = UploadQuery.model_json_schema()["properties"]["purpose"]
    assert set(offered.get("enum", [offered.get("const")])) <= set(files.PURPOSES)


async def test_nobody_fills_the_disk(known: Api, world: World, monkeypatch: pytest.MonkeyPatch, clock: Frozen) -> None:
    monkeypatch.setattr(storing, "A_DAY", 2)
    statuses = [(await _upload(known, world)).status_code for _ in range(3)]
    assert statuses == [201, 201, 429]
    await files.store(world.other, "licence_photo", "a.pdf", PDF)
    clock.advance(timedelta(hours=25))
    assert (await _upload(known, world)).status_code == 201


async def test_a_link_that_is_over_forged_or_another_s_leads_nowhere(known: Api, world: World, clock: Frozen) -> None:
    one, other = [(await _upload(known, world)).json() for _ in range(2)]
    path, query = one["link"].split("?")
    for forged in (
        one["link"][:-1],
        one["link"].replace("expires=", "expires=1"),
        f"{other['link'].split('?')[0]}?{query}",
        f"{path}?expires=9999999999&signature={token()}",
        f"{path}?expires=1&signature=%E5%BE%AE",
    ):
        answer = await known.get(forged)
        assert (answer.status_code, answer.json()["code"]) == (404, "files.link_expired"), forged
    for malformed in (
        path,
        f"{path}?expires=x&signature=y",
        f"{path}?expires={10**30}&signature=y",
        f"{path}?{query}%00",
    ):
        assert (await known.get(malformed)).status_code == 422, malformed
    clock.advance(timedelta(minutes=11))
    assert (await known.get(one["link"])).status_code == 404
    fresh = await known.get(f"/api/owner/v1/files/{one['id']}", headers={"Authorization": f"Bearer {world.owner.id}"})
    assert (await known.get(fresh.json()["link"])).content == PDF


async def test_a_file_that_is_gone_is_told_before_anything_is_sent(known: Api, world: World) -> None:
    told = (await _upload(known, world)).json()
    file = await files.get(world.owner, UUID(told["id"]))
    disk.remove(file.path)
    assert (await known.get(told["link"])).status_code == 404
    await files.delete(world.owner, file.id)
    assert (await known.get(told["link"])).status_code == 404
    assert (await known.get(link_for(new_id()))).status_code == 404


async def test_a_failed_command_leaves_no_row_and_what_lies_there_is_swept(world: World) -> None:
    async def fail() -> None:
        async with db.transaction():
            await files.store(world.owner, "licence_photo", "a.pdf", PDF)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await db.fetch_value("SELECT count(*) FROM files") == 0
    [orphan] = [path for path in disk.root().rglob("*") if path.is_file()]
    os.utime(orphan, (0, 0))
    assert await files.sweep_orphans() == 1


async def test_who_reviews_a_claim_opens_its_licence_photo_and_nobody_else(known: Api, world: World) -> None:
    await add_person(world.runtime, "13800001111", person_id=world.owner.id)
    await add_enterprise(world.runtime, USCC, "张三", "13700003333")
    uploaded = UUID((await _upload(known, world)).json()["id"])
    await identity.claim(world.owner, USCC, "李四", licence_file_id=uploaded)
    at_desk = world.staff[Role.FRONT_DESK]
    signed_in = {"Cookie": f"wuwei_staff={at_desk.id}", "X-CSRF-Token": CSRF}
    [review] = (await known.get("/api/staff/v1/bindings", headers=signed_in)).json()["items"]
    path = f"/api/staff/v1/bindings/{review['id']}"
    assert (await known.get(path, headers=signed_in)).json()["may"] == ["open_licence", "approve", "refuse"]
    opened = (await known.post(f"{path}/licence", headers=signed_in)).json()
    assert (await known.get(opened["link"])).content == PDF
    looked = "SELECT count(*) FROM audit_entries WHERE action = 'identity.licence_opened' AND actor_id = $1"
    assert await db.fetch_value(looked, at_desk.id) == 1
    elsewhere = replace(at_desk, grants=(Grant(Role.FRONT_DESK, districts=("330521",)),))
    assert (await identity.review_list(elsewhere, state="pending", cursor=None, limit=20))["items"] == []
    other = {"Authorization": f"Bearer {world.other.id}"}
    assert (await known.get(f"/api/owner/v1/files/{uploaded}", headers=other)).status_code == 404
