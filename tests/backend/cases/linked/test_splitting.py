"""Splitting: parts with numbers of their own and the clocks of the first receipt, reversible while untouched."""

from datetime import timedelta
from uuid import UUID

import pytest

from backend.access import Actor
from backend.cases import handling, owning, queries, writing
from backend.cases.errors import CategoryUnknown, FileUnknown, NotSplit, NotSplittable, PartsTouched
from backend.cases.handling import Wanted
from backend.cases.linked import linking, splitting
from backend.cases.linked.splitting import Part
from backend.cases.states import CaseState
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.ids import new_id
from tests.backend.cases.people import COMPLAINT, HELP, answered, asker, clerk, kinds, manager, opened, row, taken

pytestmark = pytest.mark.usefixtures("running", "clock")

_ACTORS = "SELECT actor_kind FROM case_events WHERE case_id = $1 AND actor_id = $2"
PARTS = [Part(COMPLAINT, "乱收费", "物业代收费用"), Part(HELP, "场地困难", "租金上涨")]


async def _split(case_id: UUID, actor: Actor | None = None) -> list[UUID]:
    return [one.id for one in await splitting.split(case_id, PARTS, "两件事分别办理", actor=actor or await manager())]


async def test_parts_have_their_own_numbers_and_the_first_receipt(clock: Frozen) -> None:
    person, place = await asker()
    case_id = await opened(person, place)
    clock.advance(timedelta(hours=3))
    ids = await _split(case_id)
    case, parts = await row(case_id), [await row(one) for one in ids]
    assert len({case.number, *(one.number for one in parts)}) == 3
    assert {one.received_at for one in parts} == {case.received_at}
    assert [(one.origin, one.category, one.person_id, one.enterprise_id) for one in parts] == [
        ("cases", part.category, person.id, place) for part in PARTS
    ]
    assert case.origin_id not in {one.origin_id for one in parts}
    assert parts[1].solution_due_at == case.solution_due_at
    links = await linking.of(person, case_id)
    assert [one["id"] for one in links["parts"]] == ids
    back = (await linking.of(person, ids[0]))["split_from"]
    assert back["number"] == case.number
    told = (await queries.owners_detail(person, case_id))["timeline"][-1]
    assert (told["kind"], told["body"]) == ("split", "两件事分别办理")
    assert all(one.number in told["data"]["number"] for one in parts)


async def test_parts_stay_with_the_handler_and_keep_what_was_paused(clock: Frozen) -> None:
    person, place = await asker()
    someone = await clerk()
    case_id = await taken(someone, person, place)
    await handling.ask(case_id, [Wanted("租赁合同")], actor=someone)
    clock.advance(timedelta(hours=4))
    await owning.supply(case_id, "见附件", [], actor=person)
    clock.advance(timedelta(hours=1))
    ids = await _split(case_id)
    case, part = await row(case_id), await row(ids[1])
    assert (part.state, part.handler_id, part.accepted_at) == (CaseState.IN_PROGRESS, someone.id, case.accepted_at)
    whole, own = await writing.readings(case), await writing.readings(part)
    assert (own.solution.used, own.pause_used, own.due) == (whole.solution.used, whole.pause_used, whole.due)
    assert whole.pause_used
    assert own.accept.stopped_at == whole.accept.stopped_at


async def test_parts_of_what_nobody_has_taken_are_asked_for_and_looked_at(clock: Frozen) -> None:
    someone = await clerk()
    case_id = await opened(handler_id=someone.id, received_at=clock.now() - timedelta(days=9))
    case = await row(case_id)
    parts = [await row(one) for one in await _split(case_id)]
    for part in parts:
        assert (part.state, part.handler_id) == (CaseState.ASSIGNED, someone.id)
        assert part.accept_by
        assert part.accept_by > clock.now(), "else the next sweep would pass it on at once"
    told = await db.fetch("SELECT subject FROM staff_notices WHERE staff_id = $1 AND kind = 'assignment'", someone.id)
    assert {one["subject"] for one in told} == {case.id, *(part.id for part in parts)}


async def test_only_open_and_unanswered_cases_are_split() -> None:
    superior, someone = await manager(), await clerk()
    case_id = await answered(someone)
    with pytest.raises(NotSplittable):
        await splitting.split(case_id, PARTS, "两件事", actor=superior)
    other = await opened()
    with pytest.raises(CategoryUnknown):
        await splitting.split(other, [Part("nonsense", "标题", "正文")], "两件事", actor=superior)
    with pytest.raises(FileUnknown):
        await splitting.split(other, [Part(HELP, "标题", "正文", files=(new_id(),))], "两件事", actor=superior)
    assert await kinds(other) == ["received"]
    assert await db.fetch_value("SELECT count(*) FROM cases") == 2


async def test_a_split_is_taken_back_while_nobody_touched_the_parts() -> None:
    person, place = await asker()
    superior, case_id = await manager(), await opened(person, place)
    before = await writing.readings(await row(case_id))
    ids = await _split(case_id, superior)
    case = await splitting.unsplit(case_id, "是同一件事", actor=superior)
    assert [(await row(one)).state for one in ids] == [CaseState.CLOSED_BY_DECISION] * 2
    assert (case.state, await kinds(case_id)) == (CaseState.RECEIVED, ["received", "split", "taken_back"])
    assert (await writing.readings(case)).solution == before.solution
    assert (await linking.of(person, case_id))["parts"] == []
    with pytest.raises(NotSplit):
        await splitting.unsplit(case_id, "再撤一次", actor=superior)


async def test_a_split_stands_once_somebody_works_on_a_part() -> None:
    superior, someone = await manager(), await clerk()
    case_id = await opened()
    ids = await _split(case_id, superior)
    await handling.accept(ids[1], actor=someone)
    with pytest.raises(PartsTouched):
        await splitting.unsplit(case_id, "是同一件事", actor=superior)
    assert (await row(ids[0])).state is CaseState.RECEIVED


async def test_a_note_on_a_part_is_a_touch() -> None:
    superior = await manager()
    case_id = await opened()
    (first, _) = await _split(case_id, superior)
    await handling.note(first, "已电话联系", actor=superior)
    with pytest.raises(PartsTouched):
        await splitting.unsplit(case_id, "是同一件事", actor=superior)


async def test_what_a_part_took_over_is_told_so_and_was_done_by_nobody_who_split_it(clock: Frozen) -> None:
    (person, place), someone, superior = await asker(), await clerk(), await manager()
    case_id = await taken(someone, person, place)
    await handling.pause(case_id, "other_authority", "等意见", actor=someone)
    clock.advance(timedelta(hours=1))
    ids = await _split(case_id, superior)
    number = (await row(case_id)).number
    before = {one["kind"]: (one["by"], one["who"]) for one in await queries.timeline(case_id)}
    for reader in (await queries.owners_detail(person, ids[0]), await queries.staff_detail(superior, ids[0])):
        *took, split = reader["timeline"]
        assert split["kind"] == "split"
        assert [one["kind"] for one in took] == ["received", "assigned", "accepted", "paused"]
        assert all(one["word"].endswith(f"（承自{number}）") for one in took)
        assert [one["by"] for one in took[:2]] == ["system", "system"]
        assert [(one["by"], one["who"]) for one in took[2:]] == [before["accepted"], before["paused"]]
    assert [one["actor_kind"] for one in await db.fetch(_ACTORS, ids[0], superior.id)] == ["staff"]
