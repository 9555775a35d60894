"""Calendars show what their reader may see and else only that somebody is busy; the day's route tells ways and gaps."""

from datetime import date

import pytest

from backend import runtime
from backend.access import SYSTEM, Role
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Invalid
from backend.staff import absences
from backend.visits.availability import misfits, planning
from backend.visits.bookings import changing
from backend.visits.diary import calendars, routing
from tests.backend.cases.people import clerk, manager
from tests.backend.visits.people import (
    MIAOXI,
    NEXT,
    ZHILI,
    arranged,
    at,
    booked,
    confirmed,
    owners,
    unit,
    visitor,
)

pytestmark = pytest.mark.usefixtures("running", "clock")

WEDNESDAY = date(2026, 11, 25)
SATURDAY = date(2026, 11, 28)


async def test_a_calendar_shows_people_shifts_and_visits_of_a_unit() -> None:
    ours, theirs = await unit("吴兴分局"), await unit("南浔分局")
    someone, other = await visitor(unit_id=ours), await visitor(unit_id=theirs, weekdays=())
    person, place = await owners()
    made = await confirmed(person, place)
    await booked(person, place, at("2026-11-26", 9), is_hold=True)
    told = await calendars.of_unit(await manager(), ours, WEDNESDAY, SATURDAY)
    assert [one["id"] for one in told["staff"]] == [str(someone.id)]
    assert [one["is_workday"] for one in told["days"]] == [True, True, True, False]
    assert [(one["day"], one["spans"]) for one in told["shifts"]] == [
        (f"2026-11-{day}", [[540, 720], [810, 1020]]) for day in (25, 26, 27)
    ]
    (visit,) = told["visits"]
    assert (visit["id"], visit["number"], visit["state_word"]) == (str(made.id), made.number, "已确认")
    assert (visit["starts_at"], visit["staff"]) == ("2026-11-25T09:00:00+08:00", [str(someone.id)])
    assert len(visit["enterprises"]) == 1
    assert other.id


async def test_another_districts_reader_sees_that_somebody_is_busy_and_no_more() -> None:
    ours = await unit()
    await visitor(unit_id=ours)
    person, place = await owners()
    made = await confirmed(person, place)
    stranger = await clerk(Role.FRONT_DESK, districts=("330523",))
    told = await calendars.of_unit(stranger, ours, WEDNESDAY, WEDNESDAY)
    (visit,) = told["visits"]
    assert (visit["is_open"], visit["state_word"], visit["starts_at"]) == (False, "忙", "2026-11-25T09:00:00+08:00")
    known = {name for name, value in visit.items() if value}
    assert known == {"state_word", "starts_at", "ends_at", "staff"}
    assert str(made.id) not in str(told)


async def test_what_nobody_makes_any_more_stands_on_a_line_that_says_so() -> None:
    boss, someone, (person, place) = await manager(), await visitor(), await owners()
    made = await confirmed(person, place)
    await db.execute("UPDATE staff SET state = 'left', left_at = now(), name = '王走访' WHERE id = $1", someone.id)
    other = await visitor()
    told = await calendars.of_unit(boss, None, WEDNESDAY, WEDNESDAY)
    assert told["staff"][0]["name"] == "待安排走访人员（王走访已离岗）"
    assert [one["id"] for one in told["staff"]] == [str(someone.id), str(other.id)]
    assert [(one["id"], one["staff"]) for one in told["visits"]] == [(str(made.id), [str(someone.id)])]
    assert [(one["id"], one["why"]) for one in await misfits.listed(boss)] == [(made.id, "left")]


async def test_what_a_leaver_made_keeps_his_name(clock: Frozen) -> None:
    someone, (person, place) = await visitor(), await owners()
    await confirmed(person, place)
    await db.execute("UPDATE staff SET state = 'left', left_at = now(), name = '王走访' WHERE id = $1", someone.id)
    clock.set(at(date(2026, 11, 26), 9))
    told = await calendars.of_unit(await manager(), None, WEDNESDAY, WEDNESDAY)
    assert [one["name"] for one in told["staff"]] == ["王走访（已离岗）"]


async def test_what_was_called_off_is_in_no_calendar_and_who_is_away_is_marked() -> None:
    someone = await visitor()
    person, place = await owners()
    made = await confirmed(person, place)
    await changing.cancel(made.id, "不需要了", actor=person)
    assert someone.id
    await absences.tell(someone.id, WEDNESDAY, WEDNESDAY, "leave", actor=someone)
    told = await calendars.of_unit(await manager(), None, WEDNESDAY, WEDNESDAY)
    assert told["visits"] == []
    assert [one["is_absent"] for one in told["shifts"]] == [True]


async def test_a_day_off_that_is_opened_is_a_shift() -> None:
    someone = await visitor()
    assert someone.id
    await planning.differ(someone.id, SATURDAY, ((600, 660),), actor=someone, version=1)
    told = await calendars.of_unit(SYSTEM, None, SATURDAY, SATURDAY)
    assert [one["spans"] for one in told["shifts"]] == [[[600, 660]]]


@pytest.mark.parametrize("last", [date(2026, 11, 24), date(2027, 1, 6)])
async def test_a_calendar_has_one_to_six_weeks(last: date) -> None:
    with pytest.raises(Invalid):
        await calendars.of_unit(SYSTEM, None, WEDNESDAY, last)


async def test_a_route_tells_ways_departures_and_gaps_that_are_too_tight() -> None:
    someone = await visitor()
    near, far = await owners(1), await owners(2, town=MIAOXI)
    third = await owners(3)
    await arranged(near[1], NEXT)
    await arranged(third[1], at(WEDNESDAY, 10, 30), place="phone")
    last = await arranged(far[1], at(WEDNESDAY, 14))
    told = await routing.of_day(someone, WEDNESDAY)
    one, two, three = told["items"]
    assert (one["way_from"], one["way_minutes"], one["leave_at"], one["spare_minutes"]) == (None, 0, None, None)
    assert (two["way_minutes"], two["spare_minutes"], two["is_tight"]) == (0, 30, False)
    # The call in between moved nobody: the way begins at the first place.
    assert three["way_from"] == "织里镇"
    minutes = await db.fetch_value("SELECT visit_minutes($1, $2)", ZHILI, MIAOXI)
    assert three["way_minutes"] == minutes > 20
    assert three["leave_at"] == at(WEDNESDAY, 11, 30)
    assert three["leave_by"] < last.starts_at
    assert not three["is_tight"]
    # Somebody learns that the way takes longer.
    await db.execute("INSERT INTO visit_ways VALUES (least($1, $2), greatest($1, $2), 140)", ZHILI, MIAOXI)
    tight = (await routing.of_day(someone, WEDNESDAY))["items"][2]
    assert (tight["is_tight"], tight["spare_minutes"]) == (True, 10)


async def test_a_route_masks_the_phone_and_is_ones_own() -> None:
    someone, other = await visitor(), await visitor(weekdays=())
    person, place = await owners()
    vault = runtime.current().vault
    sealed = vault.encrypt("13800000001", table="persons", column="phone_sealed", row=person.id)
    index = vault.blind_index("13800000001", column="persons.phone")
    await db.execute("UPDATE persons SET phone_sealed = $2, phone_index = $3 WHERE id = $1", person.id, sealed, index)
    await confirmed(person, place)
    (stop,) = (await routing.of_day(someone, WEDNESDAY))["items"]
    assert stop["parties"][0]["phone"] == "138****0001"
    assert stop["parties"][0]["note"] == "想了解补贴"
    assert (await routing.of_day(other, WEDNESDAY))["items"] == []
    assert (await routing.of_day(someone, date(2026, 11, 26)))["items"] == []
