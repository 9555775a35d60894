"""A visitor of a round who leaves: whom he was to visit is given to the others of the round, or left out by name."""

from uuid import UUID

import pytest

from backend.access import Actor
from backend.foundation import clock, db
from backend.visits.campaigns import answering, replacing
from tests.backend.visits.campaigns.rounds import manager, states, target, worked
from tests.backend.visits.campaigns.rounds import running as begun
from tests.backend.visits.people import WUXING, notices, owners, visitor

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _leaves(staff: Actor) -> None:
    await db.execute("UPDATE staff SET state = 'left', left_at = $2 WHERE id = $1", staff.id, clock.now())


async def _of(campaign_id: UUID, staff: Actor) -> int:
    sql = "SELECT count(*) FROM visit_campaign_targets WHERE campaign_id = $1 AND staff_id = $2"
    return int(await db.fetch_value(sql, campaign_id, staff.id))


async def test_what_a_leaver_had_is_shared_among_the_others_and_answered_as_before() -> None:
    chief, staff = await manager(), [await visitor() for _ in range(3)]
    people = [await owners(number, employees=5) for number in range(1, 10)]
    one = await begun(staff, chief)
    await worked(one.id)
    assert [await _of(one.id, each) for each in staff] == [3, 3, 3]
    assert await replacing.sweep() == 0
    await _leaves(staff[0])
    assert await replacing.sweep() == 3
    assert await _of(one.id, staff[0]) == 0
    assert sorted([await _of(one.id, each) for each in staff[1:]]) in ([4, 5], [3, 6])
    assert await states(one.id) == {"proposed": 9}
    assert await replacing.sweep() == 0
    (person, place) = people[0]
    proposal = await answering.seen((await target(one.id, place))["id"], person)
    assert (await answering.times(proposal)).slots
    told = [await notices(each) for each in staff[1:]]
    assert max(each.count("campaign_given") for each in told) == 2


async def test_where_nobody_else_reaches_it_who_was_not_asked_is_left_out_and_who_was_keeps_his_answer() -> None:
    chief, here, far = await manager(), await visitor(districts=(WUXING,)), await visitor(districts=("330503",))
    (_, place), *_ = [await owners(number, employees=5) for number in range(1, 4)]
    one = await begun([here, far], chief)
    asked = """UPDATE visit_campaign_targets SET state = 'proposed', proposed_at = $1, expires_on = $2
               WHERE enterprise_id = $3"""
    await db.execute(asked, clock.now(), clock.today(), place)
    await _leaves(here)
    assert await replacing.sweep() == 0
    assert await states(one.id) == {"left_out": 2, "proposed": 1}
    why = await db.fetch_value("SELECT DISTINCT left_out FROM visit_campaign_targets WHERE left_out IS NOT NULL")
    assert why == "elsewhere"
