"""A publication reaches whom it surely fits, each person once, and the answers that are kept."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from backend import consents, outbox
from backend.access import Actor
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.ids import new_id
from backend.notifications import addresses
from backend.notifications.claiming import claim
from backend.notifications.due import take_notes
from backend.outbox import OutboxItem
from backend.policies import messages, service
from backend.policies.telling import recipients, spreading
from backend.runtime import current
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.counting import counted
from tests.backend.policies.people import REVIEWER, WRITER, content, owner, published
from tests.backend.policies.spreads import heard, kinds, spread

pytestmark = pytest.mark.usefixtures("running", "clock")


async def test_only_managers_of_what_surely_fits_are_told() -> None:
    fits, too_big, unknown = [
        await enterprise(number, name, **facts)
        for number, name, facts in ((1, "甲店", {"employees": 10}), (2, "乙店", {"employees": 11}), (3, "丙店", {}))
    ]
    gone = await enterprise(4, "丁店", employees=3)
    await db.execute("UPDATE enterprises SET closed_at = now() WHERE id = $1", gone)
    manager, chief = await owner(fits), await owner(fits, role="representative")
    for other in (too_big, unknown, gone):
        await owner(other)
    await owner(fits, role="clerk", until=clock_module.day_start(date(2030, 1, 1)))
    for state in ("pending", "read_only", "ended"):
        await owner(fits, state=state)
    await published()
    await spread()
    assert set(await heard()) == {manager.id, chief.id}


async def test_a_person_hears_once_whatever_the_number_of_his_enterprises() -> None:
    first, second = await enterprise(1, "乙店", employees=3), await enterprise(2, "甲店", employees=4)
    both = await owner(first, second)
    one = await owner(first)
    done = await published()
    await spread()
    told = await heard()
    assert told[both.id]["fields"] == {
        "policy": "小店减费",
        "enterprise": "乙店等2家",
        "deadline": "2099年12月31日前",
        "hint": "可能符合，点开看逐条依据",
    }
    assert told[both.id]["page"] == f"pages/policy/detail?id={done.id}&enterprise={first}"
    assert told[one.id]["fields"]["enterprise"] == "乙店"
    assert "可能符合" in told[one.id]["body"]
    push = await db.fetch_one("SELECT not_after FROM deliveries WHERE person_id = $1", one.id)
    assert push is not None
    assert push["not_after"] == clock_module.day_start(date(2100, 1, 1))


async def test_hearing_of_it_twice_is_hearing_once() -> None:
    await owner(await enterprise(1, employees=3))
    await published()
    version = await db.fetch_value("SELECT id FROM policy_versions")
    items = [
        OutboxItem(new_id(), topic, None, {"version_id": str(version)}, 1, clock_module.now())
        for topic in (service.PUBLISHED, spreading.FOUND)
    ]
    for _ in range(2):
        async with db.transaction():
            for item in items:
                await spreading.HANDLERS[item.topic]([item])
    assert await db.fetch_value("SELECT count(*) FROM inbox") == 1
    await spread()
    assert await db.fetch_value("SELECT count(*) FROM inbox") == 1


async def test_many_are_told_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreading, "CHUNK", 2)
    shop = await enterprise(1, employees=3)
    people = {(await owner(shop)).id for _ in range(5)}
    await published()
    await spread()
    assert set(await heard()) == people
    assert await db.fetch_value("SELECT count(*) FROM outbox WHERE topic = $1", spreading.FOUND) == 3


async def test_a_next_version_is_told_again() -> None:
    person = await owner(await enterprise(1, employees=3))
    first = await published()
    await spread()
    await service.withdraw(first.id, "有误", actor=REVIEWER)
    await published("改正后")
    await spread()
    assert await kinds(person) == ["policy_matched", "policy_retracted", "policy_matched"]


async def test_nobody_is_told_of_what_was_withdrawn_or_ended_meanwhile(clock: clock_module.Frozen) -> None:
    await owner(await enterprise(1, employees=3))
    withdrawn = await published()
    version = await db.fetch_value("SELECT id FROM policy_versions")
    await service.withdraw(withdrawn.id, "有误", actor=REVIEWER)
    async with db.transaction():
        await outbox.put(service.PUBLISHED, {"version_id": str(version)})
    await published("到期", effective_to=date(2026, 11, 23))
    clock.set(clock_module.day_start(date(2026, 11, 24)))
    await spread()
    assert await heard() == {}


async def _looked_at(person: Actor) -> tuple[str, str | None]:
    """Let the worker look at what waits for a person; no template is known here, so what may go is deferred."""
    await take_notes()
    await claim(10, current().settings)
    row = await db.fetch_one("SELECT state, reason FROM deliveries WHERE person_id = $1", person.id)
    assert row is not None
    return row["state"], row["reason"]


async def _reachable(*enterprises: UUID) -> Actor:
    person = await owner(*enterprises)
    await addresses.upsert(UUID(str(person.id)), "miniprogram", f"openid-{person.id}")
    return person


async def test_what_waits_to_be_pushed_ends_with_the_version_it_is_about() -> None:
    person = await _reachable(await enterprise(1, employees=3))
    done = await published()
    await spread()
    await service.withdraw(done.id, "有误", actor=REVIEWER)
    assert await _looked_at(person) == ("cancelled", "called_off")
    assert await db.fetch_value("SELECT count(*) FROM inbox") == 1


async def test_a_next_edition_ends_the_push_of_the_one_before_and_has_its_own() -> None:
    person = await _reachable(await enterprise(1, employees=3))
    done = await published()
    await spread()
    edited = await service.edit(done.id, content("小店再减费"), actor=WRITER, version=done.version)
    handed = await service.submit(edited.id, actor=WRITER)
    await service.publish(edited.id, actor=REVIEWER, version=handed.version)
    await spread()
    for _ in range(2):
        await take_notes()
        await claim(10, current().settings)
    rows = await db.fetch("SELECT reason FROM deliveries WHERE person_id = $1 ORDER BY id", person.id)
    assert [row["reason"] for row in rows] == ["called_off", "template_missing"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE bindings SET state = 'ended', ended_at = now() WHERE enterprise_id = $1",
        "UPDATE bindings SET state = 'pending' WHERE enterprise_id = $1",
        "UPDATE bindings SET until = '2026-01-01' WHERE enterprise_id = $1",
        "UPDATE enterprises SET closed_at = now() WHERE id = $1",
    ],
)
async def test_nobody_is_pushed_for_an_enterprise_he_no_longer_acts_for(change: str) -> None:
    shop = await enterprise(1, employees=3)
    gone, stays = await _reachable(shop), await _reachable(await enterprise(2, employees=3))
    await published()
    await spread()
    await db.execute(change, shop)
    assert await _looked_at(gone) == ("cancelled", "not_acting")
    assert await _looked_at(stays) == ("deferred", "template_missing")


async def test_nobody_is_told_before_the_first_day(clock: clock_module.Frozen) -> None:
    person = await owner(await enterprise(1, employees=3))
    await published(effective_from=date(2026, 11, 25))
    await spread()
    assert await heard() == {}
    clock.set(clock_module.day_start(date(2026, 11, 26)))
    await spread()
    assert set(await heard()) == {person.id}


async def test_nobody_is_told_before_the_window_opens(clock: clock_module.Frozen) -> None:
    person = await owner(await enterprise(1, employees=3))
    await published(apply_from=date(2026, 11, 25), apply_until=date(2026, 12, 31))
    await spread()
    clock.set(clock_module.day_start(date(2026, 11, 25)))
    await spread()
    assert await heard() == {}
    clock.set(clock_module.day_start(date(2026, 11, 25)) + timedelta(hours=9))
    await spread()
    assert set(await heard()) == {person.id}


async def test_who_refuses_profiling_is_never_told_even_between_finding_and_telling() -> None:
    shop = await enterprise(1, employees=3)
    refuses, refuses_later, stays = await owner(shop), await owner(shop), await owner(shop)
    await consents.refuse(refuses)
    await published()
    version = await db.fetch_value("SELECT id FROM policy_versions")
    assert (await recipients.freeze(version)).count == 2
    await consents.refuse(refuses_later)
    await spread()
    assert set(await heard()) == {stays.id}


async def test_who_no_longer_fits_when_his_turn_comes_is_not_told_and_may_be_found_again() -> None:
    shop = await enterprise(1, employees=3)
    person = await owner(shop)
    await published()
    version = await db.fetch_value("SELECT id FROM policy_versions")
    await recipients.freeze(version)
    await db.execute("UPDATE enterprises SET employees = 11, facts_version = facts_version + 1")
    await spread()
    assert (await heard(), await db.fetch_value("SELECT count(*) FROM policy_recipients")) == ({}, 0)
    await db.execute("UPDATE enterprises SET employees = 10, facts_version = facts_version + 1")
    assert (await recipients.freeze(version, "difference")).count == 1
    async with db.transaction():
        await outbox.put(spreading.FOUND, {"version_id": str(version)})
    await spread()
    assert set(await heard()) == {person.id}


async def test_paused_pushes_reach_nobody_until_they_are_resumed() -> None:
    person = await owner(await enterprise(1, employees=3))
    await published()
    version = await db.fetch_value("SELECT id FROM policy_versions")
    await db.execute("UPDATE policy_versions SET pushes_paused_at = now()")
    await spread()
    assert (await recipients.freeze(version)).count == 0
    await db.execute("UPDATE policy_versions SET pushes_paused_at = NULL")
    await recipients.freeze(version)
    await db.execute("UPDATE policy_versions SET pushes_paused_at = now()")
    for paused in (True, False):
        if not paused:
            await db.execute("UPDATE policy_versions SET pushes_paused_at = NULL")
        async with db.transaction():
            await outbox.put(spreading.FOUND, {"version_id": str(version)})
        await spread()
        assert set(await heard()) == (set() if paused else {person.id})


async def test_a_chunk_of_people_costs_the_same_statements_however_many_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = await enterprise(1, employees=3)
    await published()
    version = await db.fetch_value("SELECT id FROM policy_versions")
    counts = []
    for people in (1, 30):
        for _ in range(people):
            await owner(shop)
        await recipients.freeze(version)
        await db.execute(
            "INSERT INTO policy_spreads (version_id, frozen_at) VALUES ($1, now()) ON CONFLICT DO NOTHING", version
        )
        item = OutboxItem(new_id(), spreading.FOUND, None, {"version_id": str(version)}, 1, clock_module.now())
        with counted(monkeypatch) as statements:
            async with db.transaction():
                await spreading.tell_found([item])
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 9
    assert await db.fetch_value("SELECT count(*) FROM inbox") == 31


@pytest.mark.parametrize(
    ("until", "text"),
    [(None, "长期有效"), (date(2026, 1, 2), "2026年1月2日前"), (date(2099, 12, 31), "2099年12月31日前")],
)
def test_a_deadline_has_room_in_a_template(until: date | None, text: str) -> None:
    assert messages.deadline(until) == text
    assert len(text) <= 20
