"""Closure is a claim: the owner's word, his proven silence, or a superior's decision ends a case; nothing else."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend import cases
from backend.access import SYSTEM, Actor, Role
from backend.cases import handling, owning, queries
from backend.cases.deadlines import alarms
from backend.cases.desk import queues
from backend.cases.desk.narrowing import Filter
from backend.cases.ending import closing, rating, reaching
from backend.cases.ending.rating import Level, Rating
from backend.cases.errors import (
    CaseUnknown,
    HasAccount,
    NeedsDecision,
    NeedsOther,
    NothingToDecide,
    OwnersTurn,
    TooLateToReopen,
    Unanswered,
    WordWanted,
)
from backend.cases.events import Citation
from backend.cases.instead import NotNow
from backend.cases.states import CaseState
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden
from backend.foundation.ids import new_id
from backend.foundation.states import WrongState
from tests.backend.cases.offices import notices
from tests.backend.cases.people import answered, asker, clerk, kinds, manager, opened, row, taken

pytestmark = pytest.mark.usefixtures("running", "clock")

LAW = Citation("law", "促进个体工商户发展条例第三十二条")


async def _answered() -> tuple[Actor, Actor, UUID]:
    person, place = await asker()
    someone = await clerk()
    return person, someone, await answered(someone, person, place)


async def _not_reached(someone: Actor) -> list[UUID]:
    page = await queues.page(someone, "not_reached", Filter(), cursor=None, limit=50)
    return [one["id"] for one in page["items"]]


async def _inbox(person: Actor) -> list[str]:
    return [one["kind"] for one in await db.fetch("SELECT kind FROM inbox WHERE person_id = $1 ORDER BY id", person.id)]


async def test_the_owners_word_ends_it() -> None:
    person, _, case_id = await _answered()
    case = await closing.confirm(case_id, actor=person)
    assert case.state is CaseState.CLOSED_CONFIRMED
    assert (case.due_at, case.alarm_at) == (None, None)


async def test_nobody_elses_word_ends_it() -> None:
    _, _, case_id = await _answered()
    stranger, _ = await asker(2)
    for act in (closing.confirm(case_id, actor=stranger), closing.refuse(case_id, "没解决", actor=stranger)):
        with pytest.raises(CaseUnknown):
            await act
    assert (await row(case_id)).state is CaseState.ANSWERED


async def test_silence_counts_from_a_proven_reach_alone(clock: Frozen) -> None:
    person, _, case_id = await _answered()
    clock.advance(timedelta(days=60))
    assert await reaching.sweep() == 0
    assert (await row(case_id)).state is CaseState.ANSWERED
    assert await reaching.opened(case_id, actor=person)
    assert not await reaching.opened(case_id, actor=person)
    case = await row(case_id)
    assert case.remind_at
    assert case.silence_at
    clock.set(case.remind_at)
    await reaching.sweep()
    assert (await _inbox(person)).count("case_closing") == 1
    clock.set(case.silence_at - timedelta(seconds=1))
    await reaching.sweep()
    assert (await row(case_id)).state is CaseState.ANSWERED
    clock.set(case.silence_at)
    await reaching.sweep()
    assert (await row(case_id)).state is CaseState.CLOSED_BY_SILENCE
    assert (await kinds(case_id))[-2:] == ["reached", "closed_by_silence"]
    assert (await _inbox(person)).count("case_closing") == 1


async def test_silence_lasts_five_working_days(clock: Frozen) -> None:
    person, _, case_id = await _answered()
    await reaching.opened(case_id, actor=person)
    case = await row(case_id)
    assert case.silence_at
    assert (case.silence_at - clock.now()).days >= 7  # a weekend lies between


async def test_whoever_writes_back_is_not_silent(clock: Frozen) -> None:
    person, someone, case_id = await _answered()
    await reaching.opened(case_id, actor=person)
    await owning.reply(case_id, "材料在哪里交？", [], actor=person, is_remark=True)
    case = await row(case_id)
    assert (case.reached_at, case.silence_at, case.remind_at) == (None, None, None)
    assert not await reaching.opened(case_id, actor=person)
    with pytest.raises(Unanswered):
        await reaching.record(case_id, "call", "电话告知", actor=someone)
    clock.advance(timedelta(days=60))
    await reaching.sweep()
    await alarms.sweep()
    case = await row(case_id)
    assert (case.state, case.due_at, case.alarm_at) == (CaseState.ANSWERED, None, None)
    assert await _not_reached(someone) == [case_id]
    assert "case_replied" in await notices(someone)
    with pytest.raises(OwnersTurn):
        await closing.close_by_decision(case_id, "无人回复", actor=await manager())
    await handling.reply(case_id, "在市民服务中心三楼。", actor=someone)
    assert await reaching.opened(case_id, actor=person)
    clock.advance(timedelta(days=20))
    await reaching.sweep()
    assert (await row(case_id)).state is CaseState.CLOSED_BY_SILENCE


@pytest.mark.parametrize("is_declined", [False, True])
async def test_an_objection_that_is_written_as_a_word_runs_on_the_clock_like_any_other(is_declined: bool) -> None:
    person, someone, case_id = await _answered()
    if is_declined:
        await closing.refuse(case_id, "不对", actor=person)
        await handling.accept(case_id, actor=someone)
        await handling.decline(case_id, "不属本局职责", [LAW], actor=someone)
    assert (await queries.owners_detail(person, case_id))["is_word_wanted"]
    with pytest.raises(WordWanted) as asked:
        await closing.write_back(case_id, "还是没有解决", [], actor=person)
    assert [one.path for one in asked.value.fields] == ["is_unsolved"]
    before = await row(case_id)
    said = await closing.write_back(case_id, "收到，周五去办", [], actor=person, is_unsolved=False)
    assert (said.state, said.refusals) == (before.state, before.refusals)
    again = await closing.write_back(case_id, "还是没有解决", [], actor=person, is_unsolved=True)
    assert (again.state, again.refusals) == (CaseState.REOPENED, before.refusals + 1)
    assert (await queries.owners_detail(person, case_id))["is_word_wanted"] is False
    assert (await closing.write_back(case_id, "请尽快", [], actor=person)).state is CaseState.REOPENED


async def test_what_staff_add_has_to_be_read_as_well(clock: Frozen) -> None:
    person, someone, case_id = await _answered()
    await reaching.opened(case_id, actor=person)
    last = (await row(case_id)).silence_at
    assert last
    clock.set(last - timedelta(hours=1))
    await handling.reply(case_id, "更正：地点改为二楼。", actor=someone)
    clock.advance(timedelta(days=30))
    await reaching.sweep()
    assert (await row(case_id)).state is CaseState.ANSWERED
    assert await reaching.opened(case_id, actor=person)


async def test_a_call_or_the_counter_proves_it_too() -> None:
    someone = await clerk()
    case_id = await answered(someone)
    await reaching.record(case_id, "call", "电话告知结果，本人表示知晓", actor=someone)
    case = await row(case_id)
    assert case.silence_at
    assert case.remind_at is None
    rows = await db.fetch("SELECT how, note FROM case_reaches WHERE case_id = $1", case_id)
    assert [tuple(one) for one in rows] == [("call", "电话告知结果，本人表示知晓")]


async def test_staff_opening_it_proves_nothing() -> None:
    _, someone, case_id = await _answered()
    assert not await reaching.opened(case_id, actor=someone)


async def test_a_refusal_runs_on_the_same_clock(clock: Frozen) -> None:
    person, someone, case_id = await _answered()
    before = (await row(case_id)).solution_due_at
    clock.advance(timedelta(days=10))
    await closing.refuse(case_id, "还是招不到人", actor=person)
    case = await row(case_id)
    assert (case.state, case.refusals, case.awaits_decision) == (CaseState.REOPENED, 1, False)
    assert before
    assert case.due_at
    assert case.due_at > clock.now() + timedelta(days=1)
    await handling.answer(case_id, "另行联系人力资源市场。", actor=someone)
    assert (await row(case_id)).state is CaseState.ANSWERED


async def test_after_the_second_refusal_a_superior_decides() -> None:
    person, someone, case_id = await _answered()
    superior = await manager()
    await closing.refuse(case_id, "没有解决", actor=person)
    await handling.answer(case_id, "请再看一次。", actor=someone)
    await closing.refuse(case_id, "还是没有", actor=person)
    with pytest.raises(NeedsDecision):
        await handling.answer(case_id, "第三次", actor=someone)
    case = await closing.decide(case_id, "答复依据充分，予以维持。", ends=True, actor=superior)
    assert case.state is CaseState.CLOSED_BY_DECISION
    assert "case_answered" in await _inbox(person)
    with pytest.raises(NothingToDecide):
        await closing.decide(case_id, "再来", ends=True, actor=superior)


async def test_a_superior_may_send_it_back_to_work() -> None:
    person, someone, case_id = await _answered()
    await closing.refuse(case_id, "没有解决", actor=person)
    await handling.answer(case_id, "请再看一次。", actor=someone)
    await closing.refuse(case_id, "还是没有", actor=person)
    await closing.decide(case_id, "请上门核实。", ends=False, actor=await manager())
    case = await row(case_id)
    assert (case.state, case.awaits_decision) == (CaseState.REOPENED, False)
    await handling.answer(case_id, "已上门核实。", actor=someone)


async def test_nobody_decides_about_his_own_answer() -> None:
    superior = await manager()
    person, place = await asker()
    case_id = await taken(superior, person, place)
    await handling.decline(case_id, "不属于职责范围", [LAW], actor=superior)
    await closing.refuse(case_id, "请复核", actor=person)
    with pytest.raises(NeedsOther):
        await closing.decide(case_id, "维持", ends=True, actor=superior)
    await closing.decide(case_id, "维持", ends=True, actor=await manager())


async def test_what_closed_in_silence_is_opened_again_for_a_month(clock: Frozen) -> None:
    person, _, case_id = await _answered()
    await reaching.opened(case_id, actor=person)
    clock.advance(timedelta(days=20))
    await reaching.sweep()
    closed = (await row(case_id)).closed_at
    assert closed
    clock.set(closed + owning.REOPENS_WITHIN + timedelta(seconds=1))
    with pytest.raises(TooLateToReopen):
        await closing.refuse(case_id, "没有解决", actor=person)
    clock.set(closed + owning.REOPENS_WITHIN)
    await closing.refuse(case_id, "没有解决", actor=person)
    case = await row(case_id)
    assert (case.state, case.closed_at) == (CaseState.REOPENED, None)


async def test_a_confirmed_case_stays_closed() -> None:
    person, _, case_id = await _answered()
    await closing.confirm(case_id, actor=person)
    with pytest.raises(WrongState):
        await closing.refuse(case_id, "又坏了", actor=person)


async def test_a_confirmation_against_a_refusal_has_one_winner() -> None:
    person, _, case_id = await _answered()
    acts: list[Any] = [closing.confirm(case_id, actor=person) for _ in range(100)]
    acts += [closing.refuse(case_id, "没有解决", actor=person) for _ in range(100)]
    got = await asyncio.gather(*acts, return_exceptions=True)
    won = [one for one in got if not isinstance(one, BaseException)]
    # Whoever confirms what is confirmed has what he wants.
    assert len({one.state for one in won}) == 1
    assert (await kinds(case_id)).count("confirmed") + (await kinds(case_id)).count("refused") == 1
    assert {type(one) for one in got if isinstance(one, Exception)} == {NotNow}


async def test_many_sweeps_close_once(clock: Frozen) -> None:
    person, _, case_id = await _answered()
    await reaching.opened(case_id, actor=person)
    clock.advance(timedelta(days=20))
    await asyncio.gather(*(reaching.sweep() for _ in range(20)))
    assert (await kinds(case_id)).count("closed_by_silence") == 1


async def test_a_superior_ends_an_open_case_with_a_reason() -> None:
    someone = await clerk()
    case_id = await taken(someone)
    case = await closing.close_by_decision(case_id, "企业已注销。", actor=await manager())
    assert case.state is CaseState.CLOSED_BY_DECISION


async def test_nobody_closes_or_decides_what_he_answered_himself() -> None:
    """Not as the handler, nor as the superior who answered in his place."""
    superior, someone = await manager(), await clerk()
    own = await taken(superior)
    with pytest.raises(NeedsOther):
        await closing.close_by_decision(own, "不再办理", actor=superior)
    person, place = await asker()
    case_id = await taken(someone, person, place)
    await handling.answer(case_id, "先答", actor=someone)
    await closing.refuse(case_id, "没有解决", actor=person)
    await handling.answer(case_id, "上级来答", actor=superior)
    await closing.refuse(case_id, "还是没有", actor=person)
    with pytest.raises(NeedsDecision):
        await closing.close_by_decision(case_id, "办结", actor=await manager())
    with pytest.raises(NeedsOther):
        await closing.decide(case_id, "维持", ends=True, actor=superior)
    await closing.decide(case_id, "维持", ends=True, actor=await manager())


async def test_a_superior_of_another_place_is_none_here() -> None:
    _, place = await asker()
    elsewhere = await clerk(Role.MANAGER, districts=("330503",))
    case_id = await opened(enterprise_id=place, handler_id=elsewhere.id)
    with pytest.raises(Forbidden):
        await closing.close_by_decision(case_id, "办结", actor=elsewhere)


async def test_what_is_taken_back_awaits_nobody() -> None:
    person, place = await asker()
    someone = await clerk()
    origin = new_id()
    case_id = await answered(someone, person, place, origin_id=origin)
    await closing.refuse(case_id, "没有解决", actor=person)
    await handling.answer(case_id, "再答", actor=someone)
    await closing.refuse(case_id, "还是没有", actor=person)
    async with db.transaction():
        assert await cases.drop("cases", origin, "提问人撤回", actor=person)
    assert not (await row(case_id)).awaits_decision


async def test_what_is_rated_again_after_reopening_is_the_addition(clock: Frozen) -> None:
    person, _, case_id = await _answered()
    await reaching.opened(case_id, actor=person)
    clock.advance(timedelta(days=20))
    await reaching.sweep()
    await rating.rate(case_id, Rating(Level.BAD), actor=person)
    await closing.refuse(case_id, "没有解决", actor=person)
    await handling.answer(case_id, "再答", actor=SYSTEM)
    await closing.confirm(case_id, actor=person, rated=Rating(Level.GOOD))
    found = await db.fetch_one("SELECT level, later_level FROM case_ratings")
    assert found
    assert tuple(found) == (2, 4)


async def test_whoever_has_no_account_is_heard_on_the_phone() -> None:
    someone, other = await clerk(), await clerk()
    case_id = await taken(someone)
    await handling.ask(case_id, [handling.Wanted("营业执照")], actor=someone)
    await closing.hear(case_id, "supplied", "counter", "当面交来复印件", actor=someone)
    await handling.answer(case_id, "可以申请。", actor=someone)
    await closing.hear(case_id, "refused", "call", "说窗口不收", actor=other)
    await handling.answer(case_id, "已与窗口核对。", actor=someone)
    with pytest.raises(NeedsOther):
        await closing.hear(case_id, "confirmed", "call", "说已解决", actor=someone)
    case = await closing.hear(case_id, "confirmed", "call", "说已解决", actor=other)
    assert case.state is CaseState.CLOSED_CONFIRMED
    assert (await kinds(case_id))[-1] == "confirmed"


async def test_whoever_has_an_account_speaks_for_himself() -> None:
    _, _, case_id = await _answered()
    with pytest.raises(HasAccount):
        await closing.hear(case_id, "confirmed", "call", "说已解决", actor=await clerk())
