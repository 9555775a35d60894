"""The running service and the town around it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from backend.foundation.clock import Frozen
from backend.runtime import Runtime
from tests.journeys.town import Town, registry
from tests.support.api import serve
from tests.support.running import make_settings, run
from tests.support.sandbox import Sandbox


@pytest.fixture
async def service(
    database: str, redis: Redis, redis_url: str, sandbox: Sandbox, tmp_path: Path
) -> AsyncIterator[Runtime]:
    """Connected to the stand-in, with files in the test's own folder."""
    settings = make_settings(database, redis_url, wechat_base_url=sandbox.url, data_dir=tmp_path)
    async with run(settings, redis) as made:
        yield made


@pytest.fixture
async def town(service: Runtime, sandbox: Sandbox, clock: Frozen, tmp_path: Path) -> AsyncIterator[Town]:
    await registry(tmp_path)
    async with serve(service) as door:
        yield Town(door, sandbox, clock)
