"""Where calendars trip programs: the turn of the year, the leap day, midnight; and plans and people that change."""

from datetime import date, timedelta

import pytest

from backend import worktime
from backend.access import SYSTEM, Role
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.ids import new_id
from backend.outbox import OutboxItem, drain
from backend.staff import absences
from backend.visits import figures, reminders
from backend.visits.availability import misfits, planning
from backend.visits.availability.planning import DayPlan
from backend.visits.bookings import changing, lapsing, leaving, moving
from backend.visits.diary import calendars, routing
from backend.visits.errors import SlotTaken, TooLate
from backend.visits.states import VisitState
from backend.visits.waiting import accepting, earlier, offering
from tests.backend.cases.people import clerk, manager
from tests.backend.visits.people import (
    FULL,
    MORNING,
    arranged,
    at,
    booked,
    confirmed,
    free,
    going,
    inbox,
    local,
    notices,
    owners,
    row,
    visitor,
)

pytestmark = pytest.mark.usefixtures("running", "clock")

WEDNESDAY = date(2026, 11, 25)
NIGHT = ((22 * 60, 26 * 60),)
"""From ten in the evening to two in the morning."""


async def _new_year_off() -> None:
    off = [worktime.DaySet(date(2027, 1, 1), is_workday=False)]
    await worktime.set_days(2027, off, reason="元旦", citation=None, actor=SYSTEM, version=0)


async def test_a_request_of_the_old_year_is_answered_in_the_new_one(clock: Frozen) -> None:
    await _new_year_off()
    clock.set(at("2026-12-31", 15))
    await visitor()
    person, place = await owners()
    made = await booked(person, place, at("2027-01-07", 9))
    # One working day: the holiday and the weekend after it do not count.
    assert made.expires_at
    assert made.expires_at.astimezone(clock_module.SHANGHAI).date() == date(2027, 1, 4)
    assert made.number
    assert made.number.startswith("FW-20261231-")
    clock.set(made.expires_at)
    assert await lapsing.sweep() == 1
    assert (await row(made.id)).state is VisitState.EXPIRED


async def test_a_visit_moved_over_new_year_keeps_its_number_and_is_counted_in_its_own_month(clock: Frozen) -> None:
    await _new_year_off()
    clock.set(at("2026-12-28", 9))
    someone, (person, place) = await visitor(), await owners()
    made = await confirmed(person, place, at("2026-12-31", 14))
    done = await moving.reschedule(made.id, at("2027-01-04", 9), actor=someone)
    assert (done.number, done.ends_at) == (made.number, at("2027-01-04", 10))
    assert await db.fetch_value("SELECT on_day FROM staff_time WHERE is_live") == date(2027, 1, 4)
    due = {one["hours"]: one["due_at"] for one in await db.fetch("SELECT hours, due_at FROM visit_reminders")}
    assert due == {48: at("2027-01-02", 9), 2: at("2027-01-03", 20, 30)}
    clock.set(at("2027-01-05", 9))
    (month,) = await figures.monthly()
    assert (month["month"], month["confirmed"]) == ("2027-01", 1)


async def test_limits_and_reminders_are_hours_also_around_the_leap_day(clock: Frozen) -> None:
    clock.set(at("2028-02-24", 9))
    await visitor()
    person, place = await owners()
    made = await confirmed(person, place, at("2028-03-01", 14))
    due = {one["hours"]: one["due_at"] for one in await db.fetch("SELECT hours, due_at FROM visit_reminders")}
    assert due == {48: at("2028-02-28", 14), 2: at("2028-03-01", 12)}
    clock.set(at("2028-02-29", 14))
    await moving.reschedule(made.id, at("2028-03-02", 14), actor=SYSTEM)
    clock.set(at("2028-03-01", 14, 1))
    with pytest.raises(TooLate):
        await moving.reschedule(made.id, at("2028-03-03", 9), actor=SYSTEM)


async def test_a_leap_day_is_routed_shown_and_counted(clock: Frozen) -> None:
    clock.set(at("2028-02-24", 9))
    someone = await visitor()
    (_, place), (_, elsewhere) = await owners(1), await owners(2)
    await arranged(place, at("2028-02-29", 9))
    await arranged(elsewhere, at("2028-02-29", 14))
    day = await routing.of_day(someone, date(2028, 2, 29))
    assert [one["starts_at"] for one in day["items"]] == [at("2028-02-29", 9), at("2028-02-29", 14)]
    shown = await calendars.of_unit(SYSTEM, None, date(2028, 2, 28), date(2028, 3, 1))
    assert [one["day"] for one in shown["days"]] == ["2028-02-28", "2028-02-29", "2028-03-01"]
    assert len(shown["visits"]) == 2
    clock.set(at("2028-03-01", 9))
    assert (await figures.monthly())[0]["confirmed"] == 2


async def test_what_goes_on_past_midnight_takes_the_morning_too_and_counts_for_its_first_day(clock: Frozen) -> None:
    someone = await visitor(NIGHT, weekdays=(3, 4))
    assert someone.id
    (person, place), (other, elsewhere) = await owners(1), await owners(2)
    made = await confirmed(person, place, at("2026-11-25", 23, 30), place="phone")
    assert await db.fetch_value("SELECT on_day FROM staff_time") == WEDNESDAY
    with pytest.raises(SlotTaken):
        await booked(other, elsewhere, at("2026-11-26", 0, 30), place="phone")
    assert local(await free(elsewhere, date(2026, 11, 26), date(2026, 11, 26), place="phone"))[0] == "11-26 01:00"
    # The route of the day on which it begins has it, that of the next one has not; calendars show it on both.
    assert len((await routing.of_day(someone, WEDNESDAY))["items"]) == 1
    assert (await routing.of_day(someone, date(2026, 11, 26)))["items"] == []
    for day in (WEDNESDAY, date(2026, 11, 26)):
        assert len((await calendars.of_unit(SYSTEM, None, day, day))["visits"]) == 1
    # His plan of Wednesday covers it: nobody has to look at it.
    assert await misfits.of_staff(someone.id) == []
    await planning.plan(someone.id, [DayPlan(4, NIGHT)], date(2026, 11, 24), actor=someone, version=1)
    (one,) = await misfits.of_staff(someone.id)
    assert (one["id"], one["why"]) == (made.id, "plan")


async def test_a_visit_at_the_turn_of_the_year_is_one_visit(clock: Frozen) -> None:
    clock.set(at("2026-12-28", 9))
    someone = await visitor(((23 * 60, 25 * 60),), weekdays=(4,))
    person, place = await owners()
    made = await confirmed(person, place, at("2026-12-31", 23, 30), place="phone")
    assert made.ends_at == at("2027-01-01", 0, 30)
    shown = await calendars.of_unit(SYSTEM, None, date(2027, 1, 1), date(2027, 1, 1))
    assert [one["starts_at"] for one in shown["visits"]] == ["2026-12-31T23:30:00+08:00"]
    clock.set(at("2026-12-31", 20, 30))
    assert await reminders.remind() == 1
    body = await db.fetch_value("SELECT body FROM inbox WHERE kind = 'visit_reminder_soon'")
    assert "2026年12月31日 23:30~2027年01月01日 00:30" in body
    assert someone.id


async def test_an_offer_over_new_year_runs_from_the_first_morning(clock: Frozen) -> None:
    await _new_year_off()
    clock.set(at("2026-12-30", 9))
    await visitor(((540, 600),))
    (blocker, spot), (person, place) = await owners(9), await owners(1)
    gone = await confirmed(blocker, spot, at("2027-01-05", 9))
    made = await confirmed(person, place, at("2027-01-08", 9))
    await earlier.join(place, made.id, actor=person)
    clock.set(at("2026-12-31", 22))
    await changing.cancel(gone.id, "不需要了", actor=blocker)
    assert await offering.sweep() == 1
    offer = await db.fetch_one("SELECT id, until_at, on_day FROM visit_offers")
    assert offer
    assert (offer["until_at"], offer["on_day"]) == (at("2027-01-01", 10), date(2027, 1, 1))
    clock.set(at("2027-01-01", 9, 59))
    assert (await accepting.accept(offer["id"], actor=person)).starts_at == at("2027-01-05", 9)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("plan", "plan"), ("shorter", "plan"), ("place", "place"), ("exception", "exception"), ("closed", "exception"),
        ("calendar", "day_off"), ("absent", "absent"), ("left", "left"),
    ],
)  # fmt: skip
async def test_what_is_booked_stands_and_is_listed_with_what_no_longer_fits(change: str, why: str) -> None:
    """Whatever changes under it: the visit keeps time, people and state until a human being decides."""
    someone, (person, place) = await visitor(), await owners()
    assert someone.id
    made = await confirmed(person, place)
    boss = await manager()
    assert await misfits.listed(boss) == []
    tomorrow = date(2026, 11, 24)
    weeks = {
        "plan": [DayPlan(4, FULL)],
        "shorter": [DayPlan(3, ((570, 720),))],
        "place": [DayPlan(3, FULL, ("phone",))],
    }
    if change in weeks:
        await planning.plan(someone.id, weeks[change], tomorrow, actor=someone, version=1)
    elif change in ("exception", "closed"):
        spans = ((840, 960),) if change == "exception" else ()
        await planning.differ(someone.id, WEDNESDAY, spans, actor=someone, version=1)
    elif change == "calendar":
        off = [worktime.DaySet(WEDNESDAY, is_workday=False)]
        await worktime.set_days(2026, off, reason="调休", citation=None, actor=SYSTEM, version=0)
    elif change == "absent":
        await absences.tell(someone.id, WEDNESDAY, WEDNESDAY, "leave", actor=someone)
    else:
        await db.execute("UPDATE staff SET state = 'left', left_at = now() WHERE id = $1", someone.id)
    (one,) = await misfits.listed(boss)
    assert (one["id"], one["staff_id"], one["why"]) == (made.id, someone.id, why)
    assert (one["enterprise"], one["reason_title"]) != ("", "")
    same = await row(made.id)
    assert (same.state, same.starts_at, same.version) == (VisitState.CONFIRMED, made.starts_at, made.version)
    assert await going(made.id) == {someone.id}


async def test_a_day_that_is_opened_for_it_fits_again() -> None:
    someone, (person, place) = await visitor(), await owners()
    assert someone.id
    await confirmed(person, place)
    left = await planning.plan(someone.id, [DayPlan(4, MORNING)], date(2026, 11, 24), actor=someone, version=1)
    assert [(one["why"], one["why_word"]) for one in left] == [("plan", "不在走访人员现在的时间安排内")]
    assert await planning.differ(someone.id, WEDNESDAY, ((540, 600),), actor=someone, version=2) == []


async def test_only_who_arranges_visits_there_has_the_list() -> None:
    someone, (person, place) = await visitor(), await owners()
    assert someone.id
    await confirmed(person, place)
    await planning.differ(someone.id, WEDNESDAY, (), actor=someone, version=1)
    assert await misfits.listed(await clerk(Role.FRONT_DESK, districts=("330523",))) == []
    assert await misfits.listed(await clerk(Role.AUDITOR)) == []
    assert len(await misfits.listed(await clerk(Role.FRONT_DESK, districts=("330502",)))) == 1


async def test_reassigned_from_the_list_the_owner_is_told_and_the_list_is_empty() -> None:
    boss, someone = await manager(), await visitor()
    person, place = await owners()
    made = await confirmed(person, place)
    assert someone.id
    await db.execute("UPDATE staff SET state = 'left', left_at = now() WHERE id = $1", someone.id)
    payload = {"staff_id": str(someone.id)}
    async with db.transaction():
        await leaving.staff_left([OutboxItem(new_id(), "topic", None, payload, 1, clock_module.now())])
    await drain(leaving.HANDLERS)
    assert [one["why"] for one in await misfits.listed(boss)] == ["left"]
    assert await notices(boss) == ["visit_unstaffed"]
    other = await visitor()
    await moving.reassign(made.id, actor=boss)
    assert await misfits.listed(boss) == []
    assert await going(made.id) == {other.id}
    assert await inbox(person) == ["visit_confirmed", "visit_confirmed"]
    settled = "SELECT count(*) FROM staff_notices WHERE kind = 'visit_unstaffed' AND settled_at IS NOT NULL"
    assert await db.fetch_value(settled) == 1


async def test_moved_to_another_day_because_nobody_is_there_the_owner_reads_both_times() -> None:
    boss, someone = await manager(), await visitor()
    person, place = await owners()
    made = await confirmed(person, place, at("2026-11-26", 9))
    assert someone.id
    day = date(2026, 11, 26)
    await absences.tell(someone.id, day, day, "sick", actor=someone)
    await moving.reschedule(made.id, at("2026-11-27", 9), actor=boss)
    assert await misfits.listed(boss) == []
    body = await db.fetch_value("SELECT body FROM inbox WHERE person_id = $1 AND kind = 'visit_moved'", person.id)
    assert "11月26日 09:00" in body
    assert "2026年11月27日 09:00" in body


async def test_a_year_without_a_published_calendar_is_planned_by_its_weekdays(clock: Frozen) -> None:
    """Next year's holidays come late: what was booked onto one stands and is listed once the day is known."""
    clock.set(at("2026-12-28", 9))
    someone = await visitor()
    assert someone.id
    person, place = await owners()
    made = await confirmed(person, place, at("2027-02-05", 9))
    off = [worktime.DaySet(date(2027, 2, 5), is_workday=False)]
    await worktime.set_days(2027, off, reason="春节", citation=None, actor=SYSTEM, version=0)
    (one,) = await misfits.of_staff(someone.id)
    assert (one["id"], one["why"]) == (made.id, "day_off")
    assert made.starts_at - clock_module.now() > timedelta(days=30)
