"""Slots of plans, exceptions, absences and the calendar; and the rules that leave none, in words with their counts."""

from datetime import date, timedelta

import pytest

from backend import worktime
from backend.access import SYSTEM, Role
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.staff import absences, skills
from backend.visits.availability import planning, slots, travelling
from tests.backend.cases.people import clerk, manager
from tests.backend.visits.people import (
    MEISHAN,
    MORNING,
    ZHILI,
    arranged,
    at,
    booked,
    free,
    local,
    owners,
    unit,
    visitor,
)

pytestmark = pytest.mark.usefixtures("running", "clock")

WEDNESDAY = date(2026, 11, 25)


async def test_a_day_has_the_slots_of_its_plan() -> None:
    await visitor(MORNING)
    _, place = await owners()
    found = await free(place, WEDNESDAY, WEDNESDAY)
    assert local(found) == [f"11-25 {time}" for time in ("09:00", "09:30", "10:00", "10:30", "11:00")]
    assert found.why_none == []


async def test_a_visit_takes_its_own_time_its_buffers_and_nothing_more() -> None:
    await visitor()
    (person, place), (_, elsewhere) = await owners(1), await owners(2)
    await booked(person, place, at(WEDNESDAY, 10))
    found = await free(elsewhere, WEDNESDAY, WEDNESDAY)
    assert local(found)[:2] == ["11-25 13:30", "11-25 14:00"]
    taken = next(one for one in found.removals if one.rule == "taken")
    assert (taken.times, taken.people) == (5, 1)


async def test_notice_and_horizon_bound_what_is_offered(clock: Frozen) -> None:
    await visitor(valid_from=date(2026, 11, 23))
    _, place = await owners()
    near = await free(place, date(2026, 11, 23), date(2026, 11, 24))
    assert local(near)[0] == "11-24 10:00"
    far = await free(place, date(2027, 1, 22), date(2027, 1, 25))
    assert local(far)[-1] == "01-22 16:00"
    assert {one.rule for one in far.removals} >= {"horizon", "day_off"}


async def test_nobody_is_visited_on_holidays_but_on_the_saturdays_worked_for_them(clock: Frozen) -> None:
    await visitor(MORNING, weekdays=(1, 2, 3, 4, 5, 6, 7))
    _, place = await owners()
    worked = [worktime.DaySet(date(2026, 12, 5), is_workday=True)]
    await worktime.set_days(2026, worked, reason="调休", citation=None, actor=SYSTEM, version=0)
    found = await free(place, date(2026, 12, 4), date(2026, 12, 6))
    assert {one[:5] for one in local(found)} == {"12-04", "12-05"}


async def test_an_exception_counts_whatever_the_calendar_says() -> None:
    someone, (_, place) = await visitor(), await owners()
    assert someone.id
    await planning.differ(someone.id, date(2026, 11, 28), ((600, 720),), "周六专场", actor=someone, version=1)
    await planning.differ(someone.id, WEDNESDAY, (), "培训", actor=someone, version=2)
    found = await free(place, WEDNESDAY, WEDNESDAY)
    assert found.why_none == ["1位走访人员有1天临时不接受预约。"]
    assert local(await free(place, date(2026, 11, 28), date(2026, 11, 28)))[0] == "11-28 10:00"


async def test_who_is_away_is_not_offered() -> None:
    someone, (_, place) = await visitor(), await owners()
    assert someone.id
    await absences.tell(someone.id, WEDNESDAY, WEDNESDAY + timedelta(days=1), "leave", actor=someone)
    found = await free(place, WEDNESDAY, WEDNESDAY + timedelta(days=1))
    assert found.why_none == ["1位走访人员请假或外出，涉及2天。"]


async def test_the_enterprises_busy_hours_are_avoided() -> None:
    await visitor(MORNING)
    person, place = await owners()
    await planning.keep_peaks(place, {3: ((600, 720),)}, actor=person)
    found = await free(place, WEDNESDAY, WEDNESDAY)
    assert local(found) == ["11-25 09:00"]
    assert next(one for one in found.removals if one.rule == "peak").times == 4


async def test_the_way_from_town_to_town_is_reckoned_and_can_be_told_better() -> None:
    await visitor()
    (person, place), (_, far) = await owners(1), await owners(2, district="330522", town=MEISHAN)
    await booked(person, place, at(WEDNESDAY, 9))
    assert await travelling.minutes(ZHILI, MEISHAN) == 120
    found = await free(far, WEDNESDAY, WEDNESDAY)
    assert local(found)[0] == "11-25 13:30"
    assert next(one for one in found.removals if one.rule == "way").times == 2
    await travelling.tell(MEISHAN, ZHILI, 10, actor=await manager())
    assert local(await free(far, WEDNESDAY, WEDNESDAY))[0] == "11-25 10:30"
    assert await travelling.minutes(ZHILI, MEISHAN) == 10


async def test_by_phone_there_is_no_way() -> None:
    await visitor()
    (person, place), (_, far) = await owners(1), await owners(2, district="330522", town=MEISHAN)
    await booked(person, place, at(WEDNESDAY, 9))
    assert local(await free(far, WEDNESDAY, WEDNESDAY, place="phone"))[0] == "11-25 10:30"


async def test_a_skill_and_a_district_leave_people_out_and_say_so() -> None:
    able = await visitor(MORNING)
    await visitor(MORNING)
    await visitor(MORNING, districts=("330503",))
    _, place = await owners()
    assert able.id
    await skills.note(able.id, ["finance"], asked={"finance"}, actor=await manager())
    found = await free(place, WEDNESDAY, WEDNESDAY, reason="finance")
    assert {one for slot in found.slots for one in slot.staff} == {able.id}
    assert {(one.rule, one.people) for one in found.removals} >= {("elsewhere", 1), ("unskilled", 1)}


async def test_nobody_at_all_is_told_as_such() -> None:
    _, place = await owners()
    assert (await free(place, WEDNESDAY, WEDNESDAY)).why_none == ["目前没有承担走访的人员。"]


async def test_a_joint_visit_needs_two_units_that_are_free_together() -> None:
    here = await unit("甲局")
    await visitor(MORNING, unit_id=here)
    await visitor(MORNING, unit_id=here)
    _, place = await owners()
    friday = date(2026, 11, 27)
    found = await free(place, friday, friday, reason="joint")
    assert found.slots == ()
    assert any("部门" in one for one in found.why_none)
    await visitor(((540, 660),), unit_id=await unit("乙局"))
    assert local(await free(place, friday, friday, reason="joint")) == ["11-27 09:00", "11-27 09:30"]


async def test_a_plan_over_midnight_goes_on_into_the_next_day(clock: Frozen) -> None:
    someone = await visitor(((23 * 60, 25 * 60 + 30),), weekdays=(3,))
    _, place = await owners()
    found = await free(place, WEDNESDAY, WEDNESDAY + timedelta(days=1), place="phone")
    assert local(found) == ["11-25 23:00", "11-25 23:30", "11-26 00:00", "11-26 00:30"]
    assert local(await free(place, date(2026, 11, 26), date(2026, 11, 26), place="phone")) == local(found)[2:]
    made = await arranged(place, at("2026-11-25", 23, 30), place="phone")
    assert made.ends_at == at("2026-11-26", 0, 30)
    assert someone.id in {row["staff_id"] for row in await db.fetch("SELECT staff_id FROM staff_time")}
    assert (await free(place, WEDNESDAY, WEDNESDAY + timedelta(days=1), place="phone")).slots == ()


async def test_the_turn_of_the_year(clock: Frozen) -> None:
    clock.set(at("2026-12-28", 8))
    await visitor(MORNING)
    _, place = await owners()
    off = [worktime.DaySet(date(2027, 1, 1), is_workday=False)]
    await worktime.set_days(2027, off, reason="元旦", citation=None, actor=SYSTEM, version=0)
    found = await free(place, date(2026, 12, 30), date(2027, 1, 5))
    assert {one[:5] for one in local(found)} == {"12-30", "12-31", "01-04", "01-05"}


async def test_the_leap_day_is_a_day(clock: Frozen) -> None:
    clock.set(at("2028-02-24", 8))
    await visitor(MORNING)
    _, place = await owners()
    found = await free(place, date(2028, 2, 28), date(2028, 3, 1))
    assert {one[:5] for one in local(found)} == {"02-28", "02-29", "03-01"}
    assert (await arranged(place, at("2028-02-29", 9))).starts_at == at("2028-02-29", 9)


async def test_a_month_is_the_most_that_is_looked_at() -> None:
    await visitor(MORNING)
    _, place = await owners()
    found = await free(place, WEDNESDAY, WEDNESDAY + timedelta(days=300))
    last = max(slot.starts_at for slot in found.slots)
    assert last <= at(WEDNESDAY + slots.LONGEST, 23)


async def test_who_does_not_visit_has_no_plan() -> None:
    with pytest.raises(planning.StaffUnknown):
        desk = await clerk(Role.FRONT_DESK)
        assert desk.id
        await planning.plan(desk.id, [planning.DayPlan(1, MORNING)], WEDNESDAY, actor=await manager())
