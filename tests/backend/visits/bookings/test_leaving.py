"""Whoever leaves or is away: his visits go to colleagues who are free, or people are told."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from backend.access import SYSTEM, Actor
from backend.assembly import OUTBOX_HANDLERS
from backend.enterprises.settling import CLOSED_TOPIC
from backend.foundation import clock, db
from backend.foundation.clock import Frozen
from backend.foundation.ids import new_id
from backend.outbox import OutboxItem, drain
from backend.staff import absences
from backend.visits import writing
from backend.visits.bookings import booking, ceasing, joining, leaving, moving
from backend.visits.errors import SlotTaken
from backend.visits.models import Visit
from backend.visits.states import VisitState
from tests.backend.cases.people import manager
from tests.backend.visits.people import at, booked, confirmed, find, free, going, inbox, notices, owners, row, visitor

pytestmark = pytest.mark.usefixtures("running", "clock")

_WAITS = """
SELECT count(*) FROM pg_locks w JOIN pg_database d ON d.datname = current_database()
WHERE NOT w.granted AND w.pid IN (SELECT l.pid FROM pg_locks l WHERE l.database = d.oid)
"""


async def _leave(staff: Actor) -> None:
    """As the account's own end does: the state first, what is his by the outbox."""
    await db.execute("UPDATE staff SET state = 'left', left_at = $2 WHERE id = $1", staff.id, clock.now())
    await _hand_over({"staff_id": str(staff.id)}, leaving.staff_left)


async def _hand_over(payload: dict[str, Any], handler: Any) -> None:
    async with db.transaction():
        await handler([OutboxItem(new_id(), "topic", None, payload, 1, clock.now())])
    await drain(leaving.HANDLERS)


async def test_a_leavers_visits_go_to_who_is_free_then() -> None:
    someone, (person, place) = await visitor(), await owners()
    made = await confirmed(person, place)
    other = await visitor()
    await _leave(someone)
    assert await going(made.id) == {other.id}
    assert (await row(made.id)).state is VisitState.CONFIRMED
    assert await notices(other) == ["visit_given"]
    assert await inbox(person) == ["visit_confirmed", "visit_confirmed"]
    held = "SELECT staff_id FROM staff_assignments WHERE closed_at IS NULL"
    assert await db.fetch_value(held) == other.id


async def test_what_is_handed_on_and_moved_at_once_waits_for_no_circle() -> None:
    someone, (person, place), (other, elsewhere) = await visitor(), await owners(1), await owners(2)
    await confirmed(person, place, at("2026-11-25", 9))
    second = await confirmed(other, elsewhere, at("2026-11-25", 14))
    await visitor()
    is_locked = asyncio.Event()

    async def gives_it_away() -> bool:
        async with db.transaction():
            visit = await writing.locked(second.id, SYSTEM)
            is_locked.set()
            async with asyncio.timeout(30):
                while not await db.fetch_value(_WAITS):
                    await asyncio.sleep(0.01)
            return await moving.hand_over(visit, SYSTEM, but=(someone.id,) if someone.id else ())

    mover = asyncio.create_task(gives_it_away())
    await is_locked.wait()
    await _leave(someone)
    assert await mover
    assert someone.id not in await going(second.id)


async def _two(monkeypatch: pytest.MonkeyPatch) -> tuple[Actor, Visit, Visit]:
    """Somebody's two visits on one day, of which the first cannot be handed over by whoever tries."""
    someone, (person, place), (other, elsewhere) = await visitor(), await owners(1), await owners(2)
    first = await confirmed(person, place, at("2026-11-25", 9))
    second = await confirmed(other, elsewhere, at("2026-11-25", 14))
    hand_over = moving.hand_over

    async def fails(visit: Visit, actor: Actor, **given: Any) -> bool:
        if visit.id == first.id:
            raise RuntimeError
        return await hand_over(visit, actor, **given)

    monkeypatch.setattr(moving, "hand_over", fails)
    return someone, first, second


async def test_each_visit_goes_by_itself_and_one_that_fails_holds_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    someone, first, second = await _two(monkeypatch)
    colleague = await visitor()
    await _leave(someone)
    assert (await going(first.id), await going(second.id)) == ({someone.id}, {colleague.id})
    waits = "SELECT payload->>'visit_id' FROM outbox WHERE topic = $1 AND state = 'pending'"
    assert await db.fetch_value(waits, leaving.HAND_ON) == str(first.id)


async def test_told_ahead_too_one_that_fails_holds_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    someone, first, second = await _two(monkeypatch)
    colleague, day = await visitor(), date(2026, 11, 25)
    assert someone.id
    await absences.tell(someone.id, day, day, "training", actor=someone)
    assert await leaving.sweep() == 1
    assert (await going(first.id), await going(second.id)) == ({someone.id}, {colleague.id})


async def test_what_somebody_else_took_meanwhile_is_left_as_it_is() -> None:
    someone, (person, place) = await visitor(), await owners()
    made = await confirmed(person, place)
    colleague = await visitor()
    await db.execute("UPDATE staff SET state = 'left', left_at = $2 WHERE id = $1", someone.id, clock.now())
    assert someone.id
    assert await leaving.hand_on(made.id, someone.id)
    events = "SELECT count(*) FROM visit_events WHERE visit_id = $1"
    before = await db.fetch_value(events, made.id)
    assert not await leaving.hand_on(made.id, someone.id)
    assert (await going(made.id), await db.fetch_value(events, made.id)) == ({colleague.id}, before)


async def test_where_nobody_can_go_who_arranges_is_told_and_nothing_is_cancelled() -> None:
    boss = await manager()
    someone, (person, place) = await visitor(), await owners()
    made = await confirmed(person, place)
    await _leave(someone)
    assert (await row(made.id)).state is VisitState.CONFIRMED
    assert await notices(boss) == ["visit_unstaffed"]
    assert await inbox(person) == ["visit_confirmed"]


async def test_a_leaver_is_offered_no_more() -> None:
    someone, (_, place) = await visitor(), await owners()
    await _leave(someone)
    assert (await free(place, date(2026, 11, 25), date(2026, 11, 26))).slots == ()


async def test_who_leaves_while_a_booking_looks_at_him_does_not_get_it() -> None:
    someone, (person, place) = await visitor(), await owners()
    found = await find(place)
    await db.execute("UPDATE staff SET state = 'left', left_at = now() WHERE id = $1", someone.id)
    with pytest.raises(SlotTaken):
        await booking.book(found, booking.own(person), actor=person)


async def test_an_absence_that_begins_hands_over_what_falls_into_it(clock: Frozen) -> None:
    someone, (person, place) = await visitor(), await owners()
    inside = await confirmed(person, place, at("2026-11-25", 9))
    outside = await confirmed(person, place, at("2026-11-27", 9))
    other = await visitor()
    assert someone.id
    day = date(2026, 11, 25)
    told = await absences.tell(someone.id, day, day, "sick", actor=someone)
    clock.set(at("2026-11-25", 0) + timedelta(minutes=1))
    await _hand_over({"absence_id": str(told), "staff_id": str(someone.id)}, leaving.absences_begun)
    assert await going(inside.id) == {other.id}
    assert await going(outside.id) == {someone.id}


async def test_an_absence_withdrawn_before_it_begins_moves_nothing() -> None:
    someone, (person, place) = await visitor(), await owners()
    made = await booked(person, place)
    await visitor()
    assert someone.id
    told = await absences.tell(someone.id, date(2026, 11, 25), date(2026, 11, 25), "sick", actor=someone)
    await absences.withdraw(told, staff_id=someone.id, actor=someone)
    before = await going(made.id)
    await _hand_over({"absence_id": str(told), "staff_id": str(someone.id)}, leaving.absences_begun)
    assert await going(made.id) == before


async def test_an_absence_told_ahead_hands_over_long_before_it_begins() -> None:
    someone, (person, place) = await visitor(), await owners()
    made = await confirmed(person, place, at("2026-11-27", 9))
    other = await visitor()
    day = date(2026, 11, 27)
    assert someone.id
    await absences.tell(someone.id, day, day, "training", actor=someone)
    assert await leaving.sweep() == 1
    assert await going(made.id) == {other.id}
    assert await leaving.sweep() == 0


async def test_nobody_comes_to_an_enterprise_that_is_closed_and_who_was_to_go_is_told() -> None:
    someone, (person, place), (other, elsewhere) = await visitor(), await owners(1), await owners(2)
    alone = await confirmed(person, place)
    shared = await confirmed(other, elsewhere, at("2026-11-26", 9), reason="group_talk", place="video")
    await joining.join(shared.id, place, "", actor=person)
    await db.execute("UPDATE enterprises SET closed_at = $2 WHERE id = $1", place, clock.now())
    await _hand_over({"enterprise_id": str(place)}, OUTBOX_HANDLERS[CLOSED_TOPIC])
    ended = await row(alone.id)
    assert (ended.state, ended.end_reason) == (VisitState.CANCELLED_BY_OWNER, ceasing.CEASED)
    assert await going(alone.id) == set()
    assert "visit_cancelled" in await notices(someone)
    stands = await row(shared.id)
    assert (stands.state, stands.taken) == (VisitState.CONFIRMED, 1)
