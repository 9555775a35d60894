"""One running system and one browser a test worker, a fresh browser context a test.

async def test_a_page(page: Page, desk: Desk) -> None:
    await sign_in(page, desk, "jingban", "/notices")
    await axe(page)
    await shot(page, "notices")
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Generator, Iterator
from datetime import timedelta
from signal import SIGTERM
from typing import Final

import asyncpg
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from backend.foundation import clock
from miniprogram_api.console import BUILT, built
from tests.console.browser import CHROMIUM, FLAGS, PATIENCE, WIDE, Faults
from tests.console.desk import Desk, demo_of
from tests.support.installed import Running, free_ports

expect.set_options(timeout=PATIENCE)
_has_failed = pytest.StashKey[bool]()
_LONGEST: Final = timedelta(minutes=1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[_has_failed] = report.failed
    return report


@pytest.fixture(scope="session")
def _system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    assert built(BUILT), "the console is not built: make console"
    started = Running(tmp_path_factory.mktemp("console") / "data", free_ports(3))
    yield started
    started.end(SIGTERM)


@pytest.fixture(scope="session")
async def desk(_system: Running) -> AsyncIterator[Desk]:
    async with asyncpg.create_pool(_system.installation.settings().database_url, min_size=1, max_size=4) as pool:
        yield Desk(_system, pool, demo_of(_system))


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as started:
        running = await started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        await running.close()


@pytest.fixture(autouse=True)
async def _one_day() -> None:
    """Let no test begin so near to midnight in China that its days were others when it ends: it begins after it."""
    left = clock.day_start(clock.today() + timedelta(days=1)) - clock.now()
    if left < _LONGEST:
        await asyncio.sleep(left.total_seconds())


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    made = await browser.new_context(
        viewport=WIDE, locale="zh-CN", timezone_id="America/New_York", reduced_motion="reduce", color_scheme="light"
    )
    made.set_default_timeout(PATIENCE)
    yield made
    await made.close()


@pytest.fixture
async def page(request: pytest.FixtureRequest, context: BrowserContext) -> AsyncIterator[Page]:
    """A page of a browser far away from Huzhou; what its console complains of fails the test.

    What stood on it when a test failed is printed: whatever was waited for, the reason is seldom in the wait.
    """
    made, faults = await context.new_page(), Faults()
    await faults.watch(made)
    yield made
    if request.node.stash.get(_has_failed, False):
        sys.stdout.write(f"{made.url}\n{await made.locator('body').aria_snapshot()}\n")
    assert faults.found == []
