"""A key is optional for staff; given, it holds as for owners: one effect, one answer, and no secret is kept."""

import asyncio
from typing import Any

import httpx
import pytest

from backend.access import Role
from backend.foundation import db
from backend.foundation.ids import new_id
from miniprogram_api.auth import STAFF_COOKIE, Auth
from miniprogram_api.openapi import answers, document
from miniprogram_api.routes import ROUTES
from tests.backend.policies.people import content
from tests.miniprogram_api import examples
from tests.support.api import Api
from tests.support.matrix import CSRF, World
from tests.support.sizes import scaled

POLICIES = "/api/staff/v1/policies"
UNITS = "/api/staff/v1/units"
pytestmark = pytest.mark.usefixtures("clock")


def _as(world: World, role: Role, key: str | None) -> dict[str, str]:
    headers = {"Cookie": f"{STAFF_COOKIE}={world.staff[role].id}", "X-CSRF-Token": CSRF}
    return headers | ({"Idempotency-Key": key} if key else {})


async def _draft(door: Api, world: World, key: str | None, **given: Any) -> httpx.Response:
    body = {**content().model_dump(mode="json"), **given}
    return await door.post(POLICIES, json=body, headers=_as(world, Role.PUBLISHER, key))


async def _drafts() -> int:
    return await db.fetch_value("SELECT count(*)::int FROM policies")


async def test_twenty_twins_make_one_draft(known: Api, world: World) -> None:
    answers = await asyncio.gather(*(_draft(known, world, "one-intention") for _ in range(scaled(20))))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert await _drafts() == 1


async def test_staff_may_leave_the_key_out(known: Api, world: World) -> None:
    first, second = await _draft(known, world, None), await _draft(known, world, None)
    assert (first.status_code, second.status_code) == (201, 201)
    assert await _drafts() == 2


async def test_a_key_belongs_to_one_body_and_one_person(known: Api, world: World) -> None:
    await _draft(known, world, "one-intention")
    other = await _draft(known, world, "one-intention", title="另一项")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    malformed = await _draft(known, world, "short")
    assert (malformed.status_code, malformed.json()["code"]) == (422, "idempotency_key_invalid")
    assert await _drafts() == 1


async def test_a_refused_command_is_tried_again_under_its_key(known: Api, world: World) -> None:
    keeper = _as(world, Role.SECURITY_ADMINISTRATOR, "one-intention")
    refused = await known.post(UNITS, json={"name": "分局", "parent_id": str(new_id())}, headers=keeper)
    assert refused.status_code == 422, refused.text
    made = await known.post(UNITS, json={"name": "分局"}, headers=keeper)
    assert made.status_code == 201, made.text


async def test_another_version_is_another_command(known: Api, world: World) -> None:
    made = (await _draft(known, world, None)).json()
    path = f"{POLICIES}/{made['id']}/submit"
    headers = _as(world, Role.PUBLISHER, "one-intention")
    answer = await known.post(path, headers={**headers, "If-Match": f'"{made["version"]}"'})
    assert answer.status_code == 200, answer.text
    again = await known.post(path, headers={**headers, "If-Match": f'"{made["version"]}"'})
    assert (again.status_code, again.headers["idempotency-replayed"]) == (200, "true")
    later = await known.post(path, headers={**headers, "If-Match": f'"{answer.json()["version"]}"'})
    assert (later.status_code, later.json()["code"]) == (422, "idempotency_key_reused")


SECRET = ("staff", "staff/{staff_id}/reset", "password", "phone/code", "enterprises/{enterprise_id}/reveal-phone")


def test_what_answers_with_a_secret_keeps_no_answer() -> None:
    kept = {route.template for route in ROUTES if route.is_once and route.endpoint.auth is Auth.STAFF}
    assert kept.isdisjoint(f"/api/staff/v1/{path}" for path in SECRET)
    assert POLICIES in kept


def test_the_description_says_that_staff_may_send_a_key() -> None:
    told = document(ROUTES)
    draft = told["paths"][POLICIES]["post"]
    keys = {one["name"]: one["required"] for one in draft["parameters"]}
    assert keys == {"Idempotency-Key": False, "X-Csrf-Token": True}
    assert "idempotency_key_reused" in dict(answers(told, draft))["422"]["description"]
    owners = document(examples.ROUTES)["paths"]["/api/owner/v1/visits"]["post"]
    assert next(one for one in owners["parameters"] if one["name"] == "Idempotency-Key")["required"]
