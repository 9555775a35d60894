"""The working calendar over HTTP: read with its version, changed by If-Match, wrong input told."""

from typing import Any

import pytest

from backend.access import Role
from backend.foundation.clock import Frozen
from tests.factories.people import add_staff
from tests.support.api import Api
from tests.support.matrix import CSRF, World

CALENDAR = "/api/staff/v1/working-calendar"
HOURS = "/api/staff/v1/office-hours"
DAY = {"day": "2026-11-24", "is_workday": False}
SPANS = [{"begins": "08:00", "ends": "12:00"}, {"begins": "14:00", "ends": "17:30"}]

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def manager(world: World) -> dict[str, str]:
    return {"Cookie": f"wuwei_staff={world.staff[Role.MANAGER].id}", "X-CSRF-Token": CSRF}


def _at(version: int | str, manager: dict[str, str]) -> dict[str, str]:
    return {**manager, "If-Match": f'"{version}"'}


async def test_a_year_is_read_changed_and_settled(known: Api, world: World, manager: dict[str, str]) -> None:
    name = (await add_staff(staff_id=world.staff[Role.MANAGER].id)).name
    read = await known.get(CALENDAR, params={"year": "2027"}, headers=manager)
    assert (read.headers["etag"], read.json()["state"], len(read.json()["days"])) == ('"0"', "provisional", 365)
    body = {
        "year": 2027,
        "days": [{"day": "2027-01-01", "is_workday": False}],
        "reason": "元旦放假",
        "citation": "国办",
    }
    answer = await known.post(f"{CALENDAR}/days", json=body, headers=_at(0, manager))
    assert (answer.status_code, answer.json(), answer.headers["etag"]) == (200, {"version": 1}, '"1"')
    late = await known.post(f"{CALENDAR}/days", json=body, headers=_at(0, manager))
    assert (late.status_code, late.json()["code"]) == (412, "worktime.year_changed")
    settled = await known.post(f"{CALENDAR}/settle", json={"year": 2027, "citation": "国办"}, headers=_at(1, manager))
    assert settled.json() == {"version": 2}
    told = (await known.get(CALENDAR, params={"year": "2027"}, headers=manager)).json()
    assert (told["state"], told["settled_by_name"], told["version"]) == ("settled", name, 2)
    assert (told["days"][0]["source"], told["days"][0]["set_by_name"]) == ("override", name)
    [year] = [
        one for one in (await known.get(f"{CALENDAR}/years", headers=manager)).json()["items"] if one["year"] == 2027
    ]
    assert year == {key: value for key, value in told.items() if key != "days"}
    this = (await known.get(CALENDAR, headers=manager)).json()
    assert (this["year"], this["state"]) == (2026, "published")


async def test_hours_are_read_changed_and_taken_back(known: Api, manager: dict[str, str]) -> None:
    friday = [{"weekday": 5, "spans": SPANS[:1]}]
    body = {"valid_from": "2026-12-01", "spans": SPANS, "weekdays": friday, "reason": "冬令时间"}
    answer = await known.post(HOURS, json=body, headers=_at(0, manager))
    assert (answer.status_code, answer.json()) == (201, {"version": 1})
    read = await known.get(HOURS, headers=manager)
    assert read.headers["etag"] == '"1"'
    first, last = read.json()["items"]
    assert (first["id"], first["is_current"], last["may"]) == (None, True, ["withdraw_hours"])
    assert last["week"][3:5] == [[["08:00", "12:00"], ["14:00", "17:30"]], [["08:00", "12:00"]]]
    path = f"{HOURS}/{last['id']}/withdraw"
    assert (await known.post(path, json={"reason": "撤回"}, headers=_at(1, manager))).json() == {"version": 2}
    gone = await known.post(path, json={"reason": "撤回"}, headers=_at(2, manager))
    assert (gone.status_code, gone.json()["code"]) == (404, "worktime.hours_unknown")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"year": "2026"}, "year"),
        ({"year": 2**70}, "year"),
        ({"year": 0}, "year"),
        ({"days": []}, "days"),
        ({"days": [DAY] * 367}, "days"),
        ({"days": [DAY, DAY]}, "days"),
        ({"days": [{**DAY, "day": "2026-02-30"}]}, "days.0.day"),
        ({"days": [{**DAY, "day": "2027-02-03"}]}, "days.0"),
        ({"days": [{**DAY, "is_workday": "no"}]}, "days.0.is_workday"),
        ({"days": [{**DAY, "day": 20260101}]}, "days.0.day"),
        ({"reason": " "}, "reason"),
        ({"reason": "a\x00b"}, "reason"),
        ({"citation": "长" * 201}, "citation"),
        ({"more": 1}, "more"),
    ],
)
async def test_wrong_days_are_told(known: Api, manager: dict[str, str], change: dict[str, Any], path: str) -> None:
    body = {"year": 2026, "days": [DAY], "reason": "停工", **change}
    answer = await known.post(f"{CALENDAR}/days", json=body, headers=_at(0, manager))
    assert answer.status_code == 422, answer.text
    assert path in [one["path"] for one in answer.json()["fields"]]
    assert (await known.get(CALENDAR, headers=manager)).json()["days_set"] == 0


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"spans": []}, "spans"),
        ({"spans": [{"begins": "12:00", "ends": "08:00"}]}, "spans"),
        ({"spans": [*SPANS, {"begins": "17:30", "ends": "18:00"}]}, "spans"),
        ({"spans": [{"begins": "8:00", "ends": "12:00"}]}, "spans.0.begins"),
        ({"weekdays": [{"weekday": 8, "spans": SPANS}]}, "weekdays.0.weekday"),
        ({"weekdays": [{"weekday": 5, "spans": SPANS}] * 2}, "weekdays"),
        ({"weekdays": [{"weekday": 5, "spans": SPANS[::-1]}]}, "weekdays.0.spans"),
        ({"valid_from": "2026-11-22"}, "valid_from"),
        ({"valid_from": "2126-11-22"}, "valid_from"),
        ({"valid_from": None}, "valid_from"),
    ],
)
async def test_wrong_hours_are_told(known: Api, manager: dict[str, str], change: dict[str, Any], path: str) -> None:
    body = {"valid_from": "2026-12-01", "spans": SPANS, "reason": "冬令时间", **change}
    answer = await known.post(HOURS, json=body, headers=_at(0, manager))
    assert answer.status_code == 422, answer.text
    assert path in [one["path"] for one in answer.json()["fields"]]


async def test_a_version_is_needed_and_must_be_one(known: Api, manager: dict[str, str]) -> None:
    body = {"year": 2026, "days": [DAY], "reason": "停工"}
    assert (await known.post(f"{CALENDAR}/days", json=body, headers=manager)).status_code == 428
    for version, status in (("x", 422), ("1" * 19, 422), ("9" * 18, 412)):
        answer = await known.post(f"{CALENDAR}/days", json=body, headers=_at(version, manager))
        assert answer.status_code == status, version


@pytest.mark.parametrize(
    ("year", "status"), [("1999", 404), ("2100", 404), ("0", 422), ("x", 422), ("99999999999999", 422)]
)
async def test_a_year_without_a_calendar_is_told(
    known: Api, manager: dict[str, str], year: str, status: int, clock: Frozen
) -> None:
    assert (await known.get(CALENDAR, params={"year": year}, headers=manager)).status_code == status
