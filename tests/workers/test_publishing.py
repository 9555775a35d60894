"""The jobs around a release do their work from the rows alone."""

from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.policies import service
from backend.runtime import Runtime
from tests.backend.policies.people import REVIEWER, WRITER, content
from tests.support.running import make_settings, run
from tests.support.site import open_site
from workers import publishing


async def _waiting(clock: Frozen, **given: object) -> None:
    made = await service.draft(content(**given), actor=WRITER)
    handed = await service.submit(made.id, actor=WRITER)
    at = clock.now() + timedelta(days=1)
    await service.publish(made.id, actor=REVIEWER, version=handed.version, at=at)


async def test_what_waits_comes_out(running: Runtime, clock: Frozen) -> None:
    await _waiting(clock)
    clock.advance(timedelta(days=1))
    await publishing.release_policies()
    assert await db.fetch_value("SELECT state FROM policy_versions") == "published"


@pytest.mark.parametrize(("allowed", "asked", "problem"), [("anywhere", 1, ""), ("public", 0, "private_address")])
async def test_links_are_looked_at_as_far_as_is_allowed(
    database: str,
    redis: Redis,
    redis_url: str,
    tmp_path: Path,
    clock: Frozen,
    *,
    allowed: str,
    asked: int,
    problem: str,
) -> None:
    settings = make_settings(database, redis_url, data_dir=tmp_path, link_checks=allowed)
    async with run(settings, redis), open_site() as site:
        await _waiting(clock, links=[{"title": "网页", "url": f"{site.url}/a"}])
        await publishing.collect_links()
        await publishing.check_links()
        assert len(site.asked) == asked
        assert await db.fetch_value("SELECT problem FROM policy_links") == problem


async def test_no_link_is_looked_at_where_that_is_off(
    database: str, redis: Redis, redis_url: str, tmp_path: Path, clock: Frozen
) -> None:
    async with (
        run(make_settings(database, redis_url, data_dir=tmp_path, link_checks="off"), redis),
        open_site() as site,
    ):
        await _waiting(clock, links=[{"title": "网页", "url": f"{site.url}/a"}])
        await publishing.collect_links()
        await publishing.check_links()
        assert site.asked == []
        assert await db.fetch_value("SELECT checked_at FROM policy_links") is None
