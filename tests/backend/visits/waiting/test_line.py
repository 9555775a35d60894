"""Who may wait for what, what he may be offered, and when an offer no longer stands."""

from datetime import date

import pytest

from backend.access import SYSTEM, Actor, ActorKind, Grant, Role
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.errors import WuweiError
from backend.foundation.ids import new_id
from backend.identity.errors import NotBound
from backend.staff import absences
from backend.visits import queries, reasons
from backend.visits.availability import planning
from backend.visits.bookings import booking, changing, moving
from backend.visits.errors import EnterpriseBusy
from backend.visits.states import VisitState
from backend.visits.waiting import accepting, earlier, lines, offering
from backend.visits.waiting.earlier import Asked
from backend.visits.waiting.errors import NoWaiting, OfferOver
from backend.visits.waiting.states import WaitState
from tests.backend.visits.line import HOUR, offered, waiting
from tests.backend.visits.people import (
    TALK,
    arranged,
    at,
    booked,
    confirmed,
    find,
    notices,
    owners,
    row,
    visitor,
)
from tests.factories.people import add_binding

pytestmark = pytest.mark.usefixtures("running", "clock")

WEDNESDAY = date(2026, 11, 25)


async def test_who_has_no_visit_waits_for_a_first_one() -> None:
    someone = await visitor(HOUR, weekdays=(3,))
    blocker, spot = await owners(9)
    gone = await confirmed(blocker, spot, at(WEDNESDAY, 9))
    person, place = await owners(1)
    wait = await earlier.join(place, Asked(TALK, "on_site"), note="想了解补贴", actor=person)
    assert await earlier.join(place, Asked(TALK, "on_site"), actor=person) == wait
    await changing.cancel(gone.id, "不需要了", actor=blocker)
    assert await offering.sweep() == 1
    # What is held for him is in nobody's list yet.
    assert (await queries.mine(person, is_coming=True, cursor=None, limit=10))["items"] == []
    (offer,) = await offered(person, place)
    made = await accepting.accept(offer, actor=person)
    assert (made.state, made.awaits, made.starts_at) == (VisitState.REQUESTED, "staff", at(WEDNESDAY, 9))
    assert made.number
    party = await db.fetch_one("SELECT person_id, note FROM visit_parties WHERE visit_id = $1", made.id)
    assert (party["person_id"], party["note"]) == (person.id, "想了解补贴")
    assert (await accepting.accept(offer, actor=person)).id == made.id
    assert await notices(someone) == ["visit_requested", "visit_cancelled", "visit_requested"]
    assert (await changing.confirm(made.id, actor=someone)).state is VisitState.CONFIRMED


async def test_the_same_time_is_not_offered_twice_and_coming_again_forgets_no_offer() -> None:
    await visitor(HOUR)
    blocker, spot = await owners(9)
    gone = await booked(blocker, spot, at(WEDNESDAY, 9))
    person, place, visit_id = await waiting(1)
    await changing.cancel(gone.id, "不需要了", actor=blocker)
    await offering.sweep()
    (wait,) = await earlier.mine(place, actor=person)
    await earlier.leave(wait["id"], actor=person)
    assert await db.fetch_value("SELECT state FROM visit_offers") == "withdrawn"
    assert await earlier.join(place, visit_id, actor=person) == wait["id"]
    (again,) = await earlier.mine(place, actor=person)
    assert (again["state"], again["offers_left"]) == ("waiting", 2)
    assert await offering.sweep() == 0


async def test_a_time_is_not_offered_before_the_day_from_which_one_can() -> None:
    await visitor(HOUR)
    blocker, spot = await owners(9)
    early, late = [await booked(blocker, spot, at(day, 9)) for day in (WEDNESDAY, "2026-11-27")]
    person, place = await owners(1)
    made = await confirmed(person, place, at("2026-12-02", 9))
    await earlier.join(place, made.id, not_before=date(2026, 11, 26), actor=person)
    await changing.cancel(early.id, "不需要了", actor=blocker)
    assert await offering.sweep() == 0
    await changing.cancel(late.id, "不需要了", actor=blocker)
    assert await offering.sweep() == 1


async def test_an_offer_is_taken_back_when_its_visit_is_called_off_or_moved_as_early() -> None:
    await visitor(HOUR)
    blocker, spot = await owners(9)
    one, two = [await booked(blocker, spot, at(day, 9)) for day in (WEDNESDAY, "2026-11-26")]
    first, place, visit_id = await waiting(1)
    second, elsewhere, other_id = await waiting(2, at("2026-12-03", 9))
    await changing.cancel(one.id, "不需要了", actor=blocker)
    await changing.cancel(two.id, "不需要了", actor=blocker)
    assert await offering.sweep() == 2
    (offer,) = await offered(first, place)
    (late,) = await offered(second, elsewhere)
    await changing.cancel(visit_id, "关门了", actor=first)
    with pytest.raises(WuweiError):
        await accepting.accept(offer, actor=first)
    await offering.tidy()
    states = "SELECT state FROM visit_offers WHERE id = $1"
    assert await db.fetch_value(states, offer) == "withdrawn"
    assert await db.fetch_value(states, late) == "open"
    await moving.reschedule(other_id, at(WEDNESDAY, 9), actor=SYSTEM)
    await offering.tidy()
    assert await db.fetch_value(states, late) == "withdrawn"
    (wait,) = await earlier.mine(place, actor=first)
    assert wait["state"] == "ended"


async def test_who_holds_the_time_and_leaves_meanwhile_makes_no_visit() -> None:
    someone = await visitor(HOUR)
    blocker, spot = await owners(9)
    gone = await booked(blocker, spot, at(WEDNESDAY, 9))
    person, place, visit_id = await waiting(1)
    await changing.cancel(gone.id, "不需要了", actor=blocker)
    await offering.sweep()
    (offer,) = await offered(person, place)
    assert someone.id
    await absences.tell(someone.id, WEDNESDAY, WEDNESDAY, "sick", actor=someone)
    with pytest.raises(OfferOver):
        await accepting.accept(offer, actor=person)
    assert (await row(visit_id)).starts_at == at("2026-12-02", 9)


async def test_his_other_bookings_keep_out_of_what_is_held_for_him() -> None:
    for _ in range(2):
        await visitor(HOUR)
    blocker, spot = await owners(9)
    gone = await booked(blocker, spot, at(WEDNESDAY, 9))
    person, place, _ = await waiting(1)
    await changing.cancel(gone.id, "不需要了", actor=blocker)
    await offering.sweep()
    with pytest.raises(EnterpriseBusy):
        await booked(person, place, at(WEDNESDAY, 9), reason="difficulty")


async def test_whoever_does_not_act_for_an_enterprise_neither_joins_nor_answers() -> None:
    await visitor(HOUR)
    blocker, spot = await owners(9)
    gone = await booked(blocker, spot, at(WEDNESDAY, 9))
    person, place, visit_id = await waiting(1)
    await changing.cancel(gone.id, "不需要了", actor=blocker)
    await offering.sweep()
    (offer,) = await offered(person, place)
    (wait,) = await earlier.mine(place, actor=person)
    acts = (
        earlier.join(place, visit_id, actor=blocker),
        earlier.mine(place, actor=blocker),
        earlier.leave(wait["id"], actor=blocker),
        accepting.accept(offer, actor=blocker),
        accepting.decline(offer, actor=blocker),
    )
    for act in acts:
        with pytest.raises(NotBound):
            await act
    # A colleague of the same enterprise may.
    await add_binding(blocker, place)
    assert (await accepting.accept(offer, actor=blocker)).id == visit_id


async def test_nobody_waits_for_a_session_or_for_what_is_over() -> None:
    await visitor()
    person, place = await owners(1)
    session = await confirmed(person, place, at("2026-12-02", 9), reason="group_talk", place="video")
    with pytest.raises(NoWaiting):
        await earlier.join(place, session.id, actor=person)
    with pytest.raises(NoWaiting):
        await earlier.join(place, Asked("group_talk", "video"), actor=person)
    made = await booked(person, place, at("2026-12-02", 14))
    await changing.cancel(made.id, "不需要了", actor=person)
    with pytest.raises(WuweiError):
        await earlier.join(place, made.id, actor=person)


async def test_a_request_that_waits_for_the_visitors_word_moves_too_and_what_was_proposed_does_not() -> None:
    someone = await visitor(HOUR)
    blocker, spot = await owners(9)
    gone = await booked(blocker, spot, at(WEDNESDAY, 9))
    person, place = await owners(1)
    made = await booked(person, place, at("2026-12-02", 9))
    await earlier.join(place, made.id, actor=person)
    await changing.cancel(gone.id, "不需要了", actor=blocker)
    await offering.sweep()
    (offer,) = await offered(person, place)
    moved = await accepting.accept(offer, actor=person)
    assert (moved.state, moved.awaits, moved.starts_at) == (VisitState.REQUESTED, "staff", at(WEDNESDAY, 9))
    assert moved.expires_at
    assert moved.expires_at <= moved.starts_at
    assert (await notices(someone))[-1] == "visit_moved"
    assert await db.fetch_value("SELECT count(*) FROM visit_reminders") == 0
    await changing.confirm(made.id, actor=someone)
    due = {one["hours"]: one["due_at"] for one in await db.fetch("SELECT hours, due_at FROM visit_reminders")}
    assert due == {2: at("2026-11-24", 20, 30)}
    other, elsewhere = await owners(2)
    order = booking.Order(VisitState.REQUESTED, "staff", other.id, awaits="owner")
    proposed = await booking.book(await find(elsewhere, at("2026-12-03", 9)), order, actor=SYSTEM)
    with pytest.raises(NoWaiting):
        await earlier.join(elsewhere, proposed.id, actor=other)


async def test_an_enterprise_that_closes_waits_no_more() -> None:
    await visitor(HOUR)
    person, place, _ = await waiting(1)
    await db.execute("UPDATE enterprises SET closed_at = $2 WHERE id = $1", place, clock_module.now())
    await offering.tidy()
    assert await db.fetch_value("SELECT end_reason FROM visit_waits") == "closed"
    assert person.id


async def test_a_busy_hour_is_not_offered_and_the_second_in_line_has_it() -> None:
    await visitor(HOUR)
    blocker, spot = await owners(9)
    gone = await booked(blocker, spot, at(WEDNESDAY, 9))
    first, place, _ = await waiting(1)
    second, elsewhere, _ = await waiting(2, at("2026-12-03", 9))
    await planning.keep_peaks(place, {3: ((8 * 60, 12 * 60),)}, actor=first)
    await changing.cancel(gone.id, "不需要了", actor=blocker)
    assert await offering.sweep() == 1
    assert await offered(first, place) == []
    assert len(await offered(second, elsewhere)) == 1


async def test_without_anybody_in_line_nothing_is_noted() -> None:
    await visitor()
    _, place = await owners(1)
    made = await arranged(place, at(WEDNESDAY, 9))
    await changing.cancel(made.id, "有事", actor=SYSTEM)
    assert await db.fetch_value("SELECT count(*) FROM visit_freed") == 0
    assert (await reasons.known(TALK)).capacity == 1
    assert booking.REQUESTS == 2


async def test_staff_see_who_waits_in_the_order_of_the_line_with_what_was_offered() -> None:
    await visitor(HOUR)
    blocker, spot = await owners(9)
    gone = await booked(blocker, spot, at(WEDNESDAY, 9))
    first, place, visit_id = await waiting(1)
    _, second, _ = await waiting(2, at("2026-12-03", 9))
    await changing.cancel(gone.id, "不需要了", actor=blocker)
    await offering.sweep()
    clerk = Actor(ActorKind.STAFF, new_id(), "", (Grant(Role.FRONT_DESK, districts=("3305",)),))
    page = await lines.listed(clerk, state=WaitState.WAITING, district=None, cursor=None, limit=1)
    (one,) = page["items"]
    assert (one["enterprise_id"], one["visit_id"], one["state_word"], page["count"]) == (place, visit_id, "排队中", 2)
    (offer,) = one["offers"]
    assert (offer["state_word"], offer["starts_at"], one["offers_left"]) == ("待企业决定", at(WEDNESDAY, 9), 2)
    rest = await lines.listed(clerk, state=WaitState.WAITING, district=None, cursor=page["next"], limit=1)
    assert [(each["enterprise_id"], each["offers"]) for each in rest["items"]] == [(second, [])]
    await earlier.leave(one["id"], actor=first)
    everybody = await lines.listed(clerk, state=None, district="3305", cursor=None, limit=9)
    assert [each["state"] for each in everybody["items"]] == ["waiting", "left"]
    assert [each["state_word"] for each in everybody["items"][1]["offers"]] == ["已失效"]
    elsewhere = Actor(ActorKind.STAFF, new_id(), "", (Grant(Role.FRONT_DESK, districts=("330523",)),))
    assert (await lines.listed(elsewhere, state=None, district=None, cursor=None, limit=9))["items"] == []
