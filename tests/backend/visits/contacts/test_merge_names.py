"""Proposals to come together name both units and who goes, whatever their number, by one statement."""

from uuid import UUID

import pytest

from backend.access import SYSTEM, Actor
from backend.enterprises.contacts import queries
from backend.foundation import db
from backend.visits import reasons
from backend.visits.availability import finding
from backend.visits.bookings import booking
from backend.visits.bookings.booking import Order
from backend.visits.states import VisitState
from tests.backend.cases.people import manager
from tests.backend.visits.people import TALK, at, owners, unit, visitor

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _agreed(place: UUID, day: str, who: Actor) -> None:
    assert who.id
    offer = await finding.find(
        await reasons.known(TALK), "on_site", await finding.where(place), at(day, 9), only=[who.id]
    )
    await booking.book(offer, Order(VisitState.CONFIRMED, "staff", None), actor=SYSTEM)


async def test_both_plans_name_their_unit_and_who_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = await visitor(unit_id=await unit("甲局")), await visitor(unit_id=await unit("乙局"))
    for number in (1, 2):
        _, place = await owners(number)
        await _agreed(place, f"2026-11-{24 + number}", one)
        await _agreed(place, f"2026-11-{26 + number}" if number == 1 else "2026-11-30", two)
    boss, fetch, statements = await manager(), db.fetch, []

    async def counted(sql: str, *given: object) -> list[object]:
        statements.append(sql)
        return list(await fetch(sql, *given))

    monkeypatch.setattr(db, "fetch", counted)
    told = await queries.merges_page(boss, None, cursor=None, limit=10)
    monkeypatch.undo()
    names = {row["id"]: row["name"] for row in await db.fetch("SELECT id, name FROM staff")}
    assert (len(told["items"]), len(statements)) == (2, 1)
    for merge in told["items"]:
        seen = {plan["unit"]: plan["staff_name"] for plan in (merge["first"], merge["second"])}
        assert seen == {"甲局": names[one.id], "乙局": names[two.id]}
