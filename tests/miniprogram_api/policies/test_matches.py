"""An answer told again over HTTP, and the catalogue that a rule's author reads."""

from collections.abc import AsyncIterator

import pytest

from backend.access import Role
from backend.enterprises.catalogue import CATALOGUE
from backend.runtime import Runtime
from miniprogram_api.auth import STAFF_COOKIE
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import owner, published
from tests.support.api import Api, serve
from tests.support.matrix import CSRF, World, authenticators


@pytest.fixture
def world(running: Runtime) -> World:
    return World(running)


@pytest.fixture
async def door(running: Runtime, world: World) -> AsyncIterator[Api]:
    world.owner = await owner(await enterprise(1))
    async with serve(running, authenticators=authenticators(world)) as client:
        client.headers["Authorization"] = f"Bearer {world.owner.id}"
        client.headers["Cookie"] = f"{STAFF_COOKIE}={world.staff[Role.FRONT_DESK].id}"
        client.headers["X-CSRF-Token"] = CSRF
        yield client


async def test_owner_and_staff_read_the_answer_that_was_given(door: Api) -> None:
    policy = await published()
    (shop,) = (await door.get("/api/owner/v1/enterprises")).json()["items"]
    mine = f"/api/owner/v1/enterprises/{shop['id']}"
    told = (await door.get(f"{mine}/policies/{policy.id}")).json()
    again = await door.get(f"{mine}/matches/{told['match_id']}")
    assert again.status_code == 200, again.text
    assert {name: again.json()[name] for name in ("answer", "why", "match_id")} == {
        name: told[name] for name in ("answer", "why", "match_id")
    }
    assert again.json()["is_identical"] is True
    shown = await door.get(f"/api/staff/v1/enterprises/{shop['id']}/matches/{told['match_id']}")
    assert shown.json() == again.json()


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ("x", 422, "policies.match_id_invalid"),
        ("%00", 422, "policies.match_id_invalid"),
        ("%E4%B8%80" * 64, 422, "policies.match_id_invalid"),
        ("AQ" + "A" * 34 + "CzSu" + "A" * 24, 404, "policies.match_unknown"),
        ("A" * 9_000, 422, "policies.match_id_invalid"),
    ],
)
async def test_what_was_never_given_is_told_apart(door: Api, given: str, status: int, code: str) -> None:
    (shop,) = (await door.get("/api/owner/v1/enterprises")).json()["items"]
    answer = await door.get(f"/api/owner/v1/enterprises/{shop['id']}/matches/{given}")
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_a_rule_s_author_reads_the_whole_catalogue(door: Api) -> None:
    items = (await door.get("/api/staff/v1/facts")).json()["items"]
    assert [one["key"] for one in items] == list(CATALOGUE)
    by_key = {one["key"]: one for one in items}
    assert [one["source"] for one in by_key["monthly_sales_wan"]["sources"]] == ["bureau", "bank", "self_declared"]
    assert (by_key["monthly_sales_wan"]["holds_for_days"], by_key["monthly_sales_wan"]["unit"]) == (120, "万元")
    assert (by_key["qualifications"]["absence"], by_key["employees"]["absence"]) == ("no", "unknown")
    assert by_key["is_sme"]["is_derived"]
    assert [key for key, one in by_key.items() if one["is_internal"]] == ["credit_risk_class"]
    assert by_key["vat_payer_kind"]["choices"] == {"small_scale": "小规模纳税人", "general": "一般纳税人"}
