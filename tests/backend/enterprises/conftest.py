"""A runtime whose files lie in the test's own folder."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from backend.runtime import Runtime
from tests.support.running import make_settings, run


@pytest.fixture
async def runtime(database: str, redis: Redis, redis_url: str, tmp_path: Path) -> AsyncIterator[Runtime]:
    async with run(make_settings(database, redis_url, data_dir=tmp_path / "data"), redis) as made:
        yield made
