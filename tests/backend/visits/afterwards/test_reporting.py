"""Minutes: a service's words alone, promises that are cases at once, editions that are kept, one at a time."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest

from backend import cases
from backend.access import Role
from backend.assembly import OUTBOX_HANDLERS
from backend.cases import CategoryUnknown, handling
from backend.cases.ending import closing
from backend.cases.events import Citation
from backend.cases.lists import NewProblem
from backend.cases.lists.errors import ProblemWrong
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden, Invalid, WuweiError
from backend.foundation.states import WrongState
from backend.outbox import drain
from backend.visits import figures, queries
from backend.visits.afterwards import hearing, nudging, records, reporting
from backend.visits.afterwards.errors import NoReport, PhotoUnknown, ReportWrong
from backend.visits.afterwards.minutes import Finding, FindingKind, inspecting
from backend.visits.errors import NotYourVisit, VisitChanged
from backend.visits.states import VisitState
from tests.backend.cases.people import clerk, manager
from tests.backend.visits.after import arrived, at_the_door, cases_of, minutes, photo, promise, reported, words_of
from tests.backend.visits.people import inbox, kinds, notices, row, visitor

pytestmark = pytest.mark.usefixtures("running")


async def test_what_is_promised_is_a_case_at_once_for_whom_it_was_promised_and_by_that_day(clock: Frozen) -> None:
    goes, person, place, made = await arrived(clock)
    told = minutes(promise("三日内送来补助材料清单"), promise("约银行客户经理来谈", 5, category="help_financing"))
    done = await reporting.file(made.id, told, actor=goes, version=made.version)
    assert (done.state, done.edition) == (VisitState.REPORTED, 1)
    first, second = await cases_of(made.id)
    assert (first["category"], second["category"]) == ("service_promise", "help_financing")
    assert (first["person_id"], first["enterprise_id"], first["channel"]) == (person.id, place, "visit")
    assert first["title"] == "走访承诺：三日内送来补助材料清单"
    assert first["promised_on"] == told.promises[0].due_on
    assert first["answerable_id"] == goes.id
    assert await kinds(made.id) == ["requested", "confirmed", "arrived", "reported"]
    assert await inbox(person) == ["visit_confirmed", "visit_minutes"]
    assert await words_of(made.id) == ["waiting"]
    assert (
        await db.fetch_value("SELECT count(*) FROM staff_assignments WHERE closed_at IS NULL AND origin = 'visits'")
        == 0
    )


async def test_a_promise_that_cannot_be_a_case_leaves_nothing_of_the_minutes(clock: Frozen) -> None:
    goes, _, _, made = await arrived(clock)
    told = minutes(promise(), promise("另一件", category="nothing_like_it"))
    with pytest.raises(CategoryUnknown):
        await reporting.file(made.id, told, actor=goes, version=made.version)
    for table in ("visit_reports", "visit_promises", "visit_confirmations", "cases"):
        assert await db.fetch_value(f"SELECT count(*) FROM {table}") == 0, table
    assert (await row(made.id)).state is VisitState.ARRIVED


async def test_who_takes_a_promise_on_looks_after_it_himself(clock: Frozen) -> None:
    goes, _, _, made = await arrived(clock)
    await reporting.file(made.id, minutes(promise(takes=True)), actor=goes, version=made.version)
    (case,) = await cases_of(made.id)
    assert (case["handler_id"], case["state"]) == (goes.id, "in_progress")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("现场发现违法行为一起", ["违法"]),
        ("已责 令限期整改", ["责令", "限期整改"]),
        ("拟处 以罚\u200b款", ["罚款"]),
        ("依法立案，给予警告", ["立案", "警告"]),
        ("走访不是执法检查，也不属于行政处罚", []),
        ("企业反映乱罚款、乱处罚", []),
        ("消防设施检查合格证快到期，提醒换证", []),
    ],
)
def test_the_words_of_an_inspection_are_found(text: str, words: list[str]) -> None:
    assert inspecting(text) == words


async def test_each_wrong_word_and_place_is_named(clock: Frozen) -> None:
    goes, _, _, made = await arrived(clock)
    _, other, *_ = goes, await photo(goes)
    findings = (Finding(FindingKind.OTHER, "发现违规经营"), Finding(FindingKind.ADVICE, "建议", enterprise_id=other))
    told = minutes(promise("保证获得贷款"), promise("下月办好", 367), text="责令改正", findings=findings)
    with pytest.raises(ReportWrong) as refused:
        await reporting.file(made.id, told, actor=goes, version=made.version)
    assert [(one.path, one.code) for one in refused.value.fields] == [
        ("text", "inspection"),
        ("findings.0.words", "inspection"),
        ("promises.0.text", "promise"),
        ("findings.1.enterprise_id", "unknown"),
        ("promises.1.due_on", "out_of_range"),
    ]
    assert "“责令”" in refused.value.fields[0].sentence
    with pytest.raises(ReportWrong, match="有误"):
        await reporting.file(made.id, minutes(text=" ", findings=()), actor=goes, version=made.version)


async def test_photos_are_ones_own_pictures(clock: Frozen) -> None:
    goes, person, _, made = await arrived(clock)
    mine, paper, his = await photo(goes), await photo(goes, "application/pdf"), await photo(person)
    for wrong in (paper, his, made.id):
        findings = (Finding(FindingKind.QUALITY, "车间", photos=(mine, wrong)),)
        with pytest.raises(PhotoUnknown) as refused:
            await reporting.file(made.id, minutes(findings=findings), actor=goes, version=made.version)
        assert [one.path for one in refused.value.fields] == ["findings.0.photos.1"]
    findings = (Finding(FindingKind.QUALITY, "车间", photos=(mine, mine)),)
    done = await reporting.file(made.id, minutes(findings=findings), actor=goes, version=made.version)
    (edition,) = (await records.report(person, made.id))["editions"]
    assert [one["id"] for one in edition["findings"][0]["photos"]] == [str(mine)]
    again = await reporting.amend(
        made.id, minutes(findings=findings), "补充", actor=await manager(), version=done.version
    )
    assert again.edition == 2


async def test_only_who_went_or_arranges_files_and_only_after_an_arrival(clock: Frozen) -> None:
    goes, _, _, made = await at_the_door(clock)
    with pytest.raises(WrongState):
        await reporting.file(made.id, minutes(), actor=goes, version=made.version)
    with pytest.raises(NotYourVisit):
        await reporting.file(made.id, minutes(), actor=await visitor(), version=made.version)
    with pytest.raises(Forbidden):
        await reporting.file(made.id, minutes(), actor=await clerk(Role.AUDITOR), version=made.version)


async def _outcome(awaited: Awaitable[Any]) -> str:
    try:
        await awaited
    except WuweiError as refused:
        return refused.code
    return "done"


async def test_of_two_who_file_at_once_one_is_told_that_it_changed(clock: Frozen) -> None:
    goes, _, _, made = await arrived(clock)
    superior = await manager()
    told = await asyncio.gather(
        *(
            _outcome(reporting.file(made.id, minutes(promise()), actor=one, version=made.version))
            for one in (goes, superior)
        )
    )
    assert sorted(told) == ["done", VisitChanged.code]
    assert len(await cases_of(made.id)) == 1


async def test_problems_found_go_into_a_list_to_be_struck_off(clock: Frozen) -> None:
    goes, _, place, made = await arrived(clock)
    assert goes.id
    problem = NewProblem("灭火器临近过期", goes.id, days=5, measures="提醒更换")
    with pytest.raises(ProblemWrong):
        wrong = NewProblem("灭火器临近过期", place, days=5)
        await reporting.file(made.id, minutes(problems=(wrong,)), actor=goes, version=made.version)
    done = await reporting.file(made.id, minutes(problems=(problem,)), actor=goes, version=made.version)
    shown = await records.report(goes, made.id)
    sql = "SELECT id FROM problem_lists WHERE origin = 'visits' AND origin_id = $1 AND enterprise_id = $2"
    assert shown["problem_list_id"] == await db.fetch_value(sql, made.id, place)
    with pytest.raises(Forbidden):
        await reporting.amend(made.id, minutes(problems=(problem,)), "又一项", actor=goes, version=done.version)
    await reporting.amend(made.id, minutes(problems=(problem,)), "又一项", actor=await manager(), version=done.version)
    assert await db.fetch_value("SELECT count(*) FROM problems") == 2


async def test_an_amended_edition_is_asked_about_anew_and_the_older_one_can_be_read(clock: Frozen) -> None:
    goes, person, place, made = await reported(clock)
    made = await hearing.object_to(made.id, place, "时间写错了", actor=person, edition=1)
    assert "visit_minutes_objected" in await notices(goes)
    done = await reporting.amend(
        made.id, minutes(promise("另送样表"), text="更正时间。"), "企业指出时间有误", actor=goes, version=made.version
    )
    assert (done.state, done.edition) == (VisitState.REPORTED, 2)
    assert await words_of(made.id) == ["waiting"]
    shown = await records.report(person, made.id)
    assert [(one["edition"], one["text"]) for one in shown["editions"]] == [
        (2, "更正时间。"),
        (1, "介绍了用工补助政策，企业有意申请。"),
    ]
    assert [one["nr"] for one in shown["promises"]] == [1, 2]
    assert (await inbox(person)).count("visit_minutes") == 2
    settled = "SELECT count(*) FROM staff_notices WHERE kind = 'visit_minutes_objected' AND settled_at IS NULL"
    assert await db.fetch_value(settled) == 0


async def test_minutes_that_are_not_there_are_not_amended(clock: Frozen) -> None:
    goes, _, _, made = await arrived(clock)
    with pytest.raises(NoReport):
        await reporting.amend(made.id, minutes(), "更正", actor=goes, version=made.version)


async def test_how_a_promise_stands_is_on_the_visit_also_after_it_is_closed(clock: Frozen) -> None:
    goes, person, place, made = await reported(clock, promise(takes=True))
    done = await hearing.confirm(made.id, place, actor=person, edition=1)
    assert (done.state, done.closed_by) == (VisitState.CLOSED, "confirmed")
    (open_one,) = (await records.report(person, made.id))["promises"]
    assert (open_one["case"]["state"], open_one["kept_at"]) == ("in_progress", None)
    await handling.answer(open_one["case"]["id"], "清单已送到。", actor=goes)
    await closing.confirm(open_one["case"]["id"], actor=person)
    await drain(OUTBOX_HANDLERS)
    await drain(OUTBOX_HANDLERS)
    (kept,) = (await records.report(person, made.id))["promises"]
    assert (kept["case"]["state"], kept["kept_at"] is not None) == ("closed_confirmed", True)
    assert (await kinds(made.id))[-1] == "promise_kept"
    log = (await queries.detail(person, made.id))["events"][-1]
    assert (log["word"], log["data"]["case"]) == ("承诺已办结", kept["case"]["number"])
    assert (await cases.of("visits", [kept["id"]]))[kept["id"]].number == kept["case"]["number"]


async def test_a_promise_that_is_declined_or_decided_is_not_kept(clock: Frozen) -> None:
    goes, person, _, made = await reported(clock, promise("第一件", takes=True), promise("第二件", takes=True))
    first, second = await cases_of(made.id)
    await handling.decline(first["id"], "不在本局职责内。", [Citation("law", "演示条例第一条")], actor=goes)
    await closing.close_by_decision(second["id"], "企业已搬离。", actor=await manager())
    for _ in range(2):
        await drain(OUTBOX_HANDLERS)
    assert (await kinds(made.id))[-2:] == ["promise_ended", "promise_ended"]
    shown = await records.report(person, made.id)
    assert [one["kept_at"] for one in shown["promises"]] == [None, None]
    clock.advance(timedelta(hours=1))
    (month,) = await figures.monthly()
    assert (month["promises"], month["promises_kept"]) == (2, 0)


async def test_an_auditor_reads_what_happened_and_not_what_was_said(clock: Frozen) -> None:
    _, _, _, made = await reported(clock)
    shown = await records.report(await clerk(Role.AUDITOR), made.id)
    assert shown["editions"][0]["text"] == "（已隐去）"
    assert shown["editions"][0]["findings"][0]["words"] == "（已隐去）"
    assert shown["promises"][0]["text"] == "（已隐去）"


async def test_minutes_that_nobody_files_are_asked_for_once(clock: Frozen) -> None:
    goes, _, _, _ = await arrived(clock)
    superior = await manager()
    clock.advance(timedelta(days=3, seconds=1))
    assert await nudging.sweep() == 1
    assert await nudging.sweep() == 0
    for one in (goes, superior):
        assert (await notices(one)).count("visit_unreported") == 1


async def test_a_refusal_is_a_clear_one(clock: Frozen) -> None:
    goes, _, _, made = await arrived(clock)
    with pytest.raises(Invalid):
        await reporting.file(made.id, minutes(promise(days=-1)), actor=goes, version=made.version)
