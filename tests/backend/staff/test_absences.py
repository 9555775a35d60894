"""Who is away: told by himself or by who manages it, never twice a day, and what it sets off."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest

from backend.access import SYSTEM, Actor, Grant, Role
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden, Invalid
from backend.staff import absences, skills
from backend.staff.errors import AbsenceOver, AbsenceTaken, AbsenceUnknown, HasLeft, StaffNotFound
from tests.factories.people import add_staff

pytestmark = pytest.mark.usefixtures("running", "clock")

TODAY = date(2026, 11, 23)
FRIDAY = date(2026, 11, 27)


def _id(actor: Actor) -> UUID:
    assert actor.id
    return actor.id


async def _items() -> list[tuple[str, str]]:
    rows = await db.fetch("SELECT state, due_at::text AS due FROM outbox WHERE topic = $1", absences.BEGUN)
    return [(row["state"], row["due"]) for row in rows]


async def test_one_tells_his_own_and_his_work_hears_when_it_begins() -> None:
    me, other = await add_staff(), await add_staff()
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


async def test_a_stand_in_is_somebody_else_who_is_there() -> None:
    me, gone = await add_staff(), await add_staff()
    await db.execute("UPDATE staff SET state = 'left', left_at = $2 WHERE id = $1", gone.id, clock_module.now())
    for stand_in in (me.id, gone.id):
        with pytest.raises(Invalid):
            await absences.tell(_id(me), TODAY, TODAY, "leave", stand_in=stand_in, actor=me)
    with pytest.raises(HasLeft):
        await absences.tell(_id(gone), TODAY, TODAY, "leave", actor=SYSTEM)
    with pytest.raises(StaffNotFound):
        await absences.tell(UUID(int=7), TODAY, TODAY, "leave", actor=SYSTEM)


async def test_skills_are_noted_by_who_manages_and_replaced_as_a_whole() -> None:
    boss, someone = await add_staff(Grant(Role.MANAGER)), await add_staff()
    await skills.note(_id(someone), ["ip", "policy", "ip"], actor=boss)
    await skills.note(_id(someone), ["policy", "rights"], actor=boss)
    assert await skills.of([_id(someone), _id(boss)]) == {someone.id: frozenset({"policy", "rights"})}
    with pytest.raises(Forbidden):
        await skills.note(_id(someone), [], actor=someone)
    for wrong in (["专长"], ["a" * 60], [f"s{n}" for n in range(30)]):
        with pytest.raises(Invalid):
            await skills.note(_id(someone), wrong, actor=boss)
