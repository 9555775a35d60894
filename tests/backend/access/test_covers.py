"""What a permission extends to, told of one row, is what the condition over a table says of it."""

from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.access import SYSTEM, Actor, ActorKind, Grant, Role, covers, granted
from backend.foundation import db

UNITS = st.none() | st.sampled_from([UUID(int=1), UUID(int=2)])
DISTRICTS = st.sampled_from(["3305", "330502", "330503", "3305NTH", "330502001"])
GRANTS = st.builds(
    Grant,
    st.sampled_from([Role.SPECIALIST, Role.AUDITOR]),
    UNITS,
    st.lists(DISTRICTS, max_size=2).map(tuple),
    st.sampled_from([(), ("cases",), ("staff",)]),
)


@pytest.mark.usefixtures("database")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(GRANTS, max_size=3), st.none() | DISTRICTS, UNITS)
async def test_one_row_and_a_table_agree(grants: list[Grant], district: str | None, unit: UUID | None) -> None:
    actor = Actor(ActorKind.STAFF, UUID(int=9), "某人", tuple(grants))
    condition = granted(actor, "cases.handle", district="t.district", unit="t.unit")
    sql = f"SELECT count(*) FROM (SELECT $1::text AS district, $2::uuid AS unit) AS t WHERE {condition.render(3)}"
    found = await db.fetch_value(sql, district, unit, *condition.params)
    assert covers(actor, "cases.handle", district=district, unit=unit) is bool(found)


def test_the_system_may_everywhere() -> None:
    assert covers(SYSTEM, "cases.handle", district=None, unit=None)
