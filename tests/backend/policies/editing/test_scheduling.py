"""What is released for later: out by itself, once, however many workers look; and no gap between two editions."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden
from backend.foundation.states import WrongState
from backend.policies import errors, service
from backend.policies.editing import scheduling
from backend.policies.editing.versions import Handled
from backend.policies.models import PolicyVersion
from backend.policies.states import VersionState
from tests.backend.policies.people import BOTH, DESK, REVIEWER, WRITER, content, leaf, published

pytestmark = pytest.mark.usefixtures("running", "clock")

NOON = datetime(2026, 12, 1, 4, 0, tzinfo=UTC)  # 12:00 in Huzhou


async def _reviewed(title: str = "小店减费", **given: Any) -> Handled:
    made = await service.draft(content(title, **given), actor=WRITER)
    return await service.submit(made.id, actor=WRITER)


async def _scheduled(at: datetime = NOON, **given: Any) -> Handled:
    handed = await _reviewed(**given)
    return await service.publish(handed.id, actor=REVIEWER, version=handed.version, at=at)


async def _next(first: Handled, at: datetime | None = None, **given: Any) -> Handled:
    await service.edit(first.id, content("小店减费（续）", **given), actor=WRITER, version=first.version)
    handed = await service.submit(first.id, actor=WRITER)
    return await service.publish(first.id, actor=REVIEWER, version=handed.version, at=at)


async def _states(policy_id: UUID) -> list[str]:
    rows = await db.fetch("SELECT state FROM policy_versions WHERE policy_id = $1 ORDER BY edition", policy_id)
    return [row["state"] for row in rows]


async def _acts(policy_id: UUID) -> list[tuple[str, str]]:
    rows = await db.fetch(
        "SELECT a.action, a.actor_kind FROM audit_entries a JOIN policy_versions v ON v.id = a.row_id"
        " WHERE v.policy_id = $1 ORDER BY a.id",
        policy_id,
    )
    return [(row["action"].removeprefix("policies."), row["actor_kind"]) for row in rows]


async def test_it_comes_out_at_its_time_and_not_before(clock: Frozen) -> None:
    done = await _scheduled()
    assert done.state is VersionState.SCHEDULED
    clock.set(NOON - timedelta(seconds=1))
    assert await scheduling.release_due() == 0
    clock.set(NOON)
    assert await scheduling.release_due() == 1
    version = await PolicyVersion.get(policy_id=done.id)
    assert (version.state, version.published_at, version.publish_at) == (VersionState.PUBLISHED, NOON, None)
    assert (version.author_id, version.reviewer_id) == (WRITER.id, REVIEWER.id)
    assert (await _acts(done.id))[-2:] == [("scheduled", "staff"), ("published", "system")]
    assert await db.fetch_value("SELECT count(*) FROM outbox WHERE topic = $1", service.PUBLISHED) == 1
    assert await db.fetch_value("SELECT version FROM policies WHERE id = $1", done.id) == done.version + 1


async def test_a_worker_that_was_down_brings_it_out_as_soon_as_it_is_back(clock: Frozen) -> None:
    await _scheduled()
    clock.set(NOON + timedelta(days=9))
    assert await scheduling.release_due() == 1


async def test_one_that_fails_unforeseen_holds_up_nobody(clock: Frozen, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, sound = await _scheduled(), await _scheduled(title="大店减费")
    release = service.release

    async def failing(current: PolicyVersion, *args: Any, **given: Any) -> None:
        if current.policy_id == broken.id:
            raise RuntimeError("nobody foresaw this")
        await release(current, *args, **given)

    clock.set(NOON)
    with monkeypatch.context() as patch:
        patch.setattr(service, "release", failing)
        assert await scheduling.release_due() == 1
    assert (await _states(broken.id), await _states(sound.id)) == (["scheduled"], ["published"])
    assert await scheduling.release_due() == 1


async def test_however_many_look_it_comes_out_once(clock: Frozen) -> None:
    first = await published()
    await _next(first, at=NOON)
    clock.set(NOON)
    results = await asyncio.gather(*(scheduling.release_due() for _ in range(200)))
    assert sum(results) == 1
    assert await _states(first.id) == ["superseded", "published"]
    told = await db.fetch("SELECT state FROM outbox WHERE topic = $1 ORDER BY id", service.PUBLISHED)
    assert [row["state"] for row in told] == ["cancelled", "pending"]
    assert [act for act, _ in await _acts(first.id)].count("superseded") == 1


async def test_what_a_colleague_holds_does_not_hold_up_the_others(clock: Frozen, database: str) -> None:
    held, free = await _scheduled(title="甲"), await _scheduled(title="乙")
    clock.set(NOON)
    colleague = await asyncpg.connect(database)
    try:
        async with colleague.transaction():
            await colleague.execute("SELECT FROM policies WHERE id = $1 FOR UPDATE", held.id)
            assert await asyncio.wait_for(scheduling.release_due(), 30) == 1
    finally:
        await colleague.close()
    assert (await _states(held.id), await _states(free.id)) == (["scheduled"], ["published"])
    assert await scheduling.release_due() == 1


@pytest.mark.parametrize("actor", [WRITER, REVIEWER], ids=["publisher", "reviewer"])
async def test_it_can_be_taken_back(clock: Frozen, actor: Any) -> None:
    done = await _scheduled()
    with pytest.raises(errors.PolicyChanged):
        await scheduling.unschedule(done.id, actor=actor, version=done.version - 1)
    back = await scheduling.unschedule(done.id, actor=actor, version=done.version)
    assert back.state is VersionState.IN_REVIEW
    clock.set(NOON)
    assert await scheduling.release_due() == 0
    version = await PolicyVersion.get(policy_id=done.id)
    assert (version.reviewer_id, version.publish_at) == (None, None)
    with pytest.raises(WrongState):
        await scheduling.unschedule(done.id, actor=actor, version=back.version)


async def test_only_who_writes_or_reviews_takes_it_back() -> None:
    done = await _scheduled()
    with pytest.raises(Forbidden):
        await scheduling.unschedule(done.id, actor=DESK, version=done.version)


async def test_an_edit_takes_it_out_of_the_schedule_and_the_reviewer_may_be_the_editor(clock: Frozen) -> None:
    handed = await _reviewed()
    done = await service.publish(handed.id, actor=BOTH, version=handed.version, at=NOON)
    edited = await service.edit(done.id, content("改过"), actor=BOTH, version=done.version)
    assert edited.state is VersionState.DRAFT
    clock.set(NOON)
    assert await scheduling.release_due() == 0
    assert await _states(done.id) == ["draft"]


async def test_a_scheduled_version_is_neither_submitted_nor_published_again() -> None:
    done = await _scheduled()
    with pytest.raises(WrongState):
        await service.submit(done.id, actor=WRITER)
    with pytest.raises(WrongState):
        await service.publish(done.id, actor=REVIEWER, version=done.version)


async def test_the_author_schedules_nothing_and_the_database_agrees() -> None:
    handed = await service.submit((await service.draft(content(), actor=BOTH)).id, actor=WRITER)
    with pytest.raises(errors.SameAuthor):
        await service.publish(handed.id, actor=BOTH, version=handed.version, at=NOON)
    with pytest.raises(asyncpg.CheckViolationError):
        await db.execute("UPDATE policy_versions SET state = 'scheduled', publish_at = $1", NOON)


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (lambda now: now, "past"),
        (lambda now: now - timedelta(days=1), "past"),
        (lambda now: now + timedelta(days=180, seconds=1), "too_far"),
        (lambda _: datetime.max.replace(tzinfo=UTC), "too_far"),
        (lambda _: datetime.min.replace(tzinfo=UTC), "past"),
        (lambda _: datetime(2026, 12, 31, 16, 0, tzinfo=UTC), "after_end"),
    ],
)
async def test_a_wrong_time_is_told(clock: Frozen, at: Callable[[datetime], datetime], code: str) -> None:
    handed = await _reviewed(effective_to=date(2026, 12, 31))
    with pytest.raises(errors.ReleaseTime) as refused:
        await service.publish(handed.id, actor=REVIEWER, version=handed.version, at=at(clock.now()))
    assert [(one.path, one.code) for one in refused.value.fields] == [("at", code)]


async def test_the_last_moment_of_the_last_day_will_do() -> None:
    last = datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)
    assert (await _scheduled(last, effective_to=date(2026, 12, 31))).state is VersionState.SCHEDULED


async def test_what_is_over_by_then_goes_back_with_the_reason(clock: Frozen) -> None:
    done = await _scheduled(effective_to=date(2026, 12, 2))
    clock.set(NOON + timedelta(days=5))
    assert await scheduling.release_due() == 0
    version = await PolicyVersion.get(policy_id=done.id)
    assert (version.state, version.reviewer_id, version.publish_at) == (VersionState.IN_REVIEW, None, None)
    assert "有效期" in version.held_back
    assert (await _acts(done.id))[-1] == ("held_back", "system")
    assert await db.fetch_value("SELECT count(*) FROM outbox WHERE topic = $1", service.PUBLISHED) == 0
    assert await scheduling.release_due() == 0
    await service.edit(done.id, content(), actor=WRITER, version=done.version + 1)
    await service.submit(done.id, actor=WRITER)
    assert (await PolicyVersion.get(policy_id=done.id)).held_back == ""


async def test_a_rule_that_a_release_left_behind_goes_back_and_holds_up_nobody(clock: Frozen) -> None:
    broken, good = await _scheduled(title="甲"), await _scheduled(title="乙")
    rule = leaf("mood", "eq", 1)
    await db.execute("UPDATE policy_versions SET rule = $2::jsonb WHERE policy_id = $1", broken.id, json.dumps(rule))
    clock.set(NOON)
    assert await scheduling.release_due() == 1
    assert (await _states(broken.id), await _states(good.id)) == (["in_review"], ["published"])
    assert (await PolicyVersion.get(policy_id=broken.id)).held_back


async def test_the_old_edition_stays_until_the_new_one_s_first_day(clock: Frozen) -> None:
    first = await published()
    waiting = await _next(first, effective_from=date(2027, 1, 1))
    assert waiting.state is VersionState.SCHEDULED
    assert await _states(first.id) == ["published", "scheduled"]
    clock.set(datetime(2026, 12, 31, 15, 59, tzinfo=UTC))
    assert await scheduling.release_due() == 0
    clock.set(datetime(2026, 12, 31, 16, 0, tzinfo=UTC))  # the first minute of 2027 in Huzhou
    assert await scheduling.release_due() == 1
    assert await _states(first.id) == ["superseded", "published"]
    due = await db.fetch_value("SELECT max(due_at) FROM outbox WHERE topic = $1", service.PUBLISHED)
    assert due == datetime(2027, 1, 1, 1, 0, tzinfo=UTC), "told at nine in the morning"


async def test_an_edition_does_not_take_the_place_of_one_in_force_before_its_own_first_day() -> None:
    first = await published()
    with pytest.raises(errors.ReleaseTime) as refused:
        await _next(first, at=NOON, effective_from=date(2027, 1, 1))
    assert [one.code for one in refused.value.fields] == ["too_early"]


async def test_an_edition_too_far_ahead_of_one_in_force_is_not_taken_yet() -> None:
    first = await published()
    with pytest.raises(errors.ReleaseTime) as refused:
        await _next(first, effective_from=date(2027, 6, 1))
    assert [one.code for one in refused.value.fields] == ["too_far"]


async def test_where_nothing_is_in_force_what_begins_later_is_shown_at_once(clock: Frozen) -> None:
    assert (await published(effective_from=date(2027, 1, 1))).state is VersionState.PUBLISHED
    first = await published("另一项", effective_to=date(2026, 12, 31))
    taken = await service.withdraw(first.id, "有误", actor=REVIEWER)
    assert (await _next(taken, effective_from=date(2027, 1, 1))).state is VersionState.PUBLISHED


async def test_the_live_edition_may_be_withdrawn_while_the_next_waits(clock: Frozen) -> None:
    first = await published()
    waiting = await _next(first, at=NOON)
    with pytest.raises(errors.PolicyChanged):
        await service.withdraw(first.id, "有误", actor=REVIEWER, version=first.version)
    await service.withdraw(first.id, "有误", actor=REVIEWER, version=waiting.version)
    clock.set(NOON)
    assert await scheduling.release_due() == 1
    assert await _states(first.id) == ["withdrawn", "published"]
