"""How often a year: counted by one query, held under concurrency, passed with one signature used once."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.access import SYSTEM, Role
from backend.enterprises import contacts
from backend.enterprises.contacts import OverCeiling, ServiceKind, Side, Standing, approvals, inspections
from backend.enterprises.contacts.errors import AskedBefore, NeedsOther, NotNeeded
from backend.enterprises.contacts.states import ApprovalState, InspectionKind
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.states import WrongState
from tests.backend.enterprises.builders import enterprise
from tests.backend.enterprises.contacts.people import LAW, a_plan, count, member, noted, planned, unit

pytestmark = pytest.mark.usefixtures("running", "clock")

DISTRICT = {"district": "330502"}


async def _full(number: int = 1) -> UUID:
    """An enterprise to which the bureau came four times this year."""
    place = await enterprise(number, **DISTRICT)
    await planned(*(a_plan(place, f"2026-12-{day:02}") for day in range(1, 5)))
    return place


async def test_what_is_planned_and_what_was_count_for_their_calendar_year(clock: Frozen) -> None:
    place, other = await enterprise(1), await enterprise(2)
    one = a_plan(place)
    await planned(one, a_plan(place, "2027-01-01"))
    assert await contacts.standings([place, other], 2026) == {place: Standing(0, 1, 4), other: Standing(0, 0, 4)}
    clock.advance(timedelta(days=8))
    await noted(place, origin_id=one.origin_id)
    assert await contacts.standings([place], 2026) == {place: Standing(1, 0, 4)}
    assert (await contacts.standings([place], 2027))[place].planned == 1


async def test_the_year_ends_at_midnight_in_china(clock: Frozen) -> None:
    place = await enterprise()
    last = clock.now().replace(year=2026, month=12, day=31, hour=15, minute=59)
    await noted(place, last)
    await noted(place, last + timedelta(minutes=1))
    # both are wished (nobody planned them), so they are listed and use up nothing
    assert await count("contacts", "year = 2026") == 1
    assert await count("contacts", "year = 2027 AND is_wished") == 1


async def test_what_the_enterprise_wished_and_what_is_only_listed_uses_up_nothing() -> None:
    place = await enterprise()
    await noted(place)
    call = a_plan(place, "2026-11-23", kind=ServiceKind.PHONE)
    await planned(call)
    await noted(place, origin_id=call.origin_id, kind=ServiceKind.PHONE)
    assert await contacts.standings([place], 2026) == {place: Standing(0, 0, 4)}
    assert await count("contacts") == 2


async def test_the_ceiling_goes_by_the_risk_class_while_that_is_fresh(clock: Frozen) -> None:
    risky, good = await enterprise(1, credit_risk_class="D"), await enterprise(2, credit_risk_class="A")
    nobody = await enterprise(3)
    found = await contacts.standings([risky, good, nobody], 2026, Side.INSPECTION)
    assert [found[one].ceiling for one in (risky, good, nobody)] == [None, 1, 2]
    clock.advance(timedelta(days=121))
    assert (await contacts.standings([risky], 2027, Side.INSPECTION))[risky].ceiling == 2


async def test_one_query_tells_of_any_number(monkeypatch: pytest.MonkeyPatch) -> None:
    places = [await enterprise(number) for number in range(1, 31)]
    await planned(*(a_plan(one) for one in places))
    asked, fetch = [], db.fetch

    async def counting(sql: str, *params: Any) -> Any:
        asked.append(sql)
        return await fetch(sql, *params)

    monkeypatch.setattr(db, "fetch", counting)
    found = await contacts.standings(places, 2026)
    assert (len(found), len(asked)) == (30, 1)


async def test_one_more_than_the_ceiling_is_refused_in_words() -> None:
    place = await _full()
    with pytest.raises(OverCeiling) as refused:
        await planned(a_plan(place, "2026-12-20"))
    assert "2026年度服务已有4次" in refused.value.detail
    assert "企业自己提出的走访不受此限" in refused.value.detail
    await planned(a_plan(place, "2027-01-10"))
    await planned(a_plan(place, "2026-12-20", kind=ServiceKind.VIDEO))
    await planned(a_plan(place, "2026-12-20", is_offered=True))


async def test_of_two_who_plan_the_last_one_at_once_one_passes() -> None:
    place = await enterprise()
    await planned(*(a_plan(place, f"2026-12-{day:02}") for day in range(1, 4)))
    wanted = [planned(a_plan(place, f"2026-12-{day:02}")) for day in range(10, 30)]
    got = await asyncio.gather(*wanted, return_exceptions=True)
    assert [type(one) for one in got if isinstance(one, Exception)] == [OverCeiling] * 19
    assert await contacts.standings([place], 2026) == {place: Standing(0, 4, 4)}


async def test_a_signature_of_a_second_person_lets_one_more_pass_once() -> None:
    place, (desk, chief) = await _full(), (await member(Role.FRONT_DESK), await member())
    with pytest.raises(OverCeiling):
        await planned(a_plan(place, "2026-12-20"), actor=desk)
    asked = await approvals.ask(place, Side.SERVICE, 2026, "承诺的回访", actor=desk)
    with pytest.raises(OverCeiling):
        await planned(a_plan(place, "2026-12-20"), actor=desk)
    await approvals.decide(asked.id, "同意", is_signed=True, actor=chief)
    with pytest.raises(OverCeiling):
        await planned(a_plan(place, "2026-12-20"), actor=await member())
    await planned(a_plan(place, "2026-12-20"), actor=desk)
    with pytest.raises(OverCeiling):
        await planned(a_plan(place, "2026-12-21"), actor=desk)
    assert await count("contact_approvals", "state = 'used'") == 1


async def test_a_signature_is_used_once_among_racers() -> None:
    place, (desk, chief) = await _full(), (await member(Role.FRONT_DESK), await member())
    asked = await approvals.ask(place, Side.SERVICE, 2026, "承诺的回访", actor=desk)
    await approvals.decide(asked.id, "同意", is_signed=True, actor=chief)
    wanted = [planned(a_plan(place, f"2026-12-{day}"), actor=desk) for day in range(20, 30)]
    got = await asyncio.gather(*wanted, return_exceptions=True)
    assert sum(isinstance(one, OverCeiling) for one in got) == 9


async def test_a_signature_lapses(clock: Frozen) -> None:
    place, (desk, chief) = await _full(), (await member(Role.FRONT_DESK), await member())
    asked = await approvals.ask(place, Side.SERVICE, 2026, "承诺的回访", actor=desk)
    await approvals.decide(asked.id, "同意", is_signed=True, actor=chief)
    clock.advance(timedelta(days=30))
    with pytest.raises(OverCeiling):
        await planned(a_plan(place, "2026-12-30"), actor=desk)
    assert await approvals.lapse() == 1


async def test_nobody_signs_for_himself_or_for_his_superior() -> None:
    place, above = await _full(), await unit("市局")
    below = await unit("分局", above)
    chief, deputy, peer = await member(unit_id=above), await member(unit_id=below), await member(unit_id=above)
    asked = await approvals.ask(place, Side.SERVICE, 2026, "承诺的回访", actor=chief)
    for signer in (chief, deputy):
        with pytest.raises(NeedsOther):
            await approvals.decide(asked.id, "同意", is_signed=True, actor=signer)
    assert (await approvals.decide(asked.id, "同意", is_signed=True, actor=peer)).state is ApprovalState.SIGNED


async def test_of_two_signers_one_has_the_word() -> None:
    place, desk = await _full(), await member(Role.FRONT_DESK)
    signers = [await member() for _ in range(6)]
    asked = await approvals.ask(place, Side.SERVICE, 2026, "承诺的回访", actor=desk)
    words = [
        approvals.decide(asked.id, "我的意见", is_signed=place % 2 == 0, actor=one) for place, one in enumerate(signers)
    ]
    got = await asyncio.gather(*words, return_exceptions=True)
    assert [type(one) for one in got if isinstance(one, Exception)] == [WrongState] * 5
    assert await count("contact_approvals", "decided_by IS NOT NULL") == 1


async def test_below_the_ceiling_nothing_is_asked_and_nothing_is_asked_twice() -> None:
    place, fresh, desk = await _full(), await enterprise(2, **DISTRICT), await member(Role.FRONT_DESK)
    with pytest.raises(NotNeeded):
        await approvals.ask(fresh, Side.SERVICE, 2026, "想再去", actor=desk)
    await approvals.ask(place, Side.SERVICE, 2026, "承诺的回访", actor=desk)
    with pytest.raises(AskedBefore):
        await approvals.ask(place, Side.SERVICE, 2026, "承诺的回访", actor=desk)


async def test_a_plan_that_moves_into_a_full_year_needs_a_signature_too() -> None:
    place, desk = await _full(), await member(Role.FRONT_DESK)
    next_year = a_plan(place, "2027-01-05")
    await planned(next_year, actor=desk)
    assert next_year.origin_id
    with pytest.raises(OverCeiling):
        async with db.transaction():
            await contacts.move("visits", next_year.origin_id, date(2026, 12, 28), actor=desk)
    async with db.transaction():
        await contacts.move("visits", next_year.origin_id, date(2027, 1, 8), actor=desk)
    assert await count("contact_plans", "on_day = '2027-01-08'") == 1


async def test_a_plan_that_is_dropped_makes_room() -> None:
    place = await enterprise()
    mine = [a_plan(place, f"2026-12-{day:02}") for day in range(1, 5)]
    await planned(*mine)
    assert mine[0].origin_id
    async with db.transaction():
        await contacts.drop("visits", mine[0].origin_id, "取消")
    await planned(a_plan(place, "2026-12-20"))


async def test_an_inspection_has_its_own_ceiling() -> None:
    place, chief = await enterprise(1, credit_risk_class="B", **DISTRICT), await member()
    await inspections.plan(place, InspectionKind.ROUTINE, date(2026, 12, 1), "年度计划", LAW, actor=chief)
    with pytest.raises(OverCeiling) as refused:
        await inspections.plan(place, InspectionKind.RANDOM, date(2026, 12, 9), "抽中", LAW, actor=chief)
    assert "检查" in refused.value.detail
    # what a complaint makes necessary is listed and not counted
    await inspections.plan(place, InspectionKind.COMPLAINT, date(2026, 12, 9), "投诉", LAW, actor=chief)
    await planned(a_plan(place), actor=SYSTEM)
