"""The waiting list: the next one is offered a free seat, once, in time, and nobody holds up those behind him."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.access import SYSTEM, Actor, Role
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.states import WrongState
from backend.salons import errors, personal, service, sweeping
from backend.salons.door import tickets
from backend.salons.seats import answering, seating, signing, signups
from backend.salons.seats.asking import Wish
from backend.salons.seats.signing import SignedUp
from tests.backend.cases.people import clerk
from tests.backend.salons.people import (
    counted,
    drain,
    hall,
    inbox,
    online,
    owners,
    published,
    row,
    salon,
    sign_up,
    state,
    written,
)
from tests.factories.people import add_binding
from tests.support.sizes import scaled

pytestmark = pytest.mark.usefixtures("running", "clock")
Person = tuple[Actor, UUID]
WAYS = ("hall", "online", "hall", "online")


async def _line(salon_id: UUID, people: list[Person]) -> list[SignedUp]:
    return [await sign_up(*one, salon_id, waits=True) for one in people]


async def test_who_leaves_makes_the_next_one_an_offer_at_once() -> None:
    salon_id = await published(hall(1))
    people = await owners(3)
    seated, second, third = await _line(salon_id, people)
    await answering.leave(seated.id, "出差", actor=people[0][0])
    assert [await state(one.id) for one in (seated, second, third)] == ["left", "offered", "waiting"]
    assert await counted(salon_id) == (1, 1, 1)
    accepted = await answering.accept(second.id, actor=people[1][0])
    assert accepted.state == "confirmed"
    await drain()
    assert await inbox(people[1][0]) == ["salon_confirmed"]


async def test_an_offer_is_told_with_its_end_and_lapses_to_the_next(clock: Frozen) -> None:
    salon_id = await published(hall(1))
    people = await owners(3)
    seated, second, third = await _line(salon_id, people)
    await answering.leave(seated.id, "", actor=people[0][0])
    await drain()
    assert (await inbox(people[1][0]))[-1] == "salon_offered"
    # 24 hours of waking time from ten in the morning: 11 today, 13 tomorrow.
    assert (await row(second.id))["offer_until"].astimezone(clock.now().tzinfo) - clock.now() == timedelta(hours=35)
    await sweeping.sweep()
    clock.advance(timedelta(hours=35))
    with pytest.raises(errors.OfferLapsed):
        await answering.accept(second.id, actor=people[1][0])
    assert await sweeping.sweep() == 1
    assert [await state(one.id) for one in (second, third)] == ["lapsed", "offered"]
    again = await sign_up(*people[1], salon_id, waits=True)
    assert again.position == 1


async def test_who_declines_frees_the_seat_at_once_and_who_leaves_the_list_is_passed_over() -> None:
    salon_id = await published(hall(1))
    people = await owners(4)
    seated, second, third, fourth = await _line(salon_id, people)
    await answering.leave(third.id, "", actor=people[2][0])
    await answering.leave(seated.id, "", actor=people[0][0])
    await answering.decline(second.id, actor=people[1][0])
    assert [await state(one.id) for one in (second, third, fourth)] == ["declined", "left", "offered"]
    with pytest.raises(WrongState):
        await answering.accept(second.id, actor=people[1][0])


async def test_who_did_not_leave_or_decline_himself_is_told_that_somebody_did() -> None:
    salon_id = await published(hall(1))
    people = await owners(3)
    (person, place), (waits, elsewhere), (colleague, _) = people
    await add_binding(colleague, place)
    seated, second = await _line(salon_id, people[:2])
    await drain()
    await answering.leave(seated.id, "", actor=colleague)
    await answering.decline(second.id, actor=await clerk(Role.FRONT_DESK))
    again = await sign_up(waits, elsewhere, salon_id)
    await answering.leave(again.id, "", actor=waits)
    await drain()
    assert [await inbox(one) for one in (person, waits, colleague)] == [
        ["salon_confirmed", "salon_removed"],
        ["salon_waiting", "salon_removed"],
        [],
    ]


async def test_a_newcomer_does_not_get_a_seat_before_those_who_wait() -> None:
    salon_id = await published(hall(1))
    people = await owners(3)
    seated, second = await _line(salon_id, people[:2])
    await sweeping.sweep()
    # As a crash would leave it: the seat is free, nobody was offered it.
    await db.execute("UPDATE salon_signups SET state = 'left', quota_id = NULL, nth = NULL WHERE id = $1", seated.id)
    with pytest.raises(errors.Full):
        await sign_up(*people[2], salon_id)
    assert await state(second.id) == "waiting"
    assert await sweeping.sweep() == 1
    assert await state(second.id) == "offered"
    assert await sweeping.sweep() == 0


async def test_a_seat_is_never_offered_twice_among_racers() -> None:
    salon_id = await published(hall(6))
    people = await owners(20)
    line = await _line(salon_id, people)
    leaving = [answering.leave(one.id, "", actor=person) for one, (person, _) in zip(line[:6], people[:6], strict=True)]
    await asyncio.gather(*leaving, *(sweeping.sweep() for _ in range(3)))
    states = [await state(one.id) for one in line]
    assert states == ["left"] * 6 + ["offered"] * 6 + ["waiting"] * 8
    assert await counted(salon_id) == (6, 6, 8)
    accepting = [
        answering.accept(one.id, actor=person) for one, (person, _) in zip(line[6:12], people[6:12], strict=True)
    ]
    declining = [
        answering.decline(one.id, actor=person) for one, (person, _) in zip(line[6:9], people[6:9], strict=True)
    ]
    got = await asyncio.gather(*accepting, *declining, return_exceptions=True)
    assert {type(one) for one in got if isinstance(one, Exception)} <= {WrongState}
    taken, seated, _ = await counted(salon_id)
    assert taken == seated == 6


async def test_seats_kept_for_first_timers_hold_nobody_up() -> None:
    """The first of the list may not have the seat that is free; the second may, and gets it."""
    salon_id = await published(hall(1), hall(1, title="首次参加", is_for_first_timers=True))
    been, new, seated_been, seated_new = await owners(4)
    await _been(been, seated_been)
    for one in (seated_new, seated_been):
        await sign_up(*one, salon_id)
    waits_been, waits_new = await _line(salon_id, [been, new])
    kept = await db.fetch_value(
        "SELECT g.id FROM salon_signups g JOIN salon_quotas q ON q.id = g.quota_id WHERE q.kept_until IS NOT NULL"
        " AND g.salon_id = $1",
        salon_id,
    )
    holder = (await row(kept))["person_id"]
    person = next(one[0] for one in (seated_new, seated_been) if one[0].id == holder)
    await answering.leave(kept, "", actor=person)
    assert (await state(waits_been.id), await state(waits_new.id)) == ("waiting", "offered")


async def _been(*people: Person) -> None:
    before = await published(hall(9))
    for one in people:
        made = await sign_up(*one, before)
        await db.execute("UPDATE salon_signups SET state = 'attended' WHERE id = $1", made.id)


async def test_who_no_longer_stands_for_his_enterprise_is_taken_off_the_list() -> None:
    salon_id = await published(hall(1))
    people = await owners(3)
    seated, gone, third = await _line(salon_id, people)
    await db.execute("UPDATE bindings SET state = 'ended', ended_at = created_at WHERE person_id = $1", people[1][0].id)
    await answering.leave(seated.id, "", actor=people[0][0])
    assert (await state(gone.id), await state(third.id)) == ("removed", "offered")
    await drain()
    assert (await inbox(people[1][0]))[-1] == "salon_removed"


async def test_who_did_not_come_waits_behind_others_and_comes_forward_when_that_is_over(clock: Frozen) -> None:
    salon_id = await published(hall(1))
    people = await owners(4)
    before = await published(hall(1))
    missed = await sign_up(*people[1], before)
    await db.execute(
        "INSERT INTO salon_no_shows (signup_id, person_id, noted_at, lowers_until) VALUES ($1, $2, $3, $4)",
        missed.id,
        people[1][0].id,
        clock.now(),
        clock.now() + timedelta(days=2),
    )
    seated, lowered, third = await _line(salon_id, people[:3])
    shown = await signups.detail(people[1][0], lowered.id)
    assert (shown["is_lowered"], shown["position"]) == (True, 2)
    assert (await signups.detail(people[2][0], third.id))["position"] == 1
    await answering.leave(seated.id, "", actor=people[0][0])
    assert (await state(lowered.id), await state(third.id)) == ("waiting", "offered")
    (last,) = await _line(salon_id, people[3:])
    clock.advance(timedelta(days=2, minutes=1))
    await sweeping.sweep()  # the offer has lapsed as well
    assert (await state(lowered.id), await state(last.id)) == ("offered", "waiting")


async def test_more_seats_are_offered_to_those_who_wait() -> None:
    salon_id = await published(hall(1))
    people = await owners(4)
    line = await _line(salon_id, people)
    one = await salon(salon_id)
    quota = await db.fetch_value("SELECT id FROM salon_quotas WHERE salon_id = $1", salon_id)
    await service.edit(salon_id, written(hall(3, id=quota)), actor=SYSTEM, version=one.version)
    assert [await state(one.id) for one in line] == ["confirmed", "offered", "offered", "waiting"]
    with pytest.raises(errors.SeatsGiven):
        await service.edit(salon_id, written(hall(2, id=quota)), actor=SYSTEM, version=one.version + 1)


async def test_shortly_before_nothing_is_offered_and_at_the_start_they_are_told(clock: Frozen) -> None:
    salon_id = await published(hall(1), starts_in=timedelta(hours=3))
    people = await owners(2)
    seated, second = await _line(salon_id, people)
    await drain()
    clock.advance(timedelta(hours=2, minutes=10))
    await answering.leave(seated.id, "", actor=people[0][0])
    assert await state(second.id) == "waiting"
    clock.advance(timedelta(hours=1))
    await sweeping.sweep()
    await drain()
    assert await state(second.id) == "missed"
    assert await inbox(people[1][0]) == ["salon_waiting", "salon_missed"]


async def test_a_seat_that_is_free_when_nothing_is_offered_any_more_is_given_at_the_door(clock: Frozen) -> None:
    salon_id = await published(hall(1), starts_in=timedelta(hours=3))
    people = await owners(4)
    seated, second = await _line(salon_id, people[:2])
    desk = await clerk(Role.FRONT_DESK)
    clock.advance(timedelta(hours=2, minutes=10))
    await answering.leave(seated.id, "", actor=people[0][0])
    with pytest.raises(errors.Full, match="不再递补"):
        await sign_up(*people[2], salon_id)
    told = await signups.detail(people[1][0], second.id)
    assert "可直接到现场" in told["sentence"]
    assert "按顺序通知" not in told["sentence"]
    walk_in = Wish(desk, salon_id, people[3][1], people[3][0].id, "hall", channel="counter")
    async with db.transaction():
        (made,) = await signing.sign_up([walk_in])
    assert isinstance(made, SignedUp)
    assert (made.state, await state(second.id)) == ("confirmed", "waiting")
    assert await counted(salon_id) == (1, 1, 1)
    # Who waits and comes is seated where he stands, once there is a chair.
    with pytest.raises(errors.Full, match="没有空位可以安排"):
        await answering.accept(second.id, actor=desk)
    await answering.leave(made.id, "", actor=desk)
    with pytest.raises(WrongState):
        await answering.accept(second.id, actor=people[1][0])
    assert "accept" in (await signups.detail(desk, second.id))["may"]
    await db.execute("UPDATE salons SET state = 'held' WHERE id = $1", salon_id)
    with pytest.raises(WrongState):
        await answering.accept(second.id, actor=desk)
    assert "accept" not in (await signups.detail(desk, second.id))["may"]
    await db.execute("UPDATE salons SET state = 'closed' WHERE id = $1", salon_id)
    assert (await answering.accept(second.id, actor=desk)).state == "confirmed"
    noted = "SELECT actor_id FROM audit_entries WHERE row_id = $1 AND action = 'salons.seat_offered'"
    assert await db.fetch_value(noted, second.id) == desk.id
    assert await counted(salon_id) == (1, 1, 0)
    assert (await tickets.shown(second.id, actor=people[1][0]))["way"] == "hall"


async def test_who_waits_to_come_online_is_offered_a_seat_until_it_begins(clock: Frozen) -> None:
    salon_id = await published(hall(1), online(1), starts_in=timedelta(hours=3))
    people = await owners(3)
    seated, second, third = [await sign_up(*one, salon_id, way="online", waits=True) for one in people]
    clock.advance(timedelta(hours=2, minutes=40))
    desk = await clerk(Role.FRONT_DESK)
    told = await signups.detail(desk, second.id)
    assert "按顺序通知" in told["sentence"]
    assert "accept" not in told["may"]
    with pytest.raises(WrongState):
        await answering.accept(second.id, actor=desk)
    await answering.leave(seated.id, "", actor=people[0][0])
    starts_at = (await salon(salon_id)).starts_at
    assert (await row(second.id))["offer_until"] == starts_at - timedelta(minutes=5)
    clock.advance(timedelta(minutes=16))
    await sweeping.sweep()
    assert (await state(second.id), (await row(third.id))["offer_until"]) == ("lapsed", starts_at)
    assert (await answering.accept(third.id, actor=people[2][0])).state == "confirmed"


async def test_a_seat_online_that_nobody_was_offered_is_found_in_the_last_hour(clock: Frozen) -> None:
    salon_id = await published(hall(1), online(1), starts_in=timedelta(hours=3))
    people = await owners(4)
    lines = [(await sign_up(*one, salon_id, way=way, waits=True)).id for one, way in zip(people, WAYS, strict=True)]
    clock.advance(timedelta(hours=2, minutes=30))
    # As where a crash came between the leaving and the offer.
    gone = "UPDATE salon_signups SET state = 'left', quota_id = NULL, nth = NULL WHERE id = ANY ($1::uuid[])"
    await db.execute(gone, lines[:2])
    await sweeping.sweep()
    assert [await state(one) for one in lines[2:]] == ["waiting", "offered"]
    clock.advance(timedelta(minutes=30))
    await sweeping.sweep()
    assert [await state(one) for one in lines[2:]] == ["missed", "lapsed"]


async def test_no_seat_online_is_offered_for_no_time_and_who_comes_later_reads_so(clock: Frozen) -> None:
    salon_id = await published(hall(1), online(1), starts_in=timedelta(hours=3))
    people = await owners(3)
    seated, second = [await sign_up(*one, salon_id, way="online", waits=True) for one in people[:2]]
    clock.advance(timedelta(hours=2, minutes=59))
    await answering.leave(seated.id, "", actor=people[0][0])
    starts_at = (await salon(salon_id)).starts_at
    assert (await state(second.id), (await row(second.id))["offer_until"]) == ("offered", starts_at)
    assert seating.offer_end(starts_at, starts_at, "online") is None
    clock.advance(timedelta(minutes=2))
    late = Wish(await clerk(Role.FRONT_DESK), salon_id, people[2][1], people[2][0].id, "online", channel="phone")
    async with db.transaction():
        (told,) = await signing.sign_up([late])
    assert isinstance(told, errors.Full)
    assert "沙龙已开始" in told.detail


async def test_before_that_staff_pass_nobody_who_waits() -> None:
    salon_id = await published(hall(1))
    people = await owners(3)
    seated, second = await _line(salon_id, people[:2])
    await db.execute("UPDATE salon_signups SET state = 'left', quota_id = NULL, nth = NULL WHERE id = $1", seated.id)
    desk = await clerk(Role.FRONT_DESK)
    async with db.transaction():
        (made,) = await signing.sign_up([Wish(desk, salon_id, people[2][1], None, "hall", channel="counter")])
    assert isinstance(made, errors.Full)
    with pytest.raises(WrongState):
        await answering.accept(second.id, actor=desk)
    assert "accept" not in (await signups.detail(desk, second.id))["may"]
    assert await state(second.id) == "waiting"


async def test_an_erased_person_gives_his_seat_to_the_next() -> None:
    salon_id = await published(hall(1))
    people = await owners(2)
    seated, second = await _line(salon_id, people)
    async with db.transaction():
        await personal.erase(people[0][0].id or UUID(int=0))
    assert await state(second.id) == "offered"
    assert (await row(seated.id))["person_id"] is None


async def test_an_erased_person_leaves_no_words_and_what_is_over_stays_as_it_was(clock: Frozen) -> None:
    salon_id, other = await published(hall(1)), await published(hall(1))
    ((person, place),) = await owners(1)
    been, left = await sign_up(person, place, salon_id), await sign_up(person, place, other)
    await tickets.reissue(been.id, "借给王芳了", actor=person)
    await answering.leave(left.id, "王芳住院", actor=person)
    clock.advance(timedelta(days=15))
    for _ in range(2):
        await sweeping.sweep()
    async with db.transaction():
        await personal.erase(person.id or UUID(int=0))
    kept = await db.fetch_value("SELECT string_agg(t::text, ' ') FROM (SELECT * FROM salon_signups) AS t")
    kept += await db.fetch_value("SELECT string_agg(t::text, ' ') FROM (SELECT * FROM salon_reissues) AS t")
    kept += await db.fetch_value("SELECT string_agg(t::text, ' ') FROM (SELECT * FROM audit_entries) AS t")
    assert "王芳" not in kept
    assert (await state(been.id), await state(left.id)) == ("confirmed", "left")


@given(st.integers(0, 60 * 24 * 30), st.integers(0, 60 * 24 * 30))
def test_the_nearer_the_day_the_shorter_an_offer_stands(one: int, other: int) -> None:
    near, far = sorted((timedelta(minutes=one), timedelta(minutes=other)))
    assert seating.span(near) <= seating.span(far)
    assert timedelta(0) < seating.span(near)


async def test_random_comings_and_goings_never_oversell_nor_strand_a_seat() -> None:
    """Whatever people do at once: seats taken are seats counted, and no seat stays free while somebody waits."""
    salon_id = await published(hall(5))
    people = await owners(scaled(40))

    async def life(number: int, person: Actor, place: UUID) -> None:
        try:
            made = await sign_up(person, place, salon_id, waits=number % 3 > 0)
            if number % 2:
                await answering.leave(made.id, "", actor=person)
                made = await sign_up(person, place, salon_id, waits=True)
            await answering.accept(made.id, actor=person)
        except (errors.Full, WrongState, errors.OfferLapsed):
            return

    await asyncio.gather(*(life(number, *one) for number, one in enumerate(people)), sweeping.sweep())
    taken, seated, waiting = await counted(salon_id)
    assert taken == seated <= 5
    assert waiting == await db.fetch_value("SELECT count(*) FROM salon_signups WHERE state = 'waiting'")
    assert taken == 5 or waiting == 0
