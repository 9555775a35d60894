"""Publishing over HTTP: by a time, with files, corrected and withdrawn, as staff do it and as readers see it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from backend.access import Actor, Role
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.ids import new_id
from backend.policies.editing import links, scheduling
from backend.policies.editing.versions import Handled
from backend.runtime import Runtime
from miniprogram_api.auth import STAFF_COOKIE
from tests.backend.policies.people import content, published
from tests.support.api import Api, serve
from tests.support.matrix import CSRF, World, authenticators

pytestmark = pytest.mark.usefixtures("clock")

STAFF = "/api/staff/v1/policies"
PUBLIC = "/api/public/v1/policies"
PDF = b"%PDF-1.4\n%%EOF"


@pytest.fixture
def world(running: Runtime) -> World:
    return World(running)


@pytest.fixture
async def door(running: Runtime, world: World) -> AsyncIterator[Api]:
    async with serve(running, authenticators=authenticators(world)) as client:
        yield client


def _as(actor: Actor, version: int | None = None) -> dict[str, str]:
    headers = {"Cookie": f"{STAFF_COOKIE}={actor.id}", "X-CSRF-Token": CSRF}
    return {**headers, **({"If-Match": f'"{version}"'} if version is not None else {})}


def _body(**given: Any) -> dict[str, Any]:
    return {**content().model_dump(mode="json"), **given}


@pytest.fixture
def writer(world: World) -> Actor:
    return world.staff[Role.PUBLISHER]


@pytest.fixture
def reviewer(world: World) -> Actor:
    return world.staff[Role.REVIEWER]


async def _handed(door: Api, writer: Actor, **given: Any) -> tuple[str, int]:
    made = (await door.post(STAFF, json=_body(**given), headers=_as(writer))).json()
    path = f"{STAFF}/{made['id']}"
    return path, (await door.post(f"{path}/submit", headers=_as(writer, made["version"]))).json()["version"]


async def test_a_release_may_wait_and_be_taken_back(door: Api, writer: Actor, reviewer: Actor, clock: Frozen) -> None:
    path, version = await _handed(door, writer)
    at = "2026-12-01T09:00:00+08:00"
    done = await door.post(f"{path}/publish", json={"at": at}, headers=_as(reviewer, version))
    assert (done.status_code, done.json()["state"]) == (200, "scheduled")
    read = (await door.get(path, headers=_as(writer))).json()
    assert read["versions"][0]["publish_at"] == at
    assert (await door.get(STAFF, headers=_as(writer))).json()["items"][0]["publish_at"] == at
    assert (await door.post(f"{path}/unschedule", headers=_as(writer))).status_code == 428
    back = await door.post(f"{path}/unschedule", headers=_as(writer, read["version"]))
    assert back.json()["state"] == "in_review"
    await door.post(f"{path}/publish", json={"at": at}, headers=_as(reviewer, back.json()["version"]))
    clock.advance(timedelta(days=10))
    assert await scheduling.release_due() == 1
    assert (await door.get(path.replace("staff", "public"))).json()["state"] == "published"


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ("2026-11-23T09:00:00+08:00", "policies.release_time"),
        ("2027-12-01T09:00:00+08:00", "policies.release_time"),
        ("2026-12-01T09:00:00", "invalid"),
        ("9999-12-31T23:59:59-12:00", "invalid"),
        (1, "invalid"),
        ("morgen", "invalid"),
    ],
)
async def test_a_wrong_time_is_told(door: Api, writer: Actor, reviewer: Actor, at: Any, code: str) -> None:
    path, version = await _handed(door, writer)
    answer = await door.post(f"{path}/publish", json={"at": at}, headers=_as(reviewer, version))
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert [one["path"] for one in answer.json()["fields"]] == ["at"]


async def test_a_file_goes_from_the_console_to_the_reader(door: Api, writer: Actor, reviewer: Actor) -> None:
    made = (await door.post(STAFF, json=_body(), headers=_as(writer))).json()
    path = f"{STAFF}/{made['id']}"
    sent = await door.post(f"{path}/files", files={"file": ("申报表.exe", PDF, "x/y")}, headers=_as(writer))
    assert (sent.status_code, sent.json()["name"], sent.json()["mime"]) == (201, "申报表.pdf", "application/pdf")
    body = {"attachments": [{"file_id": sent.json()["file_id"], "title": "申报表"}]}
    put = await door.put(f"{path}/attachments", json=body, headers=_as(writer, made["version"]))
    assert put.status_code == 200, put.text
    late = await door.put(f"{path}/attachments", json=body, headers=_as(writer, made["version"]))
    assert (late.status_code, late.json()["code"]) == (412, "policies.changed")
    listed = (await door.get(f"{path}/attachments", headers=_as(reviewer))).json()["items"]
    assert [(one["edition"], one["state"], one["title"]) for one in listed] == [(1, "draft", "申报表")]
    version = (await door.post(f"{path}/submit", headers=_as(writer, put.json()["version"]))).json()["version"]
    done = await door.post(f"{path}/publish", json={}, headers=_as(reviewer, version))
    (shown,) = (await door.get(f"{PUBLIC}/{made['id']}")).json()["attachments"]
    opened = await door.get(shown["url"])
    assert (opened.status_code, opened.content) == (200, PDF)
    await door.post(f"{path}/withdraw", json={"reason": "有误"}, headers=_as(reviewer, done.json()["version"]))
    told = (await door.get(f"{PUBLIC}/{made['id']}")).json()
    assert (told["state"], told["end_reason"], told["attachments"]) == ("withdrawn", "有误", [])


@pytest.mark.parametrize(
    ("attachments", "status"),
    [
        ([{"file_id": str(new_id()), "title": "甲"}], 404),
        ([{"file_id": "x", "title": "甲"}], 422),
        ([{"file_id": str(new_id()), "title": "坏\x00字"}], 422),
        ([{"file_id": str(new_id()), "title": "长" * 101}], 422),
        ([{"file_id": "01a1b2c3-0000-7000-8000-000000000002", "title": name} for name in "甲乙"], 422),
        ([{"file_id": str(new_id()), "title": "甲"}] * 21, 422),
        (None, 422),
    ],
)
async def test_wrong_attachments_are_told(door: Api, writer: Actor, attachments: Any, status: int) -> None:
    made = (await door.post(STAFF, json=_body(), headers=_as(writer))).json()
    answer = await door.put(
        f"{STAFF}/{made['id']}/attachments", json={"attachments": attachments}, headers=_as(writer, made["version"])
    )
    assert answer.status_code == status, answer.text


async def _corrected(door: Api, writer: Actor, reviewer: Actor, first: Handled) -> int:
    path = f"{STAFF}/{first.id}"
    body = _body(correction="减费比例应为三成")
    second = (await door.put(f"{path}/draft", json=body, headers=_as(writer, first.version))).json()
    handed = (await door.post(f"{path}/submit", headers=_as(writer, second["version"]))).json()
    done = await door.post(f"{path}/publish", json={}, headers=_as(reviewer, handed["version"]))
    return int(done.json()["version"])


async def test_a_correction_is_read_with_what_was_wrong_and_is_not_repeated_by_the_next_edition(
    door: Api, writer: Actor, reviewer: Actor
) -> None:
    first = await published()
    version = await _corrected(door, writer, reviewer, first)
    told = (await door.get(f"{PUBLIC}/{first.id}")).json()
    assert (told["edition"], told["newest_edition"], told["correction"]) == (2, 2, "减费比例应为三成")
    newest, oldest = (await door.get(f"{STAFF}/{first.id}", headers=_as(writer))).json()["versions"]
    assert (newest["corrects"], newest["correction"]) == (oldest["id"], "减费比例应为三成")
    sent = newest["content"]
    assert (sent["correction"], sent["exclusions"]) == ("", [])
    again = await door.put(f"{STAFF}/{first.id}/draft", json=sent, headers=_as(writer, version))
    assert again.json()["edition"] == 3


async def test_a_dead_link_is_marked_for_readers_and_listed_for_staff(door: Api, reviewer: Actor) -> None:
    urls = ["https://example.org/gone", "https://example.org/there"]
    done = await published(links=[{"title": "网页", "url": url} for url in urls])
    await links.collect()
    dead = (
        "UPDATE policy_links SET failures = 3, dead_since = now(), checked_at = now(), status = 404, problem = 'gone'"
    )
    await db.execute(f"{dead} WHERE url = $1", urls[0])
    told = (await door.get(f"{PUBLIC}/{done.id}")).json()
    assert [one["warning"] for one in told["links"]] == ["链接可能已失效", None]
    (item,) = (await door.get(f"{STAFF}/dead-links", headers=_as(reviewer))).json()["items"]
    assert (item["url"], item["problem"], item["policies"][0]["number"]) == (urls[0], "gone", done.number)
    assert (await door.get(f"{STAFF}/dead-links?cursor=x", headers=_as(reviewer))).status_code == 422
