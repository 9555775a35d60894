"""Staff are told what waits for them in the policies, until one of them has done it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend import staff
from backend.access import SYSTEM, Actor, ActorKind, Grant, Role
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.ids import new_id
from backend.policies import notices, precision, service
from backend.policies.editing import scheduling
from backend.policies.models import PolicyVersion
from tests.backend.policies.people import content, published
from tests.factories.people import add_staff

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _person(*roles: Role, districts: tuple[str, ...] = ()) -> Actor:
    actor = await add_staff(staff_id=new_id())
    grants = tuple(Grant(role, districts=districts) for role in roles)
    assert actor.id
    await staff.grant(actor.id, grants, actor=SYSTEM)
    return Actor(ActorKind.STAFF, actor.id, actor.name, grants)


async def _open() -> set[tuple[UUID, str]]:
    rows = await db.fetch("SELECT staff_id, kind FROM staff_notices WHERE settled_at IS NULL")
    return {(row["staff_id"], row["kind"]) for row in rows}


def _for(kind: str, *actors: Actor) -> set[tuple[Any, str]]:
    return {(actor.id, kind) for actor in actors}


async def test_reviewers_are_told_what_waits_and_no_more_once_one_has_released_it() -> None:
    both, first, second = await _person(Role.PUBLISHER, Role.REVIEWER), *[await _person(Role.REVIEWER) for _ in "ab"]
    await _person(Role.FRONT_DESK)
    made = await service.draft(content(), actor=both)
    handed = await service.submit(made.id, actor=both)
    assert await _open() == _for(notices.REVIEW_WANTED, first, second), "he who wrote it may not release it"
    link = await db.fetch_value("SELECT DISTINCT link FROM staff_notices")
    assert link == f"/policies/{made.id}"
    await service.publish(made.id, actor=first, version=handed.version)
    assert await _open() == set()


async def test_only_reviewers_of_its_region_are_told() -> None:
    writer, city = await _person(Role.PUBLISHER), await _person(Role.REVIEWER)
    here, there = [await _person(Role.REVIEWER, districts=(code,)) for code in ("330502", "330523")]
    made = await service.draft(content(region="330502"), actor=writer)
    await service.submit(made.id, actor=writer)
    assert await _open() == _for(notices.REVIEW_WANTED, city, here)
    assert there.id


async def test_what_is_edited_waits_no_more_until_it_is_handed_in_again(clock: Frozen) -> None:
    writer, reviewer = await _person(Role.PUBLISHER), await _person(Role.REVIEWER)
    made = await service.draft(content(), actor=writer)
    handed = await service.submit(made.id, actor=writer)
    edited = await service.edit(made.id, content(title="稳岗补贴（修订）"), actor=writer, version=handed.version)
    assert await _open() == set()
    clock.advance(timedelta(minutes=1))
    await service.submit(made.id, actor=writer, version=edited.version)
    assert await _open() == _for(notices.REVIEW_WANTED, reviewer)


async def test_what_could_not_come_out_is_told_to_who_wrote_and_who_released_it(clock: Frozen) -> None:
    writer, reviewer, other = await _person(Role.PUBLISHER), *[await _person(Role.REVIEWER) for _ in "ab"]
    made = await service.draft(content(), actor=writer)
    handed = await service.submit(made.id, actor=writer)
    at = clock_module.now() + timedelta(days=2)
    await service.publish(made.id, actor=reviewer, version=handed.version, at=at)
    await PolicyVersion.filter(policy_id=made.id).update(reference_only=True)
    clock.advance(timedelta(days=2, minutes=1))
    assert await scheduling.release_due() == 0
    assert await _open() == _for(notices.HELD_BACK, writer, reviewer)
    assert other.id


async def test_what_leaves_the_schedule_waits_for_a_review_again(clock: Frozen) -> None:
    writer, reviewer = await _person(Role.PUBLISHER), await _person(Role.REVIEWER)
    made = await service.draft(content(), actor=writer)
    handed = await service.submit(made.id, actor=writer)
    at = clock_module.now() + timedelta(days=2)
    done = await service.publish(made.id, actor=reviewer, version=handed.version, at=at)
    clock.advance(timedelta(minutes=1))
    await scheduling.unschedule(made.id, actor=writer, version=done.version)
    assert await _open() == _for(notices.REVIEW_WANTED, reviewer)


async def test_paused_pushes_are_told_to_who_wrote_and_who_released_until_they_go_on() -> None:
    writer, reviewer = await _person(Role.PUBLISHER), await _person(Role.REVIEWER)
    done = await published()
    version = await PolicyVersion.get(policy_id=done.id)
    await PolicyVersion.filter(id=version.id).update(author_id=writer.id, edited_by=writer.id, reviewer_id=reviewer.id)
    await PolicyVersion.filter(id=version.id).update(pushes_paused_at=clock_module.now())
    async with db.transaction():
        await notices.pushes_paused(version.id, answers=30, fitting=12)
    assert await _open() == _for(notices.PAUSED, writer, reviewer)
    body = await db.fetch_value("SELECT DISTINCT body FROM staff_notices WHERE kind = $1", notices.PAUSED)
    assert "30份" in body
    assert "12份" in body
    await precision.resume(done.id, "已核对", actor=reviewer)
    assert await _open() == set()
