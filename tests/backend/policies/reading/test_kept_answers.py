"""Answers that are kept are brought up to what comes out and what goes."""

from uuid import UUID

import orjson
import pytest

from backend.foundation import db
from backend.policies import service
from backend.policies.reading import feed, matching
from backend.policies.telling import spreading
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import REVIEWER, leaf, owner, published
from tests.backend.policies.spreads import spread

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _verdicts(enterprise_id: UUID) -> list[int]:
    rows = await db.fetch(
        "SELECT m.verdict FROM policy_matches m JOIN policy_versions v ON v.id = m.version_id"
        " WHERE m.enterprise_id = $1 ORDER BY v.id",
        enterprise_id,
    )
    return [row["verdict"] for row in rows]


async def _is_current(enterprise_id: UUID) -> bool:
    current = "SELECT rule_set_version = (SELECT version FROM rule_set) FROM policy_match_sets WHERE enterprise_id = $1"
    return bool(await db.fetch_value(current, enterprise_id))


async def test_kept_answers_are_brought_up_to_a_new_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreading, "CHUNK", 2)
    shops = [await enterprise(number, employees=number * 5) for number in range(1, 5)]
    never_asked = await enterprise(9, employees=1)
    for shop in shops:
        await matching.refresh(shop)
    await published()
    assert [await _verdicts(shop) for shop in shops] == [[], [], [], []]
    await spread()
    assert [await _verdicts(shop) for shop in shops] == [[1], [1], [3], [3]]
    assert [await _is_current(shop) for shop in shops] == [True] * 4
    assert await _verdicts(never_asked) == []


async def test_only_current_answers_are_brought_up() -> None:
    current, moved = await enterprise(1, employees=3), await enterprise(2, employees=3)
    await matching.refresh(current)
    await matching.refresh(moved)
    await db.execute("UPDATE enterprises SET employees = 99, facts_version = facts_version + 1 WHERE id = $1", moved)
    await published()
    await spread()
    assert (await _verdicts(current), await _verdicts(moved)) == ([1], [])
    assert (await _is_current(current), await _is_current(moved)) == (True, False)


async def test_two_publications_in_a_row_both_arrive() -> None:
    shop = await enterprise(1, employees=3)
    await matching.refresh(shop)
    await published()
    await published("二人以下", leaf("employees", "le", 2))
    await spread()
    if await _is_current(shop):
        assert await _verdicts(shop) == [1, 3]
    person = await owner(shop)
    page = orjson.loads(await feed.feed(person, shop))
    assert [item["answer"] for item in page["items"]] == ["yes", "no"]


async def test_a_withdrawal_keeps_answers_current() -> None:
    shop = await enterprise(1, employees=3)
    done = await published()
    await matching.refresh(shop)
    await spread()
    await service.withdraw(done.id, "有误", actor=REVIEWER)
    assert not await _is_current(shop)
    await spread()
    assert await _is_current(shop)
    assert orjson.loads(await feed.feed(await owner(shop), shop))["items"] == []
