"""A night that brings many new people tells none of them before a second person has released their list."""

from typing import Any
from uuid import UUID

import pytest

from backend import outbox
from backend.access import Actor, ActorKind, Grant, Role
from backend.assembly import BROADCAST_ORIGINS, OUTBOX_HANDLERS
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.notifications import broadcasts
from backend.notifications.broadcasts import errors, holding
from backend.policies.telling import differences, welcoming
from backend.runtime import Runtime
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.nights import night, spread
from tests.backend.policies.people import leaf, owner, published

RELEASER = Actor(ActorKind.STAFF, UUID(int=6), "放行人", (Grant(Role.MANAGER),))


@pytest.fixture(autouse=True)
def _long_above_two(running: Runtime, clock: object, monkeypatch: pytest.MonkeyPatch) -> None:
    few = running.settings.model_copy(update={"release_above": 2})
    others = {name: getattr(running, name) for name in running.__slots__}
    monkeypatch.setattr("backend.runtime._current", [type(running)(**{**others, "settings": few})])


async def _only() -> dict[str, Any]:
    [found] = await db.fetch("SELECT * FROM broadcasts")
    return dict(found)


async def _work_off() -> None:
    drained = await outbox.drain(OUTBOX_HANDLERS)
    assert (drained.failed, drained.is_empty) == (0, True)


async def _told() -> dict[UUID, list[str]]:
    rows = await db.fetch("SELECT person_id, array_agg(kind ORDER BY id) AS kinds FROM inbox GROUP BY 1")
    return {row["person_id"]: row["kinds"] for row in rows}


async def _policies(*titles: str) -> list[Any]:
    made = [await published(title) for title in titles]
    await spread()
    return made


async def test_many_are_one_list_that_waits_and_each_hears_once(clock: clock_module.Frozen) -> None:
    shop = await enterprise(1, "甲店", employees=3)
    await _policies("一", "二")
    people = [(await owner(shop)).id for _ in range(3)]
    await night(clock)
    one = await _only()
    assert (one["state"], one["origin"], one["recipients"]) == ("release_wanted", welcoming.NAME, 3)
    later = (await owner(shop)).id
    await night(clock)
    assert await _told() == {later: ["policy_welcome"]}, "one newcomer of another night waits for nobody"
    await broadcasts.release(one["id"], one["digest"], actor=RELEASER)
    await _work_off()
    assert await _told() == {person: ["policy_welcome"] for person in (*people, later)}
    assert await db.fetch_value("SELECT count(*) FROM policy_recipients WHERE told_at IS NULL") == 0
    assert await db.fetch_value("SELECT count(*) FROM deliveries WHERE broadcast_id = $1", one["id"]) == 3
    await night(clock)
    assert len(await _told()) == 4


async def test_of_many_newcomers_the_few_who_are_welcomed_are_told_at_once(clock: clock_module.Frozen) -> None:
    shop, other = await enterprise(1, employees=3), await enterprise(2, employees=80)
    await _policies("一", "二")
    people = [await owner(other), await owner(other), await owner(shop)]
    await night(clock)
    assert (await _only())["state"] == "sending"
    await _work_off()
    assert await _told() == {people[2].id: ["policy_welcome"]}


async def test_a_list_of_several_ranges_and_of_a_night_that_was_given_up_is_one(
    clock: clock_module.Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(welcoming, "CHUNK", 2)
    monkeypatch.setattr(differences, "BINDINGS", 3)
    shop = await enterprise(1, employees=3)
    await _policies("一", "二")
    people = [(await owner(shop)).id for _ in range(5)]
    async with db.transaction():  # as a night that died behind its first range leaves it
        listed = await holding.growing(welcoming.NAME, welcoming._draft())
    await night(clock)
    one = await _only()
    assert (one["id"], one["state"], one["recipients"]) == (listed, "release_wanted", 5)
    await broadcasts.release(one["id"], one["digest"], actor=RELEASER)
    await _work_off()
    assert await _told() == {person: ["policy_welcome"] for person in people}


async def test_what_no_longer_stands_when_it_is_released_is_not_counted(clock: clock_module.Frozen) -> None:
    shop, other = await enterprise(1, employees=3), await enterprise(2, employees=30)
    for title in "甲乙":
        await published(title, leaf("employees", "ge", 20))
    _, _, paused = await _policies("一", "二", "三")
    people = [(await owner(shop)).id for _ in range(3)]
    gone = (await owner(other)).id
    await night(clock)
    one = await _only()
    assert one["recipients"] == 4
    await db.execute("UPDATE policy_versions SET pushes_paused_at = now() WHERE policy_id = $1", paused.id)
    await db.execute("UPDATE policy_versions SET state = 'withdrawn', ended_at = now() WHERE title IN ('甲', '乙')")
    await broadcasts.release(one["id"], one["digest"], actor=RELEASER)
    await _work_off()
    assert await _told() == {person: ["policy_welcome"] for person in people}
    assert await db.fetch_value("SELECT DISTINCT fields ->> 'count' FROM inbox") == "2"
    left = "SELECT left_out FROM broadcast_recipients WHERE person_id = $1"
    assert await db.fetch_value(left, gone) == "fits_no_more"
    await db.execute("UPDATE policy_versions SET pushes_paused_at = NULL WHERE policy_id = $1", paused.id)
    await night(clock)
    following = "SELECT state, recipients FROM broadcasts WHERE origin = 'policies'"
    assert [tuple(row) for row in await db.fetch(following)] == [("release_wanted", 3)], "it goes on by itself"


async def test_nobody_makes_or_freezes_such_a_list_by_hand(clock: clock_module.Frozen) -> None:
    writer = Actor(ActorKind.STAFF, UUID(int=7), "起草人", (Grant(Role.PUBLISHER),))
    with pytest.raises(errors.NothingToBroadcast):
        await broadcasts.create(BROADCAST_ORIGINS, welcoming.NAME, UUID(int=1), broadcasts.NOW, actor=writer)
    async with db.transaction():
        listed = await holding.growing(welcoming.NAME, welcoming._draft())
    with pytest.raises(errors.OnHold):
        await broadcasts.freeze(listed, BROADCAST_ORIGINS, actor=writer)


async def test_whom_a_cancelled_list_held_a_broadcast_of_one_policy_may_tell(clock: clock_module.Frozen) -> None:
    shop = await enterprise(1, employees=3)
    policy, _ = await _policies("一", "二")
    people = {(await owner(shop)).id for _ in range(3)}
    await night(clock)
    await broadcasts.cancel((await _only())["id"], "重复", actor=RELEASER)
    writer = Actor(ActorKind.STAFF, UUID(int=7), "起草人", (Grant(Role.PUBLISHER),))
    made = await broadcasts.create(BROADCAST_ORIGINS, "policies", policy.id, broadcasts.NOW, actor=writer)
    await broadcasts.freeze(made, BROADCAST_ORIGINS, actor=writer)
    rows = await db.fetch("SELECT person_id FROM broadcast_recipients WHERE broadcast_id = $1", made)
    assert {row["person_id"] for row in rows} == people
