"""The demo has a salon at every stage, so that whoever takes the tour finds each screen filled."""

from collections import Counter
from pathlib import Path

import pytest

from backend import audit
from backend.access import SYSTEM, Role
from backend.audit import sealing
from backend.foundation import db
from backend.foundation.ids import new_id
from backend.salons import board, feedback
from backend.salons.door import attending
from backend.salons.seats import fairness
from operations.demo import unsealed
from operations.demo_salons import seed_salons
from tests.backend.cases.people import clerk
from tests.backend.enterprises.builders import enterprise
from tests.backend.salons.people import counted, drain

_SALONS = "SELECT title, id, state FROM salons ORDER BY starts_at"
_STATES = "SELECT state, count(*) AS n FROM salon_signups WHERE salon_id = $1 GROUP BY 1"


async def _signups(salon_id: object) -> dict[str, int]:
    return {row["state"]: row["n"] for row in await db.fetch(_STATES, salon_id)}


@pytest.mark.usefixtures("running", "clock")
async def test_each_screen_has_something_to_show() -> None:
    for number in range(1, 19):
        await enterprise(number, employees=3)
    author, host, specialist = [await clerk(role) for role in (Role.PUBLISHER, Role.FRONT_DESK, Role.SPECIALIST)]
    for _ in range(2):
        await seed_salons(author, host, specialist)
    salons = [(row["id"], row["state"]) for row in await db.fetch(_SALONS)]
    assert [state for _, state in salons] == ["held", "published", "published", "draft"]
    held, full, approved = (one for one, _ in salons[:3])
    assert await _signups(held) == {"attended": 11, "no_show": 1, "missed": 2}
    assert await _signups(full) == {"confirmed": 14, "waiting": 3}
    assert await _signups(approved) == {"pending": 5}
    assert await counted(full) == (14, 14, 3), "one is kept for whoever comes for the first time"
    told = await board.shown(held)
    assert (told["asked"], told["answered"]) == (5, 4)
    opinions = await feedback.results(held, actor=host)
    assert (opinions["count"], len(opinions["words"])) == (11, 7)
    there = await attending.standing(held, actor=host)
    assert (there["came"], len(there["conflicts"])) == (11, 1)
    assert len(await fairness.explained(host)) == 1
    await drain()
    assert Counter(row["kind"] for row in await db.fetch("SELECT kind FROM inbox"))["salon_materials"] == 13


async def test_nothing_is_sealed_before_what_happened_earlier_is_there(database: str, tmp_path: Path) -> None:
    """An entry that claims to be older than a seal before it would break the trail."""
    async with unsealed(database), db.transaction():
        await audit.record(SYSTEM, "salons.drafted", table="salons", row_id=new_id())
    assert await sealing.seal(tmp_path) == 1
    async with unsealed(database):
        async with db.transaction():
            await audit.record(SYSTEM, "salons.drafted", table="salons", row_id=new_id())
        assert await sealing.seal(tmp_path) == 0
    assert await sealing.seal(tmp_path) == 1
