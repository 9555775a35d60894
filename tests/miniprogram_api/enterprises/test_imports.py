"""Registry imports over HTTP: uploaded as they arrive, watched, fetched back where rows were refused."""

from collections.abc import AsyncIterator
from urllib.parse import unquote

import httpx
import pytest

from backend.access import Role
from backend.enterprises import uploads, working_off
from backend.foundation import db
from backend.runtime import Runtime
from miniprogram_api.auth import STAFF_COOKIE
from tests.backend.enterprises.builders import code
from tests.factories.people import add_staff
from tests.support.api import Api, serve
from tests.support.matrix import CSRF, World, authenticators

PATH = "/api/staff/v1/registry-imports"


def _as(world: World, role: Role = Role.MANAGER) -> dict[str, str]:
    return {"Cookie": f"{STAFF_COOKIE}={world.staff[role].id}", "X-CSRF-Token": CSRF}


async def _send(
    known: Api, world: World, content: bytes | AsyncIterator[bytes], name: str = "登记.csv"
) -> httpx.Response:
    return await known.post(PATH, params={"name": name}, content=content, headers=_as(world))


async def test_a_file_is_uploaded_comes_in_and_its_refused_rows_are_fetched(known: Api, world: World) -> None:
    await add_staff(staff_id=world.staff[Role.MANAGER].id)

    async def pieces() -> AsyncIterator[bytes]:
        yield b"uscc,na"
        yield f"me\r\n{code(1)},甲店\r\n91330502MA2B000000,乙店\r\n".encode()

    answer = await _send(known, world, pieces(), name="../登记 11月.csv")
    assert answer.status_code == 202, answer.text
    told = answer.json()
    assert (told["state"], told["state_word"], told["file_name"]) == ("waiting", "等待导入", "登记 11月.csv")
    assert told["by"] != "命令行"
    await working_off.work_off_next()
    told = (await known.get(f"{PATH}/{told['id']}", headers=_as(world))).json()
    assert (told["state"], told["rows_new"], told["rows_bad"], told["rows"]) == ("done", 1, 1, 2)
    assert told["bytes_read"] == told["size_bytes"]
    listed = (await known.get(PATH, headers=_as(world))).json()
    assert (listed["count"], listed["items"], listed["most_bytes"]) == (1, [told], uploads.most_bytes())
    file = await known.get(f"{PATH}/{told['id']}/errors", headers=_as(world))
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert unquote(file.headers["content-disposition"]).endswith("登记 11月-错误.csv")
    assert file.content.startswith(b"\xef\xbb\xbf")
    assert "3,统一社会信用代码" in file.text


@pytest.mark.parametrize(
    ("content", "status", "code_"),
    [
        (b"", 422, "files.empty"),
        ("名称\r\n甲\r\n".encode(), 422, "enterprises.file_refused"),
        (b"PK\x03\x04\x00", 422, "enterprises.file_refused"),
    ],
)
async def test_what_is_no_registry_file_is_told_at_once(
    known: Api, world: World, content: bytes, status: int, code_: str
) -> None:
    answer = await _send(known, world, content)
    assert (answer.status_code, answer.json()["code"]) == (status, code_), answer.text
    assert await db.fetch_value("SELECT count(*) FROM files") == 0


async def test_the_same_file_twice_is_a_conflict_until_the_first_is_done(known: Api, world: World) -> None:
    content = f"uscc,name\r\n{code(2)},店\r\n".encode()
    first = (await _send(known, world, content)).json()
    again = await _send(known, world, content)
    assert (again.status_code, again.json()["code"]) == (409, "enterprises.import_waiting")
    await working_off.work_off_next()
    third = (await _send(known, world, content)).json()
    assert third["equals"]["id"] == first["id"]


async def test_a_file_that_is_too_large_is_not_read_to_its_end(running: Runtime, world: World) -> None:
    settings = running.settings.model_copy(update={"registry_file_megabytes": 1})
    pulled: list[int] = []

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(100):
            pulled.append(1)
            yield b"x" * 500_000

    object.__setattr__(running, "settings", settings)
    async with serve(running, settings=settings, authenticators=authenticators(world)) as known:
        unknown = await _send(known, world, pieces())
        told = await _send(known, world, b"x" * (uploads.most_bytes() + 1))
    assert (unknown.status_code, unknown.json()["code"]) == (413, "files.too_big")
    assert "1 MB" in unknown.json()["detail"]
    assert (told.status_code, told.json()["code"]) == (413, "files.too_big")


async def test_wrong_words_about_a_file_are_refused(known: Api, world: World) -> None:
    for query in ({}, {"name": ""}, {"name": "x", "as_of": "昨天"}, {"name": "x", "as_of": "2099-01-01"}):
        answer = await known.post(PATH, params=query, content=b"uscc\r\n", headers=_as(world))
        assert answer.status_code == 422, (query, answer.text)
