"""What is asked before the locks: together, each with his own answer, and who is too late is told at once."""

import asyncio
from datetime import timedelta

import pytest

from backend.foundation import db
from backend.identity.errors import NotBound
from backend.visits.availability import slots
from backend.visits.availability.finding import Following
from backend.visits.bookings import asking, booking
from backend.visits.bookings.asking import Asked
from backend.visits.errors import EnterpriseClosed, NoSuchSlot, PlaceNotOffered, ReasonUnknown, SlotTaken
from tests.backend.visits.people import NEXT, TALK, at, booked, find, owners, visitor

pytestmark = pytest.mark.usefixtures("running", "clock")


async def test_each_of_many_who_ask_together_gets_his_own_answer() -> None:
    await visitor()
    (person, place), (other, elsewhere), (gone, closed) = [await owners(number) for number in (1, 2, 3)]
    await db.execute("UPDATE enterprises SET closed_at = now() WHERE id = $1", closed)
    asked = [
        Asked(person, TALK, "on_site", place, NEXT),
        Asked(other, TALK, "phone", elsewhere, at("2026-11-26", 9)),
        Asked(person, "nothing", "on_site", place, NEXT),
        Asked(person, "quality", "phone", place, NEXT),
        Asked(gone, TALK, "on_site", closed, NEXT),
        Asked(person, TALK, "on_site", place, NEXT + timedelta(minutes=7)),
        Asked(person, TALK, "on_site", elsewhere, NEXT),
    ]
    got = await asyncio.gather(*(asking.ask(one) for one in asked), return_exceptions=True)
    given, refused = [one for one in got if isinstance(one, tuple)], [one for one in got if isinstance(one, Exception)]
    assert [acting.enterprise_id for acting, _ in given] == [place, elsewhere]
    first, second = [offer for _, offer in given]
    assert (first.starts_at, first.where.enterprise_id) == (NEXT, place)
    assert (second.starts_at, second.wish.place) == (at("2026-11-26", 9), "phone")
    assert [type(one) for one in refused] == [ReasonUnknown, PlaceNotOffered, EnterpriseClosed, NoSuchSlot, NotBound]


async def test_who_is_too_late_is_told_and_who_has_it_already_is_not() -> None:
    await visitor()
    (person, place), (other, elsewhere) = await owners(1), await owners(2)
    made = await booked(person, place)
    with pytest.raises(SlotTaken) as refused:
        await asking.ask(Asked(other, TALK, "on_site", elsewhere, NEXT))
    assert refused.value.following
    _, again = await asking.ask(Asked(person, TALK, "on_site", place, NEXT))
    assert (await booking.book(again, booking.own(person), actor=person)).id == made.id


async def test_who_has_a_connection_never_waits_for_who_wants_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """All who look for other times outside a transaction may be waiting for the very connection that is held here."""
    await visitor()
    _, place = await owners()
    offer, following, is_asking = await find(place), Following(), asyncio.Event()
    look = slots.following

    async def waits_for_a_connection(*given):  # noqa: ANN002, ANN202
        if not db.in_transaction():
            is_asking.set()
            await asyncio.sleep(3_600)
        return await look(*given)

    monkeypatch.setattr(slots, "following", waits_for_a_connection)
    outside = asyncio.create_task(following.of(offer))
    await is_asking.wait()
    async with asyncio.timeout(30), db.transaction():
        assert len(await following.of(offer)) == 3
    outside.cancel()
