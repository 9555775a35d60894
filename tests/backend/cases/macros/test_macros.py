"""Macros: a preview that tells the truth, all or nothing, each case its own outcome, taken back by opposite events."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.access import Actor
from backend.cases import handling, queries, writing
from backend.cases.errors import (
    CaseChanged,
    MacroChanged,
    MacroRunUnknown,
    MacroTaken,
    MacroUnknown,
    MacroWrong,
    UndoTooLate,
)
from backend.cases.handling import Wanted
from backend.cases.macros import acts as macro_acts
from backend.cases.macros import library as macros
from backend.cases.macros import runs as macro_runs
from backend.cases.states import CaseState
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden, Invalid
from backend.foundation.ids import new_id
from tests.backend.cases.people import COMPLAINT, HELP, asker, clerk, kinds, manager, opened, row, taken

pytestmark = pytest.mark.usefixtures("running", "clock")

ASK = {"act": "ask", "items": [{"words": "租赁合同"}, {"words": "营业执照"}]}
GREET = {"act": "reply", "text": "{企业}您好，{编号}由{经办人}办理，将在{办理期限}前答复。"}
NOTE = {"act": "note", "text": "已按模板告知"}
MOVE = {"act": "category", "category": HELP}
HURRY = {"act": "urgency", "urgency": "urgent"}
PROMISE = {"act": "promise", "days": 2}


async def macro(*acts: dict[str, Any], name: str = "补材料") -> UUID:
    return await macros.create(name, None, macro_acts.read(acts), actor=await manager())


async def ours(someone: Actor, category: str = HELP) -> UUID:
    person, place = await asker()
    return await taken(someone, person, place, category=category)


async def _counts() -> dict[str, int]:
    names = ("case_events", "case_notes", "case_requests", "inbox", "outbox", "audit_entries", "case_macro_runs")
    return {name: await db.fetch_value(f"SELECT count(*) FROM {name}") for name in names}


async def test_a_preview_says_what_the_run_does_and_changes_nothing() -> None:
    someone = await clerk()
    case_id, used = await ours(someone), await macro(GREET, NOTE, HURRY, PROMISE, ASK)
    before, counts = await row(case_id), await _counts()
    version, (told,) = await macro_runs.preview(used, [case_id], actor=someone)
    assert await _counts() == counts
    assert (await row(case_id)).version == before.version
    (done,) = await macro_runs.apply(used, [(case_id, before.version)], actor=someone, version=version)
    assert (told.steps, told.state, told.due_at, told.refusal) == (done.steps, done.state, done.due_at, None)
    assert told.state is CaseState.WAITING_FOR_OWNER
    assert "{" not in told.steps[0].text
    assert before.number in told.steps[0].text
    assert await kinds(case_id) == ["received", "accepted", "replied", "urgency_changed", "promised", "asked"]


async def test_one_step_refused_and_nothing_is_done() -> None:
    someone = await clerk()
    case_id, used = await ours(someone), await macro(NOTE, HURRY, {"act": "resume"}, PROMISE)
    version, (told,) = await macro_runs.preview(used, [case_id], actor=someone)
    assert [bool(step.refusal) for step in told.steps] == [False, False, True, False]
    counts = await _counts()
    (done,) = await macro_runs.apply(used, [(case_id, None)], actor=someone, version=version)
    assert done.code == "cases.macro_refused"
    assert done.refusal
    assert done.refusal.startswith("第3步")
    assert await _counts() == counts


async def test_each_case_has_its_own_outcome() -> None:
    someone = await clerk()
    good, foreign, unknown = await ours(someone), await taken(await clerk()), new_id()
    stale, used = await taken(someone), await macro(HURRY)
    wanted = [(unknown, None), (foreign, None), (good, None), (stale, 1)]
    done = await macro_runs.apply(used, wanted, actor=someone, version=1)
    assert [one.code for one in done] == ["cases.unknown", "cases.not_yours", None, "cases.changed"]
    assert [(await row(one)).urgency for one in (foreign, good, stale)] == ["normal", "urgent", "normal"]
    assert [one.code for one in (await macro_runs.preview(used, [unknown, foreign], actor=someone))[1]] == [
        "cases.unknown",
        "cases.not_yours",
    ]
    with pytest.raises(Invalid):
        await macro_runs.preview(used, [new_id() for _ in range(51)], actor=someone)


async def test_undoing_puts_everything_back_by_opposite_events(clock: Frozen) -> None:
    someone = await clerk()
    help_ = {"act": "helper", "staff_id": str((await clerk()).id)}
    case_id, used = await ours(someone, COMPLAINT), await macro(GREET, NOTE, MOVE, HURRY, PROMISE, help_, ASK)
    before = await row(case_id)
    stood = await writing.readings(before)
    (done,) = await macro_runs.apply(used, [(case_id, None)], actor=someone, version=1)
    clock.advance(timedelta(minutes=9))
    assert done.run_id
    case = await macro_runs.undo(done.run_id, actor=someone)
    names = ("state", "category", "terms", "urgency", "promised_on", "due_at", "solution_due_at", "is_paused")
    assert {name: getattr(case, name) for name in names} == {name: getattr(before, name) for name in names}
    read = await writing.readings(case)
    assert (read.solution.due, read.pause_left, read.promises) == (stood.solution.due, stood.pause_left, ())
    assert (await kinds(case_id))[-1] == "taken_back"
    assert len(await kinds(case_id)) == 9
    assert await db.fetch_value("SELECT count(*) FROM case_helpers WHERE ended_at IS NULL") == 0
    notes = [one["kind"] for one in await db.fetch("SELECT kind FROM case_notes ORDER BY id")]
    assert notes == ["note", "taken_back"]
    # the list that was taken back was never made: the next one is the first
    await handling.ask(case_id, [Wanted("公章")], actor=someone)
    with pytest.raises(MacroRunUnknown):
        await macro_runs.undo(done.run_id, actor=someone)


async def test_undone_only_by_whoever_did_it_in_time_and_before_anybody_else_acts(clock: Frozen) -> None:
    someone = await clerk()
    case_id, used = await ours(someone), await macro(HURRY)
    (done,) = await macro_runs.apply(used, [(case_id, None)], actor=someone, version=1)
    assert done.run_id
    with pytest.raises(MacroRunUnknown):
        await macro_runs.undo(done.run_id, actor=await manager())
    await handling.reply(case_id, "请稍等", actor=someone)
    with pytest.raises(CaseChanged):
        await macro_runs.undo(done.run_id, actor=someone)
    clock.advance(timedelta(minutes=11))
    with pytest.raises(UndoTooLate):
        await macro_runs.undo(done.run_id, actor=someone)


@pytest.mark.parametrize(
    ("act", "path"),
    [
        ({"act": "explode"}, "acts.0.act"),
        ({"act": "reply"}, "acts.0"),
        ({"act": "reply", "text": "{手机}"}, "acts.0.text"),
        ({"act": "reply", "text": ""}, "acts.0.text"),
        ({"act": "pause", "reason": "tired", "text": "歇"}, "acts.0.reason"),
        ({"act": "category", "category": "help"}, "acts.0.category"),
        ({"act": "urgency", "urgency": "very"}, "acts.0.urgency"),
        ({"act": "promise", "days": 0}, "acts.0.days"),
        ({"act": "ask", "items": []}, "acts.0.items"),
        ({"act": "helper", "staff_id": "x"}, "acts.0.staff_id"),
    ],
)
async def test_what_could_never_be_done_is_not_saved(act: dict[str, Any], path: str) -> None:
    with pytest.raises(MacroWrong) as refused:
        await macro(act)
    assert refused.value.fields[0].path == path


async def test_a_value_that_a_case_lacks_is_never_left_open() -> None:
    someone = await clerk()
    case_id, used = await taken(someone), await macro(GREET)
    (done,) = await macro_runs.apply(used, [(case_id, None)], actor=someone, version=1)
    assert done.refusal
    assert "企业" in done.refusal


async def test_versions_are_kept_and_a_changed_macro_wants_another_preview() -> None:
    boss, someone = await manager(), await clerk()
    case_id, used = await ours(someone), await macro(HURRY)
    assert await macros.edit(used, "加急", macro_acts.read([HURRY, NOTE]), actor=boss, version=1) == 2
    with pytest.raises(MacroChanged):
        await macros.edit(used, "加急", macro_acts.read([HURRY]), actor=boss, version=1)
    with pytest.raises(MacroChanged):
        await macro_runs.apply(used, [(case_id, None)], actor=someone, version=1)
    assert [(one["version"], len(one["acts"])) for one in await macros.versions(someone, used)] == [(2, 2), (1, 1)]
    await macros.close(used, actor=boss, version=2)
    with pytest.raises(MacroUnknown):
        await macro_runs.preview(used, [case_id], actor=someone)
    assert await macros.listed(someone) == []


async def test_names_are_single_in_a_unit_and_only_managers_write_them() -> None:
    await macro(HURRY)
    with pytest.raises(MacroTaken):
        await macro(NOTE)
    with pytest.raises(Forbidden):
        await macros.create("加急", None, macro_acts.read([HURRY]), actor=await clerk())


async def test_a_macro_of_another_unit_is_not_seen(clock: Frozen) -> None:
    unit, boss = new_id(), await manager()
    await db.execute("INSERT INTO units (id, name, created_at) VALUES ($1, '二科', $2)", unit, clock.now())
    made = await macros.create("二科模板", unit, macro_acts.read([NOTE]), actor=boss)
    assert [one["id"] for one in await macros.listed(boss)] == [made]
    with pytest.raises(MacroUnknown):
        await macro_runs.preview(made, [await opened()], actor=await clerk())


async def test_notes_of_a_macro_are_for_staff_alone() -> None:
    someone = await clerk()
    person, place = await asker()
    case_id, used = await taken(someone, person, place), await macro(NOTE)
    await macro_runs.apply(used, [(case_id, None)], actor=someone, version=1)
    assert "模板" not in str(await queries.owners_detail(person, case_id))


async def test_a_macro_promises_nothing() -> None:
    for act, place in (
        ({"act": "reply", "text": "请放心，一定能获批。"}, "acts.0.text"),
        ({"act": "pause", "reason": "test", "text": "检测后保证通过。"}, "acts.0.text"),
    ):
        with pytest.raises(MacroWrong) as refused:
            await macro(act)
        assert [(one.path, one.code) for one in refused.value.fields] == [(place, "promise")]
    await macro({"act": "reply", "text": "能否获批以审核为准，不作承诺。"})


async def test_what_a_case_fills_in_is_not_the_offices_promise() -> None:
    someone, used = await clerk(), await macro({"act": "reply", "text": "您的“{标题}”已收到。"})
    person, place = await asker()
    case_id = await taken(someone, person, place, title="听说一定能获批")
    version, (told,) = await macro_runs.preview(used, [case_id], actor=someone)
    assert (told.refusal, told.steps[0].text) == (None, "您的“听说一定能获批”已收到。")
    await db.execute("UPDATE case_macros SET acts = replace(acts::text, '已收到', '一定获批')::jsonb")
    (_, (told,)) = await macro_runs.preview(used, [case_id], actor=someone)
    assert "“一定获”像是承诺" in str(told.refusal)
    seen = (await row(case_id)).version
    (done,) = await macro_runs.apply(used, [(case_id, seen)], actor=someone, version=version)
    assert "“一定获”像是承诺" in str(done.refusal)
    assert (await row(case_id)).version == seen
