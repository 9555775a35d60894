"""The audience over HTTP: before release, beside another version, and of a rule that nobody has saved yet."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from backend.access import Grant, Role
from backend.foundation.ids import new_id
from backend.policies import service
from backend.runtime import Runtime
from miniprogram_api.auth import STAFF_COOKIE
from miniprogram_api.enterprises.schemas import FactEntriesOut
from miniprogram_api.policies.audience_schemas import AudienceOut, ChangedOut, CheckedOut, ReachOut
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import WRITER, content, leaf, published
from tests.factories.people import add_staff
from tests.support.api import Api, serve
from tests.support.matrix import CSRF, World, authenticators
from tests.support.running import make_settings, run

STAFF = "/api/staff/v1/policies"
CHECK = "/api/staff/v1/rules/check"


@pytest.fixture
def world(running: Runtime) -> World:
    return World(running)


@pytest.fixture
async def door(running: Runtime, world: World) -> AsyncIterator[Api]:
    async with serve(running, authenticators=authenticators(world)) as client:
        yield client


def _as(world: World, role: Role) -> dict[str, str]:
    return {"Cookie": f"{STAFF_COOKIE}={world.staff[role].id}", "X-CSRF-Token": CSRF}


async def _next_version() -> str:
    done = await published(rule=leaf("employees", "le", 10))
    await service.edit(done.id, content(rule=leaf("employees", "le", 20)), actor=WRITER, version=done.version)
    return f"{STAFF}/{done.id}/audience"


async def test_a_reviewer_sees_whom_the_next_version_gains_and_goes_through_them(door: Api, world: World) -> None:
    for number, employees in enumerate([3, 15, 15, 40]):
        await enterprise(number, employees=employees, district="330502", entity_type="enterprise")
    await enterprise(9, district="330521")
    path, reviewer = await _next_version(), _as(world, Role.REVIEWER)
    told = (await door.get(path, headers=reviewer)).json()
    AudienceOut.model_validate(told)
    assert (told["edition"], told["yes"], told["unknown"], told["no"]) == (2, 3, 1, 1)
    assert told["groups"] == [
        {"district": "330502", "entity_type": "enterprise", "size": None, "yes": 3, "unknown": 0, "no": 1},
        {"district": "330521", "entity_type": None, "size": None, "yes": 0, "unknown": 1, "no": 0},
    ]
    assert told["missing"] == [
        {"fact": "employees", "title": "从业人数", "askable": True, "enterprises": 1, "alone": 1}
    ]
    assert (told["difference"]["edition"], told["difference"]["gains"], told["difference"]["loses"]) == (1, 2, 0)
    first = (await door.get(f"{path}/changes?change=gains&limit=1", headers=reviewer)).json()
    second = (await door.get(f"{path}/changes?change=gains&limit=1&cursor={first['next']}", headers=reviewer)).json()
    for one in (*first["items"], *second["items"]):
        ChangedOut.model_validate(one)
        assert (one["before"], one["after"]) == ("no", "yes")
    assert first["items"] != second["items"]
    assert second["next"] is None
    assert (await door.get(f"{path}/changes?change=loses", headers=reviewer)).json() == {"items": [], "next": None}


@pytest.mark.parametrize(
    "query",
    ["as_of=2026-02-30", "as_of=0001-01-01", "as_of=9999-12-31", "as_of=x", "against=0", "against=1e9", "against=x",
     "against=99999999999999999999", "mood=1"],
)  # fmt: skip
@pytest.mark.parametrize("tail", ["", "/changes"])
async def test_a_wrong_query_is_told(door: Api, world: World, query: str, tail: str) -> None:
    path = await _next_version()
    answer = await door.get(f"{path}{tail}?{query}", headers=_as(world, Role.REVIEWER))
    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize("query", ["change=more", "cursor=x", "limit=0", "cursor=WyJ4Il0"])
async def test_a_wrong_page_is_told(door: Api, world: World, query: str) -> None:
    answer = await door.get(f"{await _next_version()}/changes?{query}", headers=_as(world, Role.REVIEWER))
    assert answer.status_code == 422


async def test_what_there_is_nothing_to_compare_with_is_told(door: Api, world: World) -> None:
    done, reviewer = await published(), _as(world, Role.REVIEWER)
    alone = await door.get(f"{STAFF}/{done.id}/audience/changes", headers=reviewer)
    assert (alone.status_code, alone.json()["code"]) == (409, "policies.nothing_to_compare")
    other = await door.get(f"{STAFF}/{done.id}/audience?against=7", headers=reviewer)
    assert (other.status_code, other.json()["code"]) == (404, "policies.edition_unknown")
    unknown = await door.get(f"{STAFF}/{new_id()}/audience", headers=reviewer)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "policies.unknown")


async def test_a_preview_that_takes_too_long_is_told(
    running: Runtime, world: World, database: str, redis_url: str
) -> None:
    path = await _next_version()
    blocker = await asyncpg.connect(database)
    try:
        async with (
            run(make_settings(database, redis_url, preview_seconds=1), running.redis) as hurried,
            serve(hurried, authenticators=authenticators(world)) as door,
            blocker.transaction(),
        ):
            await blocker.execute("LOCK TABLE enterprises IN ACCESS EXCLUSIVE MODE")
            answer = await door.get(path, headers=_as(world, Role.REVIEWER))
    finally:
        await blocker.close()
    assert (answer.status_code, answer.json()["code"]) == (503, "policies.preview_too_slow")
    assert "精简条件" in answer.json()["detail"]


async def test_a_rule_is_checked_while_it_is_written(door: Api, world: World) -> None:
    shop, writer = await enterprise(employees=3), _as(world, Role.PUBLISHER)
    body: dict[str, Any] = {"rule": leaf("employees", "le", 10), "enterprise_id": str(shop), "as_of": "2026-12-01"}
    told = (await door.post(CHECK, json=body, headers=writer)).json()
    CheckedOut.model_validate(told)
    assert (told["findings"], told["why"]["verdict"], told["why"]["as_of"]) == ([], "yes", "2026-12-01")
    wrong = await door.post(CHECK, json={"rule": leaf("mood", "eq", 1)}, headers=writer)
    assert (wrong.status_code, wrong.json()["findings"][0]["path"]) == (200, "$.fact")


@pytest.mark.parametrize(
    "body",
    [{}, {"rule": []}, {"rule": "x"}, {"rule": {}, "enterprise_id": "x"}, {"rule": {}, "as_of": "2026-13-01"},
     {"rule": {}, "mood": 1}, {"rule": {"fact": "a\x00b"}}, {"rule": {"value": 10**30}}],
)  # fmt: skip
async def test_a_wrong_check_is_told(door: Api, world: World, body: dict[str, Any]) -> None:
    answer = await door.post(CHECK, json=body, headers=_as(world, Role.PUBLISHER))
    assert answer.status_code == 422, answer.text


async def test_staff_see_how_it_would_be_told(door: Api, world: World) -> None:
    path = (await _next_version()).replace("audience", "reach")
    told = await door.get(path, headers=_as(world, Role.REVIEWER))
    assert ReachOut.model_validate(told.json()).messages[0].kind == "policy_matched"


async def test_the_library_is_narrowed_by_level_and_action(door: Api, world: World) -> None:
    await published("市级", level="city")
    await published("国家级金融", level="national", action="financing")
    reader = _as(world, Role.FRONT_DESK)
    for query, titles in (
        ("level=city", ["市级"]),
        ("action=financing", ["国家级金融"]),
        ("level=city&action=financing", []),
    ):
        told = (await door.get(f"{STAFF}?{query}", headers=reader)).json()
        assert ([one["title"] for one in told["items"]], told["count"]) == (titles, len(titles))


async def test_whoever_writes_rules_learns_which_operators_and_codes_a_fact_has(door: Api, world: World) -> None:
    writer = _as(world, Role.PUBLISHER)
    told = (await door.get("/api/staff/v1/facts", headers=writer)).json()
    facts = {one["key"]: one for one in FactEntriesOut.model_validate(told).model_dump()["items"]}
    assert {one["op"] for one in facts["licences"]["operators"]} == {"exists", "absent", "has_tag", "lacks_tag"}
    assert "exists" not in {one["op"] for one in facts["employees"]["operators"]}
    codes = (await door.get("/api/staff/v1/facts/industry/codes", headers=writer)).json()["items"]
    assert {"code": "F52", "name": "零售业（F52）"} in codes
    assert (facts["industry"]["has_codes"], facts["employees"]["has_codes"]) == (True, False)
    for key in ("employees", "mood", "%00"):
        assert (await door.get(f"/api/staff/v1/facts/{key}/codes", headers=writer)).json() == {"items": []}


async def test_a_policy_names_who_wrote_and_who_released_it(door: Api, world: World) -> None:
    writer = await add_staff(Grant(Role.PUBLISHER))
    made = await service.draft(content(), actor=writer)
    told = (await door.get(f"{STAFF}/{made.id}", headers=_as(world, Role.FRONT_DESK))).json()["versions"][0]
    assert (told["author"], told["editor"], told["reviewer"]) == ("工作人员", "工作人员", None)
