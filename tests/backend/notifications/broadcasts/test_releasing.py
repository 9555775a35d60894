"""A list is frozen, signed off by whoever may, and released once."""

import asyncio
from datetime import timedelta

import pytest

from backend.access import Actor, ActorKind, Grant, Role
from backend.foundation import clock, db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden
from backend.foundation.ids import new_id
from backend.foundation.states import WrongState
from backend.notifications import broadcasts
from backend.notifications.broadcasts import drafting, errors, releasing
from backend.runtime import Runtime
from tests.backend.notifications.broadcasts.crowds import (
    BOTH,
    OTHER,
    PREPARER,
    RELEASER,
    THING,
    Crowd,
    persons,
    row,
    state,
)

pytestmark = pytest.mark.usefixtures("running", "clock")


@pytest.fixture
def crowd() -> Crowd:
    return Crowd()


@pytest.fixture
def long_above_two(running: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of three is a long one."""
    few = running.settings.model_copy(update={"release_above": 2})
    monkeypatch.setattr("backend.runtime._current", [_with(running, few)])


def _with(running: Runtime, settings: object) -> object:
    return type(running)(**{**{name: getattr(running, name) for name in running.__slots__}, "settings": settings})


async def test_of_many_releases_at_once_one_counts(crowd: Crowd) -> None:
    await persons(3)
    made = await crowd.frozen()
    signed = (await row(made))["digest"]
    calls = (broadcasts.release(made, signed, actor=actor) for actor in (RELEASER, OTHER) * 100)
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(one) for one in answers if one is not None] == [WrongState] * 199
    trail = await db.fetch("SELECT action FROM audit_entries WHERE row_id = $1 ORDER BY id", made)
    assert [entry["action"].removeprefix("broadcasts.") for entry in trail] == [
        "drafted",
        "frozen",
        "released",
        "begun",
    ]
    assert await db.fetch_value("SELECT count(*) FROM outbox WHERE topic = $1", releasing.SEND) == 1


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM broadcast_recipients WHERE ctid = (SELECT min(ctid) FROM broadcast_recipients)",
        "INSERT INTO broadcast_recipients (broadcast_id, person_id) SELECT id, uuidv7() FROM broadcasts",
        "UPDATE broadcasts SET title = '别的事'",
        'UPDATE broadcasts SET fields = fields || \'{"policy": "别的政策"}\'',
    ],
)
async def test_a_list_or_message_that_changed_after_it_was_frozen_is_not_released(crowd: Crowd, change: str) -> None:
    await persons(3)
    made = await crowd.frozen()
    signed = (await row(made))["digest"]
    await db.execute(change)
    with pytest.raises(errors.ListChanged):
        await broadcasts.release(made, signed, actor=RELEASER)
    assert await state(made) == "frozen"


async def test_a_release_names_the_digest_it_saw(crowd: Crowd) -> None:
    await persons(1)
    made = await crowd.frozen()
    for wrong in (None, "0" * 64):
        with pytest.raises(errors.ListChanged):
            await broadcasts.release(made, wrong, actor=RELEASER)


async def test_a_list_that_changed_after_its_release_pauses_at_its_time(crowd: Crowd, clock: Frozen) -> None:
    await persons(2)
    made = await crowd.frozen(broadcasts.Schedule(clock.now() + timedelta(hours=1)))
    await broadcasts.release(made, (await row(made))["digest"], actor=RELEASER)
    await db.execute("INSERT INTO broadcast_recipients (broadcast_id, person_id) VALUES ($1, uuidv7())", made)
    clock.advance(timedelta(hours=1))
    assert await releasing.begin_due() == 0
    assert (await row(made))["state"] == "paused"
    with pytest.raises(errors.ListChanged):
        await broadcasts.resume(made, actor=RELEASER)


@pytest.mark.usefixtures("long_above_two")
async def test_a_long_list_is_released_by_somebody_without_a_hand_in_it(crowd: Crowd) -> None:
    await persons(3)
    made = await crowd.frozen(by=BOTH)
    signed = (await row(made))["digest"]
    assert await state(made) == "release_wanted"
    with pytest.raises(errors.SamePerson):
        await broadcasts.release(made, signed, actor=BOTH)
    await broadcasts.release(made, signed, actor=RELEASER)
    assert (await row(made))["released_by"] == RELEASER.id


@pytest.mark.usefixtures("long_above_two")
async def test_a_short_list_needs_the_permission_but_no_second_person(crowd: Crowd) -> None:
    await persons(2)
    made = await crowd.frozen(by=BOTH)
    assert await state(made) == "frozen"
    await broadcasts.release(made, (await row(made))["digest"], actor=BOTH)
    assert await state(made) == "sending"


async def test_whoever_prepares_may_not_release_nor_does_a_grant_that_ended(crowd: Crowd) -> None:
    await persons(1)
    made = await crowd.frozen()
    signed = (await row(made))["digest"]
    moment = clock.now()
    ended = Actor(
        ActorKind.STAFF,
        new_id(),
        "曾任",
        (Grant(Role.PUBLISHER), Grant(Role.REVIEWER, until=moment - timedelta(seconds=1))),
    )
    narrow = Actor(ActorKind.STAFF, new_id(), "区", (Grant(Role.AUDITOR), Grant(Role.REVIEWER, districts=("330502",))))
    for actor in (PREPARER, ended, narrow):
        with pytest.raises(Forbidden) as refusal:
            await broadcasts.release(made, signed, actor=actor)
        assert refusal.value.permission == "broadcasts.release"
        assert ("全市范围" in str(refusal.value)) is (actor is narrow), "who holds it for a district doesn't lack it"


async def test_whoever_reads_no_messages_of_the_whole_city_sees_none(crowd: Crowd) -> None:
    await persons(1)
    made = await crowd.frozen()
    for grant in (Grant(Role.FRONT_DESK), Grant(Role.REVIEWER, districts=("330502",))):
        with pytest.raises(errors.BroadcastUnknown):
            await broadcasts.release(made, None, actor=Actor(ActorKind.STAFF, new_id(), "", (grant,)))


@pytest.mark.parametrize(("days", "is_fine"), [(-1, False), (180, True), (181, False)])
async def test_a_time_lies_ahead_and_not_too_far(crowd: Crowd, clock: Frozen, days: int, is_fine: bool) -> None:
    schedule = broadcasts.Schedule(clock.now() + timedelta(days=days))
    if is_fine:
        await broadcasts.create(crowd.origins, "crowd", THING, schedule, actor=PREPARER)
    else:
        with pytest.raises(errors.WrongTime):
            await broadcasts.create(crowd.origins, "crowd", THING, schedule, actor=PREPARER)


async def test_a_scheduled_one_begins_at_its_time_and_not_before(crowd: Crowd, clock: Frozen) -> None:
    await persons(1)
    made = await crowd.frozen(broadcasts.Schedule(clock.now() + drafting.LONGEST))
    await broadcasts.release(made, (await row(made))["digest"], actor=RELEASER)
    assert (await releasing.begin_due(), await state(made)) == (0, "released")
    clock.advance(drafting.LONGEST)
    assert (await releasing.begin_due(), await state(made)) == (1, "sending")
    assert await releasing.begin_due() == 0


async def test_a_scheduled_one_that_goes_on_before_its_time_waits_for_it(crowd: Crowd, clock: Frozen) -> None:
    await persons(1)
    made = await crowd.frozen(broadcasts.Schedule(clock.now() + timedelta(days=1)))
    signed = (await row(made))["digest"]
    await broadcasts.release(made, signed, actor=RELEASER)
    await broadcasts.pause(made, actor=PREPARER)
    with pytest.raises(WrongState):
        await broadcasts.release(made, signed, actor=RELEASER)
    await broadcasts.resume(made, actor=RELEASER)
    found = await row(made)
    assert (found["state"], found["reason"], found["began_at"]) == ("released", None, None)
    assert await db.fetch_value("SELECT count(*) FROM outbox WHERE topic = $1", releasing.SEND) == 0
    await broadcasts.pause(made, actor=PREPARER)
    clock.advance(timedelta(days=1))
    assert (await releasing.begin_due(), await state(made)) == (0, "paused")
    await broadcasts.resume(made, actor=RELEASER)
    assert await state(made) == "sending"
