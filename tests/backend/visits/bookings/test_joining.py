"""Seats of a visit to several: never more than there are, and each freed alone."""

import asyncio
from datetime import date, timedelta

import pytest

from backend.access import SYSTEM
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.states import WrongState
from backend.visits import queries, reasons
from backend.visits.afterwards import arriving, missing, passes
from backend.visits.availability import finding
from backend.visits.bookings import changing, joining, moving
from backend.visits.errors import EnterpriseBusy, NotAlone, VisitFull, VisitUnknown
from backend.visits.states import VisitState
from tests.backend.visits.people import at, booked, confirmed, inbox, owners, row, visitor

pytestmark = pytest.mark.usefixtures("running", "clock")

WHEN = at("2026-11-26", 9)


async def _talk():  # noqa: ANN202
    await visitor()
    person, place = await owners()
    return person, await confirmed(person, place, WHEN, reason="group_talk", place="video")


async def test_many_race_for_the_last_seats() -> None:
    _, made = await _talk()
    await db.execute("UPDATE visits SET capacity = 4 WHERE id = $1", made.id)
    racers = [await owners(number) for number in range(2, 14)]
    joined = (joining.join(made.id, place, "", actor=person) for person, place in racers)
    got = await asyncio.gather(*joined, return_exceptions=True)
    assert [type(one) for one in got if isinstance(one, Exception)] == [VisitFull] * 9
    assert (await row(made.id)).taken == 4
    assert await db.fetch_value("SELECT count(*) FROM visit_parties") == 4
    assert await db.fetch_value("SELECT count(*) FROM enterprise_time WHERE is_live") == 4


async def test_who_leaves_frees_his_seat_and_the_visit_goes_on() -> None:
    person, made = await _talk()
    other, place = await owners(2)
    await joining.join(made.id, place, "想听减税", actor=other)
    assert await inbox(other) == ["visit_confirmed"]
    assert (await joining.join(made.id, place, "想听减税", actor=other)).taken == 2
    left = await changing.cancel(made.id, "没空", actor=person)
    assert (left.state, left.taken) == (VisitState.CONFIRMED, 1)
    last = await changing.cancel(made.id, "没空", actor=other)
    assert last.state is VisitState.CANCELLED_BY_OWNER


async def test_an_owner_reads_his_own_seat_alone() -> None:
    person, made = await _talk()
    other, place = await owners(2)
    await joining.join(made.id, place, "别家的问题", actor=other)
    told = await queries.detail(person, made.id)
    assert [one["note"] for one in told["parties"]] == ["想了解补贴"]
    assert told["taken"] == 2
    assert len((await queries.detail(SYSTEM, made.id))["parties"]) == 2


async def test_open_seats_are_offered_to_the_district_and_to_nobody_twice() -> None:
    person, made = await _talk()
    _, place = await owners(2)
    _, far = await owners(3, district="330503", town="330503100")
    reason, day = await reasons.known("group_talk"), date(2026, 11, 26)

    async def seats(enterprise_id):  # noqa: ANN001, ANN202
        where = await finding.where(enterprise_id)
        return [one["id"] for one in await joining.open_ones(reason, "video", where, day, day)]

    assert await seats(place) == [made.id]
    assert await seats(far) == []
    with pytest.raises(VisitUnknown):
        await joining.join(made.id, far, "", actor=person)


async def test_who_has_another_visit_then_does_not_join() -> None:
    _, made = await _talk()
    await visitor()
    other, place = await owners(2)
    await booked(other, place, WHEN)
    with pytest.raises(EnterpriseBusy):
        await joining.join(made.id, place, "", actor=other)


async def test_one_of_several_moves_it_for_nobody_until_he_is_alone() -> None:
    person, made = await _talk()
    other, place = await owners(2)
    await joining.join(made.id, place, "", actor=other)
    for one in (person, other):
        with pytest.raises(NotAlone):
            await moving.reschedule(made.id, at("2026-11-27", 9), actor=one)
        assert "reschedule" not in (await queries.detail(one, made.id))["may"]
    assert (await row(made.id)).starts_at == WHEN
    await changing.cancel(made.id, "没空", actor=other)
    assert "reschedule" in (await queries.detail(person, made.id))["may"]
    assert (await moving.reschedule(made.id, at("2026-11-27", 9), actor=person)).moved == 1


async def test_one_of_several_does_not_undo_what_a_pass_proved_of_another(clock: Frozen) -> None:
    goes = await visitor()
    person, place = await owners()
    made = await confirmed(person, place, WHEN, reason="group_talk", place="video")
    other, elsewhere = await owners(2)
    await joining.join(made.id, elsewhere, "", actor=other)
    clock.set(WHEN + timedelta(minutes=20))
    await arriving.scan(made.id, passes.write(passes.fresh(made.id, place)), actor=goes)
    with pytest.raises(WrongState):
        await missing.note_missing(made.id, "没有人来", actor=other)
    assert (await row(made.id)).state is VisitState.ARRIVED


async def test_who_joins_is_told_and_the_others_are_not_told_again() -> None:
    person, made = await _talk()
    for number in (2, 3):
        other, place = await owners(number)
        await joining.join(made.id, place, "", actor=other)
        assert await inbox(other) == ["visit_confirmed"]
    assert await inbox(person) == ["visit_confirmed"]


async def test_why_somebody_left_is_read_by_the_bureau_and_himself_alone() -> None:
    person, made = await _talk()
    other, place = await owners(2)
    await joining.join(made.id, place, "", actor=other)
    await changing.cancel(made.id, "正在办理破产", actor=other)

    async def read(actor):  # noqa: ANN001, ANN202
        return [one["body"] for one in (await queries.detail(actor, made.id))["events"] if one["body"]]

    assert await read(person) == []
    assert await read(SYSTEM) == ["正在办理破产"]
