"""The real door with the stand-in as WeChat."""

from collections.abc import AsyncIterator

import pytest

from backend.runtime import Runtime
from tests.support.api import Api, serve


@pytest.fixture
async def door(connected: Runtime) -> AsyncIterator[Api]:
    async with serve(connected) as client:
        yield client
