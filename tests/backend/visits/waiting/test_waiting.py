"""Earlier times: in the order of asking, three in all, one a day, for two hours of the day, and to nobody twice."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest

from backend.access import SYSTEM
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import WuweiError
from backend.staff import absences
from backend.visits import expecting
from backend.visits.availability import planning
from backend.visits.availability.planning import DayPlan
from backend.visits.bookings import changing, lapsing
from backend.visits.errors import SlotTaken
from backend.visits.states import VisitState
from backend.visits.waiting import accepting, earlier, offering, offers
from backend.visits.waiting.errors import OfferOver, WaitTooLate, WaitUsedUp
from tests.backend.visits.line import HOUR, offered, waiting
from tests.backend.visits.people import (
    MORNING,
    at,
    booked,
    confirmed,
    find,
    free,
    going,
    inbox,
    kinds,
    notices,
    owners,
    row,
    visitor,
)

pytestmark = pytest.mark.usefixtures("running", "clock")

WEDNESDAY = date(2026, 11, 25)


async def test_what_is_called_off_is_offered_to_who_asked_first_and_moves_his_visit() -> None:
    someone = await visitor(HOUR)
    blocker, spot = await owners(9)
    gone = await confirmed(blocker, spot, at(WEDNESDAY, 9))
    first, place, visit_id = await waiting(1, at("2026-12-02", 9))
    second, elsewhere, other_id = await waiting(2, at("2026-12-03", 9))
    before = await row(visit_id)
    await changing.cancel(gone.id, "不需要了", actor=blocker)
    assert await offering.sweep() == 1
    (offer,) = await offered(first, place)
    assert await offered(second, elsewhere) == []
    assert (await expecting.expected(second.id or place))["visit_offered"] == 1
    (wait,) = await earlier.mine(place, actor=first)
    assert (wait["rank"], wait["offers_left"], wait["offers"][0]["starts_at"]) == (1, 2, at(WEDNESDAY, 9))
    assert (await earlier.mine(elsewhere, actor=second))[0]["rank"] == 2
    # Held for him: nobody else can have it.
    third, there = await owners(3)
    with pytest.raises(SlotTaken):
        await booked(third, there, at(WEDNESDAY, 9))
    moved = await accepting.accept(offer, actor=first)
    assert (moved.id, moved.state, moved.starts_at) == (visit_id, VisitState.CONFIRMED, at(WEDNESDAY, 9))
    assert (moved.sequence, moved.moved, moved.number) == (1, 1, before.number)
    assert moved.schedule_id != before.schedule_id
    assert await going(visit_id) == {someone.id}
    assert (await accepting.accept(offer, actor=first)).version == moved.version
    # What he left is the next one's.
    assert await offering.sweep() == 1
    (again,) = await offered(second, elsewhere)
    assert (await accepting.accept(again, actor=second)).starts_at == at("2026-12-02", 9)
    assert (await row(other_id)).sequence == 1
    assert (await kinds(visit_id))[-1] == "moved"
    assert await db.fetch_value("SELECT count(*) FROM visits WHERE state IN ('held', 'expired')") == 0
    assert await notices(someone) == [*["visit_requested"] * 3, "visit_cancelled", *["visit_moved_up"] * 2]
    told = await inbox(first)
    assert told == ["visit_confirmed", "visit_offered", "visit_confirmed"]


async def test_declined_it_is_free_at_once_and_goes_to_the_next() -> None:
    await visitor(HOUR)
    blocker, spot = await owners(9)
    gone = await booked(blocker, spot, at(WEDNESDAY, 9))
    first, place, visit_id = await waiting(1)
    second, elsewhere, _ = await waiting(2, at("2026-12-03", 9))
    await changing.decline(gone.id, "有培训", actor=SYSTEM)
    await offering.sweep()
    (offer,) = await offered(first, place)
    await accepting.decline(offer, actor=first)
    await accepting.decline(offer, actor=first)
    assert len((await free(place, WEDNESDAY, WEDNESDAY)).slots) == 1
    with pytest.raises(OfferOver):
        await accepting.accept(offer, actor=first)
    assert (await row(visit_id)).starts_at == at("2026-12-02", 9)
    assert await offering.sweep() == 1
    assert len(await offered(second, elsewhere)) == 1
    assert await offered(first, place) == []
    off = "SELECT because FROM called_off WHERE subject = $1"
    assert await db.fetch_value(off, offer) == "cancelled"


async def test_unanswered_it_lapses_after_two_hours_and_goes_on_within_a_minute(clock: Frozen) -> None:
    await visitor(HOUR)
    blocker, spot = await owners(9)
    gone = await booked(blocker, spot, at("2026-11-26", 9))
    first, place, _ = await waiting(1)
    second, elsewhere, _ = await waiting(2, at("2026-12-03", 9))
    await changing.cancel(gone.id, "不需要了", actor=blocker)
    await offering.sweep()
    (offer,) = await offered(first, place)
    clock.advance(timedelta(hours=1, minutes=59, seconds=59))
    assert await offering.sweep() == 0
    clock.advance(timedelta(seconds=1))
    with pytest.raises(OfferOver):
        await accepting.accept(offer, actor=first)
    # As the job does it: holds first, then what is free.
    await lapsing.sweep()
    assert await offering.sweep() == 1
    assert len(await offered(second, elsewhere)) == 1
    (wait,) = await earlier.mine(place, actor=first)
    assert (wait["offers"][0]["state"], wait["state"]) == ("lapsed", "waiting")


async def test_an_offer_made_at_night_runs_from_the_morning(clock: Frozen) -> None:
    await visitor(HOUR)
    blocker, spot = await owners(9)
    gone = await booked(blocker, spot, at("2026-11-27", 9))
    first, place, _ = await waiting(1)
    clock.set(at("2026-11-23", 23))
    await changing.cancel(gone.id, "不需要了", actor=blocker)
    await offering.sweep()
    until, day = await db.fetch_one("SELECT until_at, on_day FROM visit_offers")
    assert (until, day) == (at("2026-11-24", 10), date(2026, 11, 24))
    clock.set(at("2026-11-24", 9, 59))
    (offer,) = await offered(first, place)
    assert (await accepting.accept(offer, actor=first)).starts_at == at("2026-11-27", 9)


async def test_an_evenings_offer_stands_still_over_night(clock: Frozen) -> None:
    await visitor(HOUR)
    blocker, spot = await owners(9)
    gone = await booked(blocker, spot, at("2026-11-27", 9))
    await waiting(1)
    clock.set(at("2026-11-23", 20, 30))
    await changing.cancel(gone.id, "不需要了", actor=blocker)
    await offering.sweep()
    assert await db.fetch_value("SELECT until_at FROM visit_offers") == at("2026-11-24", 9, 30)


async def test_nothing_is_offered_that_begins_within_a_day_nor_to_whose_visit_does(clock: Frozen) -> None:
    await visitor(HOUR)
    blocker, spot = await owners(9)
    soon = await booked(blocker, spot, at("2026-11-25", 9))
    first, place, _ = await waiting(1, at("2026-11-26", 9))
    clock.set(at("2026-11-24", 9, 30))
    await changing.cancel(soon.id, "不需要了", actor=blocker)
    assert await offering.sweep() == 0
    # His own visit is less than a day ahead, so that he waits no more.
    clock.set(at("2026-11-25", 9, 1))
    await offering.sweep()
    (wait,) = await earlier.mine(place, actor=first)
    assert (wait["state"], wait["sentence"]) == ("ended", "距走访已不足24小时，不再提供提前的时段。")
    other, elsewhere = await owners(2)
    near = await confirmed(other, elsewhere, at("2026-11-27", 9))
    clock.set(at("2026-11-26", 9, 1))
    with pytest.raises(WaitTooLate):
        await earlier.join(elsewhere, near.id, actor=other)


async def test_two_hundred_who_offer_at_once_make_one_offer_a_day_and_three_in_all(clock: Frozen) -> None:
    """The caps hold under real concurrency, and no time is held twice."""
    for _ in range(4):
        await visitor()
    person, place, visit_id = await waiting(1, at("2026-12-04", 16))
    (wait,) = await earlier.mine(place, actor=person)
    days = [date(2026, 11, 27), date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 2)]
    chances = [await find(place, at(day, hour)) for day in days for hour in (9, 10, 11, 14, 15)]

    async def offer_all() -> int:
        tries = (offers.make(wait["id"], chances[n % len(chances)]) for n in range(200))
        got = await asyncio.gather(*tries, return_exceptions=True)
        wrong = [one for one in got if isinstance(one, BaseException) and not isinstance(one, WuweiError)]
        assert wrong == []
        return sum(isinstance(one, UUID) for one in got)

    assert await offer_all() == 1
    (offer,) = await offered(person, place)
    await accepting.decline(offer, actor=person)
    # The same day again: none.
    assert await offer_all() == 0
    for day in (24, 25):
        clock.set(at(f"2026-11-{day}", 10))
        assert await offer_all() == 1
        (offer,) = await offered(person, place)
        await accepting.decline(offer, actor=person)
    clock.set(at("2026-11-26", 8, 30))
    assert await offer_all() == 0
    (wait,) = await earlier.mine(place, actor=person)
    assert (wait["state"], wait["offers_left"], len(wait["offers"])) == ("ended", 0, 3)
    with pytest.raises(WaitUsedUp):
        await earlier.join(place, visit_id, actor=person)
    with pytest.raises(Exception, match="visit_offers_number_check"):
        await db.execute("UPDATE visit_offers SET number = 4 WHERE number = 3")


async def test_many_who_wait_for_one_slot_are_never_offered_it_twice() -> None:
    await visitor(HOUR)
    blocker, spot = await owners(9)
    gone = await booked(blocker, spot, at(WEDNESDAY, 9))
    for number, day in ((1, "2026-12-01"), (2, "2026-12-02"), (3, "2026-12-03")):
        await waiting(number, at(day, 9))
    await changing.cancel(gone.id, "不需要了", actor=blocker)
    await asyncio.gather(*(offering.sweep() for _ in range(8)))
    assert await db.fetch_value("SELECT count(*) FROM visit_offers") == 1
    first = "SELECT w.asked_at = (SELECT min(asked_at) FROM visit_waits) FROM visit_offers o JOIN visit_waits w ON TRUE"
    assert await db.fetch_value(f"{first} WHERE w.id = o.wait_id")


async def test_what_a_crash_left_is_offered_by_the_next_sweep() -> None:
    await visitor(HOUR)
    blocker, spot = await owners(9)
    gone = await booked(blocker, spot, at(WEDNESDAY, 9))
    first, place, _ = await waiting(1)
    await changing.cancel(gone.id, "不需要了", actor=blocker)

    class Killed(BaseException):
        pass

    # A worker that dies with everything written and nothing committed.
    with pytest.raises(Killed):
        async with db.transaction():
            assert await offering.sweep() == 1
            raise Killed
    assert await offered(first, place) == []
    assert await offering.sweep() == 1
    assert len(await offered(first, place)) == 1


async def test_a_plan_that_is_widened_and_an_absence_withdrawn_free_time_too() -> None:
    someone = await visitor(HOUR, weekdays=(3,), valid_from=date(2026, 12, 1))
    assert someone.id
    first, place, _ = await waiting(1, at("2026-12-02", 9))
    second, elsewhere, _ = await waiting(2, at("2026-12-09", 9))
    assert await offering.sweep() == 0
    await planning.differ(someone.id, date(2026, 11, 26), MORNING[:1], actor=someone, version=1)
    assert await offering.sweep() == 2
    starts = {one["starts_at"] for one in await db.fetch("SELECT starts_at FROM visit_offers")}
    assert starts == {at("2026-11-26", 9), at("2026-11-26", 10, 30)}
    assert await offered(first, place)
    assert await offered(second, elsewhere)
    told = await absences.tell(someone.id, date(2026, 12, 8), date(2026, 12, 8), "leave", actor=someone)
    await planning.plan(someone.id, [DayPlan(2, HOUR)], date(2026, 12, 1), actor=someone, version=2)
    third, there, _ = await waiting(3, at("2026-12-15", 9))
    await offering.sweep()
    held = await offered(third, there)
    await accepting.decline(held[0], actor=third)
    await offering.sweep()
    await absences.withdraw(told, staff_id=someone.id, actor=someone)
    assert await db.fetch_value("SELECT count(*) FROM visit_freed") == 1
