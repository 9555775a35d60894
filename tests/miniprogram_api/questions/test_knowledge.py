"""The knowledge base over HTTP: written, released, read by anybody, asked for; and wrong input told where it is."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from backend.access import Actor, Role
from backend.access.actor import ActorKind
from backend.runtime import Runtime
from miniprogram_api.auth import STAFF_COOKIE
from tests.backend.questions.knowledge.people import content, published
from tests.support.api import Api, serve
from tests.support.matrix import CSRF, World, authenticators

STAFF, PUBLIC = "/api/staff/v1/knowledge/articles", "/api/public/v1/articles"
NOBODY = "01a1b2c3-0000-7000-8000-000000000009"


@pytest.fixture
def world(running: Runtime) -> World:
    return World(running)


@pytest.fixture
async def door(running: Runtime, world: World) -> AsyncIterator[Api]:
    async with serve(running, authenticators=authenticators(world)) as client:
        yield client


def _as(actor: Actor, version: int | None = None) -> dict[str, str]:
    headers = (
        {"Authorization": f"Bearer {actor.id}"}
        if actor.kind is ActorKind.OWNER
        else {"Cookie": f"{STAFF_COOKIE}={actor.id}", "X-CSRF-Token": CSRF}
    )
    return {**headers, **({"If-Match": f'"{version}"'} if version is not None else {})}


def _body(**given: Any) -> dict[str, Any]:
    return {**content().model_dump(mode="json"), **given}


async def test_an_article_goes_from_the_console_to_whoever_asks(door: Api, world: World) -> None:
    writer, reviewer = world.staff[Role.SPECIALIST], world.staff[Role.REVIEWER]
    made = await door.post(STAFF, json=_body(), headers=_as(writer))
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    path = f"{STAFF}/{made.json()['id']}"
    assert (await door.post(f"{path}/submit", headers=_as(writer, 1))).json()["state"] == "in_review"
    read = await door.get(path, headers=_as(reviewer))
    version = int(read.headers["etag"].strip('"'))
    assert (await door.post(f"{path}/publish", headers=_as(reviewer, version))).json()["state"] == "published"
    late = await door.post(f"{path}/withdraw", json={"reason": "有误"}, headers=_as(reviewer, version))
    assert (late.status_code, late.json()["code"]) == (412, "knowledge.changed")

    found = await door.get("/api/owner/v1/questions/similar", params={"text": "店转给亲戚"}, headers=_as(world.owner))
    (similar,) = found.json()["items"]
    assert (similar["source"], similar["id"]) == ("knowledge", made.json()["id"])
    told = (await door.get(f"{PUBLIC}/{similar['id']}")).json()
    assert (told["category_title"], told["citations"][0]["article"]) == ("登记注册", "第十三条")
    assert (await door.post(f"{PUBLIC}/{similar['id']}/helpful", json={"helped": True})).status_code == 204
    assert (await door.get(path, headers=_as(writer))).json()["editions"][0]["helped"] == 1


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"category": "no_such_thing"}, "category"),
        ({"title": ""}, "title"),
        ({"title": "\x00"}, "title"),
        ({"audience": "somebody"}, "audience"),
        (
            {"citations": [{"source": "policies", "version_id": NOBODY, "words": "第一条"}]},
            "citations.0.version_id",
        ),
        ({"citations": [{"source": "gossip"}]}, "citations.0"),
        ({"asked_as": ["怎么改"] * 2}, "asked_as"),
        ({"extra": 1}, "extra"),
    ],
)
async def test_wrong_input_is_told_where_it_is(door: Api, world: World, given: dict[str, Any], path: str) -> None:
    answer = await door.post(STAFF, json=_body(**given), headers=_as(world.staff[Role.SPECIALIST]))
    assert answer.status_code == 422
    assert [one["path"] for one in answer.json()["fields"]] == [path]


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        (PUBLIC, {"q": "执照"}, 200),
        (PUBLIC, {"q": "😀' OR 1=1"}, 200),
        (PUBLIC, {"q": ""}, 422),
        (PUBLIC, {"cursor": "x"}, 422),
        (PUBLIC, {"category": "Ä"}, 422),
        (f"{PUBLIC}/{NOBODY}", {}, 404),
        (f"{PUBLIC}/x", {}, 404),
    ],
)
async def test_anybody_may_ask_anything(door: Api, path: str, params: dict[str, str], status: int) -> None:
    await published()
    assert (await door.get(path, params=params)).status_code == status


async def test_nobody_says_whether_something_helped_that_is_not_shown(door: Api) -> None:
    made = await published("内部口径", audience="internal", citations=[])
    answer = await door.post(f"{PUBLIC}/{made.id}/helpful", json={"helped": True})
    assert (answer.status_code, answer.json()["code"]) == (404, "knowledge.unknown")
