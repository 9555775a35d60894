"""Weekly plans: their validity, who may set them, what a change leaves uncovered, what is refused."""

from datetime import date, timedelta

import pytest

from backend.access import SYSTEM
from backend.foundation import db
from backend.foundation.errors import Forbidden, Invalid
from backend.visits import reasons
from backend.visits.availability import planning, travelling
from backend.visits.availability.planning import DayPlan
from backend.visits.errors import PlanChanged, PlanWrong, ReasonChanged
from tests.backend.cases.people import manager
from tests.backend.visits.people import MORNING, NEXT, at, booked, confirmed, free, local, owners, row, visitor

pytestmark = pytest.mark.usefixtures("running", "clock")

WEDNESDAY = date(2026, 11, 25)


async def test_a_later_plan_takes_the_place_of_the_earlier_from_its_day_on() -> None:
    someone, (_, place) = await visitor(MORNING), await owners()
    assert someone.id
    await planning.plan(someone.id, [DayPlan(3, ((840, 960),))], date(2026, 12, 1), actor=someone, version=1)
    assert local(await free(place, WEDNESDAY, WEDNESDAY))[0] == "11-25 09:00"
    assert local(await free(place, date(2026, 12, 2), date(2026, 12, 4))) == [
        "12-02 14:00", "12-02 14:30", "12-02 15:00",
    ]  # fmt: skip
    shown = await planning.shown(someone.id, someone)
    assert shown["version"] == 2
    assert {(one["valid_from"], one["valid_until"]) for one in shown["plans"]} == {
        (date(2026, 11, 23), date(2026, 11, 30)),
        (date(2026, 12, 1), date.max),
    }


async def test_what_is_booked_stands_when_the_plan_changes_under_it() -> None:
    someone, (person, place) = await visitor(), await owners()
    assert someone.id
    made = await confirmed(person, place)
    left = await planning.plan(someone.id, [DayPlan(4, MORNING)], date(2026, 11, 24), actor=someone, version=1)
    assert [one["id"] for one in left] == [made.id]
    assert (await row(made.id)).starts_at == NEXT
    assert [one["id"] for one in await planning.outside(someone.id)] == [made.id]
    back = await planning.differ(someone.id, WEDNESDAY, ((540, 720),), actor=someone, version=2)
    assert back == []


async def test_of_two_who_change_a_plan_the_second_is_told() -> None:
    someone = await visitor()
    assert someone.id
    with pytest.raises(PlanChanged):
        await planning.differ(someone.id, WEDNESDAY, (), actor=someone, version=0)


async def test_a_colleague_does_not_plan_for_another_but_a_manager_does() -> None:
    someone, other = await visitor(), await visitor()
    assert someone.id
    with pytest.raises(Forbidden):
        await planning.differ(someone.id, WEDNESDAY, (), actor=other, version=1)
    with pytest.raises(Forbidden):
        await planning.shown(someone.id, other)
    await planning.differ(someone.id, WEDNESDAY, (), actor=await manager(), version=1)


@pytest.mark.parametrize(
    "week",
    [
        [DayPlan(1, MORNING), DayPlan(1, MORNING)],
        [DayPlan(8, MORNING)],
        [DayPlan(1, ())],
        [DayPlan(1, ((600, 540),))],
        [DayPlan(1, ((540, 600), (590, 660)))],
        [DayPlan(1, ((540, 2161),))],
        [DayPlan(1, MORNING, ())],
        [DayPlan(1, MORNING, ("moon",))],
    ],
)
async def test_a_wrong_week_is_told_where(week: list[DayPlan]) -> None:
    someone = await visitor(weekdays=())
    assert someone.id
    with pytest.raises(PlanWrong) as refused:
        await planning.plan(someone.id, week, WEDNESDAY, actor=someone)
    assert refused.value.fields


async def test_a_reason_is_edited_by_who_saw_it_last_and_booked_visits_keep_their_time() -> None:
    await visitor()
    person, place = await owners()
    boss = await manager()
    made = await booked(person, place)
    changed = await reasons.edit("policy_talk", {"duration_minutes": 90}, actor=boss, version=1)
    try:
        assert (changed.duration_minutes, changed.version) == (90, 2)
        assert (await row(made.id)).ends_at == at(WEDNESDAY, 10)
        with pytest.raises(ReasonChanged):
            await reasons.edit("policy_talk", {"duration_minutes": 45}, actor=boss, version=1)
    finally:
        await db.execute("UPDATE visit_reasons SET duration_minutes = 60, version = 1 WHERE key = 'policy_talk'")


async def test_a_way_is_between_two_places_of_ours() -> None:
    for one, other, took in (("330502", "330502", 5), ("330502", "110101", 5), ("330502", "330503", 241)):
        with pytest.raises(Invalid):
            await travelling.tell(one, other, took, actor=SYSTEM)
    await travelling.tell("330503", "330502", 7, actor=SYSTEM)
    assert await travelling.told() == [{"one": "330502", "other": "330503", "minutes": 7}]
    await travelling.tell("330502", "330503", None, actor=SYSTEM)
    assert await travelling.told() == []
    assert await travelling.minutes("330502", "330503") > 7


async def test_a_town_without_a_position_counts_as_its_districts_seat() -> None:
    assert await travelling.minutes("330523001", "330523") == 0
    assert await travelling.minutes("330502001", "330523001") == await travelling.minutes("330502", "330523")
    assert await travelling.minutes("999999", "330523") == 45
    assert await travelling.minutes(None, "330523") == 0


async def test_days_before_today_are_not_planned() -> None:
    someone = await visitor()
    assert someone.id
    with pytest.raises(PlanWrong):
        await planning.differ(someone.id, WEDNESDAY - timedelta(days=10), (), actor=someone, version=1)
