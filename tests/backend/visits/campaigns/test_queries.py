"""What staff read of a round: what is on its list, in a fixed number of statements."""

from typing import Any

import pytest

from backend.foundation import db
from backend.visits.campaigns import queries
from backend.visits.campaigns.states import TargetState
from tests.backend.enterprises.contacts.people import noted
from tests.backend.visits.campaigns.rounds import (
    frozen,
    manager,
    small,
    worked,
)
from tests.backend.visits.campaigns.rounds import running as begun
from tests.backend.visits.people import visitor

pytestmark = pytest.mark.usefixtures("running", "clock")


@pytest.mark.parametrize(("is_chosen", "number"), [(True, 1), (False, 1), (None, 2)])
async def test_the_list_shows_what_is_on_it_or_what_was_left_out(*, is_chosen: bool | None, number: int) -> None:
    chief, someone = await manager(), await visitor()
    await small(1)
    _, visited = await small(2)
    await noted(visited)
    one = await frozen([someone], chief, recent_days=7)
    found = await queries.targets(
        chief, one.id, state=None, left_out=None, staff_id=None, week=None, cursor=None, limit=50, is_chosen=is_chosen
    )
    assert found["count"] == number
    assert is_chosen is None or {row["left_out"] is None for row in found["items"]} == {is_chosen}


async def test_lists_are_a_fixed_number_of_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    chief, people = await manager(), [await visitor() for _ in range(3)]
    for number in range(1, 21):
        await small(number)
    one = await begun(people, chief)
    await worked(one.id)
    asked, fetch = [], db.fetch

    async def counting(sql: str, *params: Any) -> Any:
        asked.append(sql)
        return await fetch(sql, *params)

    monkeypatch.setattr(db, "fetch", counting)
    found = await queries.targets(
        chief, one.id, state=TargetState.PROPOSED, left_out=None, staff_id=None, week=None, cursor=None, limit=50
    )
    assert (len(found["items"]), len(asked)) == (20, 1)
    await queries.progress(chief, one.id)
    assert len(asked) == 3
