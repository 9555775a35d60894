"""Whom one may name: one's own unit and those whom work passes to, by place; nobody else, and no more than a name."""

import pytest

from backend.access import Actor, ActorKind, Grant, Role
from backend.foundation import db
from backend.staff import colleagues
from tests.backend.cases.offices import id_of, leaves, member, unit
from tests.backend.cases.people import clerk

pytestmark = pytest.mark.usefixtures("running", "clock")

HANDLE = "cases.handle"


async def _seen(someone: Actor, text: str | None = None) -> set[str]:
    return {one["name"] for one in await colleagues.near(someone, HANDLE, text=text, limit=50)}


async def test_one_sees_ones_unit_and_whom_a_case_may_go_to() -> None:
    here, there = await unit("吴兴分局"), await unit("德清分局")
    me = await member(here, Role.SPECIALIST, name="我", districts=("330502",))
    await member(here, Role.PUBLISHER, name="同单位发布员")
    await member(there, Role.SPECIALIST, name="全市专员")
    await member(there, Role.SPECIALIST, name="街道专员", districts=("330502001",))
    await member(there, Role.SPECIALIST, name="德清专员", districts=("330521",))
    await member(there, Role.PUBLISHER, name="别处发布员")
    await leaves(await member(here, Role.SPECIALIST, name="已离岗"))
    assert await _seen(me) == {"我", "同单位发布员", "全市专员", "街道专员"}
    assert await _seen(me, text="专员") == {"全市专员", "街道专员"}
    assert await _seen(me, text="%") == set()


async def test_a_grant_of_a_unit_meets_that_unit_alone() -> None:
    here, there = await unit("一科"), await unit("二科")
    for place, name in ((here, "一科专员"), (there, "二科专员")):
        await _named(await clerk(Role.SPECIALIST, unit_id=place), name)
    me = Actor(ActorKind.STAFF, id_of(await clerk()), "我", (Grant(Role.SPECIALIST, here),))
    found = await _seen(me)
    assert "一科专员" in found
    assert "二科专员" not in found


async def test_whoever_handles_nothing_sees_his_own_unit_alone_and_one_of_them_by_his_id() -> None:
    here = await unit()
    me, mate = await member(here, Role.AUDITOR, name="我"), await member(here, Role.SPECIALIST, name="同事")
    await member(await unit("德清分局"), Role.SPECIALIST, name="别处专员")
    assert await _seen(me) == {"我", "同事"}
    [told] = await colleagues.near(me, HANDLE, only=id_of(mate))
    assert told == {"id": mate.id, "name": "同事", "unit": "吴兴分局"}


async def _named(someone: Actor, name: str) -> None:
    await db.execute("UPDATE staff SET name = $2 WHERE id = $1", someone.id, name)
