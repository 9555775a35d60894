"""What somebody can't go on with is given to others: leavers, absences from today, and what nobody takes in time."""

from datetime import timedelta
from typing import Any

import pytest

from backend.access import SYSTEM, Role
from backend.cases import handling, queries
from backend.cases.assignment import assigning, handing_over, helping, placing, releasing, transferring
from backend.cases.ending import closing
from backend.cases.states import CaseState
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.staff import accounts
from tests.backend.cases.offices import away, holders, id_of, leaves, load, member, notices, route, settled, unit, why
from tests.backend.cases.people import HELP, answered, asker, clerk, kinds, manager, opened, row, taken

pytestmark = pytest.mark.usefixtures("running", "clock")


async def test_all_that_a_leaver_had_goes_to_others_the_same_day() -> None:
    person, place = await asker()
    office = await unit()
    await route(HELP, office)
    goes, stays = await member(office), await member(office)
    made = [await taken(goes, person, place), await answered(goes, person, place), await opened(person, place)]
    await assigning.assign(made[2], id_of(goes), actor=await manager())
    offered = await taken(stays)
    await handing_over.hand_over(offered, id_of(goes), "请办", actor=stays)
    await helping.add(made[0], id_of(stays), actor=goes)
    await accounts.leave(id_of(goes), actor=SYSTEM)
    await settled()
    assert await holders([*made, offered]) == [stays.id] * 4
    cases = [await row(one) for one in (*made, offered)]
    assert [one.state for one in cases] == [
        CaseState.ASSIGNED,
        CaseState.ANSWERED,
        CaseState.ASSIGNED,
        CaseState.IN_PROGRESS,
    ]
    assert {one.offered_to for one in cases} == {None}
    assert {one.answerable_id for one in cases} == {stays.id}
    assert (await load(goes), await load(stays)) == (0, 4)
    assert (await kinds(made[0]))[-2:] == ["returned", "assigned"]
    await closing.refuse(made[1], "没有解决", actor=person)
    assert (await row(made[1])).handler_id == stays.id


async def test_a_leaver_s_case_that_nobody_fits_is_in_the_list_and_not_lost() -> None:
    office = await unit()
    await route(HELP, office)
    boss, goes = await manager(), await member(office)
    case_id = await taken(goes)
    await accounts.leave(id_of(goes), actor=SYSTEM)
    await settled()
    case = await row(case_id)
    assert (case.state, case.handler_id, case.answerable_id) == (CaseState.RECEIVED, None, None)
    assert case.unassigned_at is not None
    assert await notices(boss) == ["case_unassigned"]


async def test_the_sweep_finds_what_a_leaver_still_has() -> None:
    goes, stays = await clerk(), await clerk()
    case_id = await taken(goes)
    await leaves(goes)
    assert await releasing.sweep() == 1
    await settled()
    assert await holders([case_id]) == [stays.id]
    assert await releasing.sweep() == 0


async def test_an_absence_from_today_frees_what_was_not_accepted_for_the_stand_in() -> None:
    office = await unit()
    await route(HELP, office)
    ill, free = await member(office), await member(office, name="李娜")
    stand_in = await member(office, name="王芳")
    accepted, waits = await taken(ill), await opened()
    await assigning.assign(waits, id_of(ill), actor=await manager())
    for _ in range(3):
        await taken(stand_in)
    await away(ill, 3, stand_in=stand_in)
    await settled()
    assert await holders([accepted, waits]) == [ill.id, stand_in.id]
    assert (await why(waits))[-2:] == [
        "经办人不在岗，尚未接办，重新分派。",
        "分派给王芳：不在岗的经办人指定的代理人。",
    ]
    assert await load(free) == 0


async def test_an_absence_to_come_frees_nothing_before_it_begins(clock: Frozen) -> None:
    office = await unit()
    await route(HELP, office)
    someone, other = await member(office), await member(office)
    case_id = await opened()
    await assigning.assign(case_id, id_of(someone), actor=await manager())
    await away(someone, after=1)
    await settled()
    assert await holders([case_id]) == [someone.id]
    clock.advance(timedelta(hours=15))
    await settled()
    assert await holders([case_id]) == [other.id]


async def test_an_offer_to_who_is_away_goes_back_to_its_handler() -> None:
    one, two = await clerk(), await clerk()
    case_id = await taken(one)
    await handing_over.hand_over(case_id, id_of(two), "请办", actor=one)
    await away(two)
    await settled()
    case = await row(case_id)
    assert (case.state, case.handler_id, case.offered_to) == (CaseState.IN_PROGRESS, one.id, None)
    assert await notices(one) == ["case_offer_answered"]


async def test_what_nobody_accepts_in_time_goes_to_the_next_once_and_then_to_the_superior(clock: Frozen) -> None:
    office = await unit()
    await route(HELP, office)
    boss, one, two, three = await manager(), *[await member(office) for _ in range(3)]
    case_id = await opened()
    await settled()
    first = (await row(case_id)).handler_id
    assert await releasing.sweep() == 0
    clock.advance(timedelta(days=2))
    assert await releasing.sweep() == 1
    await settled()
    case = await row(case_id)
    assert case.state is CaseState.ASSIGNED
    assert case.handler_id in {one.id, two.id, three.id} - {first}
    assert (case.passed_on, case.answerable_id) == (1, first)
    second = case.handler_id
    clock.advance(timedelta(days=2))
    assert await releasing.sweep() == 1
    assert await holders([case_id]) == [second]
    assert "case_not_accepted" in await notices(boss)
    assert await releasing.sweep() == 0
    taker = next(each for each in (one, two, three) if each.id == second)
    case = await handling.accept(case_id, actor=taker)
    assert (case.passed_on, case.accept_by) == (0, None)
    assert "case_not_accepted" not in await notices(boss)


async def test_an_offer_lapses_and_its_handler_goes_on(clock: Frozen) -> None:
    one, two = await clerk(), await clerk()
    case_id = await taken(one)
    await handing_over.hand_over(case_id, id_of(two), "请办", actor=one)
    clock.advance(timedelta(days=2))
    assert await releasing.sweep() == 1
    case = await row(case_id)
    assert (case.handler_id, case.offered_to, case.accept_by) == (one.id, None, None)
    assert (await notices(one), await notices(two)) == (["case_offer_answered"], [])


async def test_of_a_transfer_that_nobody_accepts_the_superior_hears(clock: Frozen) -> None:
    here, there, boss = await unit("吴兴分局"), await unit("长兴分局"), await manager()
    await route(HELP, here)
    await member(there, Role.SPECIALIST)
    case_id = await taken(await member(here))
    await transferring.transfer(case_id, there, "属长兴管辖", actor=boss)
    clock.advance(timedelta(days=2))
    assert await releasing.sweep() == 1
    assert "case_not_accepted" in await notices(boss)
    assert (await row(case_id)).state is CaseState.TRANSFERRED


async def test_what_a_leaver_answered_can_be_given_by_hand() -> None:
    person, place = await asker()
    goes, stays = await clerk(), await clerk()
    case_id = await answered(goes, person, place)
    await leaves(goes)
    await releasing.sweep()
    assert await holders([case_id]) == [None]
    boss = await manager()
    assert "assign" in (await queries.staff_detail(boss, case_id))["may"]
    case = await assigning.assign(case_id, id_of(stays), actor=boss)
    assert (case.handler_id, case.state, case.accept_by) == (stays.id, CaseState.ANSWERED, None)


async def test_a_case_that_can_not_be_passed_on_holds_no_other(clock: Frozen, monkeypatch: pytest.MonkeyPatch) -> None:
    someone = await clerk()
    broken, sound = [await opened(handler_id=someone.id) for _ in range(2)]
    await db.execute("UPDATE cases SET accept_by = accept_by - interval '1 minute' WHERE id = $1", broken)
    plain = placing.write_down

    async def fails(placed: Any, *rest: Any) -> None:
        if placed[0].id == broken:
            raise RuntimeError("a row that nobody can write")
        await plain(placed, *rest)

    monkeypatch.setattr(placing, "write_down", fails)
    clock.advance(timedelta(days=3))
    assert await releasing.sweep() == 1
    assert [(await row(one)).state for one in (broken, sound)] == [CaseState.ASSIGNED, CaseState.RECEIVED]
