"""Holding, requesting, arranging: once, within the limits, and never what is given away already."""

import asyncio
from datetime import timedelta

import pytest

from backend.access import SYSTEM
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.visits.bookings import booking, lapsing
from backend.visits.bookings.booking import Order
from backend.visits.errors import (
    EnterpriseBusy,
    HoldLapsed,
    NoSuchSlot,
    SlotTaken,
    TooManyHolds,
    TooManyRequests,
)
from backend.visits.states import VisitState
from tests.backend.visits.people import (
    MEISHAN,
    NEXT,
    ZHILI,
    arranged,
    at,
    booked,
    find,
    going,
    inbox,
    kinds,
    notices,
    owners,
    row,
    unit,
    visitor,
)
from tests.support.sizes import scaled

pytestmark = pytest.mark.usefixtures("running", "clock")


async def test_a_request_has_a_number_a_visitor_and_a_day_to_be_answered_by() -> None:
    someone, (person, place) = await visitor(), await owners()
    made = await booked(person, place)
    assert (made.state, made.awaits, made.starts_at, made.location) == (VisitState.REQUESTED, "staff", NEXT, ZHILI)
    assert made.number == "FW-20261123-0001"
    assert made.expires_at == at("2026-11-24", 17, 30)
    assert await going(made.id) == {someone.id}
    assert await notices(someone) == ["visit_requested"]
    assert "走访员" in made.why


async def test_the_same_owner_and_slot_is_the_same_booking() -> None:
    await visitor()
    await visitor()
    person, place = await owners()
    made = await booked(person, place)
    again = await booked(person, place)
    assert again.id == made.id
    assert await db.fetch_value("SELECT count(*) FROM visits") == 1


async def test_a_hold_becomes_the_request_of_whoever_holds_it() -> None:
    await visitor()
    person, place = await owners()
    held = await booked(person, place, is_hold=True)
    assert (held.state, held.number) == (VisitState.HELD, None)
    asked = await booking.submit(held.id, "请带办事指南", actor=person)
    assert (asked.state, asked.number) == (VisitState.REQUESTED, "FW-20261123-0001")
    assert await kinds(held.id) == ["held", "requested"]
    assert (await booked(person, place)).id == held.id


async def test_of_many_racers_one_gets_the_slot() -> None:
    await visitor()
    racers = [await owners(number) for number in range(1, scaled(200) + 1)]
    got = await asyncio.gather(*(booked(person, place) for person, place in racers), return_exceptions=True)
    assert [type(one) for one in got if isinstance(one, Exception)] == [SlotTaken] * (len(racers) - 1)
    live = "SELECT count(*) FROM staff_time WHERE is_live"
    assert (await db.fetch_value("SELECT count(*) FROM visits"), await db.fetch_value(live)) == (1, 1)


async def test_who_is_too_late_reads_the_next_free_slots() -> None:
    await visitor()
    (person, place), (other, elsewhere) = await owners(1), await owners(2)
    await booked(person, place)
    with pytest.raises(SlotTaken) as refused:
        await booked(other, elsewhere)
    # 30 minutes later its buffers would still meet the first one's.
    assert refused.value.following == tuple(at("2026-11-25", *when) for when in ((10, 30), (11, 0), (13, 30)))
    assert "11月25日 10:30" in refused.value.detail


async def test_with_two_visitors_two_get_it_and_nobody_else() -> None:
    await visitor()
    await visitor()
    racers = [await owners(number) for number in range(1, 21)]
    got = await asyncio.gather(*(booked(person, place) for person, place in racers), return_exceptions=True)
    assert sum(isinstance(one, SlotTaken) for one in got) == 18


async def test_a_hold_lapses_after_five_minutes_and_the_next_one_gets_it(clock: Frozen) -> None:
    await visitor()
    (person, place), (other, elsewhere) = await owners(1), await owners(2)
    held = await booked(person, place, is_hold=True)
    with pytest.raises(SlotTaken):
        await booked(other, elsewhere)
    clock.advance(timedelta(minutes=5))
    made = await booked(other, elsewhere)
    assert (await row(held.id)).state is VisitState.EXPIRED
    assert made.state is VisitState.REQUESTED
    with pytest.raises(HoldLapsed):
        await booked_again(person, held.id)


async def booked_again(person, visit_id):  # noqa: ANN001, ANN201
    visit = await row(visit_id)
    if visit.state is VisitState.EXPIRED:
        raise HoldLapsed
    return await booking.submit(visit_id, "", actor=person)


async def test_what_lapsed_and_was_not_swept_yet_can_no_longer_be_submitted(clock: Frozen) -> None:
    await visitor()
    person, place = await owners()
    held = await booked(person, place, is_hold=True)
    clock.advance(timedelta(minutes=6))
    with pytest.raises(HoldLapsed):
        await booking.submit(held.id, "", actor=person)


async def test_an_owner_holds_two_and_an_enterprise_waits_for_two() -> None:
    for _ in range(3):
        await visitor()
    person, place = await owners()
    for hour in (9, 11):
        await booked(person, place, at("2026-11-25", hour), is_hold=True)
    with pytest.raises(TooManyHolds):
        await booked(person, place, at("2026-11-26", 9), is_hold=True)
    other, elsewhere = await owners(2)
    for hour in (9, 11):
        await booked(other, elsewhere, at("2026-11-26", hour))
    with pytest.raises(TooManyRequests):
        await booked(other, elsewhere, at("2026-11-27", 9))


async def test_the_limits_hold_among_racers() -> None:
    for _ in range(3):
        await visitor()
    person, place = await owners()
    times = [at(day, hour) for day in ("2026-11-25", "2026-11-26", "2026-11-27") for hour in (9, 14)]
    held = await asyncio.gather(*(booked(person, place, one, is_hold=True) for one in times), return_exceptions=True)
    assert [type(one) for one in held if isinstance(one, Exception)] == [TooManyHolds] * 4
    other, elsewhere = await owners(2)
    asked = await asyncio.gather(*(booked(other, elsewhere, one) for one in times), return_exceptions=True)
    assert [type(one) for one in asked if isinstance(one, Exception)] == [TooManyRequests] * 4


async def test_an_enterprise_is_not_visited_twice_at_once() -> None:
    await visitor()
    await visitor()
    person, place = await owners()
    await booked(person, place)
    with pytest.raises(EnterpriseBusy):
        await booked(person, place, reason="difficulty")


async def test_what_no_plan_offers_is_no_slot() -> None:
    await visitor()
    person, place = await owners()
    for when in (at("2026-11-25", 9, 10), at("2026-11-25", 20), at("2026-11-28", 9), at("2026-11-23", 11)):
        with pytest.raises(NoSuchSlot):
            await booked(person, place, when)


async def test_between_two_places_there_is_time_for_the_way(clock: Frozen) -> None:
    await visitor()
    (person, place), (other, far) = await owners(1), await owners(2, district="330522", town=MEISHAN)
    await booked(person, place, at("2026-11-25", 9))
    # 织里 to 煤山: some 115 minutes; 10:00 + 10 + 115 + 10 leave 12:15 at the earliest.
    for hour, minute in ((10, 30), (11, 0)):
        with pytest.raises(SlotTaken):
            await booked(other, far, at("2026-11-25", hour, minute))
    assert (await booked(other, far, at("2026-11-25", 14))).state is VisitState.REQUESTED


async def test_racers_from_two_places_never_leave_too_little_for_the_way() -> None:
    await visitor()
    near = [await owners(number) for number in range(1, 6)]
    far = [await owners(number, district="330522", town=MEISHAN) for number in range(6, 11)]
    wanted = [booked(person, place, at("2026-11-25", 9)) for person, place in near]
    wanted += [booked(person, place, at("2026-11-25", 10, 30)) for person, place in far]
    got = await asyncio.gather(*wanted, return_exceptions=True)
    assert sum(isinstance(one, SlotTaken) for one in got) == len(wanted) - 1


async def test_a_joint_visit_takes_two_units_and_one_slot_of_the_enterprise() -> None:
    first, second = await visitor(unit_id=await unit("甲局")), await visitor(unit_id=await unit("乙局"))
    person, place = await owners()
    made = await booked(person, place, at("2026-11-27", 9), reason="joint")
    assert await going(made.id) == {first.id, second.id}
    assert await db.fetch_value("SELECT count(*) FROM enterprise_time") == 1
    carried = "SELECT count(*) FROM staff_assignments WHERE origin = 'visits' AND closed_at IS NULL"
    assert await db.fetch_value(carried) == 2


async def test_staff_arrange_a_visit_for_somebody_without_an_account() -> None:
    await visitor()
    _, place = await owners()
    made = await arranged(place, NEXT)
    assert (made.state, made.channel, made.requested_by_kind) == (VisitState.CONFIRMED, "phone", "system")


async def test_what_staff_propose_waits_for_the_owner() -> None:
    await visitor()
    person, place = await owners()
    order = Order(VisitState.REQUESTED, "staff", person.id, awaits="owner")
    made = await booking.book(await find(place), order, actor=SYSTEM)
    assert made.awaits == "owner"
    assert await inbox(person) == ["visit_proposed"]


async def test_a_request_that_nobody_answered_ends_with_an_apology_and_other_slots(clock: Frozen) -> None:
    someone, (person, place) = await visitor(), await owners()
    made = await booked(person, place, at("2026-11-27", 9))
    assert await lapsing.sweep() == 0
    clock.advance(timedelta(days=2))
    assert await lapsing.sweep() == 1
    assert (await row(made.id)).state is VisitState.EXPIRED
    assert await inbox(person) == ["visit_expired"]
    body = await db.fetch_value("SELECT body FROM inbox WHERE person_id = $1", person.id)
    assert "十分抱歉" in body
    assert "可改约" in body
    other, elsewhere = await owners(2)
    assert (await booked(other, elsewhere, at("2026-11-27", 9))).state is VisitState.REQUESTED
    assert await notices(someone) == ["visit_requested", "visit_requested"]


async def test_the_sweep_frees_holds_that_nobody_came_back_for(clock: Frozen) -> None:
    await visitor()
    person, place = await owners()
    await booked(person, place, is_hold=True)
    clock.advance(timedelta(minutes=5))
    assert await lapsing.sweep() == 1
    assert await db.fetch_value("SELECT count(*) FROM staff_time WHERE is_live") == 0


async def test_nobody_is_sent_more_often_in_a_day_than_his_unit_says() -> None:
    here = await unit()
    await db.execute("INSERT INTO visit_units (unit_id, per_day) VALUES ($1, 1)", here)
    await visitor(unit_id=here)
    (person, place), (other, elsewhere) = await owners(1), await owners(2)
    await booked(person, place)
    with pytest.raises(SlotTaken):
        await booked(other, elsewhere, at("2026-11-25", 14))
