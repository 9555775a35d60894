"""What was taken back reads as that, and not as a superior's decision: state, sentence, timeline, clocks, figures."""

from datetime import timedelta
from uuid import UUID

import pytest

from backend import cases
from backend.access import SYSTEM, Actor
from backend.cases import handling, mine, queries
from backend.cases.desk import figures, queues
from backend.cases.desk.narrowing import Filter
from backend.cases.ending import closing
from backend.cases.linked import linking, merging, splitting
from backend.cases.linked.splitting import Part
from backend.foundation import clock as clocks
from backend.foundation import db
from backend.foundation.clock import Frozen
from tests.backend.cases.people import COMPLAINT, HELP, asker, clerk, manager, opened, row, taken

pytestmark = pytest.mark.usefixtures("running", "clock")

PARTS = [Part(COMPLAINT, "乱收费", "物业代收费用"), Part(HELP, "场地困难", "租金上涨")]


async def _drop(case_id: UUID, actor: Actor) -> None:
    case = await row(case_id)
    async with db.transaction():
        assert await cases.drop(case.origin, case.origin_id, "不用了。", actor=actor)


async def _listed(reader: Actor, case_id: UUID) -> tuple[str, str]:
    items = (await mine.page(reader, None, cursor=None, limit=9))["items"]
    return next((one["state_word"], one["sentence"]) for one in items if one["id"] == case_id)


async def _queued(reader: Actor, case_id: UUID) -> str:
    items = (await queues.page(reader, "all", Filter(), cursor=None, limit=50))["items"]
    return str(next(one["state_word"] for one in items if one["id"] == case_id))


async def _all(person: Actor, superior: Actor, case_id: UUID) -> None:
    """Check that both read the same everywhere, and that no clock is said to be kept."""
    own, staff = await queries.owners_detail(person, case_id), await queries.staff_detail(superior, case_id)
    assert {own["state_word"], staff["state_word"], (await _listed(person, case_id))[0]} == {own["state_word"]}
    assert await _queued(superior, case_id) == own["state_word"]
    assert {own["sentence"], staff["sentence"], (await _listed(person, case_id))[1]} == {own["sentence"]}
    assert "上级" not in own["sentence"] + own["timeline"][-1]["word"]
    assert {one["stands"] for one in staff["clocks"]} == {"void"}


async def test_what_its_asker_takes_back_is_withdrawn_and_not_decided() -> None:
    (person, place), superior = await asker(), await manager()
    case_id = await opened(person, place)
    await _drop(case_id, person)
    told = await queries.owners_detail(person, case_id)
    assert (told["state_word"], told["sentence"]) == ("提问人已撤回", "提问人已撤回，不再办理。")
    assert told["timeline"][-1]["word"] == "提问人撤回"
    await _all(person, superior, case_id)


async def test_what_its_origin_takes_back_says_so() -> None:
    (person, place), superior = await asker(), await manager()
    case_id = await opened(person, place)
    await _drop(case_id, SYSTEM)
    assert (await queries.owners_detail(person, case_id))["state_word"] == "来源已撤回"
    await _all(person, superior, case_id)


async def test_parts_of_a_split_that_was_taken_back_say_so(clock: Frozen) -> None:
    (person, place), superior = await asker(), await manager()
    case_id = await opened(person, place)
    ids = [one.id for one in await splitting.split(case_id, PARTS, "两件事", actor=superior)]
    clock.advance(timedelta(minutes=5))
    await splitting.unsplit(case_id, "原是一件", actor=superior)
    for part in ids:
        told = await queries.owners_detail(person, part)
        assert (told["state_word"], told["timeline"][-1]["word"]) == ("已撤销拆分", "撤销拆分")
        assert told["sentence"] == "拆分已撤销，本件不再单独办理，由原事项一并办理。"
        await _all(person, superior, part)


async def test_a_superiors_decision_stays_one_and_keeps_only_what_was_done(clock: Frozen) -> None:
    (person, place), superior, someone = await asker(), await manager(), await clerk()
    case_id = await taken(someone, person, place)
    clock.advance(timedelta(minutes=5))
    await closing.close_by_decision(case_id, "已另案处理，见通知。", actor=superior)
    told = await queries.staff_detail(superior, case_id)
    assert (told["state_word"], told["timeline"][-1]["word"]) == ("已办结（决定）", "上级决定")
    assert told["sentence"] == "已由上级决定办结，理由见答复。"
    assert [one["stands"] for one in told["clocks"]] == ["stopped", "void", "void"]
    other = await taken(someone, person, place)
    await handling.answer(other, "可以。", actor=someone)
    assert [one["stands"] for one in (await queries.staff_detail(superior, other))["clocks"]] == ["stopped"] * 3


async def test_what_was_taken_back_is_closed_by_nobodys_decision_in_the_figures() -> None:
    (person, place), superior = await asker(), await manager()
    await _drop(await opened(person, place), person)
    case_id = await opened(person, place)
    await splitting.split(case_id, PARTS, "两件事", actor=superior)
    await splitting.unsplit(case_id, "原是一件", actor=superior)
    today = clocks.today()
    total = (await figures.of(superior, today, today + timedelta(days=1), enterprise=place))["total"]
    assert (total["received"]["count"], total["withdrawn"]["count"], total["open"]["count"]) == (2, 1, 1)
    for name in ("closed_by_decision", "accepted_in_time", "answered_in_time", "solved_in_time"):
        assert (total[name]["count"], total[name]["of"] or 0) == (0, 0)
    assert total["rated"]["of"] == 0


async def test_a_link_to_what_was_taken_back_says_so_too() -> None:
    (person, place), superior = await asker(), await manager()
    target, case_id = await opened(person, place), await opened(person, place)
    await merging.merge(case_id, target, actor=superior)
    await _drop(target, person)
    assert (await linking.of(person, case_id))["merged_into"]["state_word"] == "提问人已撤回"
