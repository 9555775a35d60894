"""The words of the console over HTTP: static, asked for once."""

from importlib.metadata import version

from backend.access import Role
from miniprogram_api.auth import STAFF_COOKIE
from tests.support.api import Api
from tests.support.matrix import World


async def test_words_are_sent_once_and_then_not_again(known: Api, world: World) -> None:
    headers = {"Cookie": f"{STAFF_COOKIE}={world.staff[Role.VISITOR].id}"}
    first = await known.get("/api/staff/v1/words", headers=headers)
    assert first.json()["words"]["role"]["front_desk"] == "窗口人员"
    again = await known.get("/api/staff/v1/words", headers={**headers, "If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


async def test_health_names_the_release(known: Api, world: World) -> None:
    headers = {"Cookie": f"{STAFF_COOKIE}={world.staff[Role.SYSTEM_ADMINISTRATOR].id}"}
    told = (await known.get("/api/staff/v1/health", headers=headers)).json()
    assert told["release"] == version("wuwei")
    assert told["outbox"]["due"] == 0
