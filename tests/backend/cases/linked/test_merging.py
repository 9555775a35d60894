"""Merging: one answer for all who asked, reversible with the clocks right, never a chain."""

import asyncio
import random
from datetime import timedelta
from uuid import UUID

import pytest

from backend import cases, outbox
from backend.access import SYSTEM, Actor, Role
from backend.assembly import OUTBOX_HANDLERS
from backend.cases import handling, queries, writing
from backend.cases.ending import closing, reaching
from backend.cases.errors import (
    HasMerged,
    MergeOtherWay,
    MergeTargetOver,
    NotMerged,
    NotSameMatter,
    NotYetAnswered,
)
from backend.cases.events import Citation
from backend.cases.handling import Wanted
from backend.cases.linked import carrying, linking, merging
from backend.cases.states import CaseState
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden, WuweiError
from backend.foundation.states import WrongState
from tests.backend.cases.people import COMPLAINT, asker, clerk, kinds, manager, opened, row, taken

pytestmark = pytest.mark.usefixtures("running", "clock")

LAW = Citation("law", "促进个体工商户发展条例第三十二条")


async def carry(*case_ids: UUID) -> int:
    async with db.transaction():
        return await carrying.carry(case_ids)


async def inbox(person: Actor) -> list[str]:
    rows = await db.fetch("SELECT kind, body FROM inbox WHERE person_id = $1 ORDER BY id", person.id)
    return [one["body"] for one in rows]


async def two(reason: str = "") -> tuple[Actor, Actor, Actor, UUID, UUID]:
    """A case merged into another one of the same enterprise, unless a reason says why they are one matter."""
    first, place = await asker()
    second, other = await asker(2) if reason else (first, place)
    someone = await clerk()
    target = await taken(someone, first, place)
    case_id = await opened(second, other)
    await merging.merge(case_id, target, reason=reason, actor=await manager())
    return first, second, someone, case_id, target


async def test_a_merged_case_stands_still_and_keeps_its_log(clock: Frozen) -> None:
    *_, case_id, target = await two()
    case = await row(case_id)
    assert (case.state, case.merged_into, case.due_at, case.alarm_at) == (CaseState.MERGED, target, None, None)
    assert await kinds(case_id) == ["received", "merged"]
    assert await kinds(target) == ["received", "accepted", "absorbed"]
    clock.advance(timedelta(days=30))
    assert (await writing.readings(case)).alarms == ()


async def test_nobody_works_on_what_is_merged() -> None:
    *_, someone, case_id, _ = await two()
    for refused in (
        handling.accept(case_id, actor=someone),
        handling.ask(case_id, [Wanted("营业执照")], actor=await manager()),
        closing.close_by_decision(case_id, "不办了", actor=await manager()),
    ):
        with pytest.raises(WrongState):
            await refused


async def test_matters_of_different_people_want_a_reason_that_owners_never_read() -> None:
    first, place = await asker()
    second, other = await asker(2)
    target, case_id, superior = await opened(first, place), await opened(second, other), await manager()
    with pytest.raises(NotSameMatter):
        await merging.merge(case_id, target, actor=superior)
    await merging.merge(case_id, target, reason="同一市场同一收费，王某也投诉过", actor=superior)
    assert "王某" not in str([await queries.owners_detail(*one) for one in ((first, target), (second, case_id))])
    assert await db.fetch_value("SELECT body FROM case_notes WHERE case_id = $1", case_id)


async def test_only_who_gives_cases_out_merges_them() -> None:
    person, place = await asker()
    target, case_id = await opened(person, place), await opened(person, place)
    with pytest.raises(Forbidden):
        await merging.merge(case_id, target, actor=await clerk())
    with pytest.raises(cases.CaseUnknown):
        await merging.merge(case_id, target, actor=await clerk(Role.MANAGER, districts=("330503",)))


async def test_no_case_is_merged_into_itself_into_what_is_merged_or_over() -> None:
    person, place = await asker()
    superior, someone = await manager(), await clerk()
    one, two_, three = [await opened(person, place) for _ in range(3)]
    with pytest.raises(NotSameMatter):
        await merging.merge(one, one, actor=superior)
    await merging.merge(one, two_, actor=superior)
    with pytest.raises(MergeTargetOver):
        await merging.merge(three, one, actor=superior)
    with pytest.raises(HasMerged):
        await merging.merge(two_, three, actor=superior)
    with pytest.raises(WrongState):
        await merging.merge(one, three, actor=superior)
    await handling.accept(three, actor=someone)
    await handling.answer(three, "可以。", actor=someone)
    with pytest.raises(MergeTargetOver):
        await merging.merge(await opened(person, place), three, actor=superior)


async def test_two_hundred_merges_at_once_make_no_chain() -> None:
    person, place = await asker()
    superior = await manager()
    ids = [await opened(person, place) for _ in range(12)]
    pairs = [random.sample(ids, 2) for _ in range(200)]
    made = await asyncio.gather(*(merging.merge(*pair, actor=superior) for pair in pairs), return_exceptions=True)
    assert all(isinstance(one, WuweiError) for one in made if isinstance(one, BaseException))
    found = await db.fetch("SELECT id, merged_into FROM cases")
    into = {one["id"]: one["merged_into"] for one in found}
    assert any(into.values())
    assert [one for one in into.values() if one is not None and into[one] is not None] == []


async def test_an_answer_is_carried_on_and_told_once() -> None:
    first, second, someone, case_id, target = await two("同一收费")
    await handling.answer(target, "该收费已停止。", [LAW], actor=someone)
    assert [await carry(target) for _ in range(2)] == [1, 0]
    told = (await queries.owners_detail(second, case_id))["timeline"][-1]
    assert (told["kind"], told["body"], told["citations"][0]["words"]) == ("answered", "该收费已停止。", LAW.words)
    assert sum("已答复" in body for body in await inbox(second)) == 1
    assert sum("已答复" in body for body in await inbox(first)) == 1


async def test_the_outbox_carries_it_on() -> None:
    first, _, someone, case_id, target = await two()
    await handling.answer(target, "可以申请。", actor=someone)
    await closing.confirm(target, actor=first)
    while not (drained := await outbox.drain(OUTBOX_HANDLERS)).is_empty:
        assert drained.failed == 0
    assert (await row(case_id)).state is CaseState.CLOSED_CONFIRMED


async def test_whoever_was_asked_to_take_it_is_asked_anew(clock: Frozen) -> None:
    person, place = await asker()
    someone, superior = await clerk(), await manager()
    case_id, target = await opened(person, place, handler_id=someone.id), await opened(person, place)
    await merging.merge(case_id, target, actor=superior)
    assert (await row(case_id)).accept_by is None
    clock.advance(timedelta(days=9))
    case = await merging.unmerge(case_id, actor=superior)
    assert case.state is CaseState.ASSIGNED
    assert case.accept_by
    assert case.accept_by > clock.now()


async def test_who_asked_several_times_has_one_entry_of_the_merge_and_it_leads_to_where_it_is_answered(
    clock: Frozen,
) -> None:
    (person, place), (other, elsewhere), someone, superior = (
        await asker(),
        await asker(2),
        await clerk(),
        await manager(),
    )
    target = await taken(someone, person, place)
    for _ in range(3):
        await merging.merge(await opened(person, place), target, actor=superior)
    await merging.merge(await opened(other, elsewhere), target, reason="同一收费", actor=superior)
    (told,) = [one for one in await inbox(person) if "并案办理" in one]
    assert told.startswith((await row(target)).number)
    assert sum("并案办理" in one for one in await inbox(other)) == 1
    clock.advance(timedelta(days=1))
    await merging.merge(await opened(person, place), target, actor=superior)
    assert sum("并案办理" in one for one in await inbox(person)) == 2


async def test_who_asked_twice_is_told_of_the_answer_once() -> None:
    first, _, someone, _, target = await two()
    await handling.answer(target, "可以申请。", actor=someone)
    await carry(target)
    assert sum("已答复" in body for body in await inbox(first)) == 1


async def test_what_is_the_same_owners_ends_with_the_target() -> None:
    first, _, someone, case_id, target = await two()
    await handling.answer(target, "该收费已停止。", actor=someone)
    await closing.confirm(target, actor=first)
    await carry(target)
    case = await row(case_id)
    assert (case.state, case.merged_into) == (CaseState.CLOSED_CONFIRMED, None)
    assert case.closed_at
    assert await kinds(case_id) == ["received", "merged", "answered", "confirmed"]
    # the answer was carried on together with the end: he may still say that this one isn't solved
    await closing.refuse(case_id, "这一件没有停", actor=first)
    assert (await row(case_id)).state is CaseState.REOPENED


@pytest.mark.parametrize("drained", [True, False])
async def test_nobodys_word_ends_what_another_asked(drained: bool) -> None:
    """However late the outbox is."""
    first, second, someone, case_id, target = await two("同一收费")
    await handling.answer(target, "该收费已停止。", actor=someone)
    assert not drained or await carry(target)
    await closing.confirm(target, actor=first)
    assert await carry(target) == (0 if drained else 1)
    case = await row(case_id)
    assert (case.state, case.merged_into, case.handler_id) == (CaseState.ANSWERED, None, someone.id)
    assert (case.closed_at, case.reached_at) == (None, None)
    assert await kinds(case_id) == ["received", "merged", "unmerged", "answered"]
    await closing.refuse(case_id, "我的没有停", actor=second)
    assert (await row(case_id)).state is CaseState.REOPENED


async def test_nobodys_silence_ends_what_another_asked(clock: Frozen) -> None:
    """Neither another enterprise's nor that of one who has no account: each is reached by himself."""
    first, place = await asker()
    second, other = await asker(2)
    superior, someone = await manager(), await clerk()
    target = await taken(someone, first, place)
    others = [await opened(second, other), await opened(None, None)]
    of_his = [await opened(first, None), await opened(None, place)]
    for one in (*others, *of_his):
        await merging.merge(one, target, reason="同一收费", actor=superior)
    await handling.answer(target, "该收费已停止。", actor=someone)
    await carry(target)
    assert await reaching.opened(target, actor=first)
    clock.advance(timedelta(days=15))
    assert await reaching.sweep()
    await carry(target)
    assert (await row(target)).state is CaseState.CLOSED_BY_SILENCE
    assert (await row(of_his[0])).state is CaseState.CLOSED_BY_SILENCE
    for one in (*others, of_his[1]):
        case = await row(one)
        assert (case.state, case.reached_at, case.silence_at) == (CaseState.ANSWERED, None, None)
        assert case.answered_at
        assert (await writing.readings(case)).solution.stopped_at
    assert await reaching.opened(others[0], actor=second)
    clock.advance(timedelta(days=15))
    assert await reaching.sweep()
    assert [(await row(one)).state for one in others] == [CaseState.CLOSED_BY_SILENCE, CaseState.ANSWERED]


async def test_a_decision_without_an_answer_lets_the_matters_of_others_go() -> None:
    *_, case_id, target = await two("同一收费")
    await closing.close_by_decision(target, "撤销办理。", actor=await manager())
    await carry(target)
    assert (await row(case_id)).state is CaseState.RECEIVED


async def test_what_is_late_is_not_merged_into_what_has_just_begun(clock: Frozen) -> None:
    person, place = await asker()
    superior, someone = await manager(), await clerk()
    late = await taken(someone, person, place, received_at=clock.now() - timedelta(days=60))
    fresh = await taken(someone, person, place, category=COMPLAINT)
    with pytest.raises(MergeOtherWay):
        await merging.merge(late, fresh, actor=superior)
    due = (await row(late)).solution_due_at
    await merging.merge(fresh, late, actor=superior)
    assert (await row(late)).solution_due_at == due


async def test_a_promise_is_not_merged_away(clock: Frozen) -> None:
    person, place = await asker()
    superior, someone = await manager(), await clerk()
    promised, target = await taken(someone, person, place), await taken(someone, person, place)
    await handling.promise(promised, clock.now().date() + timedelta(days=1), actor=someone)
    with pytest.raises(MergeOtherWay):
        await merging.merge(promised, target, actor=superior)
    await merging.merge(target, promised, actor=superior)


async def test_what_its_owner_confirmed_himself_stays_closed() -> None:
    first, _, someone, _, target = await two()
    await handling.answer(target, "可以。", actor=someone)
    await closing.confirm(target, actor=first)
    with pytest.raises(WrongState):
        await closing.refuse(target, "反悔了", actor=first)


async def test_what_the_target_is_declined_with_its_reason_goes_to_all() -> None:
    _, second, someone, case_id, target = await two("同一收费")
    await handling.decline(target, "不属于本局职责。", [LAW], actor=someone)
    await carry(target)
    assert (await row(case_id)).state is CaseState.DECLINED
    told = (await queries.owners_detail(second, case_id))["timeline"][-1]
    assert (told["body"], told["citations"][0]["words"]) == ("不属于本局职责。", LAW.words)


async def test_a_refusal_by_one_asker_lets_his_case_go_on(clock: Frozen) -> None:
    first, second, someone, case_id, target = await two("同一收费")
    with pytest.raises(NotYetAnswered):
        await closing.refuse(case_id, "不对", actor=second)
    with pytest.raises(NotYetAnswered):
        await closing.confirm(case_id, actor=second)
    clock.advance(timedelta(days=20))
    await handling.answer(target, "该收费已停止。", actor=someone)
    await carry(target)
    await closing.refuse(case_id, "我的没有停", actor=second)
    case = await row(case_id)
    assert (case.state, case.merged_into, case.handler_id) == (CaseState.REOPENED, None, someone.id)
    assert case.solution_due_at
    assert case.solution_due_at >= clock.now() + timedelta(days=1)
    assert (await row(target)).state is CaseState.ANSWERED
    await closing.confirm(target, actor=first)
    assert await carry(target) == 0


async def test_an_asker_confirms_his_own_before_the_other_does() -> None:
    _, second, someone, case_id, target = await two("同一收费")
    await handling.answer(target, "该收费已停止。", actor=someone)
    await carry(target)
    case = await closing.confirm(case_id, actor=second)
    assert (case.state, case.merged_into) == (CaseState.CLOSED_CONFIRMED, None)


async def test_what_the_origin_of_the_target_takes_back_lets_the_others_go() -> None:
    *_, case_id, target = await two("同一收费")
    origin = (await row(target)).origin_id
    async with db.transaction():
        assert await cases.drop("cases", origin, "本人撤回", actor=SYSTEM)
    await carry(target)
    assert (await row(case_id)).state is CaseState.RECEIVED


async def test_unmerging_puts_back_the_state_and_the_clocks(clock: Frozen) -> None:
    person, place = await asker()
    someone, superior = await clerk(), await manager()
    target, case_id = await taken(someone, person, place), await taken(someone, person, place)
    await handling.ask(case_id, [Wanted("营业执照")], actor=someone)
    clock.advance(timedelta(hours=2))
    case = await row(case_id)
    before = await writing.readings(case)
    await merging.merge(case_id, target, actor=superior)
    clock.advance(timedelta(days=40))
    await handling.answer(target, "可以。", actor=someone)
    await carry(target)
    case = await merging.unmerge(case_id, actor=superior)
    after = await writing.readings(case)
    assert (case.state, case.merged_into, case.answered_at) == (CaseState.WAITING_FOR_OWNER, None, None)
    for one, other in ((before.accept, after.accept), (before.answer, after.answer), (before.solution, after.solution)):
        assert (one.used, one.whole, one.late) == (other.used, other.whole, other.late)
        assert (one.stopped_at is None) is (other.stopped_at is None)
    assert (before.pause_left, before.waiting_for) == (after.pause_left, after.waiting_for)
    assert case.due_at
    assert case.due_at > clock.now()
    with pytest.raises(NotMerged):
        await merging.unmerge(case_id, actor=superior)


async def test_links_tell_more_only_to_whoever_sees_the_other() -> None:
    first, second, someone, case_id, target = await two("同一收费")
    hidden = (await linking.of(second, case_id))["merged_into"]
    assert (hidden["id"], hidden["title"], hidden["number"]) == (None, None, (await row(target)).number)
    assert [one["id"] for one in (await linking.of(someone, target))["merged"]] == [case_id]
    assert (await linking.of(first, target))["merged"][0]["id"] is None
    with pytest.raises(cases.CaseUnknown):
        await linking.of(second, target)


async def test_nobody_is_offered_to_place_what_is_worked_on_elsewhere() -> None:
    *_, case_id, _ = await two()
    may = (await queries.staff_detail(await manager(), case_id))["may"]
    assert "unmerge" in may
    assert {"assign", "transfer", "accept", "answer", "close"} & set(may) == set()
