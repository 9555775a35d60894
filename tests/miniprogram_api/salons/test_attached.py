"""Files of a salon over HTTP: sent as they are, refused before they are read, seen by anybody once they hang."""

from collections.abc import AsyncIterator

import pytest
from sanic import Request

from backend.access import Actor
from backend.runtime import Runtime
from backend.salons import codes
from miniprogram_api.auth import Auth
from tests.backend.salons.people import editor, hall, published
from tests.factories.recordings import film, picture
from tests.support.api import Api, serve


@pytest.fixture
async def writer(running: Runtime) -> Actor:
    return await editor()


@pytest.fixture
async def door(running: Runtime, writer: Actor) -> AsyncIterator[Api]:
    async def known(_: Request) -> Actor:
        return writer

    async with serve(running, authenticators={Auth.STAFF: known}) as client:
        yield client


async def test_a_poster_is_sent_put_up_and_seen_by_anybody(door: Api) -> None:
    salon = f"/api/staff/v1/salons/{await published(hall(1))}"
    sent = await door.post(f"{salon}/files", params={"what": "poster", "name": "../海报.exe"}, content=picture())
    assert (sent.status_code, sent.json()["name"], sent.json()["mime"]) == (201, "海报.png", "image/png")
    body = {"file_id": sent.json()["file_id"]}
    public = f"/api/public/v1/salon-posters/{body['file_id']}"
    assert (await door.get(public)).status_code == 404
    version = (await door.get(salon)).headers["ETag"]
    done = await door.put(f"{salon}/poster", json=body, headers={"If-Match": version})
    assert done.status_code == 200
    assert (await door.put(f"{salon}/poster", json=body, headers={"If-Match": version})).status_code == 412
    seen = await door.get(public)
    assert (seen.status_code, seen.headers["Content-Type"]) == (200, "image/png")
    assert seen.headers["Cache-Control"] == "public, max-age=3600"
    assert seen.headers["X-Content-Type-Options"] == "nosniff"
    assert (await door.get("/api/public/v1/salons")).json()["items"][0]["poster_url"] == public


@pytest.mark.parametrize(
    ("what", "content", "status", "code"),
    [
        ("poster", b"", 422, "files.empty"),
        ("poster", film(), 422, "files.wrong_kind"),
        ("poster", picture()[:-9], 422, "files.damaged"),
        ("recording", film()[:-1], 422, "files.damaged"),
        ("material", b"<script>alert(1)</script>", 422, "files.wrong_kind"),
        ("anything", picture(), 422, "invalid"),
    ],
)
async def test_what_is_not_what_it_is_for_is_refused(
    door: Api, what: str, content: bytes, status: int, code: str
) -> None:
    path = f"/api/staff/v1/salons/{await published(hall(1))}/files"
    refused = await door.post(path, params={"what": what, "name": "文件"}, content=content)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


async def test_what_says_that_it_is_too_large_is_not_read(door: Api) -> None:
    path = f"/api/staff/v1/salons/{await published(hall(1))}/files"
    headers = {"Content-Length": str(11 * 1024 * 1024)}
    refused = await door.post(path, params={"what": "poster", "name": "海报"}, content=picture(), headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (413, "files.too_big")


@pytest.mark.parametrize(("image", "kind"), [(picture(), "image/png"), (b"\xff\xd8\xff\xe0jpeg", "image/jpeg")])
async def test_a_code_is_downloaded_as_what_it_is(door: Api, image: bytes, kind: str) -> None:
    salon_id = await published(hall(1))
    await codes.keep(salon_id, image)
    got = await door.get(f"/api/staff/v1/salons/{salon_id}/mini-code")
    assert (got.status_code, got.content, got.headers["Content-Type"]) == (200, image, kind)
    assert got.headers["Content-Disposition"].startswith("attachment; ")
