"""Queues, files and figures over HTTP: what is asked wrongly is told so, whatever it is."""

import csv
import io
from typing import Any

import pytest

from backend.access import Role
from tests.backend.cases.people import opened
from tests.factories.people import add_staff
from tests.support.api import Api
from tests.support.matrix import World

CASES = "/api/staff/v1/cases"


@pytest.fixture
async def manager(world: World) -> dict[str, str]:
    await add_staff(staff_id=world.staff[Role.MANAGER].id)
    return {"Cookie": f"wuwei_staff={world.staff[Role.MANAGER].id}"}


@pytest.mark.parametrize(
    "query",
    [
        {"queue": "nothing"},
        {"sort": "random"},
        {"state": "lost"},
        {"q": "人"},
        {"q": "用\x00工"},
        {"category": "a%"},
        {"district": "3305'"},
        {"unit": "1"},
        {"from": "0001-01-01"},
        {"to": "9999-12-31"},
        {"from": "yesterday"},
        {"cursor": "x"},
        {"limit": "0"},
        {"limit": "9" * 30},
        {"unknown": "1"},
    ],
)
async def test_a_wrong_question_is_told_so(known: Api, manager: dict[str, str], query: dict[str, Any]) -> None:
    answer = await known.get(CASES, params=query, headers=manager)
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"]


@pytest.mark.usefixtures("clock")
async def test_a_page_and_the_numbers_beside_the_queues(known: Api, manager: dict[str, str]) -> None:
    case_id = await opened()
    page = (await known.get(CASES, params={"queue": "unassigned"}, headers=manager)).json()
    (row,) = page["items"]
    assert (row["id"], row["state_word"], row["level"], page["count"]) == (str(case_id), "待分派", 0, 1)
    assert row["due_at"].endswith("+08:00")
    told = (await known.get(f"{CASES}/counts", headers=manager)).json()["items"]
    assert {one["queue"]: one["count"] for one in told if one["count"]} == {"unassigned": 1, "all": 1}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_a_file_arrives_whole(known: Api, manager: dict[str, str], form: str) -> None:
    await opened()
    answer = await known.get(f"{CASES}/export", params={"format": form}, headers=manager)
    assert answer.status_code == 200
    assert f".{form}" in answer.headers["Content-Disposition"]
    assert len(answer.content) == int(answer.headers["Content-Length"])
    if form == "csv":
        assert list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))[-1][0].startswith("共1条")


async def test_figures_stand_beside_their_formula(known: Api, manager: dict[str, str]) -> None:
    await opened()
    query = {"from": "2026-01-01", "to": "2199-12-31", "by": "category"}
    told = (await known.get(f"{CASES}/figures", params=query, headers=manager)).json()
    assert told["total"]["received"] == {"count": 1, "of": None}
    assert {one["name"] for one in told["figures"]} == set(told["total"]) == set(told["groups"][0]["values"])
    assert all(one["formula"] for one in told["figures"])
