"""A policy's way from draft to its end, and who may take it there."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from pydantic import ValidationError

from backend.access import Actor
from backend.eligibility import RuleInvalid
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden
from backend.foundation.ids import new_id
from backend.foundation.states import WrongState
from backend.policies import errors, service
from backend.policies.editing.versions import Handled
from backend.policies.models import PolicyVersion
from backend.policies.states import LIFECYCLE, VersionState
from backend.runtime import Runtime
from tests.backend.policies.people import BOTH, DESK, OPERATOR, REVIEWER, WRITER, content, leaf, published

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _states(policy_id: UUID) -> list[str]:
    rows = await db.fetch("SELECT state FROM policy_versions WHERE policy_id = $1 ORDER BY edition", policy_id)
    return [row["state"] for row in rows]


async def _acts(policy_id: UUID) -> list[str]:
    rows = await db.fetch(
        "SELECT a.action FROM audit_entries a JOIN policy_versions v ON v.id = a.row_id"
        " WHERE v.policy_id = $1 ORDER BY a.id",
        policy_id,
    )
    return [row["action"] for row in rows]


async def test_one_writes_another_publishes_and_all_of_it_is_written_down() -> None:
    done = await published()
    version = await PolicyVersion.get(policy_id=done.id)
    assert (done.state, done.number) == (VersionState.PUBLISHED, "ZC-20261123-0001")
    assert (version.author_id, version.reviewer_id) == (WRITER.id, REVIEWER.id)
    assert version.published_at is not None
    assert await _acts(done.id) == ["policies.drafted", "policies.submitted", "policies.published"]
    assert [row["topic"] for row in await db.fetch("SELECT topic FROM outbox ORDER BY topic")] == [
        service.LIVE_CHANGED,
        service.PUBLISHED,
    ]


async def test_nobody_publishes_what_he_wrote() -> None:
    made = await service.draft(content(), actor=BOTH)
    handed = await service.submit(made.id, actor=WRITER)
    with pytest.raises(errors.SameAuthor):
        await service.publish(made.id, actor=BOTH, version=handed.version)
    assert await _states(made.id) == ["in_review"]


async def test_nobody_publishes_what_he_changed_last() -> None:
    made = await service.draft(content(), actor=WRITER)
    edited = await service.edit(made.id, content("小店减费（改）"), actor=BOTH, version=made.version)
    handed = await service.submit(made.id, actor=WRITER)
    assert handed.version > edited.version
    with pytest.raises(errors.SameAuthor):
        await service.publish(made.id, actor=BOTH, version=handed.version)
    assert (await service.publish(made.id, actor=REVIEWER, version=handed.version)).state is VersionState.PUBLISHED


async def test_the_database_too_keeps_author_and_reviewer_apart() -> None:
    done = await published()
    for column in ("author_id", "edited_by"):
        with pytest.raises(asyncpg.CheckViolationError):
            await db.execute(f"UPDATE policy_versions SET {column} = reviewer_id WHERE policy_id = $1", done.id)


async def test_the_database_keeps_one_published_version_a_policy() -> None:
    done = await published()
    await service.edit(done.id, content("第二版"), actor=WRITER, version=done.version)
    with pytest.raises(asyncpg.UniqueViolationError):
        await db.execute("UPDATE policy_versions SET state = 'published', published_at = now() WHERE edition = 2")


async def test_an_edit_takes_it_out_of_review() -> None:
    made = await service.draft(content(), actor=WRITER)
    handed = await service.submit(made.id, actor=WRITER)
    edited = await service.edit(made.id, content("另一个标题"), actor=WRITER, version=handed.version)
    assert edited.state is VersionState.DRAFT
    with pytest.raises(errors.PolicyChanged):
        await service.publish(made.id, actor=REVIEWER, version=handed.version)
    with pytest.raises(WrongState):
        await service.publish(made.id, actor=REVIEWER, version=edited.version)
    assert (await _acts(made.id))[-1] == "policies.edited"


async def test_of_two_edits_over_the_same_reading_one_is_told() -> None:
    made = await service.draft(content(), actor=WRITER)
    results = await asyncio.gather(
        *(service.edit(made.id, content(title), actor=WRITER, version=made.version) for title in ("甲", "乙")),
        return_exceptions=True,
    )
    assert sum(isinstance(one, errors.PolicyChanged) for one in results) == 1


async def test_a_next_version_takes_the_place_of_the_one_before() -> None:
    first = await published()
    second = await service.edit(first.id, content("小店减费（续）"), actor=WRITER, version=first.version)
    assert (second.edition, second.state) == (2, VersionState.DRAFT)
    assert await _states(first.id) == ["published", "draft"]
    handed = await service.submit(first.id, actor=WRITER)
    await service.publish(first.id, actor=REVIEWER, version=handed.version)
    assert await _states(first.id) == ["superseded", "published"]
    assert (await _acts(first.id))[-2:] == ["policies.superseded", "policies.published"]
    waiting = await db.fetch("SELECT state FROM outbox WHERE topic = $1 ORDER BY id", service.PUBLISHED)
    assert [row["state"] for row in waiting] == ["cancelled", "pending"]


async def test_racing_reviewers_publish_once() -> None:
    made = await service.draft(content(), actor=WRITER)
    handed = await service.submit(made.id, actor=WRITER)
    results = await asyncio.gather(
        *(service.publish(made.id, actor=REVIEWER, version=handed.version) for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(one, Handled) for one in results) == 1
    assert await db.fetch_value("SELECT count(*) FROM outbox WHERE topic = $1", service.PUBLISHED) == 1


async def test_what_is_withdrawn_is_told_to_nobody_any_more() -> None:
    done = await published()
    taken = await service.withdraw(done.id, "金额有误", actor=REVIEWER)
    assert taken.state is VersionState.WITHDRAWN
    version = await PolicyVersion.get(policy_id=done.id)
    assert (version.end_reason, version.ended_at is not None) == ("金额有误", True)
    assert await db.fetch_value("SELECT state FROM outbox WHERE topic = $1", service.PUBLISHED) == "cancelled"
    with pytest.raises(errors.NotPublished):
        await service.withdraw(done.id, "再撤一次", actor=REVIEWER)


async def test_the_clock_ends_what_is_over_and_nothing_else(clock: Frozen) -> None:
    ending = await published(effective_to=date(2026, 11, 30))
    closing = await published("窗口期", apply_until=date(2026, 11, 30))
    lasting = await published("长期", effective_to=None)
    clock.set(clock.now() + timedelta(days=7))  # 30 November
    assert await service.expire() == 0
    clock.advance(timedelta(days=1))
    assert await service.expire() == 2
    assert [(await _states(one.id))[0] for one in (ending, closing, lasting)] == ["expired", "expired", "published"]
    assert (await _acts(ending.id))[-1] == "policies.expired"


async def _ended_meanwhile(database: str, command: Awaitable[Handled]) -> Handled | BaseException:
    """Run a command that meets the clock: the end of the live version is written and committed only while it waits."""
    clock_door = await asyncpg.connect(database)
    try:
        async with clock_door.transaction():
            await clock_door.execute(
                "UPDATE policy_versions SET state = 'expired', ended_at = now() WHERE state = 'published'"
            )
            waiting = asyncio.ensure_future(command)
            await asyncio.sleep(0.1)
            assert not waiting.done()
        return (await asyncio.gather(waiting, return_exceptions=True))[0]
    finally:
        await clock_door.close()


async def test_what_the_clock_has_ended_is_not_withdrawn_too(database: str) -> None:
    done = await published()
    told = await _ended_meanwhile(database, service.withdraw(done.id, "有误", actor=REVIEWER))
    assert isinstance(told, errors.NotPublished)
    assert await _states(done.id) == ["expired"]


async def test_what_the_clock_has_ended_is_followed_and_stays_expired(database: str) -> None:
    first = await published()
    await service.edit(first.id, content("续"), actor=WRITER, version=first.version)
    handed = await service.submit(first.id, actor=WRITER)
    told = await _ended_meanwhile(database, service.publish(first.id, actor=REVIEWER, version=handed.version))
    assert isinstance(told, Handled)
    assert await _states(first.id) == ["expired", "published"]


@pytest.mark.parametrize(
    "given", [{"effective_to": date(2026, 11, 22)}, {"apply_until": date(2026, 11, 22)}], ids=["over", "window"]
)
async def test_what_is_over_is_not_published(given: dict[str, Any]) -> None:
    with pytest.raises(errors.PolicyPast):
        await published(**given)


async def test_what_is_of_another_place_is_not_published() -> None:
    with pytest.raises(errors.ReferenceOnly):
        await published(reference_only=True)


async def test_people_are_told_on_the_first_day_and_not_before() -> None:
    await published(effective_from=date(2027, 1, 1))
    due = await db.fetch_value("SELECT due_at FROM outbox WHERE topic = $1", service.PUBLISHED)
    assert due.isoformat() == "2027-01-01T01:00:00+00:00"


_COMMANDS: dict[str, Callable[[Actor], Awaitable[Handled]]] = {
    "policies.write": lambda actor: service.draft(content(), actor=actor),
    "policies.review": lambda actor: service.publish(new_id(), actor=actor, version=1),
    "policies.withdraw": lambda actor: service.withdraw(new_id(), "有误", actor=actor),
}


@pytest.mark.parametrize("permission", _COMMANDS)
@pytest.mark.parametrize("actor", [WRITER, REVIEWER, DESK, OPERATOR], ids=lambda actor: actor.name)
async def test_each_command_asks_for_its_permission(permission: str, actor: Actor) -> None:
    if actor.can(permission):
        return
    with pytest.raises(Forbidden) as refused:
        await _COMMANDS[permission](actor)
    assert refused.value.permission == permission


async def test_unknown_policies_taken_numbers_and_bad_rules_are_told(running: Runtime) -> None:
    with pytest.raises(errors.PolicyUnknown):
        await service.submit(new_id(), actor=WRITER)
    made = await service.draft(content(), actor=WRITER, number="ZC-1")
    with pytest.raises(errors.NumberTaken):
        await service.draft(content(), actor=WRITER, number="ZC-1")
    with pytest.raises(RuleInvalid):
        await service.edit(made.id, content(rule=leaf("mood", "eq", 1)), actor=WRITER, version=1)
    done = await published("另一项")
    with pytest.raises(errors.NothingOpen):
        await service.submit(done.id, actor=WRITER)


@pytest.mark.parametrize("state", [VersionState.SUPERSEDED, VersionState.WITHDRAWN, VersionState.EXPIRED])
def test_what_is_over_stays_over(state: VersionState) -> None:
    assert LIFECYCLE.is_final(state)


@pytest.mark.parametrize(
    "given",
    [
        {"effective_from": date(1, 1, 1)},
        {"effective_from": date(9999, 12, 31), "effective_to": None},
        {"effective_to": date(2200, 1, 1)},
        {"apply_from": date(1899, 12, 31)},
        {"issued_on": "0000"},
        {"issued_on": "9999-01"},
    ],
)
def test_a_day_of_another_age_is_a_slip_of_the_pen(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        content(**given)
