"""One case as its owner and as staff read it: the same timeline, and beside it what only staff see."""

from dataclasses import fields
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend import cases
from backend.access import Actor, Role
from backend.cases import allowed, changing, handling, mine, queries
from backend.cases.deadlines import alarms
from backend.cases.ending import closing, rating, reaching
from backend.cases.ending.rating import Level, Rating
from backend.cases.errors import NeedsOther, OwnMatter, PartsTouched
from backend.cases.linked import merging, splitting
from backend.cases.models import Case
from backend.cases.states import CaseState
from backend.foundation import clock as time
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.ids import new_id
from tests.backend.cases.people import CONSULT, HELP, answered, asker, clerk, manager, opened, taken
from tests.backend.policies.people import owner

pytestmark = pytest.mark.usefixtures("running", "clock")


async def test_what_may_be_done_follows_the_state_and_the_person() -> None:
    person, place = await asker()
    someone, colleague, superior, auditor = (
        await clerk(), await clerk(), await manager(), await clerk(Role.AUDITOR),
    )  # fmt: skip
    case_id = await opened(person, place)
    assert set((await queries.staff_detail(someone, case_id))["may"]) == {
        "accept",
        "reply",
        "note",
        "category",
        "urgency",
    }
    await handling.accept(case_id, actor=someone)
    acts = {"reply", "note", "ask", "answer", "decline", "pause", "promise", "category", "urgency"}
    acts |= {"hand_over", "give_back", "help"}
    assert set((await queries.staff_detail(someone, case_id))["may"]) == acts
    assert set((await queries.staff_detail(colleague, case_id))["may"]) == {"reply", "note"}
    assert set((await queries.staff_detail(superior, case_id))["may"]) == {
        *acts, "extend", "close", "supervise", "assign", "transfer", "merge", "split",
    }  # fmt: skip
    assert (await queries.staff_detail(auditor, case_id))["may"] == []


async def test_every_act_told_is_taken_and_no_other() -> None:
    """The screen's rules are the commands' own: an answered case as the example."""
    person, place = await asker()
    someone = await clerk()
    case_id = await answered(someone, person, place)
    assert set((await queries.staff_detail(someone, case_id))["may"]) == {"reply", "note", "reach", "help"}
    await closing.confirm(case_id, actor=person, rated=Rating(Level.BAD, "等太久"))
    assert set((await queries.staff_detail(someone, case_id))["may"]) == {"note", "appeal", "rectify"}
    assert set((await queries.staff_detail(await clerk(), case_id))["may"]) == {
        "note",
        "appeal",
        "call_back",
        "rectify",
    }


async def test_from_the_third_hand_over_on_a_superior_alone_names_the_handler() -> None:
    person, place = await asker()
    someone, superior = await clerk(), await manager()
    case_id = await taken(someone, person, place)
    await Case.filter(id=case_id).update(hand_overs=2)
    assert "hand_over" not in (await queries.staff_detail(someone, case_id))["may"]
    assert {"hand_over", "assign", "transfer"} <= set((await queries.staff_detail(superior, case_id))["may"])
    await Case.filter(id=case_id).update(hand_overs=3)
    assert "give_back" not in (await queries.staff_detail(someone, case_id))["may"]
    await Case.filter(id=case_id).update(hand_overs=0, offered_to=superior.id)
    assert "hand_over" not in (await queries.staff_detail(someone, case_id))["may"]
    assert "refuse_offer" in (await queries.staff_detail(superior, case_id))["may"]


@pytest.mark.parametrize(("hand_overs", "acts"), [(2, {"assign"}), (3, set())])
async def test_what_was_passed_on_thrice_is_given_out_by_a_superior_alone_though_nobody_has_it(
    hand_overs: int, acts: set[str]
) -> None:
    """No role gives cases out without deciding as well: asked of the rule itself."""
    told = dict.fromkeys((one.name for one in fields(allowed.Standing)), False)
    nobodys = {"handler_id": None, "offered_to": None, "person_id": None, "rating": None, "tasks": (), "helpers": ()}
    within = {allowed.ASSIGN: True}
    case = allowed.Standing(
        **{**told, **nobodys, "state": CaseState.RECEIVED, "hand_overs": hand_overs, "within": within}  # type: ignore[arg-type]
    )
    assert {"assign"} & set(allowed.may(await clerk(), case)) == acts


async def _may(actor: Actor, case_id: UUID, *acts: str) -> set[str]:
    return set((await queries.staff_detail(actor, case_id))["may"]) & set(acts)


async def test_split_and_its_way_back_are_told_while_they_can_be_had() -> None:
    person, place = await asker()
    someone, superior = await clerk(), await manager()
    case_id = await taken(someone, person, place)
    acts = ("split", "unsplit")
    assert await _may(someone, case_id, *acts) == set()
    assert await _may(superior, case_id, *acts) == {"split"}
    part = (await splitting.split(case_id, [splitting.Part(HELP, "另一件", "电费")], "两件事", actor=superior))[0]
    assert await _may(superior, case_id, *acts) == {"split", "unsplit"}
    await handling.reply(part.id, "请稍候。", actor=someone)
    assert await _may(superior, case_id, *acts) == {"split"}
    with pytest.raises(PartsTouched):
        await splitting.unsplit(case_id, "合并", actor=superior)
    await handling.answer(case_id, "可以。", actor=someone)
    assert await _may(superior, case_id, *acts) == set()


async def test_what_holds_others_is_neither_merged_nor_split() -> None:
    person, place = await asker()
    superior = await manager()
    home, case_id = await opened(person, place), await opened(person, place)
    await merging.merge(case_id, home, actor=superior)
    assert await _may(superior, home, "merge", "split") == set()
    assert await _may(superior, case_id, "merge", "unmerge") == {"unmerge"}


async def test_what_is_late_is_recategorised_by_another_who_gives_cases_out(clock: Frozen) -> None:
    person, place = await asker()
    someone, superior = await clerk(), await manager()
    case_id = await taken(someone, person, place)
    acts = ("category", "urgency")
    assert await _may(someone, case_id, *acts) == set(acts)
    clock.advance(timedelta(days=30))
    assert await _may(someone, case_id, *acts) == {"urgency"}
    with pytest.raises(NeedsOther):
        await changing.change_category(case_id, CONSULT, actor=someone, reason="类别有误")
    assert await _may(superior, case_id, *acts) == set(acts)
    await changing.change_category(case_id, CONSULT, actor=superior, reason="类别有误")


async def test_nothing_is_told_to_be_done_with_ones_own_matter() -> None:
    person, place = await asker()
    superior, case_id = await manager(), await opened(person, place)
    bind = "INSERT INTO staff_phones (id, staff_id, person_id, bound_at) VALUES ($1, $2, $3, $4)"
    assert await _may(superior, case_id, "accept", "answer", "close") == {"accept", "answer", "close"} - {"answer"}
    await db.execute(bind, new_id(), superior.id, person.id, time.now())
    assert await _may(superior, case_id, "accept", "answer", "close") == set()
    with pytest.raises(OwnMatter):
        await closing.close_by_decision(case_id, "不办了", actor=superior)


async def test_of_two_owners_each_reads_whose_word_it_was(clock: Frozen) -> None:
    person, place = await asker()
    colleague, someone = await owner(place), await clerk()
    case_id = await answered(someone, person, place)
    await closing.refuse(case_id, "没有解决", actor=colleague)

    async def sentences(reader: Actor) -> list[str]:
        (listed,) = (await mine.page(reader, None, cursor=None, limit=5))["items"]
        return [(await queries.owners_detail(reader, case_id))["sentence"], listed["sentence"]]

    for told in await sentences(person):
        assert told.startswith("企业另一位经办人反映未解决")
    for told in await sentences(colleague):
        assert told.startswith("您反映未解决")
    await handling.answer(case_id, "可以。", actor=someone)
    await closing.confirm(case_id, actor=colleague)
    assert await sentences(person) == ["企业另一位经办人已确认办结。"] * 2
    assert await sentences(colleague) == ["您已确认办结，感谢反馈。"] * 2
    assert (await queries.staff_detail(someone, case_id))["sentence"] == "企业另一位经办人已确认办结。"


async def test_what_was_said_on_the_phone_is_read_as_that() -> None:
    someone, other = await clerk(), await clerk()
    case_id = await answered(someone)
    await closing.hear(case_id, "confirmed", "call", "已解决", actor=other)
    (standing,) = (await cases.of("cases", [(await Case.get(id=case_id)).origin_id])).values()
    assert standing.sentence == "已按电话或窗口的答复办结，感谢反馈。"


async def test_an_owner_reads_his_rating_and_the_verdict() -> None:
    person, place = await asker()
    someone = await clerk()
    case_id = await answered(someone, person, place)
    assert (await queries.owners_detail(person, case_id))["rating"] is None
    await closing.confirm(case_id, actor=person, rated=Rating(Level.BAD, "等太久"))
    await rating.appeal(case_id, "误评", actor=someone)
    await rating.decide(case_id, "不成立，确实超时。", is_upheld=False, actor=await manager())
    told = await queries.owners_detail(person, case_id)
    assert (told["rating"]["level"], told["rating"]["verdict"]) == (2, "不成立，确实超时。")
    assert "误评" not in str(told)


async def test_an_auditor_reads_the_work_and_not_the_words() -> None:
    person, place = await asker()
    someone = await clerk()
    case_id = await taken(someone, person, place)
    await handling.note(case_id, "企业情绪激动", actor=someone)
    await handling.reply(case_id, "请稍候，正在联系。", actor=someone)
    told = await queries.staff_detail(await clerk(Role.AUDITOR), case_id)
    assert [entry["kind"] for entry in told["timeline"]] == ["received", "accepted", "replied"]
    for words in ("招不到人", "请稍候", "情绪"):
        assert words not in str(told)


async def test_no_query_of_an_owner_names_the_internal_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    person, place = await asker()
    someone = await clerk()
    case_id = await answered(someone, person, place)
    await handling.note(case_id, "企业情绪激动", actor=someone)
    asked: list[str] = []
    for name in ("fetch", "fetch_one", "fetch_value"):
        plain = getattr(db, name)

        async def noted(sql: str, *params: object, plain: Any = plain) -> Any:
            asked.append(sql)
            return await plain(sql, *params)

        monkeypatch.setattr(db, name, noted)
    await queries.owners_detail(person, case_id)
    await mine.page(person, None, cursor=None, limit=20)
    await reaching.opened(case_id, actor=person)
    await cases.of("cases", [case_id])
    assert len(asked) > 5
    assert [sql for sql in asked if "case_notes" in sql] == []


async def test_an_owner_reads_why_and_how_long_the_clocks_rest(clock: Frozen) -> None:
    person, place = await asker()
    someone = await clerk()
    case_id = await taken(someone, person, place)
    await handling.ask(case_id, [handling.Wanted("营业执照")], actor=someone)
    told = await queries.owners_detail(person, case_id)
    assert told["waits_for"] == ["等待您补充材料"]
    assert "不计入办理时限" in told["sentence"]
    clock.set(told["paused_until"])
    await alarms.sweep()
    assert "继续计算" in (await queries.owners_detail(person, case_id))["sentence"]


async def test_each_clock_is_told_as_it_stands(clock: Frozen) -> None:
    person, place = await asker()
    someone = await clerk()
    case_id = await taken(someone, person, place)
    await handling.ask(case_id, [handling.Wanted("营业执照")], actor=someone)
    told = await queries.staff_detail(someone, case_id)
    stands = [(one["clock"], one["stands"], one["is_late"]) for one in told["clocks"]]
    assert stands == [("accept", "stopped", False), ("answer", "paused", False), ("solution", "paused", False)]
    assert (told["waits_for"], told["accepted_at"]) == (["waiting_for_owner"], told["clocks"][0]["stopped_at"])
    assert told["pause_left"] > 0
    clock.set(told["paused_until"])
    after = await queries.staff_detail(someone, case_id)
    assert (after["pause_used"], after["pause_left"]) == (told["pause_used"] + told["pause_left"], 0)
    assert [one["stands"] for one in after["clocks"]] == ["stopped", "running", "running"]
    clock.set(after["clocks"][2]["due_at"])
    late = await queries.staff_detail(someone, case_id)
    assert (late["is_overdue"], late["level"], late["clocks"][2]["level"]) == (True, 100, 100)


async def test_staff_read_exactly_what_its_asker_reads() -> None:
    (person, place), someone = await asker(), await clerk()
    case_id = await answered(someone, person, place)

    async def both() -> set[str]:
        found = await queries.owners_detail(person, case_id), await queries.staff_detail(someone, case_id)
        return {one["sentence"] for one in found}

    assert len(await both()) == 1
    await closing.refuse(case_id, "没有解决", actor=person)
    assert len(await both()) == 1
    await handling.answer(case_id, "可以。", actor=someone)
    await closing.confirm(case_id, actor=person)
    assert await both() == {"您已确认办结，感谢反馈。"}


async def test_what_was_refused_twice_is_told_to_wait_for_a_superior() -> None:
    (person, place), someone = await asker(), await clerk()
    case_id = await answered(someone, person, place)
    await closing.refuse(case_id, "没有解决", actor=person)
    assert "已退回重新办理，将在" in (await queries.owners_detail(person, case_id))["sentence"]
    await handling.answer(case_id, "可以。", actor=someone)
    await closing.refuse(case_id, "还是没有", actor=person)
    (listed,) = (await mine.page(person, None, cursor=None, limit=5))["items"]
    assert {listed["sentence"], (await queries.owners_detail(person, case_id))["sentence"]} == {
        "您反映未解决，由上级决定。"
    }
    await closing.decide(case_id, "请重新办理", ends=False, actor=await manager())
    assert "已退回重新办理，将在" in (await queries.owners_detail(person, case_id))["sentence"]


async def test_a_paused_case_names_the_reason_and_no_day() -> None:
    (person, place), someone = await asker(), await clerk()
    case_id = await taken(someone, person, place)
    await handling.pause(case_id, "other_authority", "", actor=someone)
    (listed,) = (await mine.page(person, None, cursor=None, limit=5))["items"]
    assert {listed["sentence"], (await queries.owners_detail(person, case_id))["sentence"]} == {
        "经办人正在办理，暂停计时（等待其他部门或第三方意见）。"
    }
    await handling.resume(case_id, actor=someone)
    assert "正在办理，将在" in (await queries.owners_detail(person, case_id))["sentence"]
