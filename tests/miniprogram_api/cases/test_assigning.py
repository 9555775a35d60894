"""Passing cases on over HTTP: the version one saw, what changed meanwhile, wrong input told; absences and skills."""

from typing import Any
from uuid import UUID

import pytest

from backend.access import Actor, Role
from backend.cases import handling
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.ids import new_id
from tests.backend.cases.offices import id_of, member, route, settled, unit
from tests.backend.cases.people import HELP, clerk, opened, row
from tests.factories.people import add_staff
from tests.support.api import Api
from tests.support.matrix import CSRF, World

STAFF = "/api/staff/v1"

pytestmark = pytest.mark.usefixtures("clock")


async def _of(world: World, role: Role) -> tuple[Actor, dict[str, str]]:
    """Somebody of the world who also stands in the tables, with what his browser sends."""
    someone = await add_staff(staff_id=world.staff[role].id)
    sql = "INSERT INTO staff_grants (id, staff_id, role, granted_at) VALUES ($1, $2, $3, $4)"
    await db.execute(sql, new_id(), someone.id, role, clock_module.now())
    return world.staff[role], {"Cookie": f"wuwei_staff={someone.id}", "X-CSRF-Token": CSRF}


async def _post(api: Api, path: tuple[UUID, str], body: Any, sent: dict[str, str], version: int | None = None) -> Any:
    case_id, what = path
    seen = version or (await row(case_id)).version
    return await api.post(f"{STAFF}/cases/{case_id}/{what}", json=body, headers={**sent, "If-Match": f'"{seen}"'})


async def test_a_hand_over_names_the_version_one_saw_and_the_loser_reads_what_changed(known: Api, world: World) -> None:
    me, sent = await _of(world, Role.SPECIALIST)
    colleague, case_id = await clerk(), await opened()
    await handling.accept(case_id, actor=me)
    seen = (await row(case_id)).version
    body = {"staff_id": str(id_of(colleague)), "reason": "更熟悉"}
    without = await known.post(f"{STAFF}/cases/{case_id}/hand-over", json=body, headers=sent)
    assert without.status_code == 428
    answer = await _post(known, (case_id, "hand-over"), body, sent, seen)
    assert (answer.status_code, answer.json()["state"], answer.headers["etag"]) == (200, "in_progress", f'"{seen + 1}"')
    late = await _post(known, (case_id, "give-back"), {"reason": "忙"}, sent, seen)
    assert (late.status_code, late.json()["code"]) == (412, "cases.changed")
    assert "转交经办人" in late.json()["detail"]
    again = await _post(known, (case_id, "hand-over"), body, sent)
    assert (again.status_code, again.json()["code"]) == (409, "cases.offer_pending")


async def test_wrong_names_units_and_words_are_told_by_their_field(known: Api, world: World) -> None:
    _, sent = await _of(world, Role.MANAGER)
    case_id = await opened()
    nobody = await _post(known, (case_id, "assign"), {"staff_id": str(new_id())}, sent)
    assert (nobody.status_code, nobody.json()["code"]) == (422, "cases.not_able")
    assert [one["path"] for one in nobody.json()["fields"]] == ["staff_id"]
    nowhere = await _post(known, (case_id, "transfer"), {"unit_id": str(new_id()), "reason": "转"}, sent)
    assert [one["path"] for one in nowhere.json()["fields"]] == ["unit_id"]
    for wrong in ({"staff_id": "x"}, {"staff_id": 7}, {}, {"staff_id": str(new_id()), "reason": "\x00"}):
        assert (await _post(known, (case_id, "assign"), wrong, sent)).status_code == 422
    assert (await _post(known, (new_id(), "assign"), {"staff_id": str(new_id())}, sent, 1)).status_code == 404


async def test_why_a_case_went_to_whom_is_read_with_what_was_compared(known: Api, world: World) -> None:
    _, sent = await _of(world, Role.FRONT_DESK)
    office = await unit()
    await route(HELP, office)
    someone, case_id = await member(office, name="李娜"), await opened()
    await settled()
    told = (await known.get(f"{STAFF}/cases/{case_id}/assignments", headers=sent)).json()["items"]
    assert [one["words"] for one in told] == ["分派给李娜：“吴兴分局”只有一人可以接办，在办工作量0。"]
    assert [one["staff_id"] for one in told[0]["candidates"]] == [str(someone.id)]
    people = (await known.get(f"{STAFF}/cases/{case_id}/candidates", headers=sent)).json()["items"]
    assert people == [], "who has it is no candidate"


async def test_absences_and_skills_are_told_read_and_taken_back(known: Api, world: World) -> None:
    me, sent = await _of(world, Role.SPECIALIST)
    _, boss = await _of(world, Role.MANAGER)
    body = {"from_on": "2026-11-30", "until_on": "2026-12-04", "kind": "leave"}
    made = await known.post(f"{STAFF}/absences", json=body, headers=sent)
    assert made.status_code == 201
    twice = await known.post(f"{STAFF}/absences", json=body, headers=sent)
    assert (twice.status_code, twice.json()["code"]) == (409, "staff.absence_taken")
    wrong = await known.post(f"{STAFF}/absences", json={**body, "until_on": "2026-11-01"}, headers=sent)
    assert [one["path"] for one in wrong.json()["fields"]] == ["until_on"]
    days = {"first": "2026-12-01", "last": "2026-12-31"}
    [shown] = (await known.get(f"{STAFF}/staff/absences", params=days, headers=boss)).json()["items"]
    assert (shown["id"], shown["until_on"]) == (made.json()["id"], "2026-12-04")
    mine = f"{STAFF}/staff/{me.id}"
    assert (await known.delete(f"{mine}/absences/{shown['id']}", headers=boss)).status_code == 204
    assert (await known.get(f"{STAFF}/absences", headers=sent)).json() == {"items": []}
    noted = await known.put(f"{mine}/skills", json={"skills": ["policy", "ip"]}, headers=boss)
    assert noted.json() == {"skills": ["ip", "policy"]}
    assert (await known.get(f"{mine}/skills", headers=boss)).json() == {"skills": ["ip", "policy"]}
    assert (await known.put(f"{mine}/skills", json={"skills": ["专长"]}, headers=boss)).status_code == 422
