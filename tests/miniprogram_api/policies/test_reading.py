"""Reading over HTTP: the switch of profiling, searching, keeping, another day; and how wrong input is told."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from backend.foundation.ids import new_id
from backend.runtime import Runtime
from miniprogram_api.policies import schemas
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import CITATION, owner, published
from tests.support.api import Api, serve
from tests.support.matrix import World, authenticators

SWITCH = "/api/owner/v1/profiling-refusal"
KEPT = "/api/owner/v1/favourite-policies"
PUBLIC = "/api/public/v1/policies"


@pytest.fixture
async def shop(running: Runtime) -> UUID:
    assert running
    return await enterprise(employees=3)


@pytest.fixture
async def mine(running: Runtime, shop: UUID) -> AsyncIterator[Api]:
    """The door, opened by an owner of the shop."""
    world = World(running)
    world.owner = await owner(shop)
    async with serve(running, authenticators=authenticators(world)) as client:
        client.headers["Authorization"] = f"Bearer {world.owner.id}"
        yield client


def _feed(shop: UUID) -> str:
    return f"/api/owner/v1/enterprises/{shop}/policies"


async def test_the_switch_turns_the_feed_plain_and_back(mine: Api, shop: UUID) -> None:
    await published()
    assert (await mine.get(SWITCH)).json() == {"refused": False}
    assert (await mine.get(_feed(shop))).json()["personalised"] is True
    for _ in range(2):
        assert (await mine.put(SWITCH)).status_code == 204
    assert (await mine.get(SWITCH)).json() == {"refused": True}
    page = schemas.FeedOut.model_validate((await mine.get(_feed(shop))).json())
    assert (page.personalised, page.items[0].answer) == (False, None)
    for _ in range(2):
        assert (await mine.delete(SWITCH)).status_code == 204
    page = schemas.FeedOut.model_validate((await mine.get(_feed(shop))).json())
    assert (page.personalised, page.items[0].answer) == (True, "yes")


async def test_the_detail_of_a_refuser_and_of_another_day(mine: Api, shop: UUID) -> None:
    other = await published("乙")
    done = await published(exclusions=[{"number": other.number, "citation": CITATION}])
    one = f"{_feed(shop)}/{done.id}"
    told = schemas.MyPolicyOut.model_validate((await mine.get(one)).json())
    assert (told.answer, told.excludes[0].title, told.excludes[0].citation.article) == ("yes", "乙", "第一条")
    told = schemas.MyPolicyOut.model_validate((await mine.get(one, params={"as_of": "2027-05-01"})).json())
    assert (told.answer, told.match_id, told.is_in_force) == ("yes", None, True)
    assert told.why is not None
    assert told.why.as_of.isoformat() == "2027-05-01"
    await mine.put(SWITCH)
    assert (await mine.get(one)).json()["answer"] is None
    assert (await mine.get(one, params={"explain": "true"})).json()["answer"] == "yes"


@pytest.mark.parametrize("day", ["1999-12-31", "2101-01-01", "2026-02-30", "morgen", "99999-01-01", "\x00", "1e9"])
async def test_a_day_out_of_bounds_is_told(mine: Api, shop: UUID, day: str) -> None:
    answer = await mine.get(f"{_feed(shop)}/{new_id()}", params={"as_of": day})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_keeping_over_http(mine: Api, shop: UUID) -> None:
    done = await published()
    assert (await mine.put(f"{KEPT}/{done.id}")).status_code == 204
    page = (await mine.get(KEPT)).json()
    assert schemas.FavouriteOut.model_validate(page["items"][0]).state == "published"
    assert (await mine.get(_feed(shop), params={"favourites": "true"})).json()["items"][0]["favourite"] is True
    assert (await mine.delete(f"{KEPT}/{done.id}")).status_code == 204
    assert (await mine.get(KEPT)).json()["items"] == []
    refused = await mine.put(f"{KEPT}/{new_id()}")
    assert (refused.status_code, refused.json()["code"]) == (404, "policies.unknown")


async def test_searching_for_a_shop_and_for_anybody(mine: Api, shop: UUID) -> None:
    await published("稳岗返还")
    page = schemas.SearchOut.model_validate((await mine.get(f"{_feed(shop)}/search", params={"q": "稳岗"})).json())
    assert (page.items[0].title, page.items[0].answer, page.suggestions, page.personalised) == (
        "稳岗返还",
        "yes",
        [],
        True,
    )
    found = schemas.PublicSearchOut.model_validate((await mine.get(PUBLIC, params={"q": "稳岗"})).json())
    assert [one.title for one in found.items] == ["稳岗返还"]
    found = schemas.PublicSearchOut.model_validate((await mine.get(PUBLIC, params={"q": "专利质押"})).json())
    assert (found.items, found.suggestions) == ([], ["知识产权", "贷款贴息"])
    assert schemas.PublicSearchOut.model_validate((await mine.get(PUBLIC)).json()).items[0].phase == "open"


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("稳" * 100, 200),
        ("稳" * 101, 422),
        ("%25", 200),
        ("'; DROP TABLE policies; --", 200),
        ('"\\', 200),
        ("😀" * 100, 200),
        ("\x00", 422),
        ("a\x00b", 422),
        ("   ", 422),
        ("", 422),
    ],
)
async def test_whatever_is_searched_for_is_answered_or_refused(mine: Api, shop: UUID, asked: str, status: int) -> None:
    for path in (f"{_feed(shop)}/search", PUBLIC):
        answer = await mine.get(path, params={"q": asked})
        assert answer.status_code == status, path


async def test_a_feed_filter_that_is_none_is_told(mine: Api, shop: UUID) -> None:
    for wrong in (
        {"answer": "perhaps"},
        {"favourites": "maybe"},
        {"category": "x" * 101},
        {"cursor": "%00"},
        {"x": "1"},
    ):
        assert (await mine.get(_feed(shop), params=wrong)).status_code == 422, wrong
