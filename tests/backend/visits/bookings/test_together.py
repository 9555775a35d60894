"""Several who go to one visit: moved or left by one of them, the others still come, and everybody is told."""

from typing import Any
from uuid import UUID

import pytest

from backend.access import SYSTEM, Actor
from backend.foundation import clock, db
from backend.visits import reasons, writing
from backend.visits.availability import choosing, finding
from backend.visits.availability.choosing import Candidate
from backend.visits.bookings import changing, moving
from backend.visits.bookings.booking import Order, book
from backend.visits.models import Visit
from backend.visits.states import VisitState
from tests.backend.cases.people import manager
from tests.backend.visits.people import NEXT, TALK, at, confirmed, going, notices, owners, unit, visitor

pytestmark = pytest.mark.usefixtures("running", "clock")

LATER = at("2026-11-27", 9)


async def _merged() -> tuple[Visit, Actor, Actor, UUID, UUID]:
    """A visit that two units make together, as a merge leaves it: the visit, who leads, who joined, both units."""
    first, second = await unit("甲局"), await unit("乙局")
    one, two = await visitor(unit_id=first), await visitor(unit_id=second)
    _, place = await owners()
    where = await finding.where(place)
    offer = await finding.find(await reasons.known(TALK), "on_site", where, NEXT, only=[one.id] if one.id else [])
    made = await book(offer, Order(VisitState.CONFIRMED, "phone", None), actor=SYSTEM)
    sql = """INSERT INTO staff_time (id, visit_id, staff_id, during, on_day, location, is_lead)
             SELECT uuidv7(), visit_id, $2, during, on_day, location, FALSE FROM staff_time WHERE visit_id = $1"""
    await db.execute(sql, made.id, two.id)
    return made, one, two, first, second


async def _leads(visit_id: UUID) -> Any:
    return await db.fetch_value("SELECT staff_id FROM staff_time WHERE visit_id = $1 AND is_lead", visit_id)


async def test_two_units_that_come_together_move_together() -> None:
    made, one, two, _, _ = await _merged()
    await visitor()
    await moving.reschedule(made.id, LATER, actor=SYSTEM)
    assert await going(made.id) == {one.id, two.id}
    assert await _leads(made.id) == one.id


async def test_where_one_of_them_leaves_his_unit_sends_another_and_the_other_still_comes() -> None:
    made, one, two, _, second = await _merged()
    colleague = await visitor(unit_id=second)
    await _away(made, two)
    assert await going(made.id) == {one.id, colleague.id}
    assert await notices(colleague) == ["visit_given"]


async def test_where_his_unit_has_nobody_the_other_comes_alone() -> None:
    made, one, two, _, _ = await _merged()
    await visitor()
    await _away(made, two)
    assert await going(made.id) == {one.id}
    assert await _leads(made.id) == one.id


async def test_of_two_departments_only_who_is_away_is_replaced() -> None:
    staff = [await visitor(unit_id=await unit(f"第{number}局")) for number in range(5)]
    person, place = await owners()
    made = await confirmed(person, place, at("2026-12-01", 9), reason="joint")
    goes = await going(made.id)
    gone = next(one for one in staff if one.id in goes)
    await _away(made, gone)
    now = await going(made.id)
    assert (len(now), len(now & goes), gone.id in now) == (2, 1, False)


async def test_whoever_goes_hears_what_a_colleague_changed() -> None:
    boss, someone, (person, place) = await manager(), await visitor(), await owners()
    made = await confirmed(person, place)
    await moving.reschedule(made.id, LATER, actor=boss)
    assert (await notices(someone))[-1] == "visit_changed"
    other = await visitor()
    await moving.reassign(made.id, actor=boss)
    assert (await notices(someone))[-1] == "visit_off"
    await moving.reschedule(made.id, at("2026-11-30", 9), actor=other)
    assert await notices(other) == ["visit_given"]
    await changing.cancel(made.id, "会议冲突", actor=boss)
    assert (await notices(other))[-1] == "visit_off"


def test_who_was_to_go_already_is_chosen_first_and_it_is_said() -> None:
    people = [Candidate(UUID(int=n), UUID(int=n), load=n) for n in range(1, 4)]
    choice = choosing.choose(people, "x", 2, [UUID(int=3), UUID(int=9)])
    assert choice.chosen == (UUID(int=3), UUID(int=1))
    assert choosing.replay(choice.told()) == choice
    names = {one.staff_id: f"走访员{one.load}" for one in people}
    assert choosing.sentence(choice, names) == "由走访员3、走访员1走访：走访员3原定前往。"


async def _away(visit: Visit, who: Actor) -> None:
    await db.execute("UPDATE staff SET state = 'left', left_at = $2 WHERE id = $1", who.id, clock.now())
    assert who.id
    async with db.transaction():
        assert await moving.hand_over(await writing.locked(visit.id, SYSTEM), SYSTEM, but=(who.id,))
