"""The front desk is told of bindings that wait, where the enterprise is, until somebody has decided."""

from uuid import UUID

import pytest

from backend import identity, staff
from backend.access import SYSTEM, Actor, Grant, Role
from backend.foundation import db
from backend.foundation.ids import new_id
from backend.identity import personal
from backend.runtime import Runtime
from tests.factories.people import add_enterprise, add_person, add_staff

pytestmark = pytest.mark.usefixtures("clock")
USCC = "91330502MA2B00001X"


async def _desk(*districts: str) -> Actor:
    actor = await add_staff(staff_id=new_id())
    assert actor.id
    await staff.grant(actor.id, [Grant(Role.FRONT_DESK, districts=districts)], actor=SYSTEM)
    return actor


async def _claim(running: Runtime) -> tuple[Actor, UUID]:
    person = await add_person(running, "13900009999")
    claimed = await identity.claim(person, USCC, "张三")
    assert claimed.review_id
    return person, claimed.review_id


async def _open() -> set[UUID]:
    return {row["staff_id"] for row in await db.fetch("SELECT staff_id FROM staff_notices WHERE settled_at IS NULL")}


async def test_the_desk_of_its_district_is_told_once_however_often_a_claim_is_corrected(running: Runtime) -> None:
    city, here, there = await _desk(), await _desk("330502"), await _desk("330523")
    person, review_id = await _claim(running)
    await identity.claim(person, USCC, "李四")
    assert await _open() == {city.id, here.id}
    assert there.id
    rows = await db.fetch("SELECT kind, link FROM staff_notices")
    assert {tuple(row) for row in rows} == {("binding_review_wanted", f"/bindings/{review_id}")}
    assert len(rows) == 2


async def test_a_decision_takes_it_from_everybodys_list(running: Runtime) -> None:
    desk, colleague = await _desk(), await _desk()
    await add_enterprise(running, USCC, "张三", "13800001111")
    _, review_id = await _claim(running)
    assert await _open() == {desk.id, colleague.id}
    await identity.refuse(desk, review_id, reason="姓名不符")
    assert await _open() == set()


async def test_a_claim_that_proves_itself_or_is_forgotten_waits_no_more(running: Runtime) -> None:
    await _desk()
    person, _ = await _claim(running)
    await add_enterprise(running, USCC, "张三", "13900009999")
    assert (await identity.claim(person, USCC, "张三")).binding_id
    assert await _open() == set()


async def test_a_claim_of_somebody_who_leaves_waits_no_more(running: Runtime) -> None:
    await _desk()
    person, _ = await _claim(running)
    assert person.id
    await personal.erase(person.id)
    assert await _open() == set()
