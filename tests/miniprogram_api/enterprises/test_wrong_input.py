"""Whatever is sent about enterprises, the answer is a sentence, never a 500."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from backend.access import Role
from backend.foundation.ids import token
from backend.runtime import Runtime
from miniprogram_api.auth import STAFF_COOKIE
from tests.miniprogram_api.matrix.enterprises import _enterprise
from tests.support.api import Api, serve
from tests.support.matrix import CSRF, World, authenticators


@pytest.fixture
async def world(running: Runtime) -> World:
    return World(running)


@pytest.fixture
async def door(world: World) -> AsyncIterator[Api]:
    async with serve(world.runtime, authenticators=authenticators(world)) as client:
        yield client


@pytest.mark.parametrize(
    "facts",
    [
        {"employees": -1},
        {"employees": 10**18},
        {"employees": 10**30},
        {"employees": "12\x00"},
        {"employees": [1]},
        {"employees": {"a": 1}},
        {"employees": None},
        {"vat_payer_kind": "没有"},
        {"loan_granted_on": "2026-02-30"},
        {"\x00": 1},
        {"": 1},
        {"founded_on": "2020-01-01"},
        {"x" * 61: 1},
        {},
        [],
        None,
    ],
    ids=repr,
)
async def test_bad_facts_are_told_back(world: World, door: Api, facts: Any) -> None:
    path = f"/api/owner/v1/enterprises/{await _enterprise(world)}/facts"
    headers = {"Authorization": f"Bearer {world.owner.id}", "Idempotency-Key": token()}
    answer = await door.post(path, json={"facts": facts}, headers=headers)
    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "query",
    ["text=%00%00", "text=x", "text=%25%25", "limit=0", "cursor=x", "industry=%27--", "district=%27", "size=?", "a=1",
     "text=" + "长" * 70, "has_conflicts=maybe", "tag=%7B%7D"],
)  # fmt: skip
async def test_bad_searches_are_told_back(world: World, door: Api, query: str) -> None:
    headers = {"Cookie": f"{STAFF_COOKIE}={world.staff[Role.MANAGER].id}", "X-CSRF-Token": CSRF}
    answer = await door.get(f"/api/staff/v1/enterprises?{query}", headers=headers)
    assert answer.status_code in (200, 400, 422), answer.text
    unknown = await door.get(f"/api/staff/v1/enterprises/{uuid4()}/facts/nothing", headers=headers)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "enterprises.unknown")
