"""Taking a case over, asking once for what is missing, answering, declining; and who may."""

import asyncio
from datetime import date, timedelta

import pytest

from backend.access import Role
from backend.cases import handling, owning, queries
from backend.cases.ending import closing
from backend.cases.errors import (
    AlreadyTaken,
    AskedBefore,
    CaseChanged,
    CaseUnknown,
    ExtendedBefore,
    NoCitation,
    NotPausable,
    NotYours,
    OwnMatter,
    PromiseTooLate,
)
from backend.cases.events import Citation
from backend.cases.handling import Wanted
from backend.cases.states import CaseState
from backend.foundation import clock as time
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden, Invalid
from backend.foundation.ids import new_id
from backend.foundation.states import WrongState
from tests.backend.cases.people import HELP, answered, asker, clerk, kinds, manager, opened, row, taken

pytestmark = pytest.mark.usefixtures("running", "clock")

LAW = Citation("law", "促进个体工商户发展条例第三十二条")


async def test_whoever_takes_it_answers_for_it() -> None:
    someone, case_id = await clerk(), await opened()
    case = await handling.accept(case_id, actor=someone)
    assert (case.state, case.handler_id, case.answerable_id) == (CaseState.IN_PROGRESS, someone.id, someone.id)
    again = await handling.accept(case_id, actor=someone)
    assert again.version == case.version
    assert await kinds(case_id) == ["received", "accepted"]


async def test_of_many_who_take_it_at_once_one_does() -> None:
    case_id = await opened()
    people = [await clerk() for _ in range(20)]
    got = await asyncio.gather(*(handling.accept(case_id, actor=one) for one in people), return_exceptions=True)
    assert [type(one) for one in got if isinstance(one, Exception)] == [AlreadyTaken] * 19
    assert await kinds(case_id) == ["received", "accepted"]


async def test_the_loser_is_told_what_changed() -> None:
    someone, case_id = await clerk(), await opened()
    seen = (await row(case_id)).version
    await handling.accept(case_id, actor=someone)
    with pytest.raises(CaseChanged) as refused:
        await handling.answer(case_id, "请看附件", actor=someone, version=seen)
    assert "工作人员接办" in refused.value.detail
    assert await kinds(case_id) == ["received", "accepted"]


async def test_a_colleague_does_not_answer_in_anothers_place() -> None:
    case_id = await taken(await clerk())
    with pytest.raises(NotYours):
        await handling.answer(case_id, "我来答", actor=await clerk())
    await handling.answer(case_id, "上级来答", actor=await manager())


async def test_who_sees_other_places_only_sees_no_case_here() -> None:
    _, place = await asker()
    case_id = await opened(enterprise_id=place)
    elsewhere = await clerk(Role.SPECIALIST, districts=("330503",))
    with pytest.raises(CaseUnknown):
        await handling.accept(case_id, actor=elsewhere)
    here = await clerk(Role.SPECIALIST, districts=("330502",))
    await handling.accept(case_id, actor=here)


async def test_nobody_handles_his_own_matter() -> None:
    """Neither his own nor his shop's, as the phone he bound tells."""
    person, place = await asker()
    someone = await clerk()
    bind = "INSERT INTO staff_phones (id, staff_id, person_id, bound_at) VALUES ($1, $2, $3, $4)"
    await db.execute(bind, new_id(), someone.id, person.id, time.now())
    for case_id in (await opened(person), await opened(enterprise_id=place)):
        with pytest.raises(OwnMatter):
            await handling.accept(case_id, actor=someone)
    await handling.accept(await opened(), actor=someone)


async def test_who_may_only_read_is_told_which_permission_is_missing() -> None:
    with pytest.raises(Forbidden) as refused:
        await handling.accept(await opened(), actor=await clerk(Role.AUDITOR))
    assert refused.value.permission == "cases.handle"


async def test_what_is_missing_is_told_once_and_the_clock_rests(clock: Frozen) -> None:
    person, place = await asker()
    someone = await clerk()
    case_id = await taken(someone, person, place)
    due = (await row(case_id)).solution_due_at
    await handling.ask(case_id, [Wanted("营业执照副本", "核对经营范围")], actor=someone)
    case = await row(case_id)
    assert case.state is CaseState.WAITING_FOR_OWNER
    assert case.is_paused
    clock.advance(timedelta(days=2))
    await owning.supply(case_id, "见附件", [], actor=person)
    case = await row(case_id)
    assert case.state is CaseState.IN_PROGRESS
    assert not case.is_paused
    assert due
    assert case.solution_due_at
    assert case.solution_due_at > due
    with pytest.raises(AskedBefore):
        await handling.ask(case_id, [Wanted("房屋租赁合同")], actor=someone)
    await handling.ask(case_id, [Wanted("房屋租赁合同")], actor=someone, reason="法规修订后新增的材料")
    lists = await db.fetch("SELECT nr, reason, supplied_at IS NOT NULL AS is_supplied FROM case_requests ORDER BY nr")
    assert [tuple(one) for one in lists] == [(1, "", True), (2, "法规修订后新增的材料", False)]


async def test_an_answer_carries_what_it_rests_on() -> None:
    person, place = await asker()
    someone = await clerk()
    case_id = await taken(someone, person, place)
    await handling.answer(case_id, "可以申请。", [LAW], actor=someone)
    told = await queries.owners_detail(person, case_id)
    assert told["state"] == CaseState.ANSWERED
    assert "确认" in told["sentence"]
    (answer,) = [entry for entry in told["timeline"] if entry["kind"] == "answered"]
    assert (answer["who"], answer["citations"][0]["words"]) == ("工作人员", LAW.words)
    inbox = await db.fetch("SELECT kind FROM inbox WHERE person_id = $1 ORDER BY id", person.id)
    assert [one["kind"] for one in inbox] == ["case_progress", "case_answered"]


async def test_declining_needs_what_it_rests_on() -> None:
    someone = await clerk()
    case_id = await taken(someone)
    with pytest.raises(NoCitation):
        await handling.decline(case_id, "不属于职责范围", [], actor=someone)
    await handling.decline(case_id, "不属于职责范围", [LAW], actor=someone)
    assert (await row(case_id)).state is CaseState.DECLINED


async def test_answered_is_no_end_and_is_answered_once() -> None:
    someone = await clerk()
    case_id = await answered(someone)
    case = await row(case_id)
    assert case.closed_at is None
    with pytest.raises(WrongState):
        await handling.answer(case_id, "再答一次", actor=someone)


async def test_clocks_rest_for_listed_reasons_only() -> None:
    someone = await clerk()
    case_id = await taken(someone)
    with pytest.raises(Invalid):
        await handling.pause(case_id, "tired", "歇一歇", actor=someone)
    with pytest.raises(NotPausable):
        await handling.resume(case_id, actor=someone)
    await handling.pause(case_id, "expert_review", "送检", actor=someone)
    assert (await row(case_id)).is_paused
    with pytest.raises(NotPausable):
        await handling.pause(case_id, "expert_review", "送检", actor=someone)
    await handling.resume(case_id, actor=someone)
    assert not (await row(case_id)).is_paused


async def test_a_promise_is_a_working_day_within_the_term() -> None:
    someone = await clerk()
    case_id = await taken(someone, category=HELP)
    for wrong in (date(2026, 11, 20), date(2026, 11, 28), date(2026, 12, 31)):
        with pytest.raises(PromiseTooLate):
            await handling.promise(case_id, wrong, actor=someone)
    case = await handling.promise(case_id, date(2026, 11, 25), actor=someone)
    assert case.promised_on == date(2026, 11, 25)


async def test_a_superior_extends_once() -> None:
    someone, superior = await clerk(), await manager()
    case_id = await taken(someone)
    before = (await row(case_id)).solution_due_at
    with pytest.raises(Forbidden):
        await handling.extend(case_id, 5, "需要会商", actor=someone)
    case = await handling.extend(case_id, 5, "需要会商", actor=superior)
    assert before
    assert case.solution_due_at
    assert case.solution_due_at >= before + timedelta(days=5)
    with pytest.raises(ExtendedBefore):
        await handling.extend(case_id, 5, "需要会商", actor=superior)


async def test_an_owner_sees_his_own_alone() -> None:
    person, place = await asker()
    stranger, _ = await asker(2)
    case_id = await opened(person, place)
    assert (await queries.owners_detail(person, case_id))["number"].startswith("WW-")
    with pytest.raises(CaseUnknown):
        await queries.owners_detail(stranger, case_id)
    with pytest.raises(CaseUnknown):
        await owning.reply(case_id, "这是谁的？", [], actor=stranger)


async def test_notes_are_for_staff_alone() -> None:
    person, place = await asker()
    someone = await clerk()
    case_id = await taken(someone, person, place)
    await handling.note(case_id, "企业情绪激动", actor=someone)
    assert "情绪" not in str(await queries.owners_detail(person, case_id))
    assert await db.fetch_value("SELECT body FROM case_notes") == "企业情绪激动"


async def test_staff_promise_an_owner_nothing_that_only_the_law_can_give() -> None:
    person, place = await asker()
    someone = await clerk()
    case_id = await taken(someone, person, place)
    for wrong in (
        handling.answer(case_id, "我们保证给予补贴。", actor=someone),
        handling.reply(case_id, "放心，一定能获批。", actor=someone),
        handling.pause(case_id, "test", "检测后保证通过。", actor=someone),
        handling.decline(case_id, "不在本项内，另一项一定能获批。", [LAW], actor=someone),
        closing.close_by_decision(case_id, "另案一律发放。", actor=await manager()),
    ):
        with pytest.raises(Invalid) as refused:
            await wrong
        (field,) = refused.value.fields
        assert (field.path in {"text", "reason"}, field.code) == (True, "promise")
    assert await kinds(case_id) == ["received", "accepted"]
    await handling.answer(case_id, "无法保证一定能获批，以审核为准。", actor=someone)


async def test_who_has_used_up_all_pauses_is_not_told_that_the_clock_rests(clock: Frozen) -> None:
    someone, (person, place) = await clerk(), await asker()
    case_id = await taken(someone, person, place)
    said = "SELECT body FROM inbox WHERE person_id = $1 AND kind = 'case_asked' ORDER BY id DESC LIMIT 1"
    await handling.ask(case_id, [Wanted("营业执照")], actor=someone)
    assert "补充期间不计时" in await db.fetch_value(said, person.id)
    clock.advance(timedelta(days=60))
    await owning.supply(case_id, "见附件", [], actor=person)
    await handling.ask(case_id, [Wanted("租赁合同")], actor=someone, reason="地址有变")
    assert "办理时限继续计算" in await db.fetch_value(said, person.id)
