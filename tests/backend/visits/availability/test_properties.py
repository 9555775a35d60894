"""Whatever is done in whatever order by however many at once: nobody is in two places, ways included."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest

from backend.access import SYSTEM, Actor
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import WuweiError
from backend.staff import absences
from backend.visits.availability import planning
from backend.visits.availability.planning import DayPlan
from backend.visits.bookings import booking, changing, lapsing, leaving, moving
from tests.backend.visits.people import FULL, MEISHAN, MIAOXI, MORNING, ZHILI, at, booked, owners, unit, visitor
from tests.support.sizes import scaled

pytestmark = pytest.mark.usefixtures("running", "clock")

_TWICE = """
SELECT count(*) FROM staff_time a JOIN staff_time b
ON a.staff_id = b.staff_id AND a.id < b.id AND a.is_live AND b.is_live
AND (a.lapses_at IS NULL OR a.lapses_at > $1) AND (b.lapses_at IS NULL OR b.lapses_at > $1)
AND tstzrange(lower(a.during) - visit_minutes(a.location, b.location) * interval '1 minute',
              upper(a.during) + visit_minutes(a.location, b.location) * interval '1 minute') && b.during
"""
_ENTERPRISE = """
SELECT count(*) FROM enterprise_time a JOIN enterprise_time b
ON a.enterprise_id = b.enterprise_id AND a.id < b.id AND a.is_live AND b.is_live AND a.during && b.during
"""
# What ended gives its time back, what did not has as many people as it needs, at its own time.
_ASKEW = """
SELECT count(*) FROM visits v JOIN visit_reasons r ON r.key = v.reason
WHERE (SELECT count(*) FROM staff_time t
       WHERE t.visit_id = v.id AND t.is_live AND t.during @> tstzrange(v.starts_at, v.ends_at))
   <> CASE WHEN v.state IN ('declined', 'cancelled_by_owner', 'cancelled_by_bureau', 'expired') THEN 0
      ELSE r.units_needed END
"""
_OVER_CAP = (
    "SELECT count(*) FROM (SELECT FROM staff_time WHERE is_live GROUP BY staff_id, on_day HAVING count(*) > 6) AS d"
)
_OPEN = "SELECT id FROM visits WHERE state = ANY ($1::text[]) ORDER BY id"
_HIS = "SELECT visit_id FROM staff_time WHERE staff_id = $1 AND on_day = $2 AND is_live"
_PLACES = ((ZHILI, "330502"), (MIAOXI, "330502"), (MEISHAN, "330522"), ("330502001", "330502"))
_REASONS = (("policy_talk", "on_site"), ("policy_talk", "phone"), ("difficulty", "office"), ("joint", "on_site"))

Act = Callable[[], Awaitable[object]]


class Town:
    """Some visitors and owners, and a hand that does things at random."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.people: list[tuple[Actor, UUID]] = []
        self.staff: list[Actor] = []

    async def settle(self) -> None:
        units = [await unit("甲局"), await unit("乙局")]
        self.staff = [await visitor(FULL, unit_id=units[number % 2]) for number in range(3)]
        for number, (town, district) in enumerate(_PLACES, 1):
            self.people.append(await owners(number, town=town, district=district))

    def slot(self):  # noqa: ANN201
        day = clock_module.today() + timedelta(days=self.draw.randrange(2, 6))
        return at(day, self.draw.choice((9, 10, 11, 14, 15)), self.draw.choice((0, 30)))

    async def visit(self, *states: str) -> UUID | None:
        rows = await db.fetch(_OPEN, list(states))
        return self.draw.choice(rows)["id"] if rows else None

    async def act(self) -> None:
        """Do one thing; a refusal is an answer too, an error of the database is none."""
        kind = self.draw.choices(
            ("book", "hold", "submit", "confirm", "decline", "cancel", "move", "give", "plan", "leave"),
            (8, 4, 3, 3, 1, 2, 4, 2, 1, 1),
        )[0]
        try:
            await getattr(self, f"_{kind}")()
        except WuweiError:
            return

    async def _book(self, *, is_hold: bool = False) -> None:
        person, place = self.draw.choice(self.people)
        reason, where = self.draw.choice(_REASONS)
        await booked(person, place, self.slot(), reason=reason, place=where, is_hold=is_hold)

    async def _hold(self) -> None:
        await self._book(is_hold=True)

    async def _submit(self) -> None:
        if visit := await self.visit("held"):
            await booking.submit(visit, "", actor=SYSTEM)

    async def _confirm(self) -> None:
        if visit := await self.visit("requested"):
            await changing.confirm(visit, actor=SYSTEM)

    async def _decline(self) -> None:
        if visit := await self.visit("requested"):
            await changing.decline(visit, "忙", actor=SYSTEM)

    async def _cancel(self) -> None:
        if visit := await self.visit("requested", "confirmed"):
            await changing.cancel(visit, "有事", actor=SYSTEM)

    async def _move(self) -> None:
        if visit := await self.visit("requested", "confirmed"):
            await moving.reschedule(visit, self.slot(), actor=SYSTEM)

    async def _give(self) -> None:
        if visit := await self.visit("requested", "confirmed"):
            await moving.reassign(visit, actor=SYSTEM)

    async def _plan(self) -> None:
        someone = self.draw.choice(self.staff)
        assert someone.id
        shown = await planning.shown(someone.id, someone)
        week = [DayPlan(day, self.draw.choice((FULL, MORNING))) for day in range(1, 6)]
        await planning.plan(someone.id, week, clock_module.today(), actor=someone, version=shown["version"])

    async def _leave(self) -> None:
        someone = self.draw.choice(self.staff)
        assert someone.id
        day = clock_module.today() + timedelta(days=self.draw.randrange(2, 6))
        told = await absences.tell(someone.id, day, day, "sick", actor=someone)
        for row in await db.fetch(_HIS, someone.id, day):
            await leaving.hand_on(row["visit_id"], someone.id)
        await absences.withdraw(told, staff_id=someone.id, actor=someone)


@pytest.mark.parametrize("seed", range(scaled(3)))
async def test_nobody_is_in_two_places(seed: int, clock: Frozen) -> None:
    town = Town(seed)
    await town.settle()
    for _ in range(12):
        await asyncio.gather(*(town.act() for _ in range(5)))
        if town.draw.random() < 0.3:
            clock.advance(timedelta(minutes=town.draw.choice((2, 6, 90, 600))))
        if town.draw.random() < 0.2:
            await lapsing.sweep()
        moment = clock_module.now()
        assert await db.fetch_value(_TWICE, moment) == 0
        assert (await db.fetch_value(_ENTERPRISE), await db.fetch_value(_ASKEW)) == (0, 0)
        assert await db.fetch_value(_OVER_CAP) == 0
    assert await db.fetch_value("SELECT count(*) FROM visits") > 5
