"""Arrivals: a pass is good once, for one visit and party, in its time; what rests on a word can be objected to."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend import runtime
from backend.access import SYSTEM
from backend.assembly import OUTBOX_HANDLERS
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Conflict, Forbidden, WuweiError
from backend.foundation.states import WrongState
from backend.outbox import drain
from backend.visits import queries
from backend.visits.afterwards import arriving, attending, missing, nudging, passes, records, reporting
from backend.visits.afterwards.errors import (
    ArrivalTimeWrong,
    ArrivedBefore,
    NotAtTheDoor,
    NothingToObject,
    PartyUnknown,
    PassExpired,
    PassForged,
    PassOfAnother,
    PassUsed,
    StillExpected,
    TooEarly,
    TooEarlyToBackFill,
    TooLateToArrive,
    TooLateToBackFill,
)
from backend.visits.bookings import changing, joining
from backend.visits.errors import ContestedBefore, NeedsOther, NothingContested, VisitChanged, VisitUnknown
from backend.visits.models import Visit
from backend.visits.states import VisitState
from tests.backend.cases.people import manager
from tests.backend.visits.after import arrived, at_the_door, minutes
from tests.backend.visits.people import NEXT, at, confirmed, inbox, kinds, notices, owners, row, visitor
from tests.support.sizes import scaled

pytestmark = pytest.mark.usefixtures("running")
HOUR = timedelta(hours=1)


def _pass(visit: Visit, place: UUID) -> str:
    return passes.write(passes.fresh(visit.id, place))


async def test_the_owner_is_shown_who_comes_why_and_on_what_ground_and_the_pass_only_in_its_time(clock: Frozen) -> None:
    goes, (person, place) = await visitor(), await owners()
    made = await confirmed(person, place)
    before = await records.pass_for(person, made.id, None)
    assert (before["token"], before["png"], before["opens_at"]) == (None, None, NEXT - timedelta(minutes=30))
    assert [one["id"] for one in before["visitors"]] == [goes.id]
    assert "优化营商环境条例" in before["legal_basis"]
    assert "是服务，不是检查" in before["notice"]
    clock.set(NEXT - timedelta(minutes=30))
    shown = await records.pass_for(person, made.id, None)
    assert shown["expires_at"] == NEXT - timedelta(minutes=25)
    assert shown["svg"].startswith("<svg")
    assert shown["png"].startswith("data:image/png;base64,")
    assert "show_pass" in (await queries.detail(person, made.id))["may"]
    await arriving.scan(made.id, shown["token"], actor=goes)
    after = await records.pass_for(person, made.id, None)
    assert (after["token"], after["has_arrived"]) == (None, True)
    stranger, _ = await owners(2)
    with pytest.raises(VisitUnknown):
        await records.pass_for(stranger, made.id, None)


async def test_scanned_it_is_there_for_both_and_nobody_is_told_what_he_showed_himself(clock: Frozen) -> None:
    goes, person, place, made = await at_the_door(clock)
    done = await arriving.scan(made.id, _pass(made, place), actor=goes)
    assert (done.state, done.arrived_at, done.ended_at) == (VisitState.ARRIVED, NEXT, None)
    assert await kinds(made.id) == ["requested", "confirmed", "arrived"]
    assert await inbox(person) == ["visit_confirmed"]
    state = "SELECT state FROM visit_parties WHERE visit_id = $1"
    assert await db.fetch_value(state, made.id) == "attended"
    assert await db.fetch_value("SELECT count(*) FROM staff_time WHERE is_live") == 1
    on_timeline = "SELECT count(*) FROM audit_entries WHERE table_name = 'enterprises' AND row_id = $1 AND action = $2"
    assert await db.fetch_value(on_timeline, place, "visits.arrived") == 1


async def test_whoever_counts_visits_hears_of_each_party_once(clock: Frozen) -> None:
    _, _, place, made = await arrived(clock)
    await drain(OUTBOX_HANDLERS)
    sql = "SELECT count(*) FROM contacts WHERE origin = 'visits' AND origin_id = $1 AND enterprise_id = $2"
    assert await db.fetch_value(sql, made.id, place) == 1


async def test_every_wrong_pass_has_a_refusal_of_its_own(clock: Frozen) -> None:
    goes, (person, place), (neighbour, elsewhere) = await visitor(), await owners(1), await owners(2)
    made = await confirmed(person, place)
    other = await confirmed(neighbour, elsewhere, at("2026-11-25", 14))
    clock.set(NEXT)
    good = _pass(made, place)
    forged = [good[:-1] + ("A" if good[-1] != "A" else "B"), good.replace("FW1", "FW2"), "", "FW1..", "FW1.x.y", "\x00"]
    head, body, signature = good.split(".")
    for token in (*forged, f"{head}.{body[:-2]}AA.{signature}", signature):
        with pytest.raises(PassForged):
            await arriving.scan(made.id, token, actor=goes)
    with pytest.raises(PassOfAnother):
        await arriving.scan(other.id, good, actor=goes)
    clock.advance(timedelta(minutes=5))
    with pytest.raises(PassExpired):
        await arriving.scan(made.id, good, actor=goes)
    good = _pass(made, place)
    await arriving.scan(made.id, good, actor=goes)
    with pytest.raises(PassUsed):
        await arriving.scan(made.id, good, actor=goes)
    with pytest.raises(ArrivedBefore):
        await arriving.scan(made.id, _pass(made, place), actor=goes)
    with pytest.raises(PartyUnknown):
        await arriving.scan(made.id, _pass(made, elsewhere), actor=goes)


async def test_a_signature_for_something_else_is_no_pass(clock: Frozen) -> None:
    goes, _, place, made = await at_the_door(clock)
    from_file = passes.write(passes.fresh(made.id, place)).split(".")[1]
    token = f"FW1.{from_file}.{runtime.current().vault.sign('file:' + from_file)}"
    with pytest.raises(PassForged):
        await arriving.scan(made.id, token, actor=goes)


async def test_only_in_its_time(clock: Frozen) -> None:
    goes, (person, place) = await visitor(), await owners()
    made = await confirmed(person, place)
    clock.set(NEXT - timedelta(minutes=30, seconds=1))
    with pytest.raises(TooEarly, match="11月25日 08:30起"):
        await arriving.scan(made.id, _pass(made, place), actor=goes)
    clock.set(NEXT + 3 * HOUR + timedelta(seconds=1))
    with pytest.raises(TooLateToArrive):
        await arriving.scan(made.id, _pass(made, place), actor=goes)
    clock.set(NEXT + 3 * HOUR)
    assert (await arriving.scan(made.id, _pass(made, place), actor=goes)).state is VisitState.ARRIVED


async def test_only_who_goes_there_can_note_it(clock: Frozen) -> None:
    _, _, place, made = await at_the_door(clock)
    for other, refusal in ((await visitor(), NotAtTheDoor), (await manager(), Forbidden)):
        with pytest.raises(refusal):
            await arriving.scan(made.id, _pass(made, place), actor=other)
        with pytest.raises(refusal):
            await arriving.tell(made.id, None, "没带手机", actor=other, version=made.version)
    with pytest.raises(VisitUnknown):
        await arriving.scan(made.id, _pass(made, place), actor=await visitor(districts=("330503",)))


async def _outcome(awaited: Awaitable[Any]) -> str:
    try:
        await awaited
    except WuweiError as refused:
        return refused.code
    return "done"


async def test_many_who_scan_at_once_arrive_once(clock: Frozen) -> None:
    goes, _, place, made = await at_the_door(clock)
    token, count = _pass(made, place), scaled(200)
    came = await asyncio.gather(*(_outcome(arriving.scan(made.id, token, actor=goes)) for _ in range(count)))
    assert sorted(set(came)) == ["done", "visits.pass_used"]
    assert came.count("done") == 1
    assert (await kinds(made.id)).count("arrived") == 1
    assert await db.fetch_value("SELECT count(*) FROM outbox WHERE topic = 'visits.attended'") == 1


async def test_an_arrival_and_a_cancellation_at_once_leave_one_of_them(clock: Frozen) -> None:
    goes, (person, place) = await visitor(), await owners()
    hours = [at("2026-11-26", *time) for time in ((9, 0), (10, 30), (14, 0), (15, 30))]
    made = [await confirmed(person, place, one) for one in hours]
    for visit, starts_at in zip(made, hours, strict=True):
        clock.set(starts_at - timedelta(minutes=10))
        came, off = await asyncio.gather(
            _outcome(arriving.scan(visit.id, _pass(visit, place), actor=goes)),
            _outcome(changing.cancel(visit.id, "临时停业", actor=person)),
        )
        stands = await row(visit.id)
        assert (came == "done") == (stands.state is VisitState.ARRIVED)
        assert (off == "done") == (stands.state is VisitState.CANCELLED_BY_OWNER)
        assert [came, off].count("done") == 1


async def test_told_on_the_spot_it_is_marked_and_its_owner_may_object(clock: Frozen) -> None:
    goes, person, place, made = await at_the_door(clock, place="phone")
    with pytest.raises(VisitChanged):
        await arriving.tell(made.id, place, "电话走访", actor=goes, version=made.version + 1)
    done = await arriving.tell(made.id, place, "电话走访", actor=goes, version=made.version)
    assert done.state is VisitState.ARRIVED
    assert await inbox(person) == ["visit_confirmed", "visit_arrival_noted"]
    (noted,) = (await records.report(person, made.id))["attendances"]
    assert (noted["how"], noted["how_word"], noted["reason"]) == ("told", "走访人员登记", "电话走访")
    await attending.object_to(made.id, None, "没有接到电话", actor=person)
    with pytest.raises(ContestedBefore):
        await attending.object_to(made.id, None, "没有接到电话", actor=person)


async def test_what_a_pass_proved_nobody_objects_to(clock: Frozen) -> None:
    _, person, _, made = await arrived(clock)
    with pytest.raises(NothingToObject):
        await attending.object_to(made.id, None, "没有来", actor=person)


async def test_back_filled_within_the_days_it_is_marked_and_told(clock: Frozen) -> None:
    goes, person, place, made = await at_the_door(clock)
    clock.set(NEXT + 3 * HOUR)
    with pytest.raises(TooEarlyToBackFill):
        await arriving.back_fill(made.id, [], NEXT, "忘了", actor=goes, version=made.version)
    clock.set(at("2026-12-05", 23, 59))
    for wrong in (NEXT - HOUR, NEXT + 3 * HOUR + timedelta(seconds=1)):
        with pytest.raises(ArrivalTimeWrong):
            await arriving.back_fill(made.id, [], wrong, "忘了", actor=goes, version=made.version)
    done = await arriving.back_fill(made.id, [place], NEXT, "当天没有网络", actor=goes, version=made.version)
    assert (done.state, done.arrived_at) == (VisitState.ARRIVED, NEXT)
    body = await db.fetch_value("SELECT body FROM inbox WHERE person_id = $1 ORDER BY id DESC LIMIT 1", person.id)
    assert "事后补登" in body
    with pytest.raises(ArrivedBefore):
        await arriving.back_fill(made.id, [], NEXT, "再登", actor=goes, version=done.version)


@pytest.mark.parametrize(
    ("starts", "last"),
    [
        ("2026-11-25", "2026-12-05"),
        ("2026-12-28", "2027-01-07"),
        ("2028-02-22", "2028-03-03"),  # a leap year: the 29th is one of the days
        ("2027-02-22", "2027-03-04"),
    ],
)
async def test_the_days_of_back_filling_are_those_of_the_calendar(clock: Frozen, starts: str, last: str) -> None:
    clock.set(at(starts, 9) - timedelta(days=5))
    goes, (person, place) = await visitor(weekdays=(1, 2, 3, 4, 5, 6, 7)), await owners()
    made = await confirmed(person, place, at(starts, 9))
    clock.set(at(last, 23, 59) + timedelta(minutes=1))
    with pytest.raises(TooLateToBackFill, match="10日内"):
        await arriving.back_fill(made.id, [], at(starts, 9), "忘了", actor=goes, version=made.version)
    clock.set(at(last, 23, 59))
    done = await arriving.back_fill(made.id, [], at(starts, 9), "忘了", actor=goes, version=made.version)
    assert done.state is VisitState.ARRIVED


async def test_upheld_an_objection_counts_it_as_the_bureaus_absence(clock: Frozen) -> None:
    goes, person, place, made = await at_the_door(clock)
    superior = await manager()
    made = await arriving.tell(made.id, None, "没带手机", actor=goes, version=made.version)
    await drain(OUTBOX_HANDLERS)
    made = await attending.object_to(made.id, place, "当天没有人来", actor=person)
    assert "visit_arrival_objected" in await notices(superior)
    judge = replace(superior, id=goes.id)
    with pytest.raises(NeedsOther):
        await attending.decide(made.id, place, "属实", is_upheld=True, actor=judge, version=made.version)
    done = await attending.decide(made.id, place, "监控证实", is_upheld=True, actor=superior, version=made.version)
    assert (done.state, done.ended_at is not None) == (VisitState.NO_SHOW_STAFF, True)
    await drain(OUTBOX_HANDLERS)
    counted = "SELECT count(*) FROM contacts WHERE origin_id = $1 AND struck_at IS NULL"
    assert await db.fetch_value(counted, made.id) == 0
    assert await db.fetch_value("SELECT count(*) FROM staff_assignments WHERE closed_at IS NULL") == 0
    assert (await inbox(person))[-1] == "visit_objection_decided"
    with pytest.raises(NothingContested):
        await attending.decide(made.id, place, "再次", is_upheld=False, actor=superior, version=done.version)


async def test_not_upheld_it_stays_as_it_was_noted(clock: Frozen) -> None:
    goes, person, place, made = await at_the_door(clock)
    made = await arriving.tell(made.id, None, "没带手机", actor=goes, version=made.version)
    made = await attending.object_to(made.id, None, "没有人来", actor=person)
    done = await attending.decide(
        made.id, place, "有照片", is_upheld=False, actor=await manager(), version=made.version
    )
    assert done.state is VisitState.ARRIVED
    clock.advance(timedelta(days=16))
    with pytest.raises(NothingToObject):
        await attending.object_to(made.id, None, "没有人来", actor=person)


async def test_of_several_each_arrives_by_itself_and_who_never_did_is_missing_in_the_minutes(clock: Frozen) -> None:
    goes = await visitor()
    (person, place), (other, elsewhere) = await owners(1), await owners(2)
    made = await confirmed(person, place, at("2026-11-26", 9), reason="group_talk", place="video")
    await joining.join(made.id, elsewhere, "", actor=other)
    clock.set(at("2026-11-26", 9))
    first = await arriving.scan(made.id, _pass(made, place), actor=goes)
    assert first.state is VisitState.ARRIVED
    shown = await records.pass_for(other, made.id, None)
    assert shown["token"] is not None
    with pytest.raises(StillExpected, match="11月26日 09:15前"):
        await reporting.file(made.id, minutes(), actor=goes, version=first.version)
    assert "report" not in (await queries.detail(goes, made.id))["may"]
    clock.advance(missing.WAITED)
    assert "report" in (await queries.detail(goes, made.id))["may"]
    done = await reporting.file(made.id, minutes(), actor=goes, version=first.version)
    states = await db.fetch("SELECT enterprise_id, state FROM visit_parties WHERE visit_id = $1", made.id)
    assert {one["enterprise_id"]: one["state"] for one in states} == {place: "attended", elsewhere: "no_show"}
    assert (await inbox(other))[-1] == "visit_missed"
    assert (await inbox(person))[-1] == "visit_minutes"
    made = await attending.object_to(made.id, None, "我在线", actor=other)
    made = await attending.decide(
        made.id, elsewhere, "后台有记录", is_upheld=True, actor=await manager(), version=made.version
    )
    assert made.state is VisitState.REPORTED
    assert done.edition == 1


async def test_what_nobody_recorded_is_asked_for_once_and_then_counts_as_missed_by_the_bureau(clock: Frozen) -> None:
    goes, person, _, made = await at_the_door(clock)
    clock.set(NEXT + 3 * HOUR)
    assert await nudging.sweep() == 0
    clock.advance(timedelta(seconds=1))
    assert await nudging.sweep() == 1
    assert await nudging.sweep() == 0
    assert (await notices(goes)).count("visit_unrecorded") == 1
    clock.set(at("2026-12-05", 23, 59))
    assert await nudging.sweep() == 0
    clock.set(at("2026-12-06", 0))
    assert await nudging.sweep() == 1
    stands = await row(made.id)
    assert (stands.state, stands.end_reason) == (VisitState.NO_SHOW_STAFF, "逾期未登记到访")
    assert (await inbox(person))[-1] == "visit_missed"
    with pytest.raises(WrongState):
        await arriving.back_fill(made.id, [], NEXT, "补登", actor=goes, version=stands.version)
    contested = await missing.contest(made.id, "去过，有照片", actor=goes, version=stands.version)
    decided = await missing.decide(made.id, "属实", is_upheld=True, actor=await manager(), version=contested.version)
    assert "back_fill" in (await queries.detail(goes, made.id))["may"]
    done = await arriving.back_fill(made.id, [], NEXT, "核实后补登", actor=goes, version=decided.version)
    assert (done.state, done.ended_at) == (VisitState.ARRIVED, None)


async def test_nobody_arrives_at_what_was_called_off(clock: Frozen) -> None:
    goes, (person, place) = await visitor(), await owners()
    made = await confirmed(person, place)
    await changing.cancel(made.id, "停业", actor=person)
    clock.set(NEXT)
    with pytest.raises(Conflict):
        await arriving.scan(made.id, _pass(made, place), actor=goes)
    with pytest.raises(WrongState):
        await arriving.back_fill(made.id, [], NEXT, "补登", actor=SYSTEM, version=(await row(made.id)).version)
