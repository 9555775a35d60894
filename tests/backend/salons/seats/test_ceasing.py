"""An enterprise that is closed: its sign-ups end, who made them hears why, their seats go to whoever waits."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from backend import assembly, outbox
from backend.enterprises import settling
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.salons import sweeping, telling
from backend.salons.errors import EnterpriseClosed
from backend.salons.seats import answering, ceasing, signing
from backend.salons.seats.signing import SignedUp
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
    state,
    wish,
)

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _close(*enterprise_ids: object) -> int:
    await db.execute(
        "UPDATE enterprises SET closed_at = $2 WHERE id = ANY ($1::uuid[])", enterprise_ids, clock_module.now()
    )
    async with db.transaction():
        return await ceasing.enterprises_closed(list(enterprise_ids))  # type: ignore[arg-type]


async def test_its_seats_go_to_whoever_waits_and_everybody_is_told_once() -> None:
    salon_id = await published(hall(2), online(1))
    people = await owners(4)
    made = [await sign_up(*one, salon_id, waits=True) for one in people]
    other = await published(hall(1))
    elsewhere = await sign_up(*people[0], other)
    await drain()
    assert await _close(people[0][1], people[3][1]) == 3
    assert [await state(one.id) for one in (*made, elsewhere)] == [
        "removed", "confirmed", "offered", "removed", "removed",
    ]  # fmt: skip
    assert (await row(made[0].id))["reason"] == ceasing.CEASED
    assert await counted(salon_id) == (2, 2, 0)
    await drain()
    assert (await inbox(people[0][0]))[-2:] == ["salon_removed", "salon_removed"]
    assert (await inbox(people[2][0]))[-1] == "salon_offered"
    assert await _close(people[0][1]) == 0
    with pytest.raises(EnterpriseClosed):
        await sign_up(*people[0], other)


async def test_what_has_begun_and_what_ended_before_stays(clock: Frozen) -> None:
    salon_id, begun = await published(hall(2)), await published(hall(2), starts_in=timedelta(hours=2))
    ((person, place),) = await owners(1)
    left, there = await sign_up(person, place, salon_id), await sign_up(person, place, begun)
    await answering.leave(left.id, "", actor=person)
    clock.advance(timedelta(hours=2))
    assert await _close(place) == 0
    assert [await state(left.id), await state(there.id)] == ["left", "confirmed"]


async def test_an_offer_that_is_accepted_at_that_moment_ends_as_well() -> None:
    salon_id = await published(hall(1))
    first, second, third = await owners(3)
    made = [await sign_up(*one, salon_id, waits=True) for one in (first, second, third)]
    await answering.leave(made[0].id, "", actor=first[0])
    await asyncio.gather(answering.accept(made[1].id, actor=second[0]), _close(second[1]), return_exceptions=True)
    assert [await state(made[1].id), await state(made[2].id)] == ["removed", "offered"]
    assert await counted(salon_id) == (1, 1, 0)


async def test_who_was_signing_up_at_that_moment_is_found_by_the_next_round() -> None:
    """His sign-up is committed after its enterprise was closed and its others were ended."""
    salon_id = await published(hall(1))
    first, second = await owners(2)
    begun, closed = asyncio.Event(), asyncio.Event()

    async def late() -> UUID:
        async with db.transaction():
            (made,) = await signing.sign_up([wish(*first, salon_id)])
            begun.set()
            await closed.wait()
        assert isinstance(made, SignedUp)
        return made.id

    signs = asyncio.create_task(late())
    await begun.wait()
    assert await _close(first[1]) == 0
    closed.set()
    slipped, waits = await signs, await sign_up(*second, salon_id, waits=True)
    assert await state(slipped) == "confirmed"
    await sweeping.sweep()
    assert [await state(slipped), await state(waits.id)] == ["removed", "offered"]
    assert await sweeping.sweep() == 0


async def test_the_service_hears_of_it() -> None:
    salon_id = await published(hall(1))
    ((person, place),) = await owners(1)
    made = await sign_up(person, place, salon_id)
    await db.execute("UPDATE enterprises SET closed_at = $2 WHERE id = $1", place, clock_module.now())
    async with db.transaction():
        await outbox.put(settling.CLOSED_TOPIC, {"enterprise_id": str(place)})
    handlers = {topic: assembly.OUTBOX_HANDLERS[topic] for topic in (settling.CLOSED_TOPIC, *telling.TOPICS)}
    await outbox.drain(handlers, seconds=5)
    assert await state(made.id) == "removed"
    assert (await inbox(person))[-1] == "salon_removed"
