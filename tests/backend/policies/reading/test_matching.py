"""What is stored of every answer: reasons and words, the day from which time will do, one set of rules for all."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.policies import rules
from backend.policies.reading import matching
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import UP_TO_TEN, leaf, published

pytestmark = pytest.mark.usefixtures("running", "clock")

A_YEAR_OLD = {"not": leaf("founded_on", "within", {"years": 1})}


async def stored(enterprise_id: UUID) -> dict[str, tuple[int, list[str], list[str]]]:
    rows = await db.fetch(
        "SELECT v.title, m.verdict, m.reasons, m.why"
        " FROM policy_matches m JOIN policy_versions v ON v.id = m.version_id"
        " WHERE m.enterprise_id = $1",
        enterprise_id,
    )
    return {row["title"]: (row["verdict"], row["reasons"], row["why"]) for row in rows}


async def answered(told: Mapping[str, Any]) -> dict[str, tuple[int, list[str], list[str]]]:
    shop = await enterprise(1, **told)
    await matching.refresh(shop)
    return await stored(shop)


async def test_what_time_alone_will_mend_is_told_with_its_day() -> None:
    await published("满一年", {"all": [A_YEAR_OLD, UP_TO_TEN]})
    found = await answered({"founded_on": date(2026, 2, 28), "employees": 3})
    assert found["满一年"] == (
        3,
        ["from:2027-03-01", "near:founded_on"],
        ["2027-03-01 起可能符合", "不符合：成立日期不在最近1年内（2027-03-01 起满足）"],
    )


async def test_no_day_is_told_that_other_conditions_or_the_end_of_the_policy_take_away() -> None:
    await published("人多", {"all": [A_YEAR_OLD, leaf("employees", "le", 2)]})
    await published("到期早", A_YEAR_OLD, apply_until=date(2027, 2, 28))
    await published("到期当天", A_YEAR_OLD, apply_until=date(2027, 3, 1))
    found = await answered({"founded_on": date(2026, 2, 28), "employees": 3})
    assert [title for title, (_, reasons, _) in found.items() if "from:2027-03-01" in reasons] == ["到期当天"]


async def test_a_policy_that_comes_later_is_answered_in_the_same_words() -> None:
    shop = await enterprise(1, founded_on=date(2026, 2, 28), employees=3)
    await matching.refresh(shop)
    before = (await rules.live()).version
    late = await published("满一年", {"all": [A_YEAR_OLD, UP_TO_TEN]})
    after = (await rules.live()).version
    version_id = await db.fetch_value("SELECT id FROM policy_versions WHERE policy_id = $1", late.id)
    assert await matching.add_to_current(version_id, before, after, limit=10) == 1
    added = await stored(shop)
    await matching.refresh(shop)
    assert await stored(shop) == added
    assert added["满一年"][1] == ["from:2027-03-01", "near:founded_on"]


async def test_the_rules_are_made_ready_once_for_a_day_and_again_for_the_next() -> None:
    await published()
    live, today = await rules.live(), clock_module.today()
    first = await rules.ready(live, today)
    assert await rules.ready(live, today) is first
    assert (await rules.ready(live, today + timedelta(days=1))).as_of == today + timedelta(days=1)
    await published("又一个")
    assert len((await rules.ready(await rules.live(), today)).rules) == 2
