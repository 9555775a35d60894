"""The door over the examples instead of the real surface."""

from collections.abc import AsyncIterator

import pytest

from backend.runtime import Runtime
from tests.miniprogram_api import examples
from tests.support.api import Api, serve


@pytest.fixture
async def door(running: Runtime) -> AsyncIterator[Api]:
    async with serve(running, routes=examples.ROUTES, authenticators=examples.AUTHENTICATORS) as client:
        yield client
