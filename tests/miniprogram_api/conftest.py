"""The door over the real surface (`api`, `known`) and over the examples (`door`)."""

from collections.abc import AsyncIterator

import pytest

from backend.foundation.clock import Frozen
from backend.runtime import Runtime
from tests.miniprogram_api import examples
from tests.support.api import Api, serve
from tests.support.matrix import World, authenticators


@pytest.fixture
async def door(running: Runtime) -> AsyncIterator[Api]:
    many = {"owner_requests_per_minute": 1_000_000, "address_requests_per_minute": 1_000_000}
    settings = running.settings.model_copy(update=many)
    async with serve(
        running, settings=settings, routes=examples.ROUTES, authenticators=examples.AUTHENTICATORS
    ) as client:
        yield client


@pytest.fixture
def world(clock: Frozen, running: Runtime) -> World:
    """People without rows: an owner, another one, one of the staff for each role. Their day is `clock`'s."""
    return World(running)


@pytest.fixture
async def known(world: World) -> AsyncIterator[Api]:
    """The HTTP door over `running`, which knows the world's people by their ids."""
    async with serve(world.runtime, authenticators=authenticators(world)) as client:
        yield client


@pytest.fixture
async def api(running: Runtime) -> AsyncIterator[Api]:
    """The HTTP door over `running`, as an httpx client."""
    async with serve(running) as client:
        yield client
