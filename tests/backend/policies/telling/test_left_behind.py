"""A rule that a release left behind: nobody is answered or told by it, staff hear of it, and nothing dies of it."""

from datetime import timedelta
from uuid import UUID

import orjson
import pytest

from backend import alerts, outbox
from backend.access import Actor, ActorKind, Grant, Role
from backend.assembly import BROADCAST_ORIGINS, OUTBOX_HANDLERS
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.notifications import broadcasts
from backend.notifications.broadcasts import errors, recurring
from backend.policies import rules
from backend.policies.reading import feed
from backend.policies.telling import differences, left_behind, recipients, spreading
from backend.runtime import Runtime
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import OPERATOR, UP_TO_TEN, WRITER, leaf, owner, published

pytestmark = pytest.mark.usefixtures("running", "clock")

SECOND = Actor(ActorKind.STAFF, UUID(int=6), "第二人", (Grant(Role.MANAGER),))
GONE = leaf("fact_of_long_ago", "le", 10)
_SET = "UPDATE policy_versions SET rule = $1::jsonb, rule_hash = $2"


async def _leave_behind() -> None:
    """As a release does that no longer has the fact."""
    await db.execute(_SET, orjson.dumps(GONE).decode(), "left-behind")


async def _bring_back() -> None:
    await db.execute(_SET, orjson.dumps(UP_TO_TEN).decode(), rules.parse_stored(UP_TO_TEN).hash)


async def _spread() -> None:
    drained = await outbox.drain(OUTBOX_HANDLERS)
    assert (drained.failed, drained.is_empty) == (0, True)


async def _night(clock: clock_module.Frozen) -> None:
    clock.set(clock_module.day_start(clock_module.today() + timedelta(days=1)) + timedelta(hours=3))
    assert await differences.begin()
    await _spread()


async def _heard() -> set[UUID]:
    return {row["person_id"] for row in await db.fetch("SELECT person_id FROM inbox WHERE kind = 'policy_matched'")}


async def _alarmed() -> list[alerts.Alert]:
    found, _ = await alerts.listed(OPERATOR)
    return [one for one in found if one.kind == left_behind.KIND]


async def test_its_publication_waits_and_the_first_night_after_finds_everyone(clock: clock_module.Frozen) -> None:
    shop = await enterprise(1, employees=3)
    person = await owner(shop)
    await published()
    await _leave_behind()
    await _spread()
    await _night(clock)
    assert await _heard() == set()
    assert orjson.loads(await feed.feed(person, shop))["items"] == []
    await _bring_back()
    await _night(clock)
    assert await _heard() == {person.id}
    await _night(clock)
    assert await db.fetch_value("SELECT count(*) FROM inbox WHERE kind = 'policy_matched'") == 1


async def test_who_was_found_before_waits_and_is_not_forgotten(clock: clock_module.Frozen) -> None:
    person = await owner(await enterprise(1, employees=3))
    done = await published()
    version = await db.fetch_value("SELECT id FROM policy_versions WHERE policy_id = $1", done.id)
    await recipients.freeze(version)
    await _leave_behind()
    async with db.transaction():
        await outbox.put(spreading.FOUND, {"version_id": str(version)})
    await _spread()
    assert (await _heard(), await db.fetch_value("SELECT count(*) FROM policy_recipients")) == (set(), 1)
    await _bring_back()
    await _night(clock)
    assert await _heard() == {person.id}


async def test_a_night_tells_of_the_other_policies_as_ever(clock: clock_module.Frozen) -> None:
    shop = await enterprise(1, employees=30)
    person = await owner(shop)
    await published("甲")
    await _spread()
    await _leave_behind()
    await published("乙")
    await _spread()
    await db.execute("UPDATE enterprises SET employees = 3, facts_version = facts_version + 1")
    await _night(clock)
    told = await db.fetch("SELECT fields ->> 'policy' AS policy FROM inbox WHERE person_id = $1", person.id)
    assert [row["policy"] for row in told] == ["乙"]


async def test_operators_hear_which_policy_and_why_until_it_is_over(clock: clock_module.Frozen) -> None:
    done = await published()
    assert (await left_behind.watch(), await _alarmed()) == (0, [])
    await _leave_behind()
    assert (await left_behind.watch(), await left_behind.watch()) == (1, 1)
    [alarm] = await _alarmed()
    assert (alarm.key, alarm.times, alarm.detail["policy"], alarm.detail["state"]) == (
        done.number, 1, "小店减费", "published",
    )  # fmt: skip
    assert "fact_of_long_ago" in alarm.detail["reason"]
    await _bring_back()
    clock.advance(timedelta(hours=1))
    await left_behind.watch()
    await alerts.clear_calm()
    assert await _alarmed() == []


async def test_a_publication_that_meets_one_has_operators_told_at_once() -> None:
    await published()
    await _leave_behind()
    await _spread()
    assert len(await _alarmed()) == 1


@pytest.fixture
def _long_above_one(running: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    few = running.settings.model_copy(update={"release_above": 1})
    others = {name: getattr(running, name) for name in running.__slots__}
    monkeypatch.setattr("backend.runtime._current", [type(running)(**{**others, "settings": few})])


@pytest.mark.usefixtures("_long_above_one")
async def test_a_broadcast_pauses_with_the_reason_and_goes_on_when_it_can_be_read_again() -> None:
    shop = await enterprise(1, employees=3)
    people = {(await owner(shop)).id for _ in range(2)}
    await published()
    await _spread()
    [one] = await db.fetch("SELECT id, digest FROM broadcasts")
    await _leave_behind()
    await broadcasts.release(one["id"], one["digest"], actor=SECOND)
    await _spread()
    [held] = await db.fetch("SELECT state, reason FROM broadcasts")
    assert (held["state"], left_behind.WHY in held["reason"], await _heard()) == ("paused", True, set())
    await _bring_back()
    await broadcasts.resume(one["id"], actor=SECOND)
    await _spread()
    assert await _heard() == people


async def test_no_list_is_frozen_while_nobody_can_tell_whom_it_is_for() -> None:
    done = await published()
    made = await broadcasts.create(BROADCAST_ORIGINS, "policies", done.id, broadcasts.NOW, actor=WRITER)
    await _leave_behind()
    with pytest.raises(errors.OnHold) as refused:
        await broadcasts.freeze(made, BROADCAST_ORIGINS, actor=WRITER)
    assert refused.value.detail == left_behind.WHY


async def test_a_recurring_one_leaves_out_the_occurrence_and_stays(clock: clock_module.Frozen) -> None:
    await owner(await enterprise(1, employees=3))
    done = await published()
    start = clock_module.now() + timedelta(hours=1)
    schedule = broadcasts.Schedule(start, "FREQ=DAILY;COUNT=3")
    series = await broadcasts.create(BROADCAST_ORIGINS, "policies", done.id, schedule, actor=WRITER)
    await broadcasts.release(series, None, actor=SECOND)
    await _leave_behind()
    clock.advance(timedelta(hours=2))
    assert await recurring.occur(BROADCAST_ORIGINS) == 1
    rows = await db.fetch("SELECT state, reason FROM broadcasts ORDER BY id")
    assert [tuple(row) for row in rows] == [("released", None), ("cancelled", left_behind.WHY)]
