"""The tree of units, single accounts, one's own seats, and what a leaver leaves."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import orjson
import pytest

from backend import staff
from backend.access import SYSTEM, Actor, Grant, Role
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden, Invalid
from backend.foundation.ids import new_id
from backend.staff import sessions
from backend.staff.errors import (
    HasLeft,
    SeatUnknown,
    SessionEnded,
    StaffNotFound,
    UnitClosed,
    UnitInUse,
    UnitNotFound,
    UnitTaken,
)
from backend.staff.queries import Wanted
from tests.factories.people import add_staff
from tests.support.sizes import scaled

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _unit(name: str, parent: UUID | None = None) -> UUID:
    return await staff.create_unit(name, parent_id=parent, actor=SYSTEM)


async def _in(unit: UUID, *grants: Grant) -> Actor:
    made = await add_staff(*grants)
    assert made.id
    await staff.edit(made.id, name="张三", unit_id=unit, actor=SYSTEM)
    return made


async def test_a_tree_stands_in_order_with_its_people() -> None:
    bureau = await _unit("市局")
    office = await _unit("吴兴分局", bureau)
    desk = await _unit("窗口", office)
    await _unit("德清分局", bureau)
    await _in(office)
    await _in(desk)
    told = [
        (one["name"], one["depth"], one["staff"], one["staff_below"], one["children"]) for one in await staff.units()
    ]
    assert told == [("市局", 0, 0, 2, 2), ("吴兴分局", 1, 1, 2, 1), ("窗口", 2, 1, 1, 0), ("德清分局", 1, 0, 0, 0)]


async def test_a_unit_moves_with_all_below_it_and_never_into_itself() -> None:
    first, second = await _unit("甲"), await _unit("乙")
    below = await _unit("丙", first)
    await staff.edit_unit(first, name="甲改", parent_id=second, district="330502", actor=SYSTEM)
    assert [(one["name"], one["depth"]) for one in await staff.units()] == [("乙", 0), ("甲改", 1), ("丙", 2)]
    for parent in (second, below, new_id()):
        with pytest.raises(Invalid):
            await staff.edit_unit(second, name="乙", parent_id=parent, district=None, actor=SYSTEM)
    with pytest.raises(UnitTaken):
        await staff.edit_unit(second, name="丙", parent_id=None, district=None, actor=SYSTEM)
    with pytest.raises(UnitNotFound):
        await staff.edit_unit(new_id(), name="丁", parent_id=None, district=None, actor=SYSTEM)
    with pytest.raises(Forbidden):
        await staff.edit_unit(second, name="乙", parent_id=None, district=None, actor=await add_staff())


async def test_a_unit_closes_only_when_nothing_rests_on_it() -> None:
    unit = await _unit("甲")
    below = await _unit("乙", unit)
    person = await _in(unit)
    with pytest.raises(UnitInUse, match="1 名在岗人员、1 个下级单位、0 项"):
        await staff.close_unit(unit, actor=SYSTEM)
    await staff.close_unit(below, actor=SYSTEM)
    assert person.id
    await staff.edit(person.id, name="张三", unit_id=None, actor=SYSTEM)
    [grant] = await staff.grant(person.id, [Grant(Role.VISITOR, unit_id=unit)], actor=SYSTEM)
    with pytest.raises(UnitInUse, match="1 项"):
        await staff.close_unit(unit, actor=SYSTEM)
    await staff.end_grant(person.id, grant, actor=SYSTEM)
    await staff.close_unit(unit, actor=SYSTEM)
    await staff.close_unit(unit, actor=SYSTEM)
    assert await staff.units() == []
    assert len(await staff.units(with_closed=True)) == 2
    with pytest.raises(Invalid):
        await staff.edit(person.id, name="张三", unit_id=unit, actor=SYSTEM)
    with pytest.raises(UnitNotFound):
        await staff.edit_unit(unit, name="甲", parent_id=None, district=None, actor=SYSTEM)


async def test_nothing_is_put_below_a_closed_unit() -> None:
    closed, moving = await _unit("甲"), await _unit("乙")
    await staff.close_unit(closed, actor=SYSTEM)
    with pytest.raises(UnitClosed, match="“甲”已经关闭"):
        await _unit("丙", closed)
    with pytest.raises(UnitClosed):
        await staff.edit_unit(moving, name="乙", parent_id=closed, district=None, actor=SYSTEM)
    assert [one["name"] for one in await staff.units()] == ["乙"]


async def test_a_unit_and_the_closing_of_its_parent_never_both_succeed() -> None:
    for n in range(scaled(10)):
        parent = await _unit(f"上级{n}")
        made, closed = await asyncio.gather(
            _unit(f"下级{n}", parent), staff.close_unit(parent, actor=SYSTEM), return_exceptions=True
        )
        refused = [type(one) for one in (made, closed) if isinstance(one, BaseException)]
        assert refused in ([UnitClosed], [UnitInUse])


async def test_accounts_are_narrowed_and_counted(clock: Frozen) -> None:
    unit = await _unit("甲")
    below = await _unit("乙", unit)
    one, two = await _in(unit), await _in(below)
    assert one.id
    assert two.id
    await staff.grant(two.id, [Grant(Role.PUBLISHER)], actor=SYSTEM)
    await staff.leave(one.id, actor=SYSTEM)
    third = await add_staff()

    async def found(**given: object) -> list[UUID]:
        page = await staff.people(SYSTEM, Wanted(**given))  # type: ignore[arg-type]
        assert page["count"] == len(page["items"])
        return [item["id"] for item in page["items"]]

    assert set(await found()) == {one.id, two.id, third.id}
    assert await found(state="left") == [one.id]
    assert await found(role=Role.PUBLISHER) == [two.id]
    assert set(await found(unit_id=unit)) == {one.id, two.id}
    assert await found(unit_id=below) == [two.id]
    assert set(await found(text="张")) == {one.id, two.id}
    assert await found(text="%") == []
    page = await staff.people(SYSTEM, cursor=None, limit=2)
    assert (page["count"], len(page["items"])) == (3, 2)
    assert (await staff.people(SYSTEM, cursor=page["next"], limit=2))["count"] is None
    with pytest.raises(HasLeft):
        await staff.edit(one.id, name="李四", unit_id=None, actor=SYSTEM)


async def test_what_is_offered_depends_on_who_looks_at_whom() -> None:
    keeper = await add_staff(Grant(Role.SECURITY_ADMINISTRATOR))
    other = await add_staff()
    assert keeper.id
    assert other.id
    acts = ["edit", "grant", "end_grant", "reset", "end_sessions", "leave"]
    assert (await staff.person(keeper, other.id))["may"] == acts
    assert (await staff.person(keeper, keeper.id))["may"] == ["edit"]
    assert (await staff.person(await add_staff(Grant(Role.AUDITOR)), other.id))["may"] == []
    await staff.leave(other.id, actor=SYSTEM)
    assert (await staff.person(keeper, other.id))["may"] == []
    with pytest.raises(StaffNotFound):
        await staff.person(keeper, new_id())


async def test_who_keeps_accounts_ends_another_one_s_sessions(clock: Frozen) -> None:
    keeper, other = await add_staff(Grant(Role.SECURITY_ADMINISTRATOR)), await add_staff()
    assert keeper.id
    assert other.id
    opened = [await sessions.open_session(other.id, client=name) for name in ("甲", "乙")]
    here = await sessions.open_session(keeper.id, client="丙")
    await sessions.open_session(keeper.id, client="丁")
    actor = replace(keeper, session_id=here.id)
    assert [await staff.end_sessions(one, actor=actor) for one in (other.id, other.id, keeper.id)] == [2, 0, 1]
    for one in opened:
        with pytest.raises(SessionEnded):
            await staff.by_token(one.token, one.csrf, changes=False)
    assert [one.client for one in await staff.seats(actor)] == ["丙"]
    noted = await db.fetch("SELECT row_id, detail FROM audit_entries WHERE action = 'staff.sessions_ended' ORDER BY id")
    assert [(row["row_id"], orjson.loads(row["detail"])) for row in noted] == [
        (other.id, {"sessions": 2}),
        (keeper.id, {"sessions": 1}),
    ]
    with pytest.raises(Forbidden):
        await staff.end_sessions(keeper.id, actor=other)
    with pytest.raises(StaffNotFound):
        await staff.end_sessions(new_id(), actor=actor)
    await staff.leave(other.id, actor=SYSTEM)
    with pytest.raises(HasLeft):
        await staff.end_sessions(other.id, actor=actor)


async def test_one_ends_one_s_own_seats_and_nobody_else_s(clock: Frozen) -> None:
    mine, other = await add_staff(), await add_staff()
    assert mine.id
    assert other.id
    here = await sessions.open_session(mine.id, client="甲")
    clock.advance(timedelta(minutes=1))
    there = await sessions.open_session(mine.id, client="乙")
    foreign = await sessions.open_session(other.id, client="丙")
    actor = Actor(mine.kind, mine.id, session_id=here.id)
    told = [(one.client, one.is_current) for one in await staff.seats(actor)]
    assert told == [("乙", False), ("甲", True)]
    with pytest.raises(SeatUnknown):
        await staff.end_own(actor, foreign.id)
    await staff.end_own(actor, there.id)
    with pytest.raises(SeatUnknown):
        await staff.end_own(actor, there.id)
    await sessions.open_session(mine.id, client="丁")
    assert await staff.end_others(actor) == 1
    assert [one.id for one in await staff.seats(actor)] == [here.id]
    clock.advance(sessions.IDLE)
    assert await staff.seats(actor) == []
    acts = await db.fetch_value("SELECT count(*) FROM audit_entries WHERE action = 'staff.session_ended'")
    assert acts == 2


async def test_what_a_leaver_ends_is_told_before() -> None:
    keeper, leaver = await add_staff(Grant(Role.SECURITY_ADMINISTRATOR)), await add_staff()
    assert leaver.id
    await sessions.open_session(leaver.id, client="甲")
    await staff.grant(leaver.id, [Grant(Role.VISITOR), Grant(Role.PUBLISHER)], actor=SYSTEM)
    told = await staff.ending_with(leaver.id, actor=keeper)
    assert (told["sessions"], told["grants"], told["state"]) == (1, 2, "active")
    with pytest.raises(StaffNotFound):
        await staff.ending_with(new_id(), actor=keeper)
    with pytest.raises(Forbidden):
        await staff.ending_with(leaver.id, actor=leaver)
