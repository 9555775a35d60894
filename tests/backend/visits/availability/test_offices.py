"""How a unit visits: settled by who plans for it, from the version he saw; from then on it counts for bookings."""

import pytest

from backend.access import Actor, ActorKind, Grant, Role
from backend.foundation import db
from backend.foundation.errors import Forbidden
from backend.visits.availability import offices
from backend.visits.availability.visitors import PER_DAY
from backend.visits.errors import OfficeChanged, SlotTaken, UnitUnknown
from tests.backend.cases.people import manager
from tests.backend.visits.people import at, booked, confirmed, owners, unit, visitor

pytestmark = pytest.mark.usefixtures("running", "clock")

ADDRESS = "织里镇安康东路1号"


async def test_a_unit_that_nobody_settled_shows_what_counts_for_it() -> None:
    here, boss = await unit(), await manager()
    told = {"unit_id": here, "name": "吴兴分局", "per_day": PER_DAY, "office_address": "", "version": 0}
    assert await offices.listed(boss) == [told]


async def test_what_is_settled_counts_for_the_next_booking_and_is_in_the_trail() -> None:
    here, boss, (person, place) = await unit(), await manager(), await owners()
    await visitor(unit_id=here)
    await confirmed(person, place)
    told = await offices.keep(here, 1, ADDRESS, actor=boss, version=0)
    assert (told["per_day"], told["office_address"], told["version"]) == (1, ADDRESS, 1)
    with pytest.raises(SlotTaken):
        await booked(person, place, at("2026-11-25", 14))
    later = await booked(person, place, at("2026-11-26", 9), place="office")
    assert later.address == ADDRESS
    trail = "SELECT fields FROM audit_entries WHERE action = 'visits.unit_settled' AND row_id = $1"
    assert await db.fetch_value(trail, str(here)) == ["per_day", "office_address"]


async def test_of_two_who_settle_it_the_second_is_told() -> None:
    here, boss = await unit(), await manager()
    for version in (0, 1):
        await offices.keep(here, 4 + version, ADDRESS, actor=boss, version=version)
    for version in (0, 1, 7):
        with pytest.raises(OfficeChanged):
            await offices.keep(here, 9, "", actor=boss, version=version)
    elsewhere = await unit("南浔分局")
    with pytest.raises(OfficeChanged):
        await offices.keep(elsewhere, 9, "", actor=boss, version=3)


async def test_a_manager_settles_his_own_units_alone_and_none_that_is_closed() -> None:
    here, elsewhere, closed = [await unit(name) for name in ("吴兴分局", "南浔分局", "旧分局")]
    await db.execute("UPDATE units SET closed_at = now() WHERE id = $1", closed)
    of_one = Actor(ActorKind.STAFF, (await manager()).id, "主管", (Grant(Role.MANAGER, here),))
    assert [one["unit_id"] for one in await offices.listed(of_one)] == [here]
    for other in (elsewhere, closed):
        with pytest.raises(UnitUnknown):
            await offices.keep(other, 4, "", actor=of_one, version=0)


async def test_who_only_visits_settles_nothing() -> None:
    here, someone = await unit(), await visitor()
    with pytest.raises(Forbidden):
        await offices.keep(here, 4, "", actor=someone, version=0)
