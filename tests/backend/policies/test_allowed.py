"""What is offered to do with a policy is what would not be refused, at every step of its way."""

from datetime import timedelta
from uuid import UUID

import orjson
import pytest

from backend.access import Actor
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.policies import queries, service
from backend.policies.editing import scheduling
from tests.backend.policies.people import BOTH, DESK, REVIEWER, WRITER, content, published

pytestmark = pytest.mark.usefixtures("running", "clock")

OPEN = {"edit", "attach"}


async def _may(policy_id: UUID, actor: Actor) -> set[str]:
    told, _ = await queries.staff_detail(actor, policy_id)
    return set(orjson.loads(told)["may"])


async def test_every_step_offers_its_acts_to_whom_they_are_for() -> None:
    made = await service.draft(content(), actor=WRITER)
    assert (await _may(made.id, WRITER), await _may(made.id, REVIEWER)) == (OPEN | {"submit"}, set())
    handed = await service.submit(made.id, actor=WRITER)
    assert (await _may(made.id, WRITER), await _may(made.id, REVIEWER)) == (OPEN, {"publish"})
    assert await _may(made.id, BOTH) == OPEN | {"publish"}
    at = clock_module.now() + timedelta(days=1)
    waiting = await service.publish(made.id, actor=REVIEWER, version=handed.version, at=at)
    assert (await _may(made.id, WRITER), await _may(made.id, REVIEWER)) == (OPEN | {"unschedule"}, {"unschedule"})
    back = await scheduling.unschedule(made.id, actor=WRITER, version=waiting.version)
    await service.publish(made.id, actor=REVIEWER, version=back.version)
    assert (await _may(made.id, WRITER), await _may(made.id, REVIEWER)) == (
        {"begin_edition", "broadcast"},
        {"withdraw"},
    )


async def test_who_wrote_it_is_not_offered_to_publish_it() -> None:
    made = await service.draft(content(), actor=BOTH)
    await service.submit(made.id, actor=WRITER)
    assert await _may(made.id, BOTH) == OPEN
    assert "publish" in await _may(made.id, REVIEWER)


async def test_a_pause_offers_its_end_and_no_broadcast() -> None:
    done = await published()
    await db.execute("UPDATE policy_versions SET pushes_paused_at = now() WHERE policy_id = $1", done.id)
    assert await _may(done.id, REVIEWER) == {"withdraw", "resume_pushes"}
    assert "broadcast" not in await _may(done.id, WRITER)
    assert await _may(done.id, DESK) == set()
    edited = await service.edit(done.id, content("改"), actor=WRITER, version=done.version)
    assert edited.version
    assert await _may(done.id, BOTH) == OPEN | {"submit", "withdraw", "resume_pushes"}
