"""Who is on a round's list and who is left out of it, and why; what is written wrong is told by its place."""

from datetime import timedelta

import pytest

from backend.access import Role
from backend.foundation import db
from backend.foundation.states import WrongState
from backend.visits.campaigns import drafting, freezing, queries, releasing
from backend.visits.campaigns.errors import (
    CampaignUnknown,
    CampaignWrong,
    ListChanged,
    NobodyToVisit,
    OutOfReach,
)
from backend.visits.campaigns.states import CampaignState
from tests.backend.cases.people import clerk
from tests.backend.enterprises.builders import enterprise
from tests.backend.enterprises.contacts.people import a_plan, noted, planned
from tests.backend.visits.campaigns.rounds import (
    MONDAY,
    content,
    drafted,
    frozen,
    manager,
    small,
)
from tests.backend.visits.people import WUXING, owners, visitor

pytestmark = pytest.mark.usefixtures("running", "clock")


async def test_who_is_left_out_is_listed_with_the_reason() -> None:
    chief, someone = await manager(), await visitor()
    _, fine = await small(1)
    _, visited = await small(2)
    await noted(visited)
    _, full = await small(3)
    await planned(*(a_plan(full, f"2026-12-{day}") for day in (28, 29, 30, 31)))
    alone = await enterprise(4, employees=5, district=WUXING)
    await owners(5, employees=50)
    await owners(6)
    await small(7, district="330503")
    one = await frozen([someone], chief, recent_days=7)
    found = await queries.targets(
        chief, one.id, state=None, left_out=None, staff_id=None, week=None, cursor=None, limit=50
    )
    assert {row["enterprise_id"]: row["left_out"] for row in found["items"]} == {
        fine: None,
        visited: "recent",
        full: "ceiling",
        alone: "nobody",
    }
    assert (one.chosen, one.left_out, one.state) == (1, 3, CampaignState.FROZEN)


async def test_days_off_and_absences_leave_room_for_fewer() -> None:
    chief, someone = await manager(), await visitor()
    for number in range(1, 9):
        await small(number)
    sql = """INSERT INTO staff_absences (id, staff_id, kind, from_on, until_on, told_by, told_at)
             VALUES (uuidv7(), $1, 'leave', '2026-11-30', '2026-12-04', $1, now())"""
    await db.execute(sql, someone.id)
    one = await frozen([someone], chief, per_week=5)
    told = await queries.progress(chief, one.id)
    assert [(row["week"].isoformat(), row["chosen"]) for row in told["by_week"]] == [("2026-12-07", 5)]
    assert [(row["reason"], row["enterprises"]) for row in told["left_out"]] == [("full", 3)]


async def test_a_round_goes_where_its_visitors_may_go() -> None:
    chief, near = await manager(), await visitor(districts=("330503",))
    await small()
    with pytest.raises(NobodyToVisit):
        await frozen([near], chief)
    elsewhere = await clerk(Role.MANAGER, districts=("330503",))
    with pytest.raises(OutOfReach):
        await drafted([near], elsewhere)
    with pytest.raises(OutOfReach):
        await drafted([near], elsewhere, districts=())
    made = await drafted([near], elsewhere, districts=("330503",))
    assert (await queries.page(chief, None, cursor=None, limit=20))["count"] == 2
    with pytest.raises(CampaignUnknown):
        await queries.detail(await clerk(Role.MANAGER, districts=(WUXING,)), made.id)


async def test_what_is_written_wrong_is_told_by_its_place() -> None:
    chief, stranger = await manager(), await clerk(Role.FRONT_DESK)
    with pytest.raises(CampaignWrong) as refused:
        await drafted([stranger], chief, first_on=MONDAY + timedelta(days=1), lead_days=60)
    assert {one.path for one in refused.value.fields} == {"visitors", "first_on", "lead_days"}


async def test_an_edit_thaws_it_and_the_old_signature_counts_no_more() -> None:
    chief, someone = await manager(), await visitor()
    await small(1)
    one = await frozen([someone], chief)
    edited = await drafting.edit(one.id, content([someone], weeks=3), actor=chief, version=one.version)
    assert (edited.state, edited.digest) == (CampaignState.DRAFT, None)
    again = await freezing.freeze(one.id, actor=chief)
    assert again.digest != one.digest
    with pytest.raises(ListChanged):
        await releasing.release(one.id, one.digest or "", actor=chief)
    assert (await releasing.release(one.id, again.digest or "", actor=chief)).state is CampaignState.RUNNING
    with pytest.raises(WrongState):
        await freezing.freeze(one.id, actor=chief)
