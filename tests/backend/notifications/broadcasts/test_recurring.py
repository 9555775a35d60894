"""Recurring broadcasts: each time a list of its own; what was missed is made up once."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from backend.foundation import db
from backend.foundation.clock import SHANGHAI, Frozen
from backend.foundation.states import WrongState
from backend.notifications import broadcasts
from backend.notifications.broadcasts import OriginOver, errors, recurring, watching
from tests.backend.notifications.broadcasts.crowds import PREPARER, RELEASER, THING, Crowd, persons, row, state

pytestmark = pytest.mark.usefixtures("running", "clock")

START = datetime(2026, 12, 28, 10, 0, tzinfo=SHANGHAI)


@pytest.fixture
def crowd() -> Crowd:
    return Crowd()


async def _series(crowd: Crowd, rule: str = "FREQ=WEEKLY") -> UUID:
    schedule = broadcasts.Schedule(START, rule)
    made = await broadcasts.create(crowd.origins, "crowd", THING, schedule, actor=PREPARER)
    await broadcasts.release(made, None, actor=RELEASER)
    return made


async def _occurrences() -> list[tuple[str, int]]:
    rows = await db.fetch("SELECT state, recipients FROM broadcasts WHERE series_id IS NOT NULL ORDER BY id")
    return [(one["state"], one["recipients"]) for one in rows]


async def test_each_time_has_a_list_of_its_own_across_the_year(crowd: Crowd, clock: Frozen) -> None:
    await persons(2)
    made = await _series(crowd)
    assert await recurring.occur(crowd.origins) == 0
    clock.set(START)
    assert (await recurring.occur(crowd.origins), await recurring.occur(crowd.origins)) == (1, 0)
    await persons(1)
    clock.set(START + timedelta(days=7))
    assert await recurring.occur(crowd.origins) == 1
    assert await _occurrences() == [("sending", 2), ("sending", 3)]
    await crowd.spread()
    assert await db.fetch_value("SELECT count(*) FROM inbox") == 5
    found = await row(made)
    assert (found["state"], found["next_at"]) == ("released", START + timedelta(days=14))


async def test_missed_times_are_made_up_once(crowd: Crowd, clock: Frozen) -> None:
    await persons(1)
    made = await _series(crowd)
    clock.set(START + timedelta(days=30))
    assert (await recurring.occur(crowd.origins), await recurring.occur(crowd.origins)) == (1, 0)
    assert (await row(made))["next_at"] == START + timedelta(days=35)


async def test_after_the_last_time_it_is_done(crowd: Crowd, clock: Frozen) -> None:
    await persons(1)
    made = await _series(crowd, "FREQ=DAILY;COUNT=1")
    clock.set(START)
    assert await recurring.occur(crowd.origins) == 1
    assert await state(made) == "done"


async def test_what_is_over_ends_the_series(crowd: Crowd, clock: Frozen, monkeypatch: pytest.MonkeyPatch) -> None:
    async def over(one: broadcasts.Broadcast) -> broadcasts.Selection:
        raise OriginOver

    made = await _series(crowd)
    clock.set(START)
    monkeypatch.setattr(crowd, "_gather", over)
    assert await recurring.occur(crowd.origins) == 0
    assert await state(made) == "cancelled"
    assert [one for one, _ in await _occurrences()] == ["cancelled"]


async def test_a_long_list_wants_a_second_person_each_time(crowd: Crowd, clock: Frozen) -> None:
    await persons(10_001)
    await _series(crowd)
    clock.set(START)
    assert await recurring.occur(crowd.origins) == 1
    assert await _occurrences() == [("release_wanted", 10_001)]


async def test_a_series_has_no_list_of_its_own_to_freeze(crowd: Crowd) -> None:
    await persons(1)
    made = await broadcasts.create(
        crowd.origins, "crowd", THING, broadcasts.Schedule(START, "FREQ=WEEKLY"), actor=PREPARER
    )
    with pytest.raises(WrongState):
        await broadcasts.freeze(made, crowd.origins, actor=PREPARER)
    assert (await state(made), await db.fetch_value("SELECT count(*) FROM broadcast_recipients")) == ("draft", 0)


MONDAY = datetime(2026, 11, 23, 15, 0, tzinfo=SHANGHAI)


@pytest.mark.parametrize("starts_at", [None, MONDAY, MONDAY + timedelta(hours=30)])
async def test_it_comes_first_on_a_day_of_its_rule(crowd: Crowd, clock: Frozen, starts_at: datetime | None) -> None:
    clock.set(MONDAY)
    schedule = broadcasts.Schedule(starts_at, "FREQ=WEEKLY;BYDAY=WE")
    made = await broadcasts.create(crowd.origins, "crowd", THING, schedule, actor=PREPARER)
    at = (starts_at or MONDAY).time()
    first = datetime(2026, 11, 25, at.hour, tzinfo=SHANGHAI)
    found = await row(made)
    assert (found["starts_at"], found["next_at"]) == (first, first)


@pytest.mark.parametrize(("days", "expected"), [(0, 0), (1, 7), (8, 14)])
async def test_released_on_another_day_it_waits_for_one_of_its_own(
    crowd: Crowd, clock: Frozen, days: int, expected: int
) -> None:
    clock.set(MONDAY)
    schedule = broadcasts.Schedule(None, "FREQ=WEEKLY;BYDAY=MO")
    made = await broadcasts.create(crowd.origins, "crowd", THING, schedule, actor=PREPARER)
    clock.set(MONDAY + timedelta(days=days, minutes=5))
    await broadcasts.release(made, None, actor=RELEASER)
    assert (await row(made))["next_at"] == MONDAY + timedelta(days=expected)


async def test_released_after_its_last_time_it_is_refused(crowd: Crowd, clock: Frozen) -> None:
    clock.set(MONDAY)
    schedule = broadcasts.Schedule(None, "FREQ=DAILY;COUNT=2")
    made = await broadcasts.create(crowd.origins, "crowd", THING, schedule, actor=PREPARER)
    clock.set(MONDAY + timedelta(days=2))
    with pytest.raises(errors.TooLate):
        await broadcasts.release(made, None, actor=RELEASER)


async def test_a_list_of_nobody_is_not_frozen_by_hand_and_ends_in_a_series(crowd: Crowd, clock: Frozen) -> None:
    made = await broadcasts.create(crowd.origins, "crowd", THING, broadcasts.NOW, actor=PREPARER)
    with pytest.raises(errors.NobodyToTell):
        await broadcasts.freeze(made, crowd.origins, actor=PREPARER)
    assert (await row(made))["frozen_at"] is None
    await _series(crowd)
    clock.set(START)
    await recurring.occur(crowd.origins)
    await crowd.spread()
    await watching.look_after()
    assert await _occurrences() == [("done", 0)]
