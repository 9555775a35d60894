"""Confirming, declining, moving, cancelling, missing: each side's word, the limits of both, what is counted."""

import asyncio
from datetime import timedelta

import pytest

from backend.access import SYSTEM, Role
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden
from backend.foundation.states import WrongState
from backend.visits import figures
from backend.visits.afterwards import missing
from backend.visits.bookings import booking, changing, moving
from backend.visits.bookings.booking import Order
from backend.visits.errors import (
    ContestedBefore,
    HasBegun,
    NeedsOther,
    NobodyFree,
    NothingContested,
    NotYetBegun,
    NotYourVisit,
    NotYourWord,
    SlotTaken,
    TooLate,
    TooManyRequests,
    VisitChanged,
    VisitUnknown,
)
from backend.visits.states import VisitState
from tests.backend.cases.people import clerk, manager
from tests.backend.visits.people import (
    NEXT,
    at,
    booked,
    confirmed,
    find,
    going,
    inbox,
    kinds,
    notices,
    owners,
    row,
    visitor,
)

pytestmark = pytest.mark.usefixtures("running", "clock")


async def test_whoever_goes_confirms_and_the_owner_reads_when_and_who() -> None:
    someone, (person, place) = await visitor(), await owners()
    made = await booked(person, place)
    done = await changing.confirm(made.id, actor=someone, version=made.version)
    assert (done.state, done.awaits) == (VisitState.CONFIRMED, None)
    assert await kinds(made.id) == ["requested", "confirmed"]
    body = await db.fetch_value("SELECT body FROM inbox WHERE person_id = $1", person.id)
    assert "2026年11月25日 09:00~10:00" in body
    settled = "SELECT count(*) FROM staff_notices WHERE settled_at IS NOT NULL"
    assert await db.fetch_value(settled) == 1


async def test_only_who_goes_or_arranges_may_answer() -> None:
    someone = await visitor()
    person, place = await owners()
    made = await booked(person, place)
    with pytest.raises(NotYourVisit):
        await changing.confirm(made.id, actor=await visitor())
    with pytest.raises(Forbidden):
        await changing.confirm(made.id, actor=await clerk(Role.AUDITOR))
    with pytest.raises(VisitUnknown):
        await changing.confirm(made.id, actor=await clerk(Role.VISITOR, districts=("330503",)))
    with pytest.raises(VisitChanged):
        await changing.confirm(made.id, actor=someone, version=made.version + 1)
    await changing.confirm(made.id, actor=await manager())


async def test_what_was_proposed_only_the_owner_accepts() -> None:
    someone, (person, place) = await visitor(), await owners()
    order = Order(VisitState.REQUESTED, "staff", person.id, awaits="owner")
    made = await booking.book(await find(place), order, actor=SYSTEM)
    for act in (changing.confirm(made.id, actor=someone), changing.decline(made.id, "忙", actor=someone)):
        with pytest.raises(NotYourWord):
            await act
    stranger, _ = await owners(2)
    with pytest.raises(VisitUnknown):
        await changing.accept(made.id, actor=stranger)
    assert (await changing.accept(made.id, actor=person)).state is VisitState.CONFIRMED


async def test_an_owner_does_not_accept_what_waits_for_the_bureau() -> None:
    await visitor()
    person, place = await owners()
    made = await booked(person, place)
    with pytest.raises(NotYourWord):
        await changing.accept(made.id, actor=person)


async def test_declined_it_is_free_again_and_the_owner_reads_other_times() -> None:
    someone, (person, place) = await visitor(), await owners()
    made = await booked(person, place)
    done = await changing.decline(made.id, "当天有专项培训", actor=someone)
    assert (done.state, done.end_reason) == (VisitState.DECLINED, "当天有专项培训")
    assert await going(made.id) == set()
    assert await db.fetch_value("SELECT count(*) FROM staff_assignments WHERE closed_at IS NULL") == 0
    assert "可改约11月25日" in await db.fetch_value("SELECT body FROM inbox WHERE person_id = $1", person.id)
    other, elsewhere = await owners(2)
    assert (await booked(other, elsewhere)).state is VisitState.REQUESTED


async def test_an_owner_moves_it_and_the_visitor_confirms_again() -> None:
    someone, (person, place) = await visitor(), await owners()
    made = await confirmed(person, place, at("2026-11-26", 9))
    done = await moving.reschedule(made.id, at("2026-11-27", 14), actor=person)
    assert (done.state, done.awaits, done.sequence, done.moved) == (VisitState.REQUESTED, "staff", 1, 1)
    assert (done.number, done.ends_at) == (made.number, at("2026-11-27", 15))
    assert await going(made.id) == {someone.id}
    assert await notices(someone) == ["visit_requested", "visit_moved"]
    off = "SELECT because FROM called_off WHERE subject = $1"
    assert await db.fetch_value(off, made.schedule_id) == "superseded"
    assert done.schedule_id != made.schedule_id
    other, elsewhere = await owners(2)
    assert await booked(other, elsewhere, at("2026-11-26", 9))


async def test_a_move_that_waits_again_is_one_of_the_two_that_wait() -> None:
    for _ in range(2):
        await visitor()
    person, place = await owners()
    first, second = [await confirmed(person, place, at(day, 9)) for day in ("2026-11-26", "2026-11-27")]
    await booked(person, place, at("2026-11-26", 14))
    moves = (
        moving.reschedule(one.id, at("2026-11-30", hour), actor=person) for one, hour in ((first, 9), (second, 14))
    )
    done = await asyncio.gather(*moves, return_exceptions=True)
    refused = [one for one in done if isinstance(one, TooManyRequests)]
    assert len(refused) == 1
    assert "原定时间仍然有效" in refused[0].detail
    assert sorted([(await row(one.id)).state for one in (first, second)]) == ["confirmed", "requested"]
    stands = first if (await row(first.id)).state is VisitState.CONFIRMED else second
    assert (await moving.reschedule(stands.id, at("2026-12-01", 9), actor=SYSTEM)).state is VisitState.CONFIRMED
    asked = await db.fetch_one("SELECT id, starts_at FROM visits WHERE state = 'requested' ORDER BY starts_at LIMIT 1")
    assert asked
    assert (await moving.reschedule(asked["id"], at("2026-12-01", 14), actor=person)).awaits == "staff"


async def test_the_bureau_moves_it_and_the_owner_is_told_both_times() -> None:
    someone, (person, place) = await visitor(), await owners()
    made = await confirmed(person, place, at("2026-11-27", 9))
    done = await moving.reschedule(made.id, at("2026-11-30", 9), actor=someone)
    assert (done.state, done.sequence) == (VisitState.CONFIRMED, 1)
    assert await inbox(person) == ["visit_confirmed", "visit_moved"]
    last = await db.fetch_value("SELECT body FROM inbox WHERE kind = 'visit_moved'")
    assert "11月27日 09:00" in last
    assert "11月30日 09:00" in last


async def test_a_move_to_what_is_taken_leaves_everything_as_it_was() -> None:
    await visitor()
    (person, place), (other, elsewhere) = await owners(1), await owners(2)
    made = await confirmed(person, place, at("2026-11-26", 9))
    await booked(other, elsewhere, at("2026-11-26", 14))
    with pytest.raises(SlotTaken):
        await moving.reschedule(made.id, at("2026-11-26", 14), actor=person)
    same = await row(made.id)
    assert (same.starts_at, same.version, same.sequence) == (made.starts_at, made.version, 0)
    assert len(await going(made.id)) == 1


async def test_it_can_be_moved_into_its_own_time() -> None:
    await visitor()
    person, place = await owners()
    made = await booked(person, place, at("2026-11-26", 9))
    done = await moving.reschedule(made.id, at("2026-11-26", 9, 30), actor=person)
    assert done.starts_at == at("2026-11-26", 9, 30)


async def test_moving_ends_a_day_before_for_both_sides_alike(clock: Frozen) -> None:
    someone, (person, place) = await visitor(), await owners()
    made = await confirmed(person, place, at("2026-11-25", 9))
    clock.set(at("2026-11-24", 9, 1))
    for actor in (person, someone):
        with pytest.raises(TooLate):
            await moving.reschedule(made.id, at("2026-11-27", 9), actor=actor)


async def test_a_late_cancellation_is_possible_and_counted_also_the_bureaus(clock: Frozen) -> None:
    someone = await visitor()
    (person, place), (other, elsewhere) = await owners(1), await owners(2)
    first = await confirmed(person, place, at("2026-11-25", 9))
    second = await confirmed(other, elsewhere, at("2026-11-25", 14))
    third = await confirmed(person, place, at("2026-11-27", 9))
    clock.set(at("2026-11-24", 20))
    done = await changing.cancel(first.id, "临时开会", actor=someone)
    assert (done.state, done.is_late) == (VisitState.CANCELLED_BY_BUREAU, True)
    assert await inbox(person) == ["visit_confirmed", "visit_confirmed", "visit_cancelled_today"]
    own = await changing.cancel(second.id, "家里有事", actor=other)
    assert (own.state, own.is_late) == (VisitState.CANCELLED_BY_OWNER, True)
    assert await notices(someone) == ["visit_requested"] * 3 + ["visit_cancelled"]
    early = await changing.cancel(third.id, "不需要了", actor=person)
    assert not early.is_late
    clock.set(at("2026-11-30", 9))
    (month,) = await figures.monthly()
    assert (month["cancelled_by_bureau"], month["late_by_bureau"]) == (1, 1)


async def test_what_has_begun_is_not_called_off(clock: Frozen) -> None:
    someone, (person, place) = await visitor(), await owners()
    made = await confirmed(person, place)
    clock.set(NEXT)
    for actor in (person, someone):
        with pytest.raises(HasBegun):
            await changing.cancel(made.id, "忘了", actor=actor)


async def test_what_is_over_is_not_cancelled_again() -> None:
    await visitor()
    person, place = await owners()
    made = await booked(person, place)
    await changing.cancel(made.id, "不需要了", actor=person)
    with pytest.raises(WrongState):
        await changing.cancel(made.id, "不需要了", actor=person)


async def test_an_owner_who_was_not_there_can_say_otherwise(clock: Frozen) -> None:
    someone, (person, place) = await visitor(), await owners()
    made = await confirmed(person, place)
    clock.set(NEXT + timedelta(minutes=14))
    with pytest.raises(NotYetBegun):
        await missing.note_missing(made.id, "店门关着", actor=someone)
    clock.set(NEXT + timedelta(minutes=15))
    done = await missing.note_missing(made.id, "店门关着", actor=someone)
    assert done.state is VisitState.NO_SHOW_OWNER
    contested = await missing.contest(made.id, "我一直在店里", actor=person)
    assert contested.contested_at is not None
    with pytest.raises(ContestedBefore):
        await missing.contest(made.id, "我一直在店里", actor=person)
    boss = await manager()
    decided = await missing.decide(made.id, "监控显示在店", is_upheld=True, actor=boss)
    assert (decided.is_set_aside, decided.state) == (True, VisitState.NO_SHOW_OWNER)
    with pytest.raises(NothingContested):
        await missing.decide(made.id, "再次决定", is_upheld=False, actor=boss)


async def test_a_visitor_who_was_not_there_is_a_state_too_and_counted_in_public(clock: Frozen) -> None:
    someone, (person, place) = await visitor(), await owners()
    made = await confirmed(person, place)
    clock.set(NEXT + timedelta(minutes=20))
    done = await missing.note_missing(made.id, "等了二十分钟", actor=person)
    assert done.state is VisitState.NO_SHOW_STAFF
    assert (await figures.monthly())[0]["missed_by_bureau"] == 1
    await missing.contest(made.id, "车辆故障已电话告知", actor=someone)
    with pytest.raises(Forbidden):
        await missing.decide(made.id, "属实", is_upheld=True, actor=someone)
    await missing.decide(made.id, "属实", is_upheld=True, actor=await manager())
    assert (await figures.monthly())[0]["missed_by_bureau"] == 0


async def test_who_is_noted_as_missing_contests_it_and_does_not_turn_it_round(clock: Frozen) -> None:
    someone, (person, place) = await visitor(), await owners()
    made = await confirmed(person, place)
    clock.set(NEXT + timedelta(minutes=20))
    await missing.note_missing(made.id, "等了二十分钟", actor=person)
    with pytest.raises(WrongState):
        await missing.note_missing(made.id, "店门关着", actor=someone)
    assert (await row(made.id)).state is VisitState.NO_SHOW_STAFF
    assert (await figures.monthly())[0]["missed_by_bureau"] == 1


async def test_nobody_decides_over_his_own_absence(clock: Frozen) -> None:
    someone = await visitor()
    person, place = await owners()
    made = await confirmed(person, place)
    clock.set(NEXT + timedelta(minutes=20))
    await missing.note_missing(made.id, "等了二十分钟", actor=person)
    await missing.contest(made.id, "去过", actor=someone)
    both = await manager()
    await db.execute("UPDATE staff_time SET staff_id = $2 WHERE visit_id = $1", made.id, both.id)
    with pytest.raises(NeedsOther):
        await missing.decide(made.id, "属实", is_upheld=True, actor=both)


async def test_who_arranges_gives_it_to_another_who_is_free() -> None:
    someone = await visitor()
    person, place = await owners()
    made = await confirmed(person, place)
    boss = await manager()
    with pytest.raises(NobodyFree):
        await moving.reassign(made.id, actor=boss)
    other = await visitor()
    done = await moving.reassign(made.id, actor=boss)
    assert await going(made.id) == {other.id}
    assert (done.state, done.sequence) == (VisitState.CONFIRMED, 1)
    assert await notices(other) == ["visit_given"]
    assert someone.id
    await moving.reassign(made.id, actor=boss, staff=(someone.id,))
    assert await going(made.id) == {someone.id}
