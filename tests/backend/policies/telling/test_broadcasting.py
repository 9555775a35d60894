"""A publication to many waits for a second person; nobody hears of it twice, whoever tells it."""

from typing import Any
from uuid import UUID

import pytest

from backend import outbox
from backend.access import Actor, ActorKind, Grant, Role
from backend.assembly import BROADCAST_ORIGINS, OUTBOX_HANDLERS
from backend.foundation import db
from backend.foundation.ids import new_id
from backend.notifications import broadcasts
from backend.notifications.broadcasts import errors, outdating
from backend.policies import service
from backend.runtime import Runtime
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import REVIEWER, WRITER, owner, published

SECOND = Actor(ActorKind.STAFF, UUID(int=6), "第二人", (Grant(Role.MANAGER),))


@pytest.fixture(autouse=True)
def _long_above_two(running: Runtime, clock: object, monkeypatch: pytest.MonkeyPatch) -> None:
    few = running.settings.model_copy(update={"release_above": 2})
    others = {name: getattr(running, name) for name in running.__slots__}
    monkeypatch.setattr("backend.runtime._current", [type(running)(**{**others, "settings": few})])


async def _spread() -> None:
    drained = await outbox.drain(OUTBOX_HANDLERS)
    assert (drained.failed, drained.is_empty) == (0, True)


async def _only() -> dict[str, Any]:
    [found] = await db.fetch("SELECT * FROM broadcasts")
    return dict(found)


async def _heard() -> set[UUID]:
    rows = await db.fetch("SELECT person_id FROM inbox WHERE kind = 'policy_matched'")
    assert len(rows) == len({row["person_id"] for row in rows})
    return {row["person_id"] for row in rows}


async def test_few_are_told_at_once() -> None:
    shop = await enterprise(1, employees=3)
    people = {(await owner(shop)).id for _ in range(2)}
    await published()
    await _spread()
    assert await _heard() == people
    assert await db.fetch_value("SELECT count(*) FROM broadcasts") == 0


async def test_many_wait_for_somebody_who_had_no_hand_in_it() -> None:
    shop = await enterprise(1, employees=3)
    people = {(await owner(shop)).id for _ in range(3)}
    await published()
    await _spread()
    one = await _only()
    assert (one["state"], one["recipients"], await _heard()) == ("release_wanted", 3, set())
    assert set(one["makers"]) == {WRITER.id, REVIEWER.id}
    with pytest.raises(errors.SamePerson):
        await broadcasts.release(one["id"], one["digest"], actor=REVIEWER)
    await broadcasts.release(one["id"], one["digest"], actor=SECOND)
    await _spread()
    assert await _heard() == people
    assert await db.fetch_value("SELECT count(*) FROM deliveries WHERE broadcast_id = $1", one["id"]) == 3


async def test_who_no_longer_fits_when_his_turn_comes_is_left_out() -> None:
    shops = [await enterprise(number, employees=3) for number in (1, 2, 3)]
    people = [await owner(shop) for shop in shops]
    await published()
    await _spread()
    one = await _only()
    await db.execute("UPDATE enterprises SET closed_at = now() WHERE id = $1", shops[0])
    await broadcasts.release(one["id"], one["digest"], actor=SECOND)
    await _spread()
    assert await _heard() == {person.id for person in people[1:]}
    left = await db.fetch("SELECT person_id, left_out FROM broadcast_recipients WHERE left_out IS NOT NULL")
    assert [tuple(row) for row in left] == [(people[0].id, "fits_no_more")]


async def test_a_withdrawal_ends_what_waits() -> None:
    shop = await enterprise(1, employees=3)
    for _ in range(3):
        await owner(shop)
    done = await published()
    await _spread()
    one = await _only()
    await service.withdraw(done.id, "有误", actor=REVIEWER)
    await broadcasts.release(one["id"], one["digest"], actor=SECOND)
    await _spread()
    assert ((await _only())["state"], await _heard()) == ("cancelled", set())


async def test_nobody_is_asked_to_release_what_was_withdrawn() -> None:
    shop = await enterprise(1, employees=3)
    for _ in range(3):
        await owner(shop)
    done = await published()
    await _spread()
    assert (await outdating.end_what_is_over(BROADCAST_ORIGINS), (await _only())["state"]) == (0, "release_wanted")
    await service.withdraw(done.id, "写错了", actor=REVIEWER)
    assert (await outdating.end_what_is_over(BROADCAST_ORIGINS), (await _only())["state"]) == (1, "cancelled")


async def test_staff_tell_those_whom_a_cancelled_broadcast_did_not() -> None:
    shop = await enterprise(1, employees=3)
    people = {(await owner(shop)).id for _ in range(3)}
    done = await published()
    await _spread()
    await broadcasts.cancel((await _only())["id"], "改期", actor=REVIEWER)
    late = await owner(shop)
    made = await broadcasts.create(BROADCAST_ORIGINS, "policies", done.id, broadcasts.NOW, actor=WRITER)
    await broadcasts.freeze(made, BROADCAST_ORIGINS, actor=WRITER)
    digest = await db.fetch_value("SELECT digest FROM broadcasts WHERE id = $1", made)
    await broadcasts.release(made, digest, actor=SECOND)
    await _spread()
    assert await _heard() == {*people, late.id}


async def test_what_is_not_out_is_nothing_to_broadcast() -> None:
    for origin, thing in (("policies", new_id()), ("visits", new_id())):
        with pytest.raises(errors.NothingToBroadcast):
            await broadcasts.create(BROADCAST_ORIGINS, origin, thing, broadcasts.NOW, actor=WRITER)
