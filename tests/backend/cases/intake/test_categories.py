"""Categories as staff set them: who may, what is refused, what runs on; and a case put into another one."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from backend.access import Role
from backend.cases import changing, handling, writing
from backend.cases.errors import (
    CategoryChanged,
    CategoryInUse,
    CategoryTaken,
    CategoryUnknown,
    CategoryWrong,
    NeedsOther,
    NotYours,
    SameAsBefore,
)
from backend.cases.events import Kind
from backend.cases.intake import categories
from backend.cases.intake.categories import Route, Settings
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden, Invalid
from backend.foundation.ids import new_id
from backend.foundation.states import WrongState
from tests.backend.cases.people import (
    COMPLAINT,
    CONSULT,
    HELP,
    answered,
    asker,
    clerk,
    kinds,
    manager,
    opened,
    row,
    taken,
)

pytestmark = pytest.mark.usefixtures("put_back", "running", "clock")

NEW = Settings("用电用水", 1, 2, 4, 5, hint="水电气接入", skill="utility")


@pytest.fixture
async def put_back(database: str) -> AsyncIterator[None]:
    """Tests share the categories: whatever one does to them is undone."""
    assert database
    columns = "title, hint, accept_days, answer_days, solution_days, statutory_days, basis, pause_days, skill, weight, "
    columns += "is_for_owners, position, version, closed_at"
    kept = await db.fetch_value("SELECT json_agg(to_jsonb(c))::text FROM case_categories c")
    yield
    await db.execute("TRUNCATE cases, case_routes CASCADE")
    known = "SELECT key FROM jsonb_populate_recordset(NULL::case_categories, $1::jsonb)"
    await db.execute(f"DELETE FROM case_categories WHERE key NOT IN ({known})", kept)
    await db.execute(
        f"UPDATE case_categories c SET ({columns}) = (SELECT {columns} FROM "
        "jsonb_populate_recordset(NULL::case_categories, $1::jsonb) o WHERE o.key = c.key)",
        kept,
    )


async def _settings(key: str) -> tuple[Settings, int]:
    shown = await categories.shown(await manager(), key)
    return Settings(**{name: shown[name] for name in Settings.__slots__}), shown["version"]


async def test_a_new_leaf_can_be_asked_in_at_once() -> None:
    boss = await manager()
    await categories.add("help_utility", "help", NEW, actor=boss)
    case = await row(await opened(category="help_utility"))
    assert (case.terms["answer_days"], case.terms["solution_days"]) == (2, 4)
    with pytest.raises(CategoryTaken):
        await categories.add("help_utility", "help", NEW, actor=boss)
    told = {one["key"]: one for one in await categories.listed(boss)}
    assert (told["help_utility"]["kind"], told["help_utility"]["is_leaf"], told["help"]["is_leaf"]) == (
        "help",
        True,
        False,
    )


@pytest.mark.parametrize("parent", ["help_operation", "nonsense"])
async def test_leaves_stand_below_groups_only(parent: str) -> None:
    with pytest.raises(CategoryWrong):
        await categories.add("help_utility", parent, NEW, actor=await manager())


@pytest.mark.parametrize(
    "change",
    [
        {"answer_days": 5},
        {"accept_days": 0},
        {"solution_days": 10**6},
        {"statutory_days": 20},
        {"pause_days": -1},
        {"weight": 10},
    ],
)
async def test_terms_must_make_sense(change: dict[str, Any]) -> None:
    with pytest.raises(CategoryWrong) as refused:
        await categories.add("help_utility", "help", replace(NEW, **change), actor=await manager())
    assert refused.value.fields


async def test_running_cases_keep_their_terms_and_the_trail_has_both() -> None:
    case_id, boss = await opened(category=HELP), await manager()
    settings, version = await _settings(HELP)
    await categories.edit(HELP, replace(settings, solution_days=8), actor=boss, version=version)
    assert (await row(case_id)).terms["solution_days"] == 5
    assert (await row(await opened(category=HELP))).terms["solution_days"] == 8
    detail = await db.fetch_value("SELECT detail FROM audit_entries WHERE action = 'cases.category_edited'")
    assert orjson.loads(detail) == {
        "category": HELP,
        "before": {"solution_days": 5},
        "after": {"solution_days": 8},
    }
    with pytest.raises(CategoryChanged):
        await categories.edit(HELP, settings, actor=boss, version=version)
    with pytest.raises(SameAsBefore):
        await categories.edit(HELP, replace(settings, solution_days=8), actor=boss, version=version + 1)


async def test_a_closed_leaf_takes_nothing_more_and_can_be_opened_again() -> None:
    boss, case_id = await manager(), await opened(category=HELP)
    _, version = await _settings(HELP)
    version = await categories.close(HELP, actor=boss, version=version)
    with pytest.raises(CategoryUnknown):
        await opened(category=HELP)
    assert (await row(case_id)).category == HELP
    version = await categories.reopen(HELP, actor=boss, version=version)
    await opened(category=HELP)
    with pytest.raises(SameAsBefore):
        await categories.reopen(HELP, actor=boss, version=version)


@pytest.mark.parametrize("key", ["help", "help_other", "service_need"])
async def test_what_others_rest_on_stays(key: str) -> None:
    _, version = await _settings(key)
    with pytest.raises(CategoryInUse):
        await categories.close(key, actor=await manager(), version=version)


async def test_only_who_holds_it_for_the_whole_city_configures() -> None:
    for someone in (await clerk(), await clerk(Role.MANAGER, districts=("330502",))):
        with pytest.raises(Forbidden):
            await categories.add("help_utility", "help", NEW, actor=someone)


async def _unit() -> Route:
    unit = new_id()
    await db.execute(
        "INSERT INTO units (id, name, created_at) VALUES ($1, $2, $3)", unit, f"单位{unit}", clock_module.now()
    )
    return Route("", unit)


async def test_the_longest_place_decides_who_looks_after_it() -> None:
    boss, (city, south) = await manager(), (await _unit(), await _unit())
    _, version = await _settings(HELP)
    routes = [city, Route("330502", south.unit_id)]
    await categories.set_routes(HELP, routes, actor=boss, version=version)
    detail = await db.fetch_value("SELECT detail FROM audit_entries WHERE action = 'cases.routes_set'")
    assert orjson.loads(detail)["after"] == {"routes": {"": str(city.unit_id), "330502": str(south.unit_id)}}
    _, place = await asker()
    assert (await row(await opened(enterprise_id=place))).unit_id == south.unit_id
    assert (await row(await opened())).unit_id == city.unit_id
    for wrong in ([Route("湖州", city.unit_id)], [city, city], [Route("", new_id())]):
        with pytest.raises(CategoryWrong):
            await categories.set_routes(HELP, wrong, actor=boss, version=version + 1)


async def test_another_category_counts_from_the_same_receipt() -> None:
    person, place = await asker()
    someone = await clerk()
    case_id = await taken(someone, person, place, category=CONSULT)
    case = await changing.change_category(case_id, COMPLAINT, reason="实为投诉", actor=await manager())
    fresh = await row(await opened(category=COMPLAINT))
    assert (case.category, case.terms, case.solution_due_at) == (COMPLAINT, fresh.terms, fresh.solution_due_at)
    assert await kinds(case_id) == ["received", "accepted", "category_changed"]
    assert (await writing.readings(case)).solution.round == 1
    with pytest.raises(SameAsBefore):
        await changing.change_category(case_id, COMPLAINT, actor=someone)
    with pytest.raises(CategoryUnknown):
        await changing.change_category(case_id, "help", actor=someone)
    assert "投诉" not in str(
        await db.fetch_value("SELECT data->'terms' FROM case_events WHERE kind = $1", Kind.CATEGORY_CHANGED)
    )


async def test_nobody_moves_his_own_term() -> None:
    someone, superior = await clerk(), await manager()
    case_id, own = await taken(someone, category=CONSULT), await taken(superior, category=CONSULT)
    for refused in (
        changing.change_category(case_id, COMPLAINT, reason="实为投诉", actor=someone),
        changing.change_category(own, COMPLAINT, reason="实为投诉", actor=superior),
    ):
        with pytest.raises(NeedsOther):
            await refused
    with pytest.raises(Invalid):
        await changing.change_category(case_id, COMPLAINT, actor=superior)
    await changing.change_category(case_id, COMPLAINT, reason="实为投诉", actor=superior)
    await changing.change_category(case_id, CONSULT, actor=someone)


async def test_what_is_late_is_put_elsewhere_by_a_second_person_only(clock: Frozen) -> None:
    someone, superior = await clerk(), await manager()
    case_id = await taken(someone, category=COMPLAINT)
    untaken = await opened(category=COMPLAINT)
    clock.advance(timedelta(days=60))
    for late in (case_id, untaken):
        with pytest.raises(NeedsOther):
            await changing.change_category(late, CONSULT, reason="实为咨询", actor=someone)
        await changing.change_category(late, CONSULT, reason="实为咨询", actor=superior)


async def test_what_nobody_has_goes_to_the_unit_of_its_new_category() -> None:
    boss, unit = await manager(), await _unit()
    _, version = await _settings(COMPLAINT)
    await categories.set_routes(COMPLAINT, [unit], actor=boss, version=version)
    case = await changing.change_category(await opened(), COMPLAINT, actor=await clerk())
    assert case.unit_id == unit.unit_id


async def test_urgency_moves_no_deadline() -> None:
    someone, case_id = await clerk(), await opened()
    before = await row(case_id)
    case = await changing.change_urgency(case_id, "critical", actor=someone)
    assert (case.urgency, case.due_at, case.alarm_at) == ("critical", before.due_at, before.alarm_at)
    with pytest.raises(SameAsBefore):
        await changing.change_urgency(case_id, "critical", actor=someone)


async def test_a_colleagues_case_and_an_answered_one_are_left_alone() -> None:
    someone = await clerk()
    case_id = await taken(someone)
    with pytest.raises(NotYours):
        await changing.change_urgency(case_id, "urgent", actor=await clerk())
    await changing.change_urgency(case_id, "urgent", actor=await manager())
    await handling.answer(case_id, "可以。", actor=someone)
    with pytest.raises(WrongState):
        await changing.change_category(case_id, COMPLAINT, actor=someone)
    assert (await row(await answered(someone))).urgency == "normal"
