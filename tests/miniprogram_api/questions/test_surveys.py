"""Surveys over HTTP: as staff release them and read results, as owners answer; wrong input is told by field."""

from typing import Any
from uuid import UUID

import pytest

from backend.access import Actor, Role
from backend.foundation import db
from backend.foundation.ids import token
from miniprogram_api.auth import STAFF_COOKIE
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import owner
from tests.backend.questions.surveys.asking import QUESTIONS, answer, content, released
from tests.miniprogram_api.matrix.policies import _bound
from tests.support.api import Api
from tests.support.matrix import CSRF, World

pytestmark = pytest.mark.usefixtures("clock")

STAFF = "/api/staff/v1/surveys"


def _as(actor: Actor, version: int | None = None) -> dict[str, str]:
    headers = {"Cookie": f"{STAFF_COOKIE}={actor.id}", "X-CSRF-Token": CSRF, "Idempotency-Key": token()}
    return {**headers, **({"If-Match": f'"{version}"'} if version is not None else {})}


def _owner(world: World, version: int | None = None) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {world.owner.id}", "Idempotency-Key": token()}
    return {**headers, **({"If-Match": f'"{version}"'} if version is not None else {})}


def _body(**given: Any) -> dict[str, Any]:
    return {**content().model_dump(mode="json"), **given}


async def test_from_draft_to_results(known: Api, world: World) -> None:
    writer, reviewer = world.staff[Role.PUBLISHER], world.staff[Role.REVIEWER]
    made = await known.post(STAFF, json=_body(), headers=_as(writer))
    assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
    one = f"{STAFF}/{made.json()['id']}"
    assert (await known.post(f"{one}/submit", headers=_as(writer, 1))).json()["state"] == "in_review"
    own = await known.post(f"{one}/release", headers=_as(writer, 2))
    assert (own.status_code, own.json()["permission"]) == (403, "surveys.release")
    old = await known.post(f"{one}/release", headers=_as(reviewer, 1))
    assert (old.status_code, old.json()["code"]) == (412, "surveys.changed")
    done = await known.post(f"{one}/release", headers=_as(reviewer, 2))
    assert (done.json()["state"], done.headers["ETag"]) == ("released", '"3"')
    again = await known.put(f"{one}/draft", json=_body(), headers=_as(writer, 3))
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    assert "已发放" in again.json()["detail"]
    for number in range(5):
        shop = await enterprise(number, employees=3)
        await answer(await owner(shop), shop, UUID(made.json()["id"]))
    await known.post(f"{one}/close", json={"reason": "足够"}, headers=_as(reviewer, 3))
    told = (await known.get(f"{one}/results", headers=_as(reviewer))).json()
    assert (told["answers"], told["is_final"], told["groups"]) == (5, True, {})
    file = await known.get(f"{one}/results/export?format=csv", headers=_as(reviewer))
    assert file.headers["content-disposition"].startswith("attachment")
    assert file.content.startswith("\ufeff冬季用工需求调查".encode())


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"title": ""}, "title"),
        ({"questions": [{**QUESTIONS[0], "choices": []}]}, "questions.0"),
        ({"questions": [{**QUESTIONS[2], "least": "x"}]}, "questions.0.least"),
        ({"rule": {"fact": "gone", "op": "eq", "value": 1}}, "rule.fact"),
        ({"opens_on": "2026-13-01"}, "opens_on"),
        ({"more": 1}, "more"),
    ],
)
async def test_a_wrong_survey_is_told_by_its_place(known: Api, world: World, wrong: dict[str, Any], path: str) -> None:
    refused = await known.post(STAFF, json=_body(**wrong), headers=_as(world.staff[Role.PUBLISHER]))
    assert (refused.status_code, refused.json()["fields"][0]["path"]) == (422, path)


async def test_an_owner_answers_changes_and_is_told_who_was_faster(known: Api, world: World) -> None:
    survey, shop = await released(), await _bound(world)
    one = f"/api/owner/v1/enterprises/{shop}/surveys/{survey.id}"
    seen = await known.get(one, headers=_owner(world))
    assert (seen.headers["ETag"], seen.json()["standing"]) == ('"0"', "open")
    bare = await known.put(f"{one}/answer", json={"answers": {"worst": "people"}}, headers=_owner(world))
    assert bare.status_code == 428
    wrong = await known.put(f"{one}/answer", json={"answers": {"mark": 9}}, headers=_owner(world, 0))
    assert (wrong.status_code, wrong.json()["code"]) == (422, "surveys.answer_invalid")
    assert [field["path"] for field in wrong.json()["fields"]] == ["answers.worst", "answers.mark"]
    done = await known.put(
        f"{one}/answer", json={"answers": {"worst": "people", "need": "招工"}}, headers=_owner(world, 0)
    )
    assert (done.json()["version"], done.headers["ETag"], len(done.json()["cases"])) == (1, '"1"', 1)
    twin = await known.put(f"{one}/answer", json={"answers": {"worst": "money"}}, headers=_owner(world, 0))
    assert (twin.status_code, twin.json()["code"]) == (409, "surveys.already_answered")
    saved = await known.put(f"{one}/draft", json={"answers": {"words": "再想想"}}, headers=_owner(world, 1))
    assert saved.json()["version"] == 2
    late = await known.put(f"{one}/answer", json={"answers": {"worst": "money"}}, headers=_owner(world, 1))
    assert (late.status_code, late.json()["code"]) == (412, "surveys.answer_changed")
    [listed] = (await known.get(one.rsplit("/", 1)[0], headers=_owner(world))).json()["items"]
    assert (listed["standing"], listed["version"]) == ("answered", 2)


async def test_the_same_key_answers_once(known: Api, world: World) -> None:
    survey, shop = await released(), await _bound(world)
    one = f"/api/owner/v1/enterprises/{shop}/surveys/{survey.id}/answer"
    headers = _owner(world, 0)
    both = [await known.put(one, json={"answers": {"worst": "people"}}, headers=headers) for _ in range(2)]
    assert [told.json()["version"] for told in both] == [1, 1]
    assert await db.fetch_value("SELECT version FROM survey_answers") == 1


@pytest.mark.parametrize(
    "body", ['{"answers": {"words": "\\u0000"}}', '{"answers": {"hired": 1e999}}', '{"answers": []}']
)
async def test_what_no_database_holds_is_refused(known: Api, world: World, body: str) -> None:
    survey, shop = await released(), await _bound(world)
    one = f"/api/owner/v1/enterprises/{shop}/surveys/{survey.id}/answer"
    refused = await known.put(one, content=body, headers={**_owner(world, 0), "Content-Type": "application/json"})
    assert refused.status_code == 422
