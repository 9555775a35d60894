"""A salon that is moved: what was to end before it still does, and nobody is put back for what he could not know."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.access import SYSTEM, Role
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.ids import new_id
from backend.salons import service, sweeping
from backend.salons.door import scanning
from backend.salons.door.scanning import Read
from backend.salons.seats import answering, fairness
from tests.backend.cases.people import clerk
from tests.backend.salons.people import (
    drain,
    hall,
    inbox,
    owners,
    published,
    row,
    salon,
    sign_up,
    state,
    written,
)

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _move(salon_id: UUID, starts_in: timedelta, **given: Any) -> datetime:
    one = await salon(salon_id)
    sql = "SELECT id, seats FROM salon_quotas WHERE salon_id = $1"
    quotas = [hall(quota["seats"], id=quota["id"]) for quota in await db.fetch(sql, salon_id)]
    content = written(*quotas, starts_in=starts_in, **given)
    await service.edit(salon_id, content, actor=SYSTEM, version=one.version)
    return content.starts_at


async def _over(clock: Frozen, salon_id: UUID, came: UUID) -> None:
    """It takes place, one of them is seen, and a day passes."""
    one = await salon(salon_id)
    clock.advance(one.starts_at - clock.now())
    await sweeping.sweep()
    read = Read(new_id(), "入口1", "in", clock_module.now(), signup_id=came)
    await scanning.receive(salon_id, [read], actor=await clerk(Role.FRONT_DESK))
    clock.advance(timedelta(hours=27))
    for _ in range(2):
        await sweeping.sweep()
    await fairness.note_missing()


async def test_an_offer_and_an_approval_end_before_a_salon_that_is_moved_forward() -> None:
    salon_id = await published(hall(1))
    first, second = await owners(2)
    seated, waits = [await sign_up(*one, salon_id, waits=True) for one in (first, second)]
    await answering.leave(seated.id, "", actor=first[0])
    assert await state(waits.id) == "offered"
    asked = await published(hall(1), needs_approval=True, approval_days=10)
    pending = await sign_up(*first, asked)
    near = timedelta(hours=20)
    for one in (salon_id, asked):
        starts_at = await _move(one, near, needs_approval=one == asked, approval_days=10)
    assert (await row(waits.id))["offer_until"] == starts_at - timedelta(minutes=30)
    assert (await row(pending.id))["decide_by"] == starts_at - timedelta(hours=2)
    later = await _move(salon_id, timedelta(days=20))
    assert (await row(waits.id))["offer_until"] < later - timedelta(days=10)


async def test_whoever_asks_shortly_before_knows_before_it_begins(clock: Frozen) -> None:
    salon_id = await published(hall(2), needs_approval=True, starts_in=timedelta(hours=3))
    first, second = await owners(2)
    starts_at = (await salon(salon_id)).starts_at
    assert (await sign_up(*first, salon_id)).decide_by == starts_at - timedelta(hours=2)
    clock.advance(timedelta(hours=2))
    assert (await sign_up(*second, salon_id)).decide_by == clock.now() + timedelta(minutes=15)


async def test_who_got_his_seat_before_a_move_is_not_put_back_and_who_signed_up_for_the_new_time_is(
    clock: Frozen,
) -> None:
    salon_id = await published(hall(9))
    first, before, after = await owners(3)
    came, moved = [(await sign_up(*one, salon_id)).id for one in (first, before)]
    clock.advance(timedelta(hours=1))
    await _move(salon_id, timedelta(days=10))
    clock.advance(timedelta(hours=1))
    knew = (await sign_up(*after, salon_id)).id
    await _over(clock, salon_id, came)
    await drain()
    assert [await state(one) for one in (came, moved, knew)] == ["attended", "no_show", "no_show"]
    standings = [await fairness.standing(person) for person, _ in (before, after)]
    assert [one["lowered_until"] is None for one in standings] == [True, False]
    assert [one["items"][0]["is_excused"] for one in standings] == [True, None]
    assert ["salon_no_show" in await inbox(person) for person, _ in (before, after)] == [False, True]


async def test_another_address_of_the_online_part_excuses_nobody_from_the_hall(clock: Frozen) -> None:
    salon_id = await published(hall(9))
    first, second = await owners(2)
    came, missed = [(await sign_up(*one, salon_id)).id for one in (first, second)]
    one = await salon(salon_id)
    clock.advance(timedelta(hours=1))
    await _move(salon_id, one.starts_at - clock.now(), online_url="https://example.com/room")
    await _over(clock, salon_id, came)
    assert (await fairness.standing(second[0]))["lowered_until"] is not None
    assert await state(missed) == "no_show"


async def test_who_was_approved_by_the_clock_when_it_had_nearly_begun_is_not_put_back(clock: Frozen) -> None:
    salon_id = await published(hall(9), needs_approval=True, starts_in=timedelta(minutes=50))
    first, second = await owners(2)
    came, late = [(await sign_up(*one, salon_id)).id for one in (first, second)]
    clock.advance(timedelta(minutes=20))
    await sweeping.sweep()
    assert await state(late) == "confirmed"
    await _over(clock, salon_id, came)
    assert await state(late) == "no_show"
    assert (await fairness.standing(second[0]))["lowered_until"] is None


async def test_two_moves_in_a_moment_are_told_once() -> None:
    salon_id = await published(hall(2))
    ((person, place),) = await owners(1)
    await sign_up(person, place, salon_id)
    await drain()
    await _move(salon_id, timedelta(days=20))
    await _move(salon_id, timedelta(days=21))
    await drain()
    assert await inbox(person) == ["salon_confirmed", "salon_changed"]
