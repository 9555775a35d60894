"""Policies over HTTP: from the console's draft to the owner's reading, and how wrong input is told."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from backend.access import Actor, Role
from backend.access.actor import ActorKind
from backend.foundation.ids import new_id
from backend.runtime import Runtime
from miniprogram_api.auth import STAFF_COOKIE
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import content, leaf, owner, published
from tests.support.api import Api, serve
from tests.support.matrix import CSRF, World, authenticators

STAFF = "/api/staff/v1/policies"


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


async def test_a_policy_goes_from_the_console_to_its_owner(door: Api, world: World) -> None:
    writer, reviewer = _as(world.staff[Role.PUBLISHER]), world.staff[Role.REVIEWER]
    made = await door.post(STAFF, json=_body(), headers=writer)
    assert (made.status_code, made.headers["etag"], made.json()["state"]) == (201, '"1"', "draft")
    path = f"{STAFF}/{made.json()['id']}"
    assert (await door.post(f"{path}/submit", headers={**writer, "If-Match": '"1"'})).json()["state"] == "in_review"
    read = await door.get(path, headers=_as(reviewer))
    version = int(read.headers["etag"].strip('"'))
    assert read.json()["versions"][0]["content"]["rule"]["fact"] == "employees"
    done = await door.post(f"{path}/publish", json={}, headers=_as(reviewer, version))
    assert done.json()["state"] == "published"

    shop = await enterprise(employees=3)
    world.owner = await owner(shop)
    async with serve(world.runtime, authenticators=authenticators(world)) as mine:
        feed = f"/api/owner/v1/enterprises/{shop}/policies"
        page = (await mine.get(feed, headers=_as(world.owner))).json()
        assert [(one["title"], one["answer"]) for one in page["items"]] == [("小店减费", "yes")]
        told = (await mine.get(f"{feed}/{made.json()['id']}", headers=_as(world.owner))).json()
    assert told["why"]["root"]["citation"]["article"] == "第一条"
    assert told["why"]["root"]["own"]["text"] == "3人"


async def test_what_was_read_can_be_sent_back_as_an_edit(door: Api, world: World) -> None:
    writer = world.staff[Role.PUBLISHER]
    made = (await door.post(STAFF, json=_body(), headers=_as(writer))).json()
    read = (await door.get(f"{STAFF}/{made['id']}", headers=_as(writer))).json()
    sent = await door.put(
        f"{STAFF}/{made['id']}/draft", json=read["versions"][0]["content"], headers=_as(writer, read["version"])
    )
    assert (sent.status_code, sent.json()["version"]) == (200, read["version"] + 1)
    late = await door.put(f"{STAFF}/{made['id']}/draft", json=_body(), headers=_as(writer, read["version"]))
    assert (late.status_code, late.json()["code"]) == (412, "policies.changed")


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"rule": leaf("mood", "eq", 1)}, "rule.fact"),
        ({"rule": {**leaf("employees", "le", 10), "citation": None}}, "rule.citation"),
        ({"rule": leaf("employees", "le", "十")}, "rule.value"),
        ({"rule": leaf("industry", "prefix", "C%' OR 1=1")}, "rule.value"),
        ({"rule": {"all": []}}, "rule.all"),
        ({"rule": {"all": [leaf("employees", "le", 10)] * 500}}, "rule"),
        ({"rule": []}, "rule"),
        ({"summary": "长" * 121}, "summary"),
        ({"summary": " "}, "summary"),
        ({"issued_on": "2026-13"}, "issued_on"),
        ({"issued_on": "2026-02-30"}, "issued_on"),
        ({"effective_to": "2025-12-31"}, ""),
        ({"effective_from": "0000-01-01"}, "effective_from"),
        ({"links": [{"title": "网页", "url": "javascript:alert(1)"}]}, "links.0.url"),
        ({"title": "坏\x00字"}, "title"),
        ({"title": "两行\n标题"}, "title"),
        ({"title": "\u200b\u200b"}, "title"),
        ({"title": "从右\u202e往左"}, "title"),
        ({"body": "从右\u2066往左"}, "body"),
        ({"links": [{"title": "两\t列", "url": "https://example.com/"}]}, "links.0.title"),
        ({"state": "published"}, "state"),
    ],
)
async def test_a_wrong_draft_is_told_by_place(door: Api, world: World, given: dict[str, Any], path: str) -> None:
    answer = await door.post(STAFF, json=_body(**given), headers=_as(world.staff[Role.PUBLISHER]))
    assert answer.status_code == 422, answer.text
    assert path in [one["path"] for one in answer.json()["fields"]]


async def test_a_release_names_what_was_read(door: Api, world: World) -> None:
    writer, reviewer = world.staff[Role.PUBLISHER], world.staff[Role.REVIEWER]
    made = (await door.post(STAFF, json=_body(), headers=_as(writer))).json()
    path = f"{STAFF}/{made['id']}/publish"
    assert (await door.post(path, json={}, headers=_as(reviewer))).status_code == 428
    early = await door.post(path, json={}, headers=_as(reviewer, 1))
    assert (early.status_code, early.json()["code"]) == (409, "wrong_state")
    unknown = await door.post(f"{STAFF}/{new_id()}/publish", json={}, headers=_as(reviewer, 1))
    assert (unknown.status_code, unknown.json()["code"]) == (404, "policies.unknown")


async def test_anybody_reads_the_plain_list_and_no_draft(door: Api, world: World) -> None:
    for number in range(3):
        await published(f"第{number}项")
    draft = (await door.post(STAFF, json=_body(), headers=_as(world.staff[Role.PUBLISHER]))).json()
    titles, cursor = [], None
    for _ in range(2):
        page = (
            await door.get("/api/public/v1/policies", params={"limit": 2, **({"cursor": cursor} if cursor else {})})
        ).json()
        titles += [one["title"] for one in page["items"]]
        cursor = page["next"]
    assert (titles, cursor) == (["第2项", "第1项", "第0项"], None)
    assert (await door.get(f"/api/public/v1/policies/{draft['id']}")).status_code == 404


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("小店", ["小店减费"]),
        ("小店 演示局", ["小店减费", "贷款贴息100%"]),
        ("〔2026〕1号 贴息", ["贷款贴息100%"]),
        ("100%", ["贷款贴息100%"]),
        ("%", []),
        ("_", []),
        ("\\", []),
        ("食品", []),
    ],
)
async def test_words_are_found_and_signs_stand_for_nothing(door: Api, words: str, found: list[str]) -> None:
    await published()
    await published("贷款贴息100%", summary="贷款的人可以少付一些。")
    page = (await door.get("/api/public/v1/policies", params={"q": words})).json()
    assert [one["title"] for one in page["items"]] == found


@pytest.mark.parametrize(
    "query", ["cursor=x", "cursor=" + "A" * 400, "limit=0", "limit=101", "q=%00", "answer=perhaps", "mood=1", "q="]
)
async def test_a_wrong_query_is_told(door: Api, world: World, query: str) -> None:
    shop = await enterprise(employees=3)
    world.owner = await owner(shop)
    async with serve(world.runtime, authenticators=authenticators(world)) as mine:
        feed = f"/api/owner/v1/enterprises/{shop}/policies"
        assert (await mine.get(f"{feed}?{query}", headers=_as(world.owner))).status_code == 422
    answer = await door.get(f"{STAFF}?{query}", headers=_as(world.staff[Role.PUBLISHER]))
    assert answer.status_code == 422


async def test_the_library_shows_the_newest_version_of_each(door: Api, world: World) -> None:
    writer = world.staff[Role.PUBLISHER]
    done = await published()
    await published("另一项")
    await door.put(f"{STAFF}/{done.id}/draft", json=_body(title="小店减费（续）"), headers=_as(writer, done.version))
    items = (await door.get(STAFF, headers=_as(writer))).json()["items"]
    assert [(one["title"], one["state"], one["edition"], one["published_edition"]) for one in items] == [
        ("小店减费（续）", "draft", 2, 1),
        ("另一项", "published", 1, 1),
    ]
    drafts = (await door.get(f"{STAFF}?state=draft", headers=_as(writer))).json()["items"]
    assert [one["number"] for one in drafts] == [done.number]


async def test_the_audience_is_counted_before_release(door: Api, world: World) -> None:
    known: list[dict[str, Any]] = [
        {"employees": 3, "district": "330502"},
        {"employees": 30, "district": "330502"},
        {"district": "330521"},
        {"employees": 5},
    ]
    for number, facts in enumerate(known):
        await enterprise(number, **facts)
    made = (await door.post(STAFF, json=_body(), headers=_as(world.staff[Role.PUBLISHER]))).json()
    told = (await door.get(f"{STAFF}/{made['id']}/audience", headers=_as(world.staff[Role.REVIEWER]))).json()
    assert (told["yes"], told["unknown"], told["no"], told["findings"]) == (2, 1, 1, [])
    assert told["by_district"] == [
        {"district": "330502", "yes": 1, "unknown": 0, "no": 1},
        {"district": "330521", "yes": 0, "unknown": 1, "no": 0},
        {"district": None, "yes": 1, "unknown": 0, "no": 0},
    ]


async def test_a_reviewer_is_shown_what_to_look_at(door: Api, world: World) -> None:
    body = _body(rule=leaf("ownership", "eq", "private"), effective_to="2026-01-31")
    made = (await door.post(STAFF, json=body, headers=_as(world.staff[Role.PUBLISHER]))).json()
    told = (await door.get(f"{STAFF}/{made['id']}/audience", headers=_as(world.staff[Role.REVIEWER]))).json()
    assert {one["code"] for one in told["findings"]} == {"discriminatory_fact", "past_window"}


async def test_a_reviewer_is_shown_every_promise(door: Api, world: World) -> None:
    rule = {"all": [leaf("employees", "le", 10), {**leaf("has_ip", "eq", True), "say": "保证通过审批"}]}
    body = _body(rule=rule, title="保证贷款贴息", summary="百分百获得贷款。", benefit="依法可以减免，确保资金安全。")
    made = (await door.post(STAFF, json=body, headers=_as(world.staff[Role.PUBLISHER]))).json()
    told = (await door.get(f"{STAFF}/{made['id']}/audience", headers=_as(world.staff[Role.REVIEWER]))).json()
    assert [(one["code"], one["path"]) for one in told["findings"]] == [
        ("promise", "summary"),
        ("promise", "rule.all[1].say"),
    ]
