"""The list of alerts over HTTP: pages, open ones first of all, and who looks after one."""

from typing import Any
from uuid import uuid4

import pytest

from backend import alerts
from backend.access import Role
from tests.factories.people import add_staff
from tests.support.api import Api
from tests.support.matrix import CSRF, World

ALERTS = "/api/staff/v1/alerts"


@pytest.fixture
def administrator(world: World) -> dict[str, str]:
    return {"Cookie": f"wuwei_staff={world.staff[Role.SYSTEM_ADMINISTRATOR].id}", "X-CSRF-Token": CSRF}


async def _page(door: Api, administrator: dict[str, str], **query: Any) -> dict[str, Any]:
    answer = await door.get(ALERTS, params=query, headers=administrator)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


async def test_open_ones_or_all_of_them_page_by_page(known: Api, administrator: dict[str, str]) -> None:
    for key in "abc":
        await alerts.open_alert("outbox_stuck", key, dead=1)
    await alerts.clear("outbox_stuck", "c")
    page = await _page(known, administrator)
    assert [(one["key"], one["detail"], one["severity"]) for one in page["items"]] == [
        ("b", {"dead": 1}, "critical"),
        ("a", {"dead": 1}, "critical"),
    ]
    assert page["items"][0]["title"] == "后台待办没有完成"
    first = await _page(known, administrator, state="all", limit=2)
    rest = await _page(known, administrator, state="all", limit=2, cursor=first["next"])
    assert [one["key"] for one in (*first["items"], *rest["items"])] == ["c", "b", "a"]


async def test_somebody_looks_after_it(known: Api, world: World, administrator: dict[str, str]) -> None:
    operator = await add_staff(staff_id=world.staff[Role.SYSTEM_ADMINISTRATOR].id)
    await alerts.open_alert("outbox_stuck")
    [found] = (await _page(known, administrator))["items"]
    answer = await known.post(f"{ALERTS}/{found['id']}/acknowledge", headers=administrator)
    assert answer.json()["acknowledged_by"] == str(world.staff[Role.SYSTEM_ADMINISTRATOR].id)
    assert answer.json()["acknowledged_by_name"] == operator.name
    [seen] = (await _page(known, administrator))["items"]
    assert seen == answer.json()
    assert seen["cleared_at"] is None
    answer = await known.post(f"{ALERTS}/{uuid4()}/acknowledge", headers=administrator)
    assert (answer.status_code, answer.json()["code"]) == (404, "alerts.not_found")


@pytest.mark.parametrize("query", [{"state": "x"}, {"cursor": "%00"}, {"limit": "0"}, {"kind": "a"}])
async def test_a_wrong_query_is_told(known: Api, administrator: dict[str, str], query: dict[str, str]) -> None:
    assert (await known.get(ALERTS, params=query, headers=administrator)).status_code == 422
