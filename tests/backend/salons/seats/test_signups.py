"""A salon's sign-ups as staff look through them: by state, way and district, by what stands in a name."""

import pytest

from backend.access import Role
from backend.foundation import db
from backend.salons.seats import signups
from backend.salons.seats.signups import Wanted
from tests.backend.cases.people import asker, clerk
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import owner
from tests.backend.salons.people import hall, online, owners, published, sign_up

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _found(salon_id: object, role: Role, **wanted: object) -> list[str]:
    page = await signups.of_salon(await clerk(role), salon_id, Wanted(**wanted), cursor=None, limit=20)  # type: ignore[arg-type]
    return [str(one["id"]) for one in page["items"]]


async def test_they_are_found_by_state_way_and_name() -> None:
    salon_id = await published(hall(1), online(5))
    (first, second, third) = await owners(3)
    seated = await sign_up(*first, salon_id, attendee="王芳")
    waiting = await sign_up(*second, salon_id, waits=True, attendee="李_%")
    away = await sign_up(*third, salon_id, way="online")
    name = await db.fetch_value("SELECT name FROM enterprises WHERE id = $1", third[1])
    desk = Role.FRONT_DESK
    assert await _found(salon_id, desk) == [str(one.id) for one in (seated, waiting, away)]
    assert await _found(salon_id, desk, states=["waiting"]) == [str(waiting.id)]
    assert await _found(salon_id, desk, way="online") == [str(away.id)]
    assert await _found(salon_id, desk, words="王芳") == [str(seated.id)]
    assert await _found(salon_id, desk, words="_%") == [str(waiting.id)]
    assert str(away.id) in await _found(salon_id, desk, words=name)
    assert await _found(salon_id, desk, words="王芳", way="online") == []


async def test_they_are_found_by_the_district_of_their_enterprise() -> None:
    salon_id = await published(hall(3))
    unplaced = await enterprise(3)
    here, there, nowhere = await asker(1), await asker(2, district="330503"), (await owner(unplaced), unplaced)
    made = [str((await sign_up(*one, salon_id)).id) for one in (here, there, nowhere)]
    page = await signups.of_salon(await clerk(Role.FRONT_DESK), salon_id, Wanted(), cursor=None, limit=20)
    assert [one["district_word"] for one in page["items"]] == ["吴兴区", "南浔区", None]
    assert await _found(salon_id, Role.FRONT_DESK, district="330503") == [made[1]]
    assert await _found(salon_id, Role.FRONT_DESK, district="330521") == []


async def test_who_reads_masked_does_not_find_people_by_name() -> None:
    salon_id = await published(hall(1))
    ((person, place),) = await owners(1)
    made = await sign_up(person, place, salon_id, attendee="王芳")
    name = await db.fetch_value("SELECT name FROM enterprises WHERE id = $1", place)
    assert await _found(salon_id, Role.AUDITOR, words="王芳") == []
    assert await _found(salon_id, Role.AUDITOR, words=name) == [str(made.id)]
