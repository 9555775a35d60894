"""A publication reaches whom it surely fits, each person once, and the answers that are kept."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import orjson
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
from backend.policies import feed, matching, messages, recipients, service, spreading
from backend.policies.versions import Handled
from backend.runtime import current
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.counting import counted
from tests.backend.policies.people import REVIEWER, WRITER, content, leaf, owner, published

pytestmark = pytest.mark.usefixtures("running", "clock")


async def spread() -> None:
    """Do what the workers do until nothing is left."""
    drained = await outbox.drain(spreading.HANDLERS)
    assert (drained.failed, drained.is_empty) == (0, True)


async def _told() -> dict[UUID | None, dict[str, Any]]:
    rows = await db.fetch("SELECT person_id, kind, title, body, fields, page FROM inbox")
    return {row["person_id"]: {**dict(row), "fields": orjson.loads(row["fields"])} for row in rows}


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
    assert set(await _told()) == {manager.id, chief.id}


async def test_a_person_hears_once_whatever_the_number_of_his_enterprises() -> None:
    first, second = await enterprise(1, "乙店", employees=3), await enterprise(2, "甲店", employees=4)
    both = await owner(first, second)
    one = await owner(first)
    done = await published()
    await spread()
    told = await _told()
    assert told[both.id]["fields"] == {
        "policy": "小店减费",
        "enterprise": "乙店等2家",
        "deadline": "2027年12月31日前",
        "hint": "可能符合，点开看逐条依据",
    }
    assert told[both.id]["page"] == f"pages/policy/detail?id={done.id}&enterprise={first}"
    assert told[one.id]["fields"]["enterprise"] == "乙店"
    assert "可能符合" in told[one.id]["body"]
    push = await db.fetch_one("SELECT not_after FROM deliveries WHERE person_id = $1", one.id)
    assert push is not None
    assert push["not_after"] == clock_module.day_start(date(2028, 1, 1))


async def _kinds(person: Actor) -> list[str]:
    return [row["kind"] for row in await db.fetch("SELECT kind FROM inbox WHERE person_id = $1 ORDER BY id", person.id)]


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
    assert set(await _told()) == people
    assert await db.fetch_value("SELECT count(*) FROM outbox WHERE topic = $1", spreading.FOUND) == 3


async def test_a_next_version_is_told_again() -> None:
    person = await owner(await enterprise(1, employees=3))
    first = await published()
    await spread()
    await service.withdraw(first.id, "有误", actor=REVIEWER)
    await published("改正后")
    await spread()
    assert await _kinds(person) == ["policy_matched", "policy_retracted", "policy_matched"]


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
    assert await _told() == {}


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
    assert await _told() == {}
    clock.set(clock_module.day_start(date(2026, 11, 26)))
    await spread()
    assert set(await _told()) == {person.id}


async def test_nobody_is_told_before_the_window_opens(clock: clock_module.Frozen) -> None:
    person = await owner(await enterprise(1, employees=3))
    await published(apply_from=date(2026, 11, 25), apply_until=date(2026, 12, 31))
    await spread()
    clock.set(clock_module.day_start(date(2026, 11, 25)))
    await spread()
    assert await _told() == {}
    clock.set(clock_module.day_start(date(2026, 11, 25)) + timedelta(hours=9))
    await spread()
    assert set(await _told()) == {person.id}


async def test_who_refuses_profiling_is_never_told_even_between_finding_and_telling() -> None:
    shop = await enterprise(1, employees=3)
    refuses, refuses_later, stays = await owner(shop), await owner(shop), await owner(shop)
    await consents.refuse(refuses)
    await published()
    version = await db.fetch_value("SELECT id FROM policy_versions")
    assert (await recipients.freeze(version)).count == 2
    await consents.refuse(refuses_later)
    await spread()
    assert set(await _told()) == {stays.id}


async def test_who_no_longer_fits_when_his_turn_comes_is_not_told_and_may_be_found_again() -> None:
    shop = await enterprise(1, employees=3)
    person = await owner(shop)
    await published()
    version = await db.fetch_value("SELECT id FROM policy_versions")
    await recipients.freeze(version)
    await db.execute("UPDATE enterprises SET employees = 11, facts_version = facts_version + 1")
    await spread()
    assert (await _told(), await db.fetch_value("SELECT count(*) FROM policy_recipients")) == ({}, 0)
    await db.execute("UPDATE enterprises SET employees = 10, facts_version = facts_version + 1")
    assert (await recipients.freeze(version, "difference")).count == 1
    async with db.transaction():
        await outbox.put(spreading.FOUND, {"version_id": str(version)})
    await spread()
    assert set(await _told()) == {person.id}


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
        assert set(await _told()) == (set() if paused else {person.id})


async def test_a_withdrawal_is_told_once_to_whoever_was_told_of_it_and_to_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spreading, "CHUNK", 2)
    shop = await enterprise(1, employees=3)
    told = {(await owner(shop)).id for _ in range(5)}
    done = await published()
    await spread()
    await owner(shop)
    await service.withdraw(done.id, "文件已废止", actor=REVIEWER)
    await spread()
    rows = await db.fetch("SELECT person_id, body FROM inbox WHERE kind = 'policy_retracted'")
    assert {row["person_id"] for row in rows} == told
    assert len(rows) == 5
    assert "《小店减费》已撤回：文件已废止。" in rows[0]["body"]


async def _corrects(done: Handled, note: str, rule: dict[str, Any] | None = None) -> Handled:
    edited = await service.edit(done.id, content(rule=rule, correction=note), actor=WRITER, version=done.version)
    handed = await service.submit(edited.id, actor=WRITER)
    return await service.publish(edited.id, actor=REVIEWER, version=handed.version)


async def test_a_correction_is_one_notice_in_the_place_of_a_push() -> None:
    fits_both = await owner(await enterprise(1, employees=3))
    no_longer = await owner(await enterprise(2, employees=9))
    done = await published()
    await spread()
    fits_now = await owner(await enterprise(3, employees=4))
    again = await _corrects(done, "人数上限应为五人", leaf("employees", "le", 5))
    await spread()
    assert "人数上限应为五人。" in (await _told())[no_longer.id]["body"], "what changed is told"
    assert await _kinds(fits_both) == await _kinds(no_longer) == ["policy_matched", "policy_corrected"]
    assert await _kinds(fits_now) == ["policy_matched"]
    await service.withdraw(again.id, "停止执行", actor=REVIEWER)
    await spread()
    assert [(await _kinds(one))[-1] for one in (fits_both, no_longer, fits_now)] == ["policy_retracted"] * 3


async def test_a_correction_that_was_itself_wrong_before_anybody_heard_leaves_nobody_out() -> None:
    person = await owner(await enterprise(1, employees=3))
    done = await published()
    await spread()
    hasty = await _corrects(done, "人数上限应为五人", leaf("employees", "le", 5))
    await _corrects(hasty, "人数上限应为二人", leaf("employees", "le", 2))
    await spread()
    assert await _kinds(person) == ["policy_matched", "policy_corrected"]
    assert "人数上限应为二人" in (await _told())[person.id]["body"]


async def test_a_correction_withdrawn_before_anybody_heard_is_a_withdrawal_of_what_they_had_heard_of() -> None:
    person = await owner(await enterprise(1, employees=3))
    done = await published()
    await spread()
    hasty = await _corrects(done, "人数上限应为五人")
    gone = await service.withdraw(hasty.id, "停止执行", actor=REVIEWER)
    await spread()
    assert await _kinds(person) == ["policy_matched", "policy_retracted"]
    again = await _corrects(gone, "恢复执行")
    await service.withdraw(again.id, "仍停止执行", actor=REVIEWER)
    await spread()
    assert await _kinds(person) == ["policy_matched", "policy_retracted"]


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


async def _verdicts(enterprise_id: UUID) -> list[int]:
    rows = await db.fetch(
        "SELECT m.verdict FROM policy_matches m JOIN policy_versions v ON v.id = m.version_id"
        " WHERE m.enterprise_id = $1 ORDER BY v.id",
        enterprise_id,
    )
    return [row["verdict"] for row in rows]


async def _is_current(enterprise_id: UUID) -> bool:
    current = "SELECT rule_set_version = (SELECT version FROM rule_set) FROM policy_match_sets WHERE enterprise_id = $1"
    return bool(await db.fetch_value(current, enterprise_id))


async def test_kept_answers_are_brought_up_to_a_new_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreading, "CHUNK", 2)
    shops = [await enterprise(number, employees=number * 5) for number in range(1, 5)]
    never_asked = await enterprise(9, employees=1)
    for shop in shops:
        await matching.refresh(shop)
    await published()
    assert [await _verdicts(shop) for shop in shops] == [[], [], [], []]
    await spread()
    assert [await _verdicts(shop) for shop in shops] == [[1], [1], [3], [3]]
    assert [await _is_current(shop) for shop in shops] == [True] * 4
    assert await _verdicts(never_asked) == []


async def test_only_current_answers_are_brought_up() -> None:
    current, moved = await enterprise(1, employees=3), await enterprise(2, employees=3)
    await matching.refresh(current)
    await matching.refresh(moved)
    await db.execute("UPDATE enterprises SET employees = 99, facts_version = facts_version + 1 WHERE id = $1", moved)
    await published()
    await spread()
    assert (await _verdicts(current), await _verdicts(moved)) == ([1], [])
    assert (await _is_current(current), await _is_current(moved)) == (True, False)


async def test_two_publications_in_a_row_both_arrive() -> None:
    shop = await enterprise(1, employees=3)
    await matching.refresh(shop)
    await published()
    await published("二人以下", leaf("employees", "le", 2))
    await spread()
    if await _is_current(shop):
        assert await _verdicts(shop) == [1, 3]
    person = await owner(shop)
    page = orjson.loads(await feed.feed(person, shop))
    assert [item["answer"] for item in page["items"]] == ["yes", "no"]


async def test_a_withdrawal_keeps_answers_current() -> None:
    shop = await enterprise(1, employees=3)
    done = await published()
    await matching.refresh(shop)
    await spread()
    await service.withdraw(done.id, "有误", actor=REVIEWER)
    assert not await _is_current(shop)
    await spread()
    assert await _is_current(shop)
    assert orjson.loads(await feed.feed(await owner(shop), shop))["items"] == []
