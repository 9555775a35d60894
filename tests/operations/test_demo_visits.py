"""The demo has somebody who visits, so that a newcomer finds a time to book."""

from datetime import timedelta

import pytest

from backend.access import SYSTEM, Grant, Role
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.visits.availability import finding, slots
from operations.demo_visits import seed_visits
from tests.backend.cases.people import asker, clerk
from tests.backend.visits.people import TALK


@pytest.mark.usefixtures("running")
async def test_a_newcomer_finds_a_time_to_book(clock: Frozen) -> None:
    visitor = await clerk(Role.SPECIALIST)
    assert visitor.grants == (Grant(Role.SPECIALIST),)
    await seed_visits(visitor)
    await seed_visits(visitor)
    assert await db.fetch_value("SELECT count(*) FROM visit_plans") == 5
    _, place = await asker(district="330502", town="330502100")
    wish = await finding.wish(TALK, "on_site", place, actor=SYSTEM)
    today = clock_module.today()
    found = await slots.free(wish, today, today + timedelta(days=7))
    assert len(found.slots) > 10
