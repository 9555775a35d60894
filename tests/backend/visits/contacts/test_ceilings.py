"""The bureau plans within the year's ceiling; owners never need leave; two units come together once both say so."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from backend.access import SYSTEM, Actor, Role
from backend.enterprises import contacts
from backend.enterprises.contacts import OverCeiling, Side, Standing, inspections
from backend.enterprises.contacts.errors import ContactUnknown, NotYours, ObjectedBefore
from backend.enterprises.contacts.queries import Wanted
from backend.enterprises.contacts.states import InspectionKind, MergeState
from backend.foundation import clock as now
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.ids import new_id
from backend.foundation.states import WrongState
from backend.identity import acting_for
from backend.outbox import OutboxItem
from backend.visits import figures, reasons
from backend.visits.afterwards.arriving import Attended
from backend.visits.availability import finding
from backend.visits.bookings import booking, changing, merging, moving
from backend.visits.bookings.booking import Order
from backend.visits.contacts import counting, exporting, listing, objecting, signing
from backend.visits.errors import MergeNotFree, WishUnsaid
from backend.visits.models import Visit
from backend.visits.states import VisitState
from tests.backend.enterprises.builders import enterprise
from tests.backend.enterprises.contacts.people import LAW, a_plan, count, member, noted, planned, unit
from tests.backend.visits.people import (
    TALK,
    arranged,
    at,
    booked,
    find,
    going,
    inbox,
    kinds,
    notices,
    owners,
    row,
    visitor,
)
from tests.support.exports import whole

pytestmark = pytest.mark.usefixtures("running", "clock")

FIRST = at("2026-11-25", 9)
SECOND = at("2026-12-02", 9)
DAYS = ("2026-11-25", "2026-11-26", "2026-11-27", "2026-11-30")


async def _full(place: UUID) -> None:
    await planned(*(a_plan(place, f"2026-12-{day}") for day in (10, 11, 14, 15)))


async def test_an_owner_is_never_stopped_and_uses_up_nothing() -> None:
    await visitor()
    person, place = await owners()
    await _full(place)
    assert (await booked(person, place)).state is VisitState.REQUESTED
    order = Order(VisitState.CONFIRMED, "phone", person.id, is_wished=True)
    await booking.book(await find(place, at("2026-11-26", 9)), order, actor=SYSTEM)
    assert await contacts.standings([place], 2026) == {place: Standing(0, 4, 4)}


async def test_what_staff_arrange_asks_the_ceiling_and_takes_no_time_when_refused() -> None:
    await visitor()
    _, place = await owners()
    await _full(place)
    with pytest.raises(OverCeiling):
        await arranged(place, FIRST)
    assert await count("visits") == 0
    assert await count("staff_time") == 0


@pytest.mark.parametrize(("channel", "note"), [("visit", "请来讲政策"), ("staff", "请来讲政策"), ("phone", " ")])
async def test_what_an_enterprise_wished_is_not_what_staff_say_by_themselves(channel: str, note: str) -> None:
    await visitor()
    _, place = await owners()
    await _full(place)
    desk = await member(Role.FRONT_DESK)
    found = await find(place)
    with pytest.raises(WishUnsaid):
        await booking.arrange(found, Order(VisitState.CONFIRMED, channel, None, note, is_wished=True), actor=desk)
    wished = Order(VisitState.CONFIRMED, "phone", None, "请来讲政策", is_wished=True)
    assert (await booking.arrange(found, wished, actor=desk)).state is VisitState.CONFIRMED


async def test_two_staff_plan_the_last_one_at_once() -> None:
    for _ in range(3):
        await visitor()
    _, place = await owners()
    await planned(*(a_plan(place, f"2026-12-{day}") for day in (10, 11, 14)))
    times = [at(day, hour) for day in DAYS for hour in (9, 14)]
    got = await asyncio.gather(*(arranged(place, one) for one in times), return_exceptions=True)
    assert [type(one) for one in got if isinstance(one, Exception)] == [OverCeiling] * (len(times) - 1)
    assert await count("visits") == 1


async def test_a_plan_follows_its_visit() -> None:
    await visitor()
    _, place = await owners()
    made = await arranged(place, FIRST)
    assert await count("contact_plans", "on_day = '2026-11-25' AND state = 'planned'") == 1
    await moving.reschedule(made.id, at("2026-11-27", 9), actor=SYSTEM)
    assert await count("contact_plans", "on_day = '2026-11-27' AND state = 'planned'") == 1
    await changing.cancel(made.id, "改日再约", actor=SYSTEM)
    assert await count("contact_plans", "state = 'gone' AND end_reason = '走访方取消'") == 1
    assert await contacts.standings([place], 2026) == {place: Standing(0, 0, 4)}


async def test_who_may_sign_is_told_and_who_asked_hears_of_it() -> None:
    _, place = await owners()
    await _full(place)
    desk, chief, other = await member(Role.FRONT_DESK), await member(), await member(districts=("330503",))
    asked = await signing.ask(place, Side.SERVICE, 2026, "承诺的回访", actor=desk)
    assert [await notices(one) for one in (chief, other, desk)] == [["contact_signature_wanted"], [], []]
    await signing.decide(asked.id, "情况属实", is_signed=True, actor=chief)
    assert await notices(desk) == ["contact_signature_decided"]
    assert await count("staff_notices", "kind = 'contact_signature_wanted' AND settled_at IS NULL") == 0


async def _pair(second: datetime = SECOND) -> tuple[Visit, Visit, Actor, UUID]:
    """Two visits of two units to one owner's enterprise."""
    one, two = await visitor(unit_id=await unit("甲局")), await visitor(unit_id=await unit("乙局"))
    person, place = await owners()
    return await _agreed(person, place, FIRST, one), await _agreed(person, place, second, two), person, place


async def _agreed(person: Actor | None, place: UUID, when: datetime, who: Actor) -> Visit:
    """What staff agreed with an owner, made by one visitor."""
    assert who.id
    reason, where = await reasons.known(TALK), await finding.where(place)
    offer = await finding.find(reason, "on_site", where, when, only=[who.id])
    return await booking.book(offer, Order(VisitState.CONFIRMED, "phone", person.id if person else None), actor=SYSTEM)


async def _merge() -> UUID:
    found: UUID = await db.fetch_value("SELECT id FROM contact_merges")
    return found


async def _lead(visit: Visit, role: Role = Role.VISITOR) -> Actor:
    (one,) = await going(visit.id)
    made = await member(role)
    return Actor(made.kind, one, "走访员", made.grants)


async def _told(merge_id: UUID) -> None:
    async with db.transaction():
        item = OutboxItem(new_id(), merging.TOPICS[0], None, {"merge_id": str(merge_id)}, 1, now.now())
        await merging.proposed([item])


async def test_two_units_within_fifteen_days_are_proposed_to_come_together_once() -> None:
    first, second, _, _ = await _pair(second=at("2026-12-10", 9))
    merge_id = await _merge()
    await _told(merge_id)
    await _told(merge_id)
    assert [await notices(await _lead(one)) for one in (first, second)] == [["contact_merge_proposed"]] * 2
    for day in (11, 10):
        await moving.reschedule(second.id, at(f"2026-12-{day}", 9), actor=SYSTEM)
    assert await count("contact_merges") == 1


async def test_units_further_apart_and_the_same_unit_are_not_asked() -> None:
    here = await unit("甲局")
    someone = await visitor(unit_id=here)
    person, place = await owners()
    await _agreed(person, place, FIRST, someone)
    await _agreed(person, place, at("2026-11-27", 9), someone)
    assert await count("contact_merges") == 0
    await planned(a_plan(place, "2026-12-13", unit_id=await unit("乙局")))
    assert await count("contact_merges") == 0


async def test_once_both_agree_there_is_one_visit_of_two_units_and_its_owner_hears_once() -> None:
    first, second, person, place = await _pair()
    merge_id, one, two = await _merge(), await _lead(first), await _lead(second)
    assert await merging.accept(merge_id, actor=one) is MergeState.PROPOSED
    assert await merging.accept(merge_id, actor=one) is MergeState.PROPOSED
    assert await merging.accept(merge_id, actor=two) is MergeState.MERGED
    assert await going(first.id) == {one.id, two.id}
    assert "contact_merge_answered" in await notices(one)
    gone = await row(second.id)
    assert (gone.state, gone.is_late) == (VisitState.CANCELLED_BY_BUREAU, False)
    assert (await inbox(person)).count("visit_merged") == 1
    assert "visit_cancelled" not in await inbox(person)
    assert await contacts.standings([place], 2026) == {place: Standing(0, 1, 4)}
    assert "merged" in await kinds(first.id)
    assert await count("staff_time", f"visit_id = '{first.id}' AND is_lead") == 1


async def test_what_went_into_another_visit_was_not_called_off_and_its_owner_is_still_told(clock: Frozen) -> None:
    one, two = await visitor(unit_id=await unit("甲局")), await visitor(unit_id=await unit("乙局"))
    person, place = await owners()
    first, second = await _agreed(None, place, FIRST, one), await _agreed(person, place, SECOND, two)
    await db.execute("UPDATE visit_parties SET note = '想了解专利' WHERE visit_id = $1", second.id)
    for who in (one, two):
        await merging.accept(await _merge(), actor=who)
    party = await db.fetch_one("SELECT person_id, note FROM visit_parties WHERE visit_id = $1", first.id)
    assert party is not None
    assert (party["person_id"], party["note"]) == (person.id, "想了解专利")
    clock.set(SECOND + timedelta(days=1))
    told = await figures.monthly()
    assert sum(month["cancelled_by_bureau"] for month in told) == 0
    assert sum(month["confirmed"] for month in told) == 1
    assert (await row(first.id)).state is VisitState.CONFIRMED


async def test_two_who_agree_at_once_merge_it_once() -> None:
    first, second, _, place = await _pair()
    merge_id, people = await _merge(), [await _lead(first), await _lead(second)]
    got = await asyncio.gather(*(merging.accept(merge_id, actor=one) for one in people * 3), return_exceptions=True)
    assert got.count(MergeState.MERGED) == 1
    assert await contacts.standings([place], 2026) == {place: Standing(0, 1, 4)}


async def test_one_unit_declines_with_a_reason() -> None:
    first, second, _, _ = await _pair()
    merge_id, one = await _merge(), await _lead(first)
    await merging.accept(merge_id, actor=await _lead(second))
    await merging.decline(merge_id, "须当日取样", actor=one)
    with pytest.raises(WrongState):
        await merging.accept(merge_id, actor=one)
    assert {(await row(one.id)).state for one in (first, second)} == {VisitState.CONFIRMED}


async def test_who_has_no_part_in_it_has_no_word() -> None:
    await _pair()
    with pytest.raises(NotYours):
        await merging.accept(await _merge(), actor=await member(Role.VISITOR))


async def test_who_is_not_free_then_keeps_them_apart() -> None:
    first, second, _, _ = await _pair()
    two = await _lead(second)
    _, elsewhere = await owners(2)
    await _agreed(None, elsewhere, FIRST, two)
    await merging.accept(await _merge(), actor=await _lead(first))
    with pytest.raises(MergeNotFree):
        await merging.accept(await _merge(), actor=two)
    assert (await row(second.id)).state is VisitState.CONFIRMED


async def test_a_proposal_is_over_when_one_of_the_visits_is() -> None:
    first, second, _, _ = await _pair()
    await changing.cancel(second.id, "改日再约", actor=SYSTEM)
    with pytest.raises(WrongState):
        await merging.accept(await _merge(), actor=await _lead(first))
    assert await count("contact_merges", "state = 'over'") == 1


async def test_inspections_merge_with_inspections_alone() -> None:
    _, place = await owners(credit_risk_class="D")
    one, two = await member(unit_id=await unit("甲局")), await member(unit_id=await unit("乙局"))
    await planned(a_plan(place, "2026-11-26", unit_id=await unit("丙局")))
    day = FIRST.date()
    mine = await inspections.plan(place, InspectionKind.ROUTINE, day, "年度计划", LAW, actor=one)
    await inspections.plan(place, InspectionKind.SPECIAL, day + timedelta(days=3), "专项", LAW, actor=two)
    assert await count("contact_merges") == 1
    assert await merging.accept(await _merge(), actor=one) is MergeState.MERGED
    assert await count("contact_plans", f"side = 'inspection' AND state = 'planned' AND id = '{mine}'") == 1
    assert await count("contact_plans", "state = 'planned'") == 2


async def _attended(visit: Visit, place: UUID, *, is_set_aside: bool = False) -> None:
    sql = """INSERT INTO visit_attendances (visit_id, enterprise_id, how, arrived_at, noted_at, nonce)
             VALUES ($1, $2, 'scanned', $3, $3, $4) ON CONFLICT DO NOTHING"""
    await db.execute(sql, visit.id, place, now.now(), new_id())
    if is_set_aside:
        await db.execute("UPDATE visit_attendances SET is_set_aside = TRUE, decided_at = $1", now.now())
    async with db.transaction():
        await counting.attended([Attended(visit.id, place, now.now(), "scanned", is_set_aside)])


async def test_an_arrival_is_written_into_the_ledger_once_with_all_who_came() -> None:
    first, second, _, place = await _pair()
    people = [await _lead(first), await _lead(second)]
    for one in people:
        await merging.accept(await _merge(), actor=one)
    for _ in range(2):
        await _attended(await row(first.id), place)
    assert await contacts.standings([place], 2026) == {place: Standing(1, 0, 4)}
    names = await db.fetch("SELECT staff_id FROM contact_people ORDER BY place")
    assert [one["staff_id"] for one in names] == [one.id for one in people]


async def test_an_arrival_that_was_none_is_struck_out_whichever_is_told_first() -> None:
    someone = await visitor()
    person, place = await owners()
    made = await _agreed(person, place, FIRST, someone)
    await _attended(made, place)
    await _attended(made, place, is_set_aside=True)
    async with db.transaction():
        await counting.attended([Attended(made.id, place, now.now(), "scanned", is_set_aside=False)])
    assert await count("contacts", "struck_at IS NOT NULL") == 1
    assert await count("contacts", "struck_at IS NULL") == 0


async def test_what_an_owner_asked_for_stands_there_as_wished() -> None:
    await visitor()
    person, place = await owners()
    made = await booked(person, place)
    await _attended(made, place)
    assert await count("contacts", "is_wished") == 1
    assert await contacts.standings([place], 2026) == {place: Standing(0, 0, 4)}


async def test_who_speaks_for_an_enterprise_hears_of_an_inspection_once() -> None:
    person, place = await owners()
    day = now.today() - timedelta(days=1)
    chief, about = await member(), (place, InspectionKind.ROUTINE, day, "年度计划", LAW, "未发现问题")
    made = await inspections.enter(inspections.Inspection(*about), actor=chief)
    for _ in range(2):
        async with db.transaction():
            item = OutboxItem(new_id(), listing.TOPICS[0], None, {"contact_id": str(made)}, 1, now.now())
            await listing.entered([item])
    assert await inbox(person) == ["inspection_entered"]


async def test_a_file_of_the_ledger_defuses_formulas_and_counts_its_lines() -> None:
    place = await enterprise(1, "=HYPERLINK(1)", district="330502")
    for _ in range(3):
        await noted(place)
    done = await exporting.lines(await member(), Wanted(year=2026), "csv")
    text = (await whole(done)).decode("utf-8-sig")
    assert text.count("'=HYPERLINK(1)") == 3
    assert text.splitlines()[-1] == "共3条，到此为止。"
    assert await count("audit_entries", "action = 'contacts.exported'") == 1


async def test_an_owner_objects_once_and_a_case_opens(clock: Frozen) -> None:
    person, place = await owners()
    stranger, elsewhere = await owners(2)
    (made,) = await noted(place)
    acting = await acting_for(person, place)
    opened = await objecting.object_to(made, "没有来过", actor=acting)
    assert opened.number.startswith("WW-")
    with pytest.raises(ObjectedBefore):
        await objecting.object_to(made, "没有来过", actor=acting)
    with pytest.raises(ContactUnknown):
        await objecting.object_to(made, "没有来过", actor=await acting_for(stranger, elsewhere))
    assert await count("cases", "origin = 'contacts'") == 1
