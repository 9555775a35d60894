"""Whom a rule picks among all enterprises, without anything that has the rule; who of them speaks for his own."""

from datetime import timedelta
from uuid import UUID

import pytest

from backend.access import EVERYTHING, Condition
from backend.enterprises import audience, rules
from backend.foundation import clock, db
from backend.foundation.errors import Unavailable
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import leaf, owner

pytestmark = pytest.mark.usefixtures("running")

RULE = rules.parse_stored({"all": [leaf("employees", "le", 10), leaf("revenue_wan", "le", 100)]})


async def _shops() -> None:
    await enterprise(1, employees=3, revenue_wan=50, district="330502")
    await enterprise(2, employees=30, revenue_wan=50, district="330502")
    await enterprise(3, employees=3, district="330521")
    await enterprise(4)
    closed = await enterprise(5, employees=3, revenue_wan=50)
    await db.execute("UPDATE enterprises SET closed_at = now() WHERE id = $1", closed)


async def test_every_live_enterprise_is_answered_once_and_what_is_lacked_is_told() -> None:
    await _shops()
    counts = await audience.count(RULE, clock.today(), EVERYTHING)
    assert counts.totals() == {"yes": 1, "unknown": 2, "no": 1}
    assert counts.by("district") == [
        {"district": "330502", "yes": 1, "unknown": 0, "no": 1},
        {"district": "330521", "yes": 0, "unknown": 1, "no": 0},
        {"district": None, "yes": 0, "unknown": 1, "no": 0},
    ]
    assert [(one["fact"], one["enterprises"], one["alone"]) for one in counts.missing()] == [
        ("revenue_wan", 2, 1),
        ("employees", 1, 0),
    ]


async def test_only_what_may_be_seen_is_counted_and_moves_beside_an_earlier_rule() -> None:
    await _shops()
    wider = rules.parse_stored(leaf("employees", "le", 100))
    seen = Condition("e.district = {}", ("330502",))
    counts = await audience.count(RULE, clock.today(), seen, before=wider)
    assert counts.moves() == {("yes", "yes"): 1, ("yes", "no"): 1}


async def test_a_count_that_takes_too_long_is_refused_in_its_caller_s_words() -> None:
    class TooSlow(Unavailable):
        code = "test.too_slow"

    with pytest.raises(TooSlow):
        async with audience.bounded(TooSlow):
            await db.execute("SET LOCAL statement_timeout = '5ms'")
            await db.execute("SELECT pg_sleep(1)")
    assert await db.fetch_value("SELECT 1") == 1


async def test_who_speaks_for_an_enterprise_is_in_the_condition_itself() -> None:
    shop = await enterprise(1)
    speaks = {(await owner(shop)).id, (await owner(shop, role="representative")).id}
    await owner(shop, role="clerk", until=clock.now() + timedelta(days=9), scope=["policies"])
    await owner(shop, state="read_only")
    await owner(shop, until=clock.now())
    sql = (
        f"SELECT b.person_id FROM bindings b JOIN enterprises e ON e.id = b.enterprise_id WHERE {audience.REPRESENTING}"
    )
    found: set[UUID] = {row["person_id"] for row in await db.fetch(sql, clock.now())}
    assert found == speaks
