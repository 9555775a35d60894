"""Whatever is asked gets one number, one log and its clocks; a twin opens nothing."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from backend import cases
from backend.access import SYSTEM
from backend.cases import handling, notices, writing
from backend.cases.assignment import releasing
from backend.cases.deadlines import alarms
from backend.cases.deadlines.readings import Clock
from backend.cases.errors import CategoryUnknown
from backend.cases.linked import splitting
from backend.cases.states import CaseState
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.ids import new_id
from tests.backend.cases.people import COMPLAINT, CONSULT, HELP, asker, clerk, kinds, manager, opened, row

pytestmark = pytest.mark.usefixtures("database")


def _opening(origin_id: UUID, category: str = HELP) -> cases.Opening:
    return cases.Opening("cases", origin_id, category, "标题", "正文", cases.Channel.SYSTEM)


async def _open(*openings: cases.Opening) -> list[cases.Opened]:
    async with db.transaction():
        return await cases.open_many(openings, actor=SYSTEM)


async def test_a_case_has_number_place_and_clocks(clock: Frozen) -> None:
    person, place = await asker()
    case = await row(await opened(person, place, category=CONSULT))
    assert case.number == "WW-20261123-0001"
    assert (case.state, case.district, case.person_id) == (CaseState.RECEIVED, "330502", person.id)
    tomorrow = datetime(2026, 11, 24, tzinfo=UTC).date()
    assert case.accept_due_at
    assert case.accept_due_at.date() == tomorrow
    assert case.due_at == case.accept_due_at
    assert case.alarm_at
    assert clock.now() < case.alarm_at < case.due_at
    assert not case.is_provisional


@pytest.mark.parametrize(("category", "days"), [(CONSULT, 1), (HELP, 5), (COMPLAINT, 15)])
@pytest.mark.usefixtures("clock")
async def test_each_category_has_its_own_term(category: str, days: int) -> None:
    case = await row(await opened(category=category))
    assert case.terms["solution_days"] == days
    assert case.solution_due_at
    assert case.solution_due_at >= case.received_at + timedelta(days=days - 1)


async def test_clocks_start_when_it_was_asked(clock: Frozen) -> None:
    asked = clock.now() - timedelta(days=7)
    case = await row(await opened(category=CONSULT, received_at=asked))
    assert case.received_at == asked
    assert case.due_at
    assert case.due_at < clock.now()


async def test_an_origin_opens_once(clock: Frozen) -> None:
    origin = new_id()
    (first,) = await _open(_opening(origin))
    (second,) = await _open(_opening(origin))
    assert first.is_new
    assert not second.is_new
    assert (first.id, first.number) == (second.id, second.number)
    assert await kinds(first.id) == ["received"]
    assert clock.now() == (await row(first.id)).moved_at


async def test_two_hundred_twins_open_one_case() -> None:
    origin = new_id()
    made = await asyncio.gather(*(_open(_opening(origin)) for _ in range(200)))
    assert len({one[0].id for one in made}) == 1
    assert sum(one[0].is_new for one in made) == 1
    assert await db.fetch_value("SELECT count(*) FROM cases") == 1


async def test_many_are_opened_by_few_statements_and_in_their_order() -> None:
    wanted = [_opening(new_id()) for _ in range(300)]
    made = await _open(*wanted)
    numbers = [one.number for one in made]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == 300
    origins = {row["id"]: row["origin_id"] for row in await db.fetch("SELECT id, origin_id FROM cases")}
    assert [origins[one.id] for one in made] == [one.origin_id for one in wanted]


@pytest.mark.parametrize("category", ["help", "nonsense"])
async def test_only_leaves_that_are_there_can_be_opened(category: str) -> None:
    with pytest.raises(CategoryUnknown):
        await opened(category=category)
    assert await db.fetch_value("SELECT count(*) FROM cases") == 0


async def test_what_names_its_handler_is_assigned_at_once() -> None:
    someone = await clerk()
    case = await row(await opened(handler_id=someone.id))
    assert (case.state, case.handler_id, case.answerable_id) == (CaseState.ASSIGNED, someone.id, someone.id)
    assert await kinds(case.id) == ["received", "assigned"]


async def test_a_case_is_opened_in_its_commands_transaction() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        await cases.open_one(_opening(new_id()), actor=SYSTEM)


async def test_origins_learn_how_their_things_stand() -> None:
    origin = new_id()
    await _open(_opening(origin))
    standing = await cases.of("cases", [origin, new_id()])
    assert set(standing) == {origin}
    assert "已收到" in standing[origin].sentence
    assert standing[origin].number.startswith("WW-")


async def test_an_origin_takes_back_what_it_asked_for() -> None:
    origin = new_id()
    (made,) = await _open(_opening(origin))
    async with db.transaction():
        await cases.tell("cases", origin, "已联系企业。", actor=SYSTEM)
        assert await cases.drop("cases", origin, "走访取消。", actor=SYSTEM)
        assert not await cases.drop("cases", origin, "走访取消。", actor=SYSTEM)
    case = await row(made.id)
    assert case.state is CaseState.CLOSED_BY_DECISION
    assert case.closed_at
    assert case.due_at is None
    assert await kinds(made.id) == ["received", "told", "decided"]


async def test_whom_the_origin_names_has_his_whole_term_however_long_ago_it_was_received(clock: Frozen) -> None:
    someone = await clerk()
    case_id = await opened(received_at=clock.now() - timedelta(days=30), category=COMPLAINT, handler_id=someone.id)
    case = await row(case_id)
    days = await writing.calendar()
    until = days.add_days(clock.now(), writing.terms_of(case.terms).accept_days).at
    assert (case.state, case.accept_by, case.accept_due_at) == (CaseState.ASSIGNED, until, until)
    read = await writing.readings(case)
    assert [one for one in read.alarms if one.clock is Clock.ACCEPT] == []
    assert (read.accept.used, read.accept.started_at) == (0, clock.now())
    body = await db.fetch_value("SELECT body FROM staff_notices WHERE staff_id = $1", someone.id)
    assert notices.told_at(until) in body
    await alarms.sweep()
    await releasing.sweep()
    assert (await row(case_id)).handler_id == someone.id
    clock.advance(timedelta(minutes=1))
    await handling.accept(case_id, actor=someone)
    assert not (await writing.readings(await row(case_id))).accept.is_late


async def test_a_case_of_today_that_comes_with_its_handler_raises_no_alarm(clock: Frozen) -> None:
    someone = await clerk()
    case = await row(await opened(handler_id=someone.id))
    assert (await writing.readings(case)).alarms == ()
    assert case.alarm_at
    assert case.alarm_at > clock.now()


@pytest.mark.usefixtures("running")
async def test_a_part_of_a_late_case_is_as_late_as_that(clock: Frozen) -> None:
    person, place = await asker()
    superior, long_ago = await manager(), clock.now() - timedelta(days=30)
    case_id = await opened(person, place, handler_id=(await clerk()).id, received_at=long_ago)
    clock.advance(timedelta(days=10))
    (part,) = await splitting.split(case_id, [splitting.Part(HELP, "另一件", "电费")], "两件事", actor=superior)
    case = await row(case_id)
    assert (await row(part.id)).accept_due_at == case.accept_due_at
    assert (await writing.readings(await row(part.id))).accept.is_late
