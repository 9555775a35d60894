"""Signing up: a seat exactly once, the right refusal to everybody else, nothing lost and nothing oversold."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from backend.access import Actor
from backend.foundation import db
from backend.foundation.batch import Batcher
from backend.foundation.clock import Frozen
from backend.foundation.errors import WuweiError
from backend.identity.errors import NotBound
from backend.salons import errors
from backend.salons.seats import answering, rooms, signing
from backend.salons.seats.asking import Wish
from backend.salons.seats.signing import SignedUp
from backend.salons.states import SignupState
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import owner
from tests.backend.salons.people import (
    counted,
    drain,
    hall,
    inbox,
    online,
    owners,
    published,
    row,
    sign_up,
    wish,
)
from tests.factories.people import add_binding
from tests.support.sizes import scaled

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _set(wishes: Sequence[Wish]) -> list[SignedUp | WuweiError]:
    async with db.transaction():
        return await signing.sign_up(wishes)


async def test_a_seat_is_given_and_told() -> None:
    salon_id = await published(hall(1))
    ((person, place),) = await owners()
    made = await sign_up(person, place, salon_id, attendee="王芳")
    assert (made.state, made.is_new) == (SignupState.CONFIRMED, True)
    assert await counted(salon_id) == (1, 1, 0)
    await drain()
    assert await inbox(person) == ["salon_confirmed"]
    assert (await row(made.id))["attendee"] == "王芳"


async def test_the_same_again_is_the_same_sign_up_and_another_enterprise_is_refused() -> None:
    salon_id = await published(hall(3))
    ((person, place), (_, other)) = await owners(2)
    await add_binding(person, other)
    made = await sign_up(person, place, salon_id)
    again = await sign_up(person, place, salon_id)
    assert (again.id, again.is_new) == (made.id, False)
    with pytest.raises(errors.SignedUpAlready):
        await sign_up(person, other, salon_id)
    assert await counted(salon_id) == (1, 1, 0)


async def test_who_asks_twice_in_the_same_moment_reads_twice_what_he_has() -> None:
    salon_id = await published(hall(1))
    (person, place), second, (_, other) = await owners(3)
    await add_binding(person, other)
    asked = [(person, place), second, (person, place), (person, other), second]
    made, waits, again, strange, waits_again = await _set([wish(*one, salon_id, waits=True) for one in asked])
    assert isinstance(made, SignedUp)
    assert isinstance(waits, SignedUp)
    assert (made.state, waits.state, waits.position) == (SignupState.CONFIRMED, SignupState.WAITING, 1)
    assert again == replace(made, is_new=False)
    assert isinstance(strange, errors.SignedUpAlready)
    assert waits_again == replace(waits, is_new=False, position=None)
    assert await counted(salon_id) == (1, 1, 1)
    assert await _set([]) == []


async def test_who_is_too_late_is_refused_or_waits_in_his_order() -> None:
    salon_id = await published(hall(1))
    first, second, third, fourth = await owners(4)
    await sign_up(*first, salon_id)
    with pytest.raises(errors.Full):
        await sign_up(*second, salon_id)
    waits = [await sign_up(*one, salon_id, waits=True) for one in (third, fourth)]
    assert [(one.state, one.position) for one in waits] == [(SignupState.WAITING, 1), (SignupState.WAITING, 2)]
    assert await counted(salon_id) == (1, 1, 2)


async def test_what_is_full_is_told_without_a_lock_and_a_seat_that_frees_is_given() -> None:
    salon_id = await published(hall(1))
    first, second = await owners(2)
    made = await sign_up(*first, salon_id)
    with pytest.raises(errors.Full):
        await sign_up(*second, salon_id)
    held, done = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with db.transaction():
            await rooms.lock([salon_id])
            held.set()
            await done.wait()

    holder = asyncio.create_task(hold())
    await held.wait()
    async with asyncio.timeout(30):
        with pytest.raises(errors.Full):
            await sign_up(*second, salon_id)
        assert (await sign_up(*first, salon_id)).id == made.id
    done.set()
    await holder
    await answering.leave(made.id, "", actor=first[0])
    assert (await sign_up(*second, salon_id)).state is SignupState.CONFIRMED


async def test_of_a_thousand_racers_fifty_get_a_seat_and_each_reads_what_became_of_him() -> None:
    salon_id = await published(hall(50))
    count = scaled(1000)
    people = await owners(count)
    batcher = Batcher(_set)
    got = await asyncio.gather(*(batcher.do(wish(*one, salon_id)) for one in people))
    seated = [one for one in got if isinstance(one, SignedUp)]
    assert {one.state for one in seated} == {SignupState.CONFIRMED}
    assert len(seated) == min(50, count)
    assert [type(one) for one in got if not isinstance(one, SignedUp)] == [errors.Full] * (count - len(seated))
    ids = {one["id"] for one in await db.fetch("SELECT id FROM salon_signups WHERE salon_id = $1", salon_id)}
    assert ids == {one.id for one in seated}
    assert await counted(salon_id) == (len(seated), len(seated), 0)
    written = "SELECT count(*) FROM audit_entries WHERE action = 'salons.signed_up' AND row_id = ANY ($1::uuid[])"
    assert await db.fetch_value(written, list(ids)) == len(seated)


async def test_sets_of_several_processes_share_the_seats() -> None:
    salon_id = await published(hall(30))
    people = await owners(80)
    sets = [[wish(*one, salon_id, waits=bool(n % 2)) for n, one in enumerate(people[i::4])] for i in range(4)]
    got = [one for some in await asyncio.gather(*map(_set, sets)) for one in some]
    states = [one.state for one in got if isinstance(one, SignedUp)]
    assert states.count(SignupState.CONFIRMED) == 30
    assert len([one for one in got if isinstance(one, errors.Full)]) + len(states) == 80
    taken, seated, waiting = await counted(salon_id)
    assert (taken, seated, waiting) == (30, 30, states.count(SignupState.WAITING))


async def test_the_database_itself_refuses_one_seat_too_many() -> None:
    salon_id = await published(hall(1))
    ((person, place), (other, elsewhere)) = await owners(2)
    made = await sign_up(person, place, salon_id)
    copied = """
    INSERT INTO salon_signups (id, salon_id, quota_id, way, enterprise_id, person_id, nth, state, is_first, channel,
        signed_by_kind, signed_at, changed_at)
    SELECT uuidv7(), salon_id, quota_id, way, $2, $3, 1, state, is_first, channel, signed_by_kind, signed_at, changed_at
    FROM salon_signups WHERE id = $1
    """
    with pytest.raises(Exception, match="salon_quotas_never_oversold"):
        await db.execute(copied, made.id, elsewhere, other.id)
    assert await counted(salon_id) == (1, 1, 0)


async def test_an_enterprise_sends_no_more_than_its_number_even_among_racers() -> None:
    salon_id = await published(hall(50), per_enterprise=2)
    place = await enterprise(1, district="330502")
    people = [await owner(place) for _ in range(6)]
    got = await asyncio.gather(*(_set([wish(one, place, salon_id)]) for one in people))
    kinds = sorted(type(one[0]).__name__ for one in got)
    assert kinds == ["EnterpriseFull"] * 4 + ["SignedUp"] * 2
    assert await counted(salon_id) == (2, 2, 0)


async def test_seats_kept_for_first_timers_are_everybodys_three_days_before(clock: Frozen) -> None:
    salon_id = await published(hall(1), hall(1, title="首次参加", is_for_first_timers=True))
    been, also, new, late = await owners(4)
    await _attended(*been, *also, *late)
    assert (await sign_up(*been, salon_id)).state is SignupState.CONFIRMED
    with pytest.raises(errors.Full):
        await sign_up(*also, salon_id)
    clock.advance(timedelta(days=11, minutes=1))
    assert (await sign_up(*also, salon_id)).state is SignupState.CONFIRMED
    with pytest.raises(errors.Full):
        await sign_up(*new, salon_id)


async def _attended(*people: object) -> None:
    """Somebody of these enterprises was at a salon once."""
    before = await published(hall(9))
    for person, place in zip(people[::2], people[1::2], strict=True):
        assert isinstance(person, Actor)
        assert isinstance(place, UUID)
        made = await sign_up(person, place, before)
        await db.execute("UPDATE salon_signups SET state = 'attended' WHERE id = $1", made.id)


async def test_a_first_timer_takes_a_kept_seat_and_leaves_the_others() -> None:
    salon_id = await published(hall(1), hall(1, title="首次参加", is_for_first_timers=True))
    new, been = await owners(2)
    await _attended(*been)
    assert (await sign_up(*new, salon_id)).state is SignupState.CONFIRMED
    assert (await sign_up(*been, salon_id)).state is SignupState.CONFIRMED


async def test_ways_have_seats_of_their_own() -> None:
    salon_id = await published(hall(1), online(1))
    first, second = await owners(2)
    await sign_up(*first, salon_id, way="online")
    assert (await sign_up(*second, salon_id)).state is SignupState.CONFIRMED
    only = await published(hall(1))
    with pytest.raises(errors.WayNotOffered):
        await sign_up(*second, only, way="online")


async def test_the_times_of_signing_up_count_to_the_second(clock: Frozen) -> None:
    salon_id = await published(hall(9), opens_at=clock.now() + timedelta(hours=1))
    first, second = await owners(2)
    with pytest.raises(errors.NotOpenYet, match="11月23日 11:00"):
        await sign_up(*first, salon_id)
    clock.advance(timedelta(hours=1))
    await sign_up(*first, salon_id)
    clock.advance(timedelta(days=13, hours=22, minutes=30))
    with pytest.raises(errors.SignupClosed):
        await sign_up(*second, salon_id)


async def test_nobody_signs_up_for_an_enterprise_that_is_not_his() -> None:
    salon_id = await published(hall(9))
    ((person, _), (_, other)) = await owners(2)
    with pytest.raises(NotBound):
        await sign_up(person, other, salon_id)


async def test_approval_holds_the_seat_until_its_day() -> None:
    salon_id = await published(hall(1), needs_approval=True)
    first, second = await owners(2)
    made = await sign_up(*first, salon_id)
    assert made.state is SignupState.PENDING
    assert made.decide_by
    assert made.decide_by.astimezone().date().isoformat() == "2026-11-25"
    with pytest.raises(errors.Full):
        await sign_up(*second, salon_id)


async def test_a_limited_salon_takes_who_fits_refuses_who_does_not_and_asks_about_the_unknown() -> None:
    rule = {"fact": "employees", "op": "le", "value": 20}
    salon_id = await published(hall(9), rule=rule, reason="面向小微企业", is_limited=True)
    small, big, unknown = (
        *(await owners(1, employees=5)),
        *(await owners(1, first=2, employees=50)),
        *(await owners(1, first=3)),
    )
    assert (await sign_up(*small, salon_id)).state is SignupState.CONFIRMED
    with pytest.raises(errors.NotForThisEnterprise):
        await sign_up(*big, salon_id)
    assert (await sign_up(*unknown, salon_id)).state is SignupState.PENDING


async def test_one_of_a_set_that_is_refused_leaves_the_others() -> None:
    salon_id = await published(hall(9))
    (first, second) = await owners(2)
    got = await _set([wish(*first, salon_id), wish(second[0], first[1], salon_id), wish(*second, salon_id)])
    assert [type(one) for one in got] == [SignedUp, NotBound, SignedUp]
