"""A round from its draft to its end: frozen and signed, asked once, picked or declined, paused, cancelled, counted."""

import asyncio
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from backend.access import Actor, Role
from backend.enterprises import contacts
from backend.enterprises.contacts import Standing
from backend.foundation import clock as now
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.states import WrongState
from backend.runtime import Runtime
from backend.visits.bookings import changing
from backend.visits.campaigns import answering, drafting, expecting, freezing, proposing, queries, releasing
from backend.visits.campaigns.errors import (
    CampaignUnknown,
    CampaignWrong,
    ListChanged,
    NobodyToVisit,
    OutOfReach,
    ProposalOver,
    ProposalUnknown,
    SamePerson,
    TooLate,
)
from backend.visits.campaigns.states import CampaignState, TargetState
from backend.visits.errors import EnterpriseBusy, SlotTaken
from backend.visits.models import Visit
from backend.visits.states import VisitState
from tests.backend.cases.people import clerk
from tests.backend.enterprises.builders import enterprise
from tests.backend.enterprises.contacts.people import a_plan, noted, planned
from tests.backend.visits.campaigns.rounds import (
    MONDAY,
    content,
    drafted,
    frozen,
    manager,
    note,
    states,
    target,
    worked,
)
from tests.backend.visits.campaigns.rounds import running as begun
from tests.backend.visits.people import FULL, WUXING, at, booked, inbox, notices, owners, unit, visitor
from tests.support.sizes import scaled

pytestmark = pytest.mark.usefixtures("running", "clock")

ROOT = Path(__file__).parents[4]
TIME = at("2026-12-01", 9)


async def _small(number: int = 1, **facts: object) -> tuple[Actor, UUID]:
    return await owners(number, employees=5, **facts)


async def _proposal(campaign_id: UUID, place: UUID, person: Actor) -> answering.Proposal:
    return await answering.seen((await target(campaign_id, place))["id"], person, changes=True)


async def _pick(proposal: answering.Proposal, when: datetime = TIME) -> Visit:
    return await answering.pick(proposal, await answering.offer(proposal, when))


async def test_who_is_left_out_is_listed_with_the_reason() -> None:
    chief, someone = await manager(), await visitor()
    _, fine = await _small(1)
    _, visited = await _small(2)
    await noted(visited)
    _, full = await _small(3)
    await planned(*(a_plan(full, f"2026-12-{day}") for day in (28, 29, 30, 31)))
    alone = await enterprise(4, employees=5, district=WUXING)
    await owners(5, employees=50)
    await owners(6)
    await _small(7, district="330503")
    one = await frozen([someone], chief, recent_days=7)
    found = await queries.targets(
        chief, one.id, state=None, left_out=None, staff_id=None, week=None, cursor=None, limit=50
    )
    assert {row["enterprise_id"]: row["left_out"] for row in found["items"]} == {
        fine: None,
        visited: "recent",
        full: "ceiling",
        alone: "nobody",
    }
    assert (one.chosen, one.left_out, one.state) == (1, 3, CampaignState.FROZEN)


@pytest.mark.parametrize(("is_chosen", "number"), [(True, 1), (False, 1), (None, 2)])
async def test_the_list_shows_what_is_on_it_or_what_was_left_out(*, is_chosen: bool | None, number: int) -> None:
    chief, someone = await manager(), await visitor()
    await _small(1)
    _, visited = await _small(2)
    await noted(visited)
    one = await frozen([someone], chief, recent_days=7)
    found = await queries.targets(
        chief, one.id, state=None, left_out=None, staff_id=None, week=None, cursor=None, limit=50, is_chosen=is_chosen
    )
    assert found["count"] == number
    assert is_chosen is None or {row["left_out"] is None for row in found["items"]} == {is_chosen}


async def test_days_off_and_absences_leave_room_for_fewer() -> None:
    chief, someone = await manager(), await visitor()
    for number in range(1, 9):
        await _small(number)
    sql = """INSERT INTO staff_absences (id, staff_id, kind, from_on, until_on, told_by, told_at)
             VALUES (uuidv7(), $1, 'leave', '2026-11-30', '2026-12-04', $1, now())"""
    await db.execute(sql, someone.id)
    one = await frozen([someone], chief, per_week=5)
    told = await queries.progress(chief, one.id)
    assert [(row["week"].isoformat(), row["chosen"]) for row in told["by_week"]] == [("2026-12-07", 5)]
    assert [(row["reason"], row["enterprises"]) for row in told["left_out"]] == [("full", 3)]


async def test_a_round_goes_where_its_visitors_may_go() -> None:
    chief, near = await manager(), await visitor(districts=("330503",))
    await _small()
    with pytest.raises(NobodyToVisit):
        await frozen([near], chief)
    elsewhere = await clerk(Role.MANAGER, districts=("330503",))
    with pytest.raises(OutOfReach):
        await drafted([near], elsewhere)
    with pytest.raises(OutOfReach):
        await drafted([near], elsewhere, districts=())
    made = await drafted([near], elsewhere, districts=("330503",))
    assert (await queries.page(chief, None, cursor=None, limit=20))["count"] == 2
    with pytest.raises(CampaignUnknown):
        await queries.detail(await clerk(Role.MANAGER, districts=(WUXING,)), made.id)


async def test_what_is_written_wrong_is_told_by_its_place() -> None:
    chief, stranger = await manager(), await clerk(Role.FRONT_DESK)
    with pytest.raises(CampaignWrong) as refused:
        await drafted([stranger], chief, first_on=MONDAY + timedelta(days=1), lead_days=60)
    assert {one.path for one in refused.value.fields} == {"visitors", "first_on", "lead_days"}


async def test_an_edit_thaws_it_and_the_old_signature_counts_no_more() -> None:
    chief, someone = await manager(), await visitor()
    await _small(1)
    one = await frozen([someone], chief)
    edited = await drafting.edit(one.id, content([someone], weeks=3), actor=chief, version=one.version)
    assert (edited.state, edited.digest) == (CampaignState.DRAFT, None)
    again = await freezing.freeze(one.id, actor=chief)
    assert again.digest != one.digest
    with pytest.raises(ListChanged):
        await releasing.release(one.id, one.digest or "", actor=chief)
    assert (await releasing.release(one.id, again.digest or "", actor=chief)).state is CampaignState.RUNNING
    with pytest.raises(WrongState):
        await freezing.freeze(one.id, actor=chief)


async def test_a_list_that_was_touched_is_not_released() -> None:
    chief, someone = await manager(), await visitor()
    await _small(1)
    one = await frozen([someone], chief)
    await db.execute("UPDATE visit_campaign_targets SET week = week + 7")
    with pytest.raises(ListChanged):
        await releasing.release(one.id, one.digest or "", actor=chief)


async def test_a_long_list_is_released_by_somebody_who_had_no_hand_in_it(
    running: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = running.settings.model_copy(update={"release_above": 1})
    others = {name: getattr(running, name) for name in running.__slots__}
    monkeypatch.setattr("backend.runtime._current", [type(running)(**{**others, "settings": few})])
    chief, other, someone = await manager(), await manager(), await visitor()
    for number in (1, 2):
        await _small(number)
    one = await frozen([someone], chief)
    assert one.state is CampaignState.RELEASE_WANTED
    assert [await notices(who) for who in (other, chief)] == [["campaign_release_wanted"], []]
    with pytest.raises(SamePerson):
        await releasing.release(one.id, one.digest or "", actor=chief)
    people = [other, await manager(), await manager()]
    got = await asyncio.gather(
        *(releasing.release(one.id, one.digest or "", actor=who) for who in people), return_exceptions=True
    )
    assert sum(isinstance(each, WrongState) for each in got) == 2


async def test_each_owner_is_asked_once_when_his_week_comes_near(clock: Frozen) -> None:
    chief, someone = await manager(), await visitor()
    people = [await _small(number) for number in range(1, 5)]
    one = await begun([someone], chief, per_week=2, lead_days=7)
    await worked(one.id, 3)
    assert await states(one.id) == {"proposed": 2, "waiting": 2}
    coming = [(await expecting.expected(person.id)).get("visit_campaign", 0) for person, _ in people if person.id]
    assert sorted(coming) == [0, 0, 1, 1]
    clock.advance(timedelta(days=7))
    assert await proposing.sweep() == 1
    await worked(one.id, 2)
    assert await states(one.id) == {"proposed": 4}
    assert [await inbox(person) for person, _ in people] == [["visit_campaign"]] * 4


async def test_two_workers_ask_nobody_twice() -> None:
    chief, someone = await manager(), await visitor()
    people = [await _small(number) for number in range(1, 9)]
    one = await begun([someone], chief)
    await asyncio.gather(*(worked(one.id) for _ in range(5)))
    assert [len(await inbox(person)) for person, _ in people] == [1] * 8


async def test_a_worker_that_dies_leaves_them_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    chief, someone = await manager(), await visitor()
    person, _ = await _small(1)
    one = await begun([someone], chief)

    async def dies(*_: object) -> None:
        raise OSError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(proposing, "_tell", dies)
        with pytest.raises(OSError, match="killed"):
            await worked(one.id)
    assert (await states(one.id), await inbox(person)) == ({"waiting": 1}, [])
    await worked(one.id)
    assert await inbox(person) == ["visit_campaign"]


async def test_a_worker_that_is_killed_leaves_everybody_to_the_next_and_nobody_twice(
    database: str, redis_url: str
) -> None:
    chief, someone = await manager(), await visitor()
    people = [await _small(number) for number in range(1, 4)]
    one = await begun([someone], chief)
    arguments = (database, redis_url, now.now().isoformat(), str(one.id))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.backend.visits.campaigns.asker",
        *arguments,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    assert await process.stdout.readline() == b"ready\n"
    process.kill()
    await process.wait()
    assert await states(one.id) == {"waiting": 3}
    await worked(one.id, 2)
    assert [await inbox(person) for person, _ in people] == [["visit_campaign"]] * 3


async def test_who_was_visited_since_is_left_out_when_his_turn_comes() -> None:
    chief, someone = await manager(), await visitor()
    person, place = await _small(1)
    one = await begun([someone], chief)
    await noted(place)
    await worked(one.id)
    found = await target(one.id, place)
    assert (found["state"], found["left_out"]) == ("left_out", "recent")
    assert await inbox(person) == []


async def test_one_person_with_several_enterprises_is_asked_once() -> None:
    chief, someone = await manager(), await visitor()
    person, _ = await _small(1)
    other = await enterprise(2, employees=5, district=WUXING)
    sql = """INSERT INTO bindings (id, person_id, enterprise_id, role, state, basis, created_at)
             VALUES (uuidv7(), $1, $2, 'manager', 'active', 'review', now())"""
    await db.execute(sql, person.id, other)
    one = await begun([someone], chief)
    await worked(one.id)
    assert await inbox(person) == ["visit_campaign"]
    assert len(await answering.mine(person)) == 2


async def test_an_owner_picks_a_suggested_time_and_has_a_visit() -> None:
    chief, someone = await manager(), await visitor()
    person, place = await _small(1)
    one = await begun([someone], chief, weeks=1)
    await worked(one.id)
    proposal = await _proposal(one.id, place, person)
    times = await answering.times(proposal)
    assert times.slots
    assert all(MONDAY <= slot.starts_at.date() <= MONDAY + timedelta(days=6) for slot in times.slots)
    made = await _pick(proposal)
    assert made.state is VisitState.CONFIRMED
    assert await notices(someone) == ["campaign_given", "visit_picked"]
    again = await _pick(await _proposal(one.id, place, person))
    assert again.id == made.id
    with pytest.raises(ProposalOver):
        await _pick(await _proposal(one.id, place, person), at("2026-12-02", 9))
    assert await contacts.standings([place], 2026) == {place: Standing(0, 1, 4)}
    told = await queries.progress(chief, one.id)
    assert (told["whole"]["picked"], told["whole"]["chosen"]) == (1, 1)
    assert told["by_visitor"][0]["staff_id"] == someone.id


async def test_of_many_picks_of_one_time_one_gets_it() -> None:
    here = await unit()
    await db.execute("INSERT INTO visit_units (unit_id, per_day) VALUES ($1, 20)", here)
    chief, someone = await manager(), await visitor(unit_id=here)
    many = scaled(200)
    people = [await _small(number) for number in range(1, many + 1)]
    one = await begun([someone], chief, weeks=4, per_week=60, lead_days=50)
    await worked(one.id)
    proposals = [await _proposal(one.id, place, person) for person, place in people]
    assert len(proposals) == many
    got = await asyncio.gather(*(_pick(proposal) for proposal in proposals), return_exceptions=True)
    assert [type(each) for each in got if isinstance(each, Exception)] == [SlotTaken] * (many - 1)
    assert await states(one.id) == {"picked": 1, "proposed": many - 1}


async def test_one_owner_who_picks_twice_at_once_has_one_visit() -> None:
    chief, someone = await manager(), await visitor(FULL)
    person, place = await _small(1)
    one = await begun([someone], chief)
    await worked(one.id)
    proposal = await _proposal(one.id, place, person)
    times = [at("2026-12-01", hour) for hour in (9, 11, 14)]
    got = await asyncio.gather(*(_pick(proposal, when) for when in times), return_exceptions=True)
    assert sum(isinstance(each, Visit) for each in got) == 1
    assert await db.fetch_value("SELECT count(*) FROM visits") == 1


async def test_what_is_only_held_is_not_picked() -> None:
    chief, someone = await manager(), await visitor()
    person, place = await _small(1)
    one = await begun([someone], chief)
    await worked(one.id)
    held = await booked(person, place, TIME, is_hold=True)
    with pytest.raises(EnterpriseBusy):
        await _pick(await _proposal(one.id, place, person))
    assert (await target(one.id, place))["state"] == "proposed"
    await changing.cancel(held.id, "改选提议的时间", actor=person)
    assert (await _pick(await _proposal(one.id, place, person))).state is VisitState.CONFIRMED


async def test_two_rounds_that_offer_one_time_are_one_visit() -> None:
    chief, someone = await manager(), await visitor()
    person, place = await _small(1)
    rounds = [await begun([someone], chief, recent_days=0) for _ in range(2)]
    for one in rounds:
        await worked(one.id)
    made = [await _pick(await _proposal(one.id, place, person)) for one in rounds]
    assert made[0].id == made[1].id
    assert await contacts.standings([place], 2026) == {place: Standing(0, 1, 4)}


async def test_an_owner_declines_with_or_without_a_reason() -> None:
    chief, someone = await manager(), await visitor()
    (first, here), (second, there) = await _small(1), await _small(2)
    one = await begun([someone], chief)
    await worked(one.id)
    await answering.decline(await _proposal(one.id, here, first))
    await answering.decline(await _proposal(one.id, there, second), "近期歇业")
    await answering.decline(await _proposal(one.id, there, second))
    assert await states(one.id) == {"declined": 2}
    with pytest.raises(ProposalOver):
        await _pick(await _proposal(one.id, here, first))
    with pytest.raises(ProposalUnknown):
        await _proposal(one.id, here, second)


async def test_silence_is_counted_apart_and_can_still_be_broken(clock: Frozen) -> None:
    chief, someone = await manager(), await visitor()
    person, place = await _small(1)
    one = await begun([someone], chief, answer_days=3)
    await worked(one.id)
    clock.advance(timedelta(days=4))
    await proposing.sweep()
    assert await states(one.id) == {"silent": 1}
    assert (await queries.progress(chief, one.id))["whole"]["silent"] == 1
    await _pick(await _proposal(one.id, place, person))
    assert await states(one.id) == {"picked": 1}


async def test_a_pause_asks_nobody_and_a_resume_goes_on() -> None:
    chief, someone = await manager(), await visitor()
    await _small(1)
    one = await begun([someone], chief)
    await releasing.pause(one.id, actor=chief)
    await worked(one.id)
    assert await states(one.id) == {"waiting": 1}
    await releasing.resume(one.id, actor=chief)
    await worked(one.id)
    assert await states(one.id) == {"proposed": 1}
    with pytest.raises(WrongState):
        await releasing.resume(one.id, actor=chief)


async def test_a_cancel_tells_who_was_asked_once_and_picks_stand() -> None:
    chief, someone = await manager(), await visitor()
    (first, here), (second, _) = await _small(1), await _small(2)
    one = await begun([someone], chief)
    await worked(one.id)
    made = await _pick(await _proposal(one.id, here, first))
    await releasing.cancel(one.id, "任务调整", actor=chief)
    for _ in range(2):
        async with db.transaction():
            await proposing.call_off([note(releasing.CANCEL, one.id)])
    assert await states(one.id) == {"picked": 1, "cancelled": 1}
    assert await inbox(second) == ["visit_campaign", "visit_campaign_cancelled"]
    assert (await Visit.get(id=made.id)).state is VisitState.CONFIRMED
    with pytest.raises(WrongState):
        await releasing.pause(one.id, actor=chief)


async def test_a_round_ends_with_its_last_week(clock: Frozen) -> None:
    chief, someone = await manager(), await visitor()
    await _small(1)
    one = await begun([someone], chief)
    late = await frozen([someone], chief)
    clock.advance(timedelta(days=21))
    await proposing.sweep()
    assert (await queries.detail(chief, one.id))["state"] == CampaignState.DONE
    assert await states(one.id) == {"cancelled": 1}
    with pytest.raises(TooLate):
        await releasing.release(late.id, late.digest or "", actor=chief)


async def test_lists_are_a_fixed_number_of_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    chief, people = await manager(), [await visitor() for _ in range(3)]
    for number in range(1, 21):
        await _small(number)
    one = await begun(people, chief)
    await worked(one.id)
    asked, fetch = [], db.fetch

    async def counting(sql: str, *params: Any) -> Any:
        asked.append(sql)
        return await fetch(sql, *params)

    monkeypatch.setattr(db, "fetch", counting)
    found = await queries.targets(
        chief, one.id, state=TargetState.PROPOSED, left_out=None, staff_id=None, week=None, cursor=None, limit=50
    )
    assert (len(found["items"]), len(asked)) == (20, 1)
    await queries.progress(chief, one.id)
    assert len(asked) == 3
