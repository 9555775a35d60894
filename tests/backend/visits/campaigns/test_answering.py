"""An owner picks a time, declines or keeps silent; of many picks at once one has it."""

import asyncio
from datetime import timedelta

import pytest

from backend.enterprises import contacts
from backend.enterprises.contacts import Standing
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.visits.bookings import changing
from backend.visits.campaigns import answering, proposing, queries
from backend.visits.campaigns.errors import (
    ProposalOver,
    ProposalUnknown,
)
from backend.visits.errors import EnterpriseBusy, SlotTaken
from backend.visits.models import Visit
from backend.visits.states import VisitState
from tests.backend.visits.campaigns.rounds import (
    MONDAY,
    TIME,
    manager,
    pick,
    proposed,
    small,
    states,
    target,
    worked,
)
from tests.backend.visits.campaigns.rounds import running as begun
from tests.backend.visits.people import FULL, at, booked, notices, unit, visitor
from tests.support.sizes import scaled

pytestmark = pytest.mark.usefixtures("running", "clock")


async def test_an_owner_picks_a_suggested_time_and_has_a_visit() -> None:
    chief, someone = await manager(), await visitor()
    person, place = await small(1)
    one = await begun([someone], chief, weeks=1)
    await worked(one.id)
    proposal = await proposed(one.id, place, person)
    times = await answering.times(proposal)
    assert times.slots
    assert all(MONDAY <= slot.starts_at.date() <= MONDAY + timedelta(days=6) for slot in times.slots)
    made = await pick(proposal)
    assert made.state is VisitState.CONFIRMED
    assert await notices(someone) == ["campaign_given", "visit_picked"]
    again = await pick(await proposed(one.id, place, person))
    assert again.id == made.id
    with pytest.raises(ProposalOver):
        await pick(await proposed(one.id, place, person), at("2026-12-02", 9))
    assert await contacts.standings([place], 2026) == {place: Standing(0, 1, 4)}
    told = await queries.progress(chief, one.id)
    assert (told["whole"]["picked"], told["whole"]["chosen"]) == (1, 1)
    assert told["by_visitor"][0]["staff_id"] == someone.id


async def test_of_many_picks_of_one_time_one_gets_it() -> None:
    here = await unit()
    await db.execute("INSERT INTO visit_units (unit_id, per_day) VALUES ($1, 20)", here)
    chief, someone = await manager(), await visitor(unit_id=here)
    many = scaled(200)
    people = [await small(number) for number in range(1, many + 1)]
    one = await begun([someone], chief, weeks=4, per_week=60, lead_days=50)
    await worked(one.id)
    proposals = [await proposed(one.id, place, person) for person, place in people]
    assert len(proposals) == many
    got = await asyncio.gather(*(pick(proposal) for proposal in proposals), return_exceptions=True)
    assert [type(each) for each in got if isinstance(each, Exception)] == [SlotTaken] * (many - 1)
    assert await states(one.id) == {"picked": 1, "proposed": many - 1}


async def test_one_owner_who_picks_twice_at_once_has_one_visit() -> None:
    chief, someone = await manager(), await visitor(FULL)
    person, place = await small(1)
    one = await begun([someone], chief)
    await worked(one.id)
    proposal = await proposed(one.id, place, person)
    times = [at("2026-12-01", hour) for hour in (9, 11, 14)]
    got = await asyncio.gather(*(pick(proposal, when) for when in times), return_exceptions=True)
    assert sum(isinstance(each, Visit) for each in got) == 1
    assert await db.fetch_value("SELECT count(*) FROM visits") == 1


async def test_what_is_only_held_is_not_picked() -> None:
    chief, someone = await manager(), await visitor()
    person, place = await small(1)
    one = await begun([someone], chief)
    await worked(one.id)
    held = await booked(person, place, TIME, is_hold=True)
    with pytest.raises(EnterpriseBusy):
        await pick(await proposed(one.id, place, person))
    assert (await target(one.id, place))["state"] == "proposed"
    await changing.cancel(held.id, "改选提议的时间", actor=person)
    assert (await pick(await proposed(one.id, place, person))).state is VisitState.CONFIRMED


async def test_two_rounds_that_offer_one_time_are_one_visit() -> None:
    chief, someone = await manager(), await visitor()
    person, place = await small(1)
    rounds = [await begun([someone], chief, recent_days=0) for _ in range(2)]
    for one in rounds:
        await worked(one.id)
    made = [await pick(await proposed(one.id, place, person)) for one in rounds]
    assert made[0].id == made[1].id
    assert await contacts.standings([place], 2026) == {place: Standing(0, 1, 4)}


async def test_an_owner_declines_with_or_without_a_reason() -> None:
    chief, someone = await manager(), await visitor()
    (first, here), (second, there) = await small(1), await small(2)
    one = await begun([someone], chief)
    await worked(one.id)
    await answering.decline(await proposed(one.id, here, first))
    await answering.decline(await proposed(one.id, there, second), "近期歇业")
    await answering.decline(await proposed(one.id, there, second))
    assert await states(one.id) == {"declined": 2}
    with pytest.raises(ProposalOver):
        await pick(await proposed(one.id, here, first))
    with pytest.raises(ProposalUnknown):
        await proposed(one.id, here, second)


async def test_silence_is_counted_apart_and_can_still_be_broken(clock: Frozen) -> None:
    chief, someone = await manager(), await visitor()
    person, place = await small(1)
    one = await begun([someone], chief, answer_days=3)
    await worked(one.id)
    clock.advance(timedelta(days=4))
    await proposing.sweep()
    assert await states(one.id) == {"silent": 1}
    assert (await queries.progress(chief, one.id))["whole"]["silent"] == 1
    await pick(await proposed(one.id, place, person))
    assert await states(one.id) == {"picked": 1}
