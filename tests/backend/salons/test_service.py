"""A salon's way: published, changed, called off; told once to everybody, decided on in time."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from backend.access import SYSTEM, Role
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden, Invalid
from backend.foundation.ids import new_id
from backend.foundation.states import WrongState
from backend.salons import copying, errors, queries, series, service, sweeping, telling
from backend.salons.seats import answering
from backend.salons.series import SeriesContent
from backend.salons.states import SalonState
from tests.backend.cases.people import clerk
from tests.backend.salons.people import (
    counted,
    drain,
    editor,
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


async def _again(salon_id: UUID, **given: Any) -> service.Handled:
    one = await salon(salon_id)
    quota = await db.fetch_value("SELECT id FROM salon_quotas WHERE salon_id = $1", salon_id)
    seats = given.pop("seats", 2)
    return await service.edit(salon_id, written(hall(seats, id=quota), **given), actor=SYSTEM, version=one.version)


async def test_it_opens_closes_and_is_held_by_its_times(clock: Frozen) -> None:
    salon_id = await published(hall(1), opens_at=clock.now() + timedelta(days=1))
    states = []
    for by in (timedelta(days=1), timedelta(days=12, hours=23, minutes=30), timedelta(minutes=30), timedelta(hours=2)):
        clock.advance(by)
        await sweeping.sweep()
        states.append((await salon(salon_id)).state)
    assert states == [SalonState.OPEN, SalonState.CLOSED, SalonState.CLOSED, SalonState.HELD]


async def test_who_read_a_salon_before_the_clock_moved_it_is_not_told_that_somebody_changed_it() -> None:
    made = await service.draft(written(hall(1)), actor=SYSTEM)
    read = await service.publish(made.id, actor=SYSTEM, version=made.version)
    assert await sweeping.sweep() == 1
    await service.close(made.id, actor=SYSTEM, version=read.version)
    assert (await salon(made.id)).state is SalonState.CLOSED


async def test_what_promises_or_lacks_something_is_not_published() -> None:
    made = await service.draft(written(hall(1), intro="参加者保证能拿到补贴。", address=""), actor=SYSTEM)
    with pytest.raises(errors.NotReady) as refused:
        await service.publish(made.id, actor=SYSTEM, version=made.version)
    assert [one.path for one in refused.value.fields] == ["intro"]
    made = await service.draft(written(hall(1), address=""), actor=SYSTEM)
    with pytest.raises(errors.NotReady) as refused:
        await service.publish(made.id, actor=SYSTEM, version=made.version)
    assert [one.path for one in refused.value.fields] == ["address"]


@pytest.mark.parametrize("state", [state for state in SalonState if state is not SalonState.DRAFT])
async def test_only_a_draft_is_published(state: SalonState) -> None:
    writer = await editor()
    made = await service.draft(written(hall(1)), actor=writer)
    assert "publish" in (await queries.detail(made.id, writer))["may"]
    done = await service.publish(made.id, actor=writer, version=made.version)
    await db.execute("UPDATE salons SET state = $2 WHERE id = $1", made.id, state.value)
    before = (await salon(made.id)).published_at
    assert "publish" not in (await queries.detail(made.id, writer))["may"]
    with pytest.raises(WrongState):
        await service.publish(made.id, actor=writer, version=done.version)
    assert (await salon(made.id)).published_at == before
    assert await db.fetch_value("SELECT count(*) FROM outbox WHERE topic = $1", telling.EVERYBODY) == 2


async def test_another_time_is_told_once_to_all_who_signed_up() -> None:
    salon_id = await published(hall(2))
    people = await owners(3)
    for one in people:
        await sign_up(*one, salon_id, waits=True)
    await drain()
    await _again(salon_id, starts_in=timedelta(days=20))
    await drain()
    await _again(salon_id, starts_in=timedelta(days=20), title="首违不罚，逐条讲解")
    await drain()
    told = [await inbox(person) for person, _ in people]
    assert told == [["salon_confirmed", "salon_changed"]] * 2 + [["salon_waiting", "salon_changed"]]


async def test_what_is_called_off_is_told_once_with_the_reason_and_frees_its_seats() -> None:
    salon_id = await published(hall(1))
    people = await owners(2)
    made = [await sign_up(*one, salon_id, waits=True) for one in people]
    one = await salon(salon_id)
    await service.cancel(salon_id, "场地停电", actor=SYSTEM, version=one.version)
    await drain()
    assert [await inbox(person) for person, _ in people] == [["salon_cancelled"]] * 2
    assert [(await row(one.id))["reason"] for one in made] == ["场地停电"] * 2
    assert await counted(salon_id) == (0, 0, 0)
    with pytest.raises(errors.SalonOver):
        await sign_up(*people[0], salon_id)


async def test_whoever_has_a_seat_is_reminded_a_day_and_two_hours_before(clock: Frozen) -> None:
    salon_id = await published(hall(1))
    ((person, place),) = await owners(1)
    await sign_up(person, place, salon_id)
    await drain()
    clock.advance(timedelta(days=13))
    await drain()
    clock.advance(timedelta(hours=22))
    await drain()
    assert await inbox(person) == ["salon_confirmed", "salon_reminder", "salon_reminder"]


async def test_a_form_stays_as_it_was_published() -> None:
    salon_id = await published(hall(2))
    asked = {"type": "object", "properties": {"topic": {"type": "string", "title": "最想了解什么"}}}
    with pytest.raises(errors.FormFixed):
        await _again(salon_id, form=asked)


async def test_staff_write_for_their_own_districts_only() -> None:
    mine = await clerk(Role.PUBLISHER, districts=("330502",))
    with pytest.raises(Forbidden):
        await service.draft(written(hall(1), district="330521"), actor=mine)
    made = await service.draft(written(hall(1), district="330502"), actor=mine)
    other = await clerk(Role.PUBLISHER, districts=("330521",))
    with pytest.raises(errors.SalonUnknown):
        await service.publish(made.id, actor=other, version=made.version)
    with pytest.raises(errors.SalonChanged):
        await service.publish(made.id, actor=mine, version=9)


async def test_many_are_approved_at_once_each_with_his_own_answer() -> None:
    salon_id = await published(hall(3), needs_approval=True)
    people = await owners(3)
    made = [await sign_up(*one, salon_id) for one in people]
    staff = await editor()
    await answering.refuse(salon_id, [made[2].id], "行业不符", actor=staff)
    got = await answering.approve(salon_id, [one.id for one in made], actor=staff)
    assert [type(one).__name__ for one in got.values()] == ["Moved", "Moved", "WrongState"]
    await drain()
    assert [await inbox(person) for person, _ in people] == [["salon_confirmed"]] * 2 + [["salon_refused"]]
    assert await counted(salon_id) == (2, 2, 0)


async def test_what_nobody_decided_on_in_time_passes(clock: Frozen) -> None:
    salon_id = await published(hall(1), needs_approval=True)
    ((person, place),) = await owners(1)
    made = await sign_up(person, place, salon_id)
    clock.advance(timedelta(days=3))
    await sweeping.sweep()
    assert await state(made.id) == "confirmed"
    with pytest.raises(WrongState):
        await answering.decline(made.id, actor=person)


async def test_another_like_it_begins_as_a_draft_at_its_own_time() -> None:
    salon_id = await published(hall(2), hall(1, title="首次参加", is_for_first_timers=True))
    starts_at = clock_module.now() + timedelta(days=40)
    made = await copying.copy(salon_id, starts_at, actor=await editor())
    shown = await queries.detail(made.id, SYSTEM)
    assert (shown["state"], shown["starts_at"], shown["waiting"]) == ("draft", starts_at, 0)
    assert [(one["seats"], one["is_for_first_timers"]) for one in shown["quotas"]] == [(2, False), (1, True)]


async def test_a_quota_is_written_once() -> None:
    salon_id = await published(hall(2))
    quota = await db.fetch_value("SELECT id FROM salon_quotas WHERE salon_id = $1", salon_id)
    with pytest.raises(ValidationError, match="同一名额不能填写两次"):
        written(hall(2, id=quota), hall(3, id=quota))


async def test_what_has_begun_takes_place_as_it_is(clock: Frozen) -> None:
    salon_id = await published(hall(1), starts_in=timedelta(hours=2))
    writer = await editor()
    assert "edit" in (await queries.detail(salon_id, writer))["may"]
    clock.advance(timedelta(hours=2))
    assert "edit" not in (await queries.detail(salon_id, writer))["may"]
    with pytest.raises(errors.Begun):
        await _again(salon_id, starts_in=timedelta(days=7))


async def test_who_waits_in_vain_is_told_also_where_the_salon_was_laid_aside_meanwhile(clock: Frozen) -> None:
    salon_id = await published(hall(1))
    people = await owners(2)
    made = [await sign_up(*one, salon_id, waits=True) for one in people]
    clock.advance(timedelta(days=15))
    await db.execute("UPDATE salons SET state = 'archived' WHERE id = $1", salon_id)
    await sweeping.sweep()
    assert await state(made[1].id) == "missed"


async def test_invitations_go_out_when_signing_up_begins_also_where_that_was_moved(clock: Frozen) -> None:
    rule = {"fact": "employees", "op": "le", "value": 20}
    told: dict[str, Any] = {"rule": rule, "reason": "面向小微企业"}
    opens_at = clock.now() + timedelta(days=2)
    salon_id = await published(hall(2), opens_at=opens_at, **told)
    later = opens_at + timedelta(days=3)
    await _again(salon_id, opens_at=later, **told)
    sql = "SELECT due_at FROM outbox WHERE topic = $1 AND state = 'pending'"
    assert [one["due_at"] for one in await db.fetch(sql, service.PUBLISHED)] == [later]
    await db.execute("UPDATE outbox SET state = 'done', done_at = due_at WHERE topic = $1", service.PUBLISHED)
    await _again(salon_id, opens_at=opens_at, **told)
    assert await db.fetch(sql, service.PUBLISHED) == []


async def test_a_unit_and_a_series_that_are_not_there_are_named() -> None:
    with pytest.raises(Invalid) as refused:
        await service.draft(written(hall(1), unit_id=new_id(), series_id=new_id()), actor=SYSTEM)
    assert [one.path for one in refused.value.fields] == ["unit_id", "series_id"]
    with pytest.raises(Invalid):
        await series.make(SeriesContent(title="政企面对面", unit_id=new_id()), actor=SYSTEM)
