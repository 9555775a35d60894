"""One stand-in process for all tests of this folder, as new before each."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.sandbox.program import Callback, Phone, Program
from tests.support.watching import PATIENCE


@pytest.fixture(scope="session")
async def _callback() -> AsyncIterator[tuple[Callback, str]]:
    callback = Callback()
    url = await callback.start()
    runner = callback._runner
    yield callback, url
    await runner.cleanup()


@pytest.fixture(scope="session")
async def program(_callback: tuple[Callback, str]) -> AsyncIterator[Program]:
    program = Program(_callback[1])
    await program.start()
    yield program
    assert program.stop() == 0


@pytest.fixture
def callback(_callback: tuple[Callback, str]) -> Callback:
    _callback[0].forget()
    return _callback[0]


@pytest.fixture
async def wx(program: Program, callback: Callback) -> AsyncIterator[Phone]:
    """A client of a stand-in in which nothing has happened."""
    async with httpx.AsyncClient(base_url=program.url, timeout=PATIENCE) as http:
        await http.post("/control/reset")
        await http.patch("/control/settings", json={"push_retry_wait_ms": 0})
        callback.forget()
        yield Phone(http)
