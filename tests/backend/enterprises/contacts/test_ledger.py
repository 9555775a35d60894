"""Lines of the ledger: each contact once, never an inspection for a visit, struck out and never deleted."""

import asyncio
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from backend.access import Role
from backend.enterprises.contacts import ServiceKind, Side, figures, inspections, limits, noting, queries, standings
from backend.enterprises.contacts.errors import ContactUnknown, ContactWrong, LimitsChanged, OwnLine, StruckBefore
from backend.enterprises.contacts.inspections import Inspection
from backend.enterprises.contacts.limits import Ceiling
from backend.enterprises.contacts.queries import Wanted
from backend.enterprises.contacts.states import InspectionKind
from backend.foundation import clock as now
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden
from backend.foundation.ids import new_id
from tests.backend.cases.people import asker
from tests.backend.enterprises.builders import enterprise
from tests.backend.enterprises.contacts.people import BASIS, LAW, a_plan, count, line, member, noted, planned, unit

pytestmark = pytest.mark.usefixtures("running", "clock")

DISTRICT = {"district": "330502"}
_FORGED = """
INSERT INTO contacts (id, enterprise_id, side, kind, origin, origin_id, on_day, reason, legal_basis, outcome,
    is_counted, noted_by_kind, noted_at)
VALUES ($1, $2, $3, $4, $5, $6, '2026-11-23', '走访', '依据', $7, TRUE, 'system', now())
"""


async def test_however_many_units_come_it_is_one_contact() -> None:
    place, one, two = await enterprise(), await unit("甲局"), await unit("乙局")
    people = [await member(Role.VISITOR, one), await member(Role.VISITOR, two)]
    visit = new_id()
    given: dict[str, Any] = {"origin_id": visit, "staff": [who.id for who in people], "unit_id": one}
    made = [await noted(place, **given), await noted(place, **given)]
    assert [len(one) for one in made] == [1, 0]
    found = await queries.page(await member(), Wanted(), cursor=None, limit=20)
    assert [who["unit"] for who in found["items"][0]["people"]] == ["甲局", "乙局"]
    year = await figures.of(await member(), 2026, "unit")
    assert [(row["word"], row["contacts"], row["joint"]) for row in year["items"]] == [("合计", 1, 1), ("甲局", 1, 1)]


async def test_twins_note_it_once() -> None:
    place, visit = await enterprise(), new_id()
    await asyncio.gather(*(noted(place, origin_id=visit) for _ in range(10)))
    assert await count("contacts") == 1


@pytest.mark.parametrize(
    ("side", "kind", "origin", "outcome"),
    [
        ("service", "routine", "visits", ""),  # a visit that says it was an inspection
        ("inspection", "routine", "visits", "合格"),  # an inspection that a module wrote
        ("inspection", "visit", None, "合格"),  # an inspection that says it was a visit
        ("service", "visit", None, ""),  # a service of nobody
        ("inspection", "routine", None, ""),  # an inspection without an outcome
        ("service", "visit", "visits", "罚款"),  # a service with one
    ],
)
async def test_no_row_can_mix_the_two_sides(side: str, kind: str, origin: str | None, outcome: str) -> None:
    place = await enterprise()
    given = (new_id(), place, side, kind, origin, new_id() if origin else None, outcome)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await db.execute(_FORGED, *given)


async def test_a_module_has_no_way_to_write_an_inspection() -> None:
    place = await enterprise()
    assert set(ServiceKind) & set(InspectionKind) == set()
    assert await noted(place, kind="routine") == []
    assert await count("contacts") == 0


async def test_a_kind_never_changes_its_side() -> None:
    await noted(await enterprise())
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await db.execute("UPDATE contact_kinds SET side = 'inspection' WHERE key = 'visit'")


async def test_what_comes_later_than_ten_days_is_marked(clock: Frozen) -> None:
    place = await enterprise()
    early = await noted(place, clock.now() - timedelta(days=10))
    late = await noted(place, clock.now() - timedelta(days=11))
    assert [(await line(one))["is_late"] for one in (*early, *late)] == [False, True]


async def test_a_line_is_struck_out_with_a_reason_and_both_are_kept() -> None:
    place, chief = await enterprise(1, **DISTRICT), await member()
    about = (place, InspectionKind.ROUTINE, date(2026, 11, 20), "年度计划", LAW, "未发现问题")
    wrong = await inspections.enter(Inspection(*about), actor=chief)
    with pytest.raises(ContactUnknown):
        await inspections.enter(Inspection(*about, replaces=wrong), actor=chief)
    other = await member()
    await noting.strike(wrong, "日期有误", actor=other)
    with pytest.raises(StruckBefore):
        await noting.strike(wrong, "日期有误", actor=other)
    right = await inspections.enter(Inspection(*about, replaces=wrong), actor=chief)
    found = await queries.page(chief, Wanted(), cursor=None, limit=20)
    assert {one["id"]: one["strike_reason"] for one in found["items"]} == {wrong: "日期有误", right: ""}
    with pytest.raises(ContactUnknown):
        await inspections.enter(Inspection(*about, replaces=wrong), actor=chief)


async def test_nobody_strikes_out_what_he_entered_or_where_he_came() -> None:
    place, chief, colleague = await enterprise(1, **DISTRICT), await member(), await member()
    people = [colleague.id] if colleague.id else []
    about = (place, InspectionKind.ROUTINE, now.today(), "年度计划", LAW, "未发现问题", people)
    made = await inspections.enter(Inspection(*about), actor=chief)
    for one in (chief, colleague):
        with pytest.raises(OwnLine):
            await noting.strike(made, "没有这回事", actor=one)
    assert await count("contacts", "struck_at IS NULL") == 1
    await noting.strike(made, "重复登记", actor=await member())


async def test_of_two_who_strike_a_line_out_one_does(clock: Frozen) -> None:
    place, people = await enterprise(1, **DISTRICT), [await member() for _ in range(4)]
    (made,) = await noted(place)
    got = await asyncio.gather(*(noting.strike(made, "重复", actor=one) for one in people), return_exceptions=True)
    assert sum(isinstance(one, StruckBefore) for one in got) == 3


async def test_what_was_taken_back_can_be_noted_again() -> None:
    place, visit = await enterprise(), new_id()
    await noted(place, origin_id=visit)
    async with db.transaction():
        await noting.strike_of("visits", visit, [place], "未到访", actor=await member())
    assert len(await noted(place, origin_id=visit)) == 1


async def test_an_inspection_is_entered_by_who_may_with_day_and_people_in_order() -> None:
    place, chief, visitor = await enterprise(1, **DISTRICT), await member(), await member(Role.VISITOR)
    about = (place, InspectionKind.SPECIAL)
    with pytest.raises(Forbidden):
        await inspections.enter(Inspection(*about, date(2026, 11, 20), "专项", LAW, "合格"), actor=visitor)
    for day in (date(2026, 11, 24), date(2025, 11, 1)):
        with pytest.raises(ContactWrong):
            await inspections.enter(Inspection(*about, day, "专项", LAW, "合格"), actor=chief)
    with pytest.raises(ContactWrong):
        await inspections.enter(Inspection(*about, date(2026, 11, 20), "专项", LAW, "合格", [new_id()]), actor=chief)
    elsewhere = await member(districts=("330503",))
    with pytest.raises(Forbidden):
        await inspections.enter(Inspection(*about, date(2026, 11, 20), "专项", LAW, "合格"), actor=elsewhere)


async def test_an_inspection_fulfils_its_plan() -> None:
    place, chief = await enterprise(1, **DISTRICT), await member()
    plan = await inspections.plan(place, InspectionKind.ROUTINE, now.today(), "年度计划", LAW, actor=chief)
    one = Inspection(place, InspectionKind.ROUTINE, now.today(), "年度计划", LAW, "合格", plan_id=plan)
    await inspections.enter(one, actor=chief)
    assert await count("contact_plans", "state = 'done'") == 1


async def test_an_owner_reads_who_came_when_why_and_on_what_basis_and_no_class() -> None:
    owner, place = await asker(1, credit_risk_class="D")
    someone = await member(Role.VISITOR, await unit("吴兴分局"))
    plan = a_plan(place, "2026-11-23")
    await planned(plan)
    await noted(place, origin_id=plan.origin_id, staff=[someone.id])
    told = await queries.of_enterprise(owner, place, year=None, cursor=None, limit=20)
    (came,) = told["items"]
    assert (came["kind_word"], came["reason"], came["legal_basis"]) == ("上门走访", "困难帮扶", BASIS)
    assert came["people"] == [{"name": "工作人员", "unit": "吴兴分局"}]
    assert told["figures"] == {"service": {"used": 1, "planned": 0}, "inspection": {"used": 0, "planned": 0}}
    stranger, _ = await asker(2)
    with pytest.raises(ContactUnknown):
        await queries.of_enterprise(stranger, place, year=None, cursor=None, limit=20)


async def test_who_is_over_the_ceiling_is_listed() -> None:
    place, fine, chief = await enterprise(1, credit_risk_class="A"), await enterprise(2), await member()
    for one in (place, place, fine):
        about = (one, InspectionKind.ROUTINE, date(2026, 11, 20), "年度计划", LAW, "合格")
        await inspections.enter(Inspection(*about), actor=chief)
    found = await queries.over(chief, 2026, Side.INSPECTION, cursor=None, limit=20)
    assert [(one["id"], one["used"], one["ceiling"]) for one in found["items"]] == [(place, 2, 1)]
    assert (await queries.over(chief, 2025, Side.INSPECTION, cursor=None, limit=20))["count"] == 0
    near = await member(districts=("330503",))
    assert (await queries.over(near, 2026, Side.INSPECTION, cursor=None, limit=20))["items"] == []


async def test_pages_follow_each_other() -> None:
    place, chief = await enterprise(), await member()
    for _ in range(5):
        await noted(place)
    seen, cursor = [], None
    for _ in range(3):
        found = await queries.page(chief, Wanted(year=2026, side=Side.SERVICE), cursor=cursor, limit=2)
        seen += [one["id"] for one in found["items"]]
        cursor = found["next"]
    assert (len(set(seen)), cursor) == (5, None)


async def test_figures_by_district_say_how_they_are_counted() -> None:
    await noted(await enterprise(1, **DISTRICT))
    await noted(await enterprise(2, district="330503"))
    told = await figures.of(await member(), 2026, "district")
    assert [(row["word"], row["contacts"], row["wished"]) for row in told["items"]] == [
        ("合计", 2, 2),
        ("吴兴区", 1, 1),
        ("南浔区", 1, 1),
    ]
    assert all(one["formula"] for one in told["formulas"])


async def test_limits_are_set_with_a_ceiling_for_whoever_has_no_class_and_against_one_version() -> None:
    chief, before = await member(), await limits.shown()
    days = {name: before[name] for name in ("merge_days", "late_days", "signed_days")}
    counted = [one["key"] for one in before["kinds"] if one["is_counted"]]
    old = [Ceiling(Side(one.pop("side")), **one) for one in before["ceilings"]]
    with pytest.raises(ContactWrong):
        await limits.edit(days, counted, old[1:2], actor=chief, version=before["version"])
    with pytest.raises(ContactWrong):
        await limits.edit(days, counted, [*old, old[0]], actor=chief, version=before["version"])
    with pytest.raises(LimitsChanged):
        await limits.edit(days, counted, old, actor=chief, version=before["version"] - 1)
    small = Ceiling(Side.SERVICE, "", "micro", 2, "本单位工作安排")
    try:
        told = await limits.edit(
            {**days, "late_days": 5}, [*counted, "phone"], [*old, small], actor=chief, version=before["version"]
        )
        place = await enterprise(1, statistical_size="micro")
        assert (await standings([place], 2026))[place].ceiling == 2
        call = a_plan(place, "2026-11-23", kind=ServiceKind.PHONE)
        await planned(call)
        assert (await standings([place], 2026))[place].planned == 1
    finally:
        version = (await limits.shown())["version"]
        await limits.edit(days, counted, old, actor=chief, version=version)
    assert told["late_days"] == 5


async def test_an_inspection_is_never_refused_entry_for_being_one_too_many() -> None:
    place, chief = await enterprise(1, credit_risk_class="A", **DISTRICT), await member()
    for _ in range(3):
        about = (place, InspectionKind.ROUTINE, date(2026, 11, 20), "年度计划", LAW, "合格")
        await inspections.enter(Inspection(*about), actor=chief)
    assert await count("contacts", "side = 'inspection'") == 3


async def test_a_line_that_was_struck_out_is_entered_again_once_among_racers() -> None:
    place, chief = await enterprise(1, **DISTRICT), await member()
    about = (place, InspectionKind.ROUTINE, date(2026, 11, 20), "年度计划", LAW, "未发现问题")
    wrong = await inspections.enter(Inspection(*about), actor=chief)
    await noting.strike(wrong, "日期有误", actor=await member())
    again = [inspections.enter(Inspection(*about, replaces=wrong), actor=chief) for _ in range(6)]
    got = await asyncio.gather(*again, return_exceptions=True)
    assert [type(one) for one in got if isinstance(one, Exception)] == [ContactUnknown] * 5
