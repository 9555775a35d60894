"""销号制: one list an origin, put right with evidence, struck off by a second person, superiors told once."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from backend import files
from backend.access import SYSTEM, Actor, Role
from backend.cases import lists
from backend.cases.ending import closing
from backend.cases.errors import FileUnknown
from backend.cases.lists import NewProblem, leaving, opening, overdue, queries, working
from backend.cases.lists.errors import (
    ListUnknown,
    NeedsSecondPerson,
    NoEvidence,
    NotResponsible,
    ProblemChanged,
    ProblemUnknown,
    ProblemWrong,
)
from backend.cases.lists.states import ProblemState
from backend.foundation import db
from backend.foundation.clock import SHANGHAI, Frozen
from backend.foundation.errors import Forbidden
from backend.foundation.ids import new_id
from backend.foundation.states import WrongState
from backend.notifications import staff_notices
from backend.staff import accounts
from backend.worktime import Calendar
from tests.backend.cases.offices import settled
from tests.backend.cases.people import answered, asker, clerk, manager
from tests.backend.enterprises.builders import enterprise

pytestmark = pytest.mark.usefixtures("running", "clock")

PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


async def listed(someone: Actor, **given: Any) -> tuple[UUID, UUID]:
    """A list with one problem, due in five working days."""
    assert someone.id
    problem = NewProblem(**{"title": "灭火器过期", "responsible_id": someone.id, "days": 5, **given})
    async with db.transaction():
        made = await lists.open_list("visits", new_id(), await _place(), [problem], SYSTEM, title="走访问题清单")
    return made.id, await db.fetch_value("SELECT id FROM problems WHERE list_id = $1", made.id)


async def _place() -> UUID:
    found: UUID | None = await db.fetch_value("SELECT id FROM enterprises LIMIT 1")
    return found or await enterprise(1, district="330502")


async def evidence(someone: Actor) -> list[UUID]:
    return [(await files.store(someone, "attachment", "整改.pdf", PDF)).id]


async def done(someone: Actor) -> UUID:
    _, problem = await listed(someone)
    await working.finish(problem, "已更换", await evidence(someone), actor=someone)
    return problem


async def _notices(someone: Actor) -> list[str]:
    rows = await db.fetch("SELECT kind FROM staff_notices WHERE staff_id = $1 ORDER BY id", someone.id)
    return [one["kind"] for one in rows]


async def test_what_a_leaver_answers_for_is_handed_to_whoever_gives_problems_out() -> None:
    goes, stays, boss = await clerk(), await clerk(), await manager()
    (_, one), (_, other) = await listed(goes), await listed(goes)
    await working.finish(other, "已更换", await evidence(goes), actor=goes)
    assert goes.id
    assert [work["id"] for work in await leaving.of_staff(goes.id)] == [one]
    await accounts.leave(goes.id, actor=SYSTEM)
    await settled()
    assert (await _notices(boss)).count("problem_unowned") == 1
    await working.send_back(other, "未更换", actor=boss)
    assert (await _notices(boss)).count("problem_unowned") == 2
    await working.change(one, "责任人离岗", responsible_id=stays.id, actor=boss)
    waiting = "SELECT subject FROM staff_notices WHERE kind = 'problem_unowned' AND settled_at IS NULL"
    assert [row["subject"] for row in await db.fetch(waiting)] == [other]


async def test_whoever_reports_it_proves_nothing_by_a_case_of_others() -> None:
    someone = await clerk()
    (_, own), (_, given) = await listed(someone), await listed(someone)
    person, place = await asker(2)
    case_id = await answered(someone, person, place)
    await closing.confirm(case_id, actor=person)
    await working.link(own, case_id, actor=someone)
    with pytest.raises(NoEvidence):
        await working.finish(own, "已更换", [], actor=someone)
    await working.link(given, case_id, actor=await manager())
    await working.finish(given, "已更换", [], actor=someone)


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMINISTRATOR, Role.AUDITOR])
async def test_nobody_answers_for_what_he_could_not_do(role: Role) -> None:
    with pytest.raises(ProblemWrong):
        await listed(await clerk(role))


async def test_an_origin_opens_one_list_however_often_it_asks() -> None:
    someone, origin, place = await clerk(), new_id(), await _place()
    assert someone.id
    problems = [
        NewProblem("灭火器过期", someone.id, days=5),
        NewProblem("通道堵塞", someone.id, due_on=date(2026, 11, 27)),
    ]

    async def ask() -> lists.OpenedList:
        async with db.transaction():
            return await lists.open_list("visits", origin, place, problems, SYSTEM)

    made = await asyncio.gather(*(ask() for _ in range(30)))
    assert len({one.id for one in made}) == 1
    assert sum(one.is_new for one in made) == 1
    rows = await db.fetch("SELECT nr, due_at, days FROM problems ORDER BY nr")
    friday = datetime(2026, 11, 27, 17, tzinfo=SHANGHAI).date()
    assert [(one["nr"], one["days"]) for one in rows] == [(1, 5), (2, None)]
    assert rows[0]["due_at"].astimezone(SHANGHAI).date() == friday + timedelta(days=3)
    assert rows[1]["due_at"].astimezone(SHANGHAI).date() == friday
    assert await _notices(someone) == ["problem_given"]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"days": None}, "problems.0.due_on"),
        ({"days": 0}, "problems.0.due_on"),
        ({"days": 10**6}, "problems.0.due_on"),
        ({"due_on": date(2026, 12, 1)}, "problems.0.due_on"),
        ({"days": None, "due_on": date(2026, 11, 20)}, "problems.0.due_on"),
        ({"days": None, "due_on": date(9999, 12, 31)}, "problems.0.due_on"),
        ({"responsible_id": new_id()}, "problems.0.responsible_id"),
        ({"case_id": new_id()}, "problems.0.case_id"),
    ],
)
async def test_each_problem_has_somebody_and_a_day(given: dict[str, Any], path: str) -> None:
    with pytest.raises(ProblemWrong) as refused:
        await listed(await clerk(), **given)
    assert [one.path for one in refused.value.fields] == [path]
    assert await db.fetch_value("SELECT count(*) FROM problem_lists") == 0


async def test_put_right_by_one_and_struck_off_by_another() -> None:
    someone, boss, other = await clerk(), await manager(), await clerk()
    list_id, problem = await listed(someone)
    with pytest.raises(NotResponsible):
        await working.finish(problem, "已更换", await evidence(other), actor=other)
    with pytest.raises(NoEvidence):
        await working.finish(problem, "已更换", [], actor=someone)
    with pytest.raises(FileUnknown):
        await working.finish(problem, "已更换", await evidence(other), actor=someone)
    with pytest.raises(WrongState):
        await working.strike_off(problem, "", actor=boss)
    await working.finish(problem, "已更换", await evidence(someone), actor=someone)
    assert "problem_done" in await _notices(boss)
    with pytest.raises(Forbidden):
        await working.strike_off(problem, "", actor=other)
    stood = await working.strike_off(problem, "现场核实", actor=boss)
    assert stood.state is ProblemState.STRUCK_OFF
    told = await queries.detail(boss, list_id)
    assert (told["open"], told["done"], told["struck_off"]) == (0, 0, 1)
    moves = told["problems"][0]["moves"]
    assert [(one["kind"], len(one["files"])) for one in moves] == [("opened", 0), ("done", 1), ("struck_off", 0)]
    assert moves[1]["files"][0]["link"]


async def test_nobody_strikes_off_his_own() -> None:
    boss = await manager()
    problem = await done(boss)
    with pytest.raises(NeedsSecondPerson):
        await working.strike_off(problem, "", actor=boss)
    with pytest.raises(NeedsSecondPerson):
        await working.send_back(problem, "不合格", actor=boss)


async def test_nor_what_was_done_before_it_was_his_or_given_to_him() -> None:
    boss, someone, other = await manager(), await clerk(), await manager()
    _, problem = await listed(someone)
    await working.change(problem, "换人", actor=other, responsible_id=boss.id)
    await working.finish(problem, "已更换", await evidence(boss), actor=boss)
    with pytest.raises(NeedsSecondPerson):
        await working.strike_off(problem, "", actor=boss)
    await working.strike_off(problem, "", actor=other)


async def test_of_two_hundred_who_strike_it_off_at_once_one_does() -> None:
    problem = await done(await clerk())
    people = [await manager() for _ in range(10)]
    made = await asyncio.gather(
        *(working.strike_off(problem, "", actor=people[n % 10]) for n in range(200)), return_exceptions=True
    )
    assert [type(one) for one in made if isinstance(one, BaseException)] == [WrongState] * 199
    assert await db.fetch_value("SELECT count(*) FROM problem_moves WHERE kind = 'struck_off'") == 1
    assert await db.fetch_value("SELECT count(*) FROM audit_entries WHERE action = 'cases.problem_struck_off'") == 1


async def test_what_isnt_right_goes_back_with_a_reason() -> None:
    someone, boss = await clerk(), await manager()
    problem = await done(someone)
    stood = await working.send_back(problem, "照片看不清", actor=boss)
    assert stood.state is ProblemState.OPEN
    assert (await _notices(someone))[-1] == "problem_returned"
    row = await db.fetch_one("SELECT * FROM problems")
    assert row
    assert (row["returns"], row["result"], row["done_at"]) == (1, "", None)
    await working.finish(problem, "重新拍照", await evidence(someone), actor=someone)
    assert await db.fetch_value("SELECT count(*) FROM problem_files") == 2


async def test_whoever_saw_another_version_is_told_so() -> None:
    problem = await done(await clerk())
    with pytest.raises(ProblemChanged):
        await working.strike_off(problem, "", actor=await manager(), version=1)


async def test_a_linked_case_that_ended_is_evidence() -> None:
    someone, boss = await clerk(), await manager()
    person, place = await asker(3)
    case_id = await answered(someone, person, place)
    _, problem = await listed(someone, case_id=None)
    await working.link(problem, case_id, actor=someone)
    with pytest.raises(NoEvidence):
        await working.finish(problem, "已答复", [], actor=someone)
    await closing.confirm(case_id, actor=person)
    await working.finish(problem, "已答复", [], actor=someone)
    found = await queries.problems(boss, case_id=case_id)
    assert found["items"][0]["case_number"].startswith("WW-")


async def test_superiors_hear_once_of_what_is_overdue(clock: Frozen) -> None:
    someone, boss = await clerk(), await manager()
    _, problem = await listed(someone)
    assert await overdue.sweep() == 0
    clock.advance(timedelta(days=10))
    assert [await overdue.sweep() for _ in range(3)] == [1, 0, 0]
    assert ((await _notices(boss)).count("problem_overdue"), (await _notices(someone)).count("problem_overdue")) == (
        1,
        1,
    )
    await working.change(problem, "停工", actor=boss, days=3)
    assert await overdue.sweep() == 0
    clock.advance(timedelta(days=10))
    assert await overdue.sweep() == 1
    assert (await _notices(boss)).count("problem_overdue") == 2


async def test_deadlines_follow_the_calendar(clock: Frozen) -> None:
    await listed(await clerk())
    await listed(await clerk(), days=None, due_on=date(2026, 11, 30))
    before = {row["nr"]: row["due_at"] for row in await db.fetch("SELECT days AS nr, due_at FROM problems")}
    async with db.transaction():
        await overdue.calendar_changed(Calendar.of(overrides={date(2026, 11, 25): False}), clock.now().date())
    after = {row["nr"]: row["due_at"] for row in await db.fetch("SELECT days AS nr, due_at FROM problems")}
    assert after[5] - before[5] == timedelta(days=1)
    assert after[None] == before[None]


async def test_lists_are_seen_by_place_and_by_whoever_answers_for_something() -> None:
    someone = await clerk(Role.SPECIALIST, districts=("330521",))
    list_id, problem = await listed(someone)
    elsewhere = await clerk(Role.MANAGER, districts=("330522",))
    here = await clerk(Role.MANAGER, districts=("330502",))
    assert (await queries.page(elsewhere))["items"] == []
    assert [one["id"] for one in (await queries.page(here))["items"]] == [list_id]
    assert [one["id"] for one in (await queries.problems(someone, mine=True))["items"]] == [problem]
    with pytest.raises(ListUnknown):
        await queries.detail(elsewhere, list_id)
    with pytest.raises(ProblemUnknown):
        await working.strike_off(problem, "", actor=elsewhere)


async def test_an_auditor_reads_the_work_and_not_the_words() -> None:
    list_id, _ = await listed(await clerk())
    auditor = await clerk(Role.AUDITOR)
    told = str([await queries.detail(auditor, list_id), await queries.page(auditor), await queries.problems(auditor)])
    assert "灭火器" not in told
    assert "走访问题" not in told


async def test_pages_go_on_where_they_ended_and_are_counted(clock: Frozen) -> None:
    someone, boss = await clerk(), await manager()
    for _ in range(5):
        await listed(someone)
    ended = await done(someone)
    await working.strike_off(ended, "", actor=boss)
    seen, cursor, counts = [], None, []
    while True:
        page = await queries.page(boss, is_open=True, cursor=cursor, limit=2)
        seen += [one["id"] for one in page["items"]]
        counts.append(page["count"])
        if (cursor := page["next"]) is None:
            break
    assert (len(seen), len(set(seen)), counts) == (5, 5, [5, None, None])
    assert len((await queries.page(boss, is_open=False))["items"]) == 1
    clock.advance(timedelta(days=30))
    first = await queries.problems(boss, overdue=True, limit=3)
    rest = await queries.problems(boss, overdue=True, cursor=first["next"], limit=3)
    assert (first["count"], len(first["items"]), len(rest["items"])) == (5, 3, 2)
    assert all(one["is_overdue"] for one in first["items"])
    assert (await queries.problems(boss, state="struck_off"))["count"] == 1


async def test_by_hand_it_is_written_by_who_gives_work_out_and_in_his_place() -> None:
    someone, place = await clerk(), await _place()
    assert someone.id
    problems = [NewProblem("灭火器过期", someone.id, days=5)]
    with pytest.raises(Forbidden):
        await opening.write_list(problems, title="自查", actor=someone, enterprise_id=place)
    with pytest.raises(Forbidden):
        await opening.write_list(problems, title="自查", actor=await clerk(Role.MANAGER, districts=("330502",)))
    with pytest.raises(ProblemWrong):
        far = await clerk(Role.MANAGER, districts=("330522",))
        await opening.write_list(problems, title="自查", actor=far, enterprise_id=place)
    made = await opening.write_list(problems, title="自查", actor=await manager(), enterprise_id=place)
    assert await opening.add(made.id, problems, actor=await manager()) == 2


async def test_what_is_written_for_a_case_that_has_a_list_comes_into_it() -> None:
    someone, boss = await clerk(), await manager()
    assert someone.id
    case_id, problems = await answered(someone), [NewProblem("灭火器过期", someone.id, days=5)]
    twice = [await opening.write_list(problems, title="差评", actor=boss, case_id=case_id) for _ in range(2)]
    assert (twice[0].id, twice[1].is_new, twice[0].added, twice[1].added) == (twice[1].id, False, 1, 0)
    more = [*problems, NewProblem("通道堵塞", someone.id, days=5), NewProblem("灯具损坏", someone.id, days=5)]
    acts = (opening.write_list(more, title="差评", actor=boss, case_id=case_id) for _ in range(2))
    assert sorted([made.added for made in await asyncio.gather(*acts)]) == [0, 2]
    told = (await queries.detail(boss, twice[0].id))["problems"]
    assert [(one["nr"], one["title"]) for one in told] == [(1, "灭火器过期"), (2, "通道堵塞"), (3, "灯具损坏")]
    with pytest.raises(ProblemWrong) as wrong:
        unclear = [*problems, NewProblem("期限不明", someone.id)]
        await opening.write_list(unclear, title="差评", actor=boss, case_id=case_id)
    assert [one.path for one in wrong.value.fields] == ["problems.1.due_on"]


async def test_nobody_sets_his_own_deadline_anew() -> None:
    himself = await clerk(Role.MANAGER)
    _, problem = await listed(himself)
    with pytest.raises(NeedsSecondPerson):
        await working.change(problem, "来不及", days=30, actor=himself)
    await working.change(problem, "换了办法", measures="整体更换", actor=himself)
    await working.change(problem, "要采购", days=30, actor=await manager())


async def test_a_problem_that_can_not_be_told_of_holds_no_other(clock: Frozen, monkeypatch: pytest.MonkeyPatch) -> None:
    someone = await clerk()
    (_, broken), _ = await listed(someone), await listed(someone)
    plain = staff_notices.tell

    async def fails(*given: Any, **told: Any) -> int:
        if str(broken) in told["once"]:
            raise RuntimeError("a notice that nobody can write")
        return await plain(*given, **told)

    monkeypatch.setattr(staff_notices, "tell", fails)
    clock.advance(timedelta(days=20))
    assert await overdue.sweep() == 1
    assert (await _notices(someone)).count("problem_overdue") == 1
