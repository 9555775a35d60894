"""The clock's round over salons: what fails at one of them holds up no other."""

from uuid import UUID

import orjson
import pytest

from backend.foundation import db
from backend.salons import sweeping
from backend.salons.seats import seating
from tests.backend.salons.people import hall, owners, published, sign_up, state

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _stranded(*people: tuple[object, UUID]) -> tuple[UUID, UUID]:
    """A salon where a seat is free and somebody waits, as a crash would leave it; and who waits."""
    salon_id = await published(hall(1))
    seated, waits = [await sign_up(*one, salon_id, waits=True) for one in people]  # type: ignore[arg-type]
    await db.execute("UPDATE salon_signups SET state = 'left', quota_id = NULL, nth = NULL WHERE id = $1", seated.id)
    return salon_id, waits.id


async def test_a_salon_that_fails_holds_no_other_up(monkeypatch: pytest.MonkeyPatch) -> None:
    people = await owners(2)
    some = sorted([await _stranded(*people) for _ in range(2)])
    (bad, waits_there), (_, waits) = some
    seat_waiting = seating.seat_waiting

    async def fails(salon_id: UUID) -> list[UUID]:
        if salon_id == bad:
            raise ValueError("nobody foresaw that")
        return await seat_waiting(salon_id)

    monkeypatch.setattr(seating, "seat_waiting", fails)
    await sweeping.sweep()
    assert (await state(waits_there), await state(waits)) == ("waiting", "offered")
    monkeypatch.undo()
    assert await sweeping.sweep() == 1
    assert await state(waits_there) == "offered"


async def test_a_rule_that_a_release_left_behind_stops_no_waiting_list_and_refuses_nobody() -> None:
    first, second, third = await owners(3)
    salon_id, waits = await _stranded(first, second)
    rule = {"fact": "gone_since", "op": "eq", "value": True}
    sql = "UPDATE salons SET is_limited = TRUE, rule = $2::jsonb, reason = '面向小微企业' WHERE id = $1"
    await db.execute(sql, salon_id, orjson.dumps(rule).decode())
    await sweeping.sweep()
    assert await state(waits) == "offered"
    await db.execute("UPDATE salon_quotas SET seats = 2, hard_limit = 2 WHERE salon_id = $1", salon_id)
    made = await sign_up(*third, salon_id)
    assert made.state == "pending"
