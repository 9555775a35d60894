"""The switch "不要按我的画像推送": one's own, at once, without a reason, and as often as one likes."""

import pytest

from backend import consents
from backend.access import SYSTEM, Actor, ActorKind
from backend.consents import personal
from backend.enterprises import personal as people
from backend.foundation import clock, db
from backend.foundation.errors import Forbidden
from backend.foundation.ids import new_id

pytestmark = pytest.mark.usefixtures("database", "clock")


async def _person() -> Actor:
    person = new_id()
    await db.execute("INSERT INTO persons (id, created_at) VALUES ($1, $2)", person, clock.now())
    return Actor(ActorKind.OWNER, person)


async def _allowed() -> int:
    sql = f"SELECT count(*) FROM persons b WHERE {consents.NOT_REFUSED.format(person='b.id')}"
    return int(await db.fetch_value(sql))


async def test_refusing_holds_from_the_next_statement_and_can_be_taken_back() -> None:
    actor, other = await _person(), await _person()
    assert actor.id is not None
    assert other.id is not None
    for _ in range(2):
        await consents.refuse(actor)
        assert (await consents.is_refused(actor.id), await consents.is_refused(other.id)) == (True, False)
        assert await _allowed() == 1
    for _ in range(2):
        await consents.allow(actor)
        assert not await consents.is_refused(actor.id)
        assert await _allowed() == 2
    actions = [row["action"] for row in await db.fetch("SELECT action FROM audit_entries ORDER BY id")]
    assert actions == ["profiling.refused", "profiling.allowed"], "again changes nothing"


@pytest.mark.parametrize("actor", [SYSTEM, Actor(ActorKind.STAFF, new_id()), Actor(ActorKind.OWNER, None)])
async def test_nobody_switches_it_for_another(actor: Actor) -> None:
    for command in (consents.refuse, consents.allow):
        with pytest.raises(Forbidden):
            await command(actor)


async def test_it_is_handed_out_and_goes_with_the_account() -> None:
    actor = await _person()
    assert actor.id is not None
    assert (await personal.export(actor.id))["profiling_refused_at"] is None
    await consents.refuse(actor)
    assert (await personal.export(actor.id))["profiling_refused_at"] == clock.now()
    assert await personal.erase(actor.id) == 1
    assert await people.erase(actor.id) == 1
    assert not await consents.is_refused(actor.id)
