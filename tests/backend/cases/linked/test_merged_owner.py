"""Whoever asked goes on writing while his case is merged: what he says goes to where it is worked on."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from backend import files
from backend.access import Actor
from backend.cases import handling, mine, owning, personal, queries
from backend.cases.ending import reaching
from backend.cases.errors import CaseUnknown, Unanswered, WordWanted
from backend.cases.handling import Wanted
from backend.cases.linked import carrying, merging
from backend.cases.states import CaseState
from backend.foundation import db
from tests.backend.cases.offices import notices
from tests.backend.cases.people import asker, clerk, kinds, manager, opened, row, taken
from tests.backend.policies.people import owner
from tests.backend.questions.askers import picture

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _said(case_id: UUID) -> list[str]:
    found = await db.fetch("SELECT body FROM case_events WHERE case_id = $1 AND body <> '' ORDER BY seq", case_id)
    return [one["body"] for one in found]


async def _noted(case_id: UUID) -> list[str]:
    rows = await db.fetch("SELECT body FROM case_notes WHERE case_id = $1 AND staff_id IS NULL", case_id)
    return [one["body"] for one in rows]


async def _merged(*, is_same: bool) -> tuple[Actor, Actor, UUID, UUID]:
    """A case merged into another one, of the same enterprise or not: {its owner, the handler, it, the other}."""
    first, place = await asker()
    second, other = (first, place) if is_same else await asker(2)
    someone = await clerk()
    home, case_id = await taken(someone, first, place), await opened(second, other)
    await merging.merge(case_id, home, reason="" if is_same else "同一市场同一收费", actor=await manager())
    return second, someone, case_id, home


async def test_what_one_owner_writes_stands_in_both_logs_and_is_told() -> None:
    person, someone, case_id, home = await _merged(is_same=True)
    shown = (await files.store(person, "attachment", "现场.png", picture())).id
    case = await owning.reply(case_id, "收费又涨了", [shown], actor=person)
    assert (case.state, case.merged_into) == (CaseState.MERGED, home)
    assert ("收费又涨了" in await _said(case_id), "收费又涨了" in await _said(home)) == (True, True)
    last = (await queries.owners_detail(person, home))["timeline"][-1]
    assert (last["kind"], last["data"], len(last["files"])) == ("replied", {"number": case.number}, 1)
    assert "case_replied" in await notices(someone)
    await owning.reply(case_id, "请尽快", [], actor=person)
    assert (await notices(someone)).count("case_replied") == 2


async def test_anothers_words_are_for_staff_alone_where_the_other_owner_reads() -> None:
    person, someone, case_id, home = await _merged(is_same=False)
    await owning.reply(case_id, "我店在二楼，情况不同", [], actor=person)
    assert "我店在二楼，情况不同" in await _said(case_id)
    assert "二楼" not in str(await _said(home))
    (noted,) = await _noted(home)
    assert noted == f"并入的{(await row(case_id)).number}的经营者留言：我店在二楼，情况不同"
    assert "case_replied" in await notices(someone)


async def test_one_person_with_two_enterprises_is_not_one_reader() -> None:
    person, place = await asker()
    _, other = await asker(2)
    home, case_id = await taken(await clerk(), person, other), await opened(person, place)
    await merging.merge(case_id, home, actor=await manager())
    await owning.reply(case_id, "本店的流水", [], actor=person)
    assert "本店的流水" not in await _said(home)
    assert len(await _noted(home)) == 1


async def test_what_is_brought_is_taken_in_where_it_waits() -> None:
    person, someone, case_id, home = await _merged(is_same=True)
    await handling.ask(home, [Wanted("营业执照")], actor=someone)
    await owning.supply(case_id, "执照在此", [], actor=person)
    assert (await row(home)).state is CaseState.IN_PROGRESS
    assert (await kinds(home))[-1] == "supplied"
    assert await db.fetch_value("SELECT supplied_at FROM case_requests WHERE case_id = $1", home) is not None


async def test_what_was_asked_before_the_merge_is_no_longer_missing_after_it() -> None:
    person, place = await asker()
    someone, superior = await clerk(), await manager()
    home, case_id = await taken(someone, person, place), await taken(someone, person, place)
    await handling.ask(case_id, [Wanted("营业执照")], actor=someone)
    await merging.merge(case_id, home, actor=superior)
    await merging.unmerge(case_id, actor=superior)
    assert (await row(case_id)).state is CaseState.WAITING_FOR_OWNER
    await merging.merge(case_id, home, actor=superior)
    await owning.supply(case_id, "执照在此", [], actor=person)
    await merging.unmerge(case_id, actor=superior)
    case = await row(case_id)
    assert (case.state, case.is_paused) == (CaseState.IN_PROGRESS, False)


async def test_anothers_supply_settles_nothing_that_was_asked_of_somebody_else() -> None:
    person, someone, case_id, home = await _merged(is_same=False)
    await handling.ask(home, [Wanted("营业执照")], actor=someone)
    await owning.supply(case_id, "我的执照", [], actor=person)
    assert (await row(home)).state is CaseState.WAITING_FOR_OWNER
    assert await db.fetch_value("SELECT supplied_at FROM case_requests WHERE case_id = $1", home) is None


async def test_a_word_stops_the_silence_of_both() -> None:
    person, someone, case_id, home = await _merged(is_same=True)
    await handling.answer(home, "可以申请。", actor=someone)
    await reaching.opened(home, actor=person)
    assert (await row(home)).silence_at is not None
    assert (await queries.owners_detail(person, case_id))["is_word_wanted"]
    with pytest.raises(WordWanted):
        await owning.reply(case_id, "我再想想", [], actor=person)
    await owning.reply(case_id, "我再想想", [], actor=person, is_remark=True)
    assert (await row(home)).silence_at is None


async def test_nobody_else_writes_and_races_with_the_merge_lose_no_word() -> None:
    person, someone, case_id, home = await _merged(is_same=True)
    stranger, _ = await asker(3)
    with pytest.raises(CaseUnknown):
        await owning.reply(case_id, "你好", [], actor=stranger)
    superior = await manager()
    acts: list[Any] = [owning.reply(case_id, f"第{n}句", [], actor=person) for n in range(8)]
    acts += [merging.unmerge(case_id, actor=superior), handling.reply(home, "请稍候。", actor=someone)]
    assert [one for one in await asyncio.gather(*acts, return_exceptions=True) if isinstance(one, BaseException)] == []
    assert {f"第{n}句" for n in range(8)} <= set(await _said(case_id))


async def test_a_colleague_of_the_enterprise_writes_as_well() -> None:
    _, _, case_id, home = await _merged(is_same=True)
    place = (await row(case_id)).enterprise_id
    assert place
    colleague = await owner(place)
    await owning.reply(case_id, "财务补充一句", [], actor=colleague)
    assert "财务补充一句" in await _said(home)


async def test_his_case_stays_in_his_list_of_what_is_open() -> None:
    person, _, case_id, _ = await _merged(is_same=False)
    listed = await mine.page(person, "open", cursor=None, limit=9)
    assert [(one["id"], one["state"]) for one in listed["items"]] == [(case_id, "merged")]


async def test_what_he_wrote_among_staff_goes_with_him() -> None:
    person, _, case_id, home = await _merged(is_same=False)
    await owning.reply(case_id, "我店在二楼", [], actor=person)
    assert "二楼" in str(await _noted(home))
    async with db.transaction():
        await personal.erase(person.id)  # type: ignore[arg-type]
    assert "二楼" not in str(await _noted(home))
    assert len(await _noted(home)) == 1


async def test_he_gets_the_files_of_the_answer_too() -> None:
    person, someone, case_id, home = await _merged(is_same=False)
    form = (await files.store(someone, "attachment", "申请表.png", picture())).id
    await handling.answer(home, "请填附件的表。", actor=someone, files=[form])
    async with db.transaction():
        await carrying.carry([home])
    (answer,) = [one for one in (await queries.owners_detail(person, case_id))["timeline"] if one["kind"] == "answered"]
    assert [one["name"] for one in answer["files"]] == ["申请表.png"]


async def test_who_has_brought_something_is_not_silent() -> None:
    person, someone, case_id, home = await _merged(is_same=True)
    await handling.ask(home, [Wanted("营业执照")], actor=someone)
    await handling.answer(home, "先行答复。", actor=someone)
    await owning.supply(case_id, "执照在此，但问题还在", [], actor=person)
    with pytest.raises(Unanswered):
        await reaching.record(home, "call", "已告知", actor=someone)
    assert not await reaching.opened(home, actor=person)
