"""Who is away: told by himself or by who manages it, never twice a day, and what it sets off."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from backend import staff
from backend.access import SYSTEM, Actor, Grant, Role
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden, Invalid
from backend.foundation.ids import new_id
from backend.staff import absences, skills
from backend.staff.errors import AbsenceOver, AbsenceTaken, AbsenceUnknown, HasLeft, StaffNotFound
from tests.factories.people import add_staff

pytestmark = pytest.mark.usefixtures("running", "clock")

TODAY = date(2026, 11, 23)
FRIDAY = date(2026, 11, 27)


def _id(actor: Actor) -> UUID:
    assert actor.id
    return actor.id


async def _handler() -> Actor:
    someone = await add_staff()
    await staff.grant(_id(someone), [Grant(Role.SPECIALIST)], actor=SYSTEM)
    return someone


async def _items() -> list[tuple[str, str]]:
    rows = await db.fetch("SELECT state, due_at::text AS due FROM outbox WHERE topic = $1", absences.BEGUN)
    return [(row["state"], row["due"]) for row in rows]


async def test_one_tells_his_own_and_his_work_hears_when_it_begins() -> None:
    me, other = await add_staff(), await _handler()
    await absences.tell(_id(me), FRIDAY, FRIDAY + timedelta(days=4), "leave", stand_in=other.id, actor=me)
    (told,) = await absences.own(me)
    assert (told["from_on"], told["kind"], told["stand_in"]) == (FRIDAY, "leave", other.id)
    assert await _items() == [("pending", "2026-11-26 16:00:00+00")]
    assert await absences.own(other) == []


async def test_nobody_is_away_twice_on_one_day() -> None:
    me = await add_staff()
    got = await asyncio.gather(
        *(absences.tell(_id(me), TODAY, FRIDAY, "trip", actor=me) for _ in range(10)), return_exceptions=True
    )
    assert [type(one) for one in got if isinstance(one, Exception)] == [AbsenceTaken] * 9
    with pytest.raises(AbsenceTaken):
        await absences.tell(_id(me), FRIDAY, FRIDAY, "sick", actor=me)
    await absences.tell(_id(me), FRIDAY + timedelta(days=1), FRIDAY + timedelta(days=1), "sick", actor=me)


async def test_another_s_is_told_by_who_manages_absences_alone() -> None:
    me, colleague = await add_staff(), await add_staff(Grant(Role.SPECIALIST))
    boss = await add_staff(Grant(Role.MANAGER))
    with pytest.raises(Forbidden):
        await absences.tell(_id(me), TODAY, TODAY, "sick", actor=colleague)
    made = await absences.tell(_id(me), TODAY, TODAY, "sick", actor=boss)
    with pytest.raises(Forbidden):
        await absences.withdraw(made, staff_id=_id(me), actor=colleague)
    with pytest.raises(AbsenceUnknown):  # under his own name, somebody else's entry is not there
        await absences.withdraw(made, staff_id=_id(colleague), actor=colleague)
    with pytest.raises(Forbidden):
        await absences.listed(colleague, TODAY, FRIDAY)
    assert [one["name"] for one in await absences.listed(boss, TODAY, FRIDAY)] == ["工作人员"]
    trail = await db.fetch("SELECT actor_id, action FROM audit_entries WHERE action LIKE 'staff.absence%'")
    assert [tuple(one) for one in trail] == [(boss.id, "staff.absence_told")]


async def test_what_has_begun_ends_with_yesterday_and_what_is_over_stays(clock: Frozen) -> None:
    me = await add_staff()
    made = await absences.tell(_id(me), TODAY, FRIDAY, "leave", actor=me)
    clock.advance(timedelta(days=2))
    await absences.withdraw(made, staff_id=_id(me), actor=me)
    (told,) = await absences.own(me)
    assert told["until_on"] == date(2026, 11, 24)
    with pytest.raises(AbsenceOver):
        await absences.withdraw(made, staff_id=_id(me), actor=me)


async def test_what_has_not_begun_is_as_if_it_had_never_been_told() -> None:
    me = await add_staff()
    made = await absences.tell(_id(me), FRIDAY, FRIDAY, "leave", actor=me)
    await absences.withdraw(made, staff_id=_id(me), actor=me)
    assert await absences.own(me) == []
    assert [state for state, _ in await _items()] == ["cancelled"]
    with pytest.raises(AbsenceUnknown):
        await absences.withdraw(made, staff_id=_id(me), actor=me)
    await absences.tell(_id(me), FRIDAY, FRIDAY, "leave", actor=me)


@pytest.mark.parametrize(
    ("first", "last", "kind", "field"),
    [
        (FRIDAY, TODAY, "leave", "until_on"),
        (date(2020, 1, 1), date(2020, 1, 2), "leave", "from_on"),
        (TODAY, date(2029, 1, 1), "leave", "until_on"),
        (TODAY, TODAY, "holiday", "kind"),
    ],
)
async def test_what_cannot_be_is_refused(first: date, last: date, kind: str, field: str) -> None:
    me = await add_staff()
    with pytest.raises(Invalid) as refused:
        await absences.tell(_id(me), first, last, kind, actor=me)
    assert [one.path for one in refused.value.fields] == [field]


async def test_a_stand_in_is_somebody_else_who_is_there_and_takes_cases() -> None:
    me, gone, guard = await add_staff(), await _handler(), await add_staff()
    await staff.grant(_id(guard), [Grant(Role.SECURITY_ADMINISTRATOR)], actor=SYSTEM)
    await db.execute("UPDATE staff SET state = 'left', left_at = $2 WHERE id = $1", gone.id, clock_module.now())
    for stand_in in (me.id, gone.id, guard.id, UUID(int=7)):
        with pytest.raises(Invalid) as refused:
            await absences.tell(_id(me), TODAY, TODAY, "leave", stand_in=stand_in, actor=me)
        assert [one.path for one in refused.value.fields] == ["stand_in"]
    with pytest.raises(HasLeft):
        await absences.tell(_id(gone), TODAY, TODAY, "leave", actor=SYSTEM)
    with pytest.raises(StaffNotFound):
        await absences.tell(UUID(int=7), TODAY, TODAY, "leave", actor=SYSTEM)


async def test_stand_ins_do_not_go_round_in_a_circle() -> None:
    first, second, third = [await _handler() for _ in range(3)]
    await absences.tell(_id(first), TODAY, FRIDAY, "leave", stand_in=second.id, actor=first)
    await absences.tell(_id(second), FRIDAY, FRIDAY, "leave", stand_in=third.id, actor=second)
    with pytest.raises(Invalid):
        await absences.tell(_id(third), FRIDAY, FRIDAY, "leave", stand_in=first.id, actor=third)
    later = FRIDAY + timedelta(days=3)
    await absences.tell(_id(third), later, later, "leave", stand_in=first.id, actor=third)


async def test_skills_are_noted_by_who_manages_and_replaced_as_a_whole() -> None:
    boss, someone = await add_staff(Grant(Role.MANAGER)), await add_staff()
    asked = {"ip", "policy", "rights"}
    await skills.note(_id(someone), ["ip", "policy", "ip"], asked=asked, actor=boss)
    await skills.note(_id(someone), ["policy", "rights"], asked=asked, actor=boss)
    assert await skills.of([_id(someone), _id(boss)]) == {someone.id: frozenset({"policy", "rights"})}
    with pytest.raises(Forbidden):
        await skills.note(_id(someone), [], asked=asked, actor=someone)
    for wrong in (["专长"], ["a" * 60], [f"s{n}" for n in range(30)], ["nonexistent"], ["ip"]):
        with pytest.raises(Invalid):
            await skills.note(_id(someone), wrong, asked=(), actor=boss)
    await skills.note(_id(someone), ["policy"], asked=(), actor=boss)  # what nothing asks for any more may stay


async def _works(*, unit_district: str | None = None, districts: tuple[str, ...] = ()) -> tuple[UUID, UUID]:
    """Somebody of a unit with a district of its own, or of one whose place is told by his grant alone."""
    someone, unit = _id(await add_staff()), new_id()
    sql = "INSERT INTO units (id, name, district, created_at) VALUES ($1, $2, $3, now())"
    await db.execute(sql, unit, f"单位{unit.hex}", unit_district)
    await db.execute("UPDATE staff SET unit_id = $2 WHERE id = $1", someone, unit)
    await staff.grant(someone, [Grant(Role.SPECIALIST, districts=districts)], actor=SYSTEM)
    return someone, unit


@pytest.mark.parametrize("place", [{"unit_district": "330502"}, {"districts": ("330502",)}, {}])
async def test_who_manages_another_district_or_unit_tells_nothing_of_him(place: dict[str, Any]) -> None:
    someone, _ = await _works(**place)
    told = await absences.tell(someone, TODAY, TODAY, "sick", actor=SYSTEM)
    _, other_unit = await _works(unit_district="330502")
    for grant in (Grant(Role.MANAGER, districts=("330523",)), Grant(Role.MANAGER, unit_id=other_unit)):
        boss = await add_staff(grant)
        with pytest.raises(Forbidden):
            await absences.tell(someone, FRIDAY, FRIDAY, "sick", actor=boss)
        with pytest.raises(Forbidden):
            await absences.withdraw(told, staff_id=someone, actor=boss)
        with pytest.raises(Forbidden):
            await skills.note(someone, ["ip"], asked={"ip"}, actor=boss)
        assert await absences.listed(boss, TODAY, FRIDAY) == []
        with pytest.raises(StaffNotFound):
            await absences.tell(UUID(int=7), TODAY, TODAY, "sick", actor=boss)


@pytest.mark.parametrize("place", [{"unit_district": "330502"}, {"districts": ("330502",)}])
async def test_who_manages_his_district_or_unit_tells_it_for_him(place: dict[str, Any]) -> None:
    someone, unit = await _works(**place)
    grants = (Grant(Role.MANAGER, districts=("330502",)), Grant(Role.MANAGER, unit_id=unit), Grant(Role.MANAGER))
    for grant in grants:
        boss = await add_staff(grant)
        made = await absences.tell(someone, FRIDAY, FRIDAY, "leave", actor=boss)
        assert [one["id"] for one in await absences.listed(boss, TODAY, FRIDAY)] == [made]
        await skills.note(someone, ["ip"], asked={"ip"}, actor=boss)
        await absences.withdraw(made, staff_id=someone, actor=boss)
