"""Fixtures for every test: real servers, an empty migrated database, a clock."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis.asyncio import Redis
from xdist import is_xdist_worker

from backend.foundation import clock as clock_module
from backend.foundation.db import close_database, database_config, open_database
from backend.runtime import Runtime
from backend.tables import MODELS
from tests.support import sizes  # noqa: F401  loads the hypothesis profile
from tests.support.cleaning import Cleaner
from tests.support.running import make_settings, run
from tests.support.sandbox import Sandbox, all_channels, start_sandbox, stop_sandbox
from tests.support.servers import Servers, copy_database, start_servers

_started = pytest.StashKey()
_servers = pytest.StashKey[Servers]()


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers once, in the process that leads the run."""
    worker = getattr(config, "workerinput", None)
    if worker is not None:
        config.stash[_servers] = Servers(worker["postgres_url"], worker["redis_url"])
        return
    if config.option.collectonly:
        return
    started = start_servers()
    config.stash[_started] = started
    config.stash[_servers] = started.servers


def pytest_unconfigure(config: pytest.Config) -> None:
    started = config.stash.get(_started, None)
    if started is not None:
        started.stop()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:  # noqa: ANN001
    servers = node.config.stash[_servers]
    node.workerinput["postgres_url"] = servers.postgres_url
    node.workerinput["redis_url"] = servers.redis_url


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Servers:
    return pytestconfig.stash[_servers]


@pytest.fixture(scope="session")
def worker_number(request: pytest.FixtureRequest) -> int:
    name = request.config.workerinput["workerid"] if is_xdist_worker(request) else "gw0"
    return int(name.removeprefix("gw"))


@pytest.fixture(scope="session")
async def worker_database(servers: Servers, worker_number: int) -> str:
    """A copy of the migrated template for this test worker."""
    return await copy_database(servers.postgres_url, f"wuwei_test_{worker_number}")


@pytest.fixture(scope="session")
async def _orm(worker_database: str) -> AsyncIterator[str]:
    await open_database(database_config(worker_database, pool=20, models=MODELS, application="wuwei-test"))
    yield worker_database
    await close_database()


@pytest.fixture(scope="session")
async def cleaner(_orm: str) -> AsyncIterator[Cleaner]:
    made = await Cleaner.open(_orm)
    yield made
    await made.close()


@pytest.fixture
async def database(_orm: str, cleaner: Cleaner) -> AsyncIterator[str]:
    """Gives the URL of an empty, migrated database to which the ORM is bound; emptied again afterwards."""
    yield _orm
    await cleaner.clean()


@pytest.fixture
def redis_url(servers: Servers, worker_number: int) -> str:
    """A Valkey database of this test worker's own."""
    return servers.redis_url.rstrip("/") + f"/{worker_number + 1}"


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A real Valkey, empty."""
    client = Redis.from_url(redis_url)
    await client.flushdb()
    yield client
    await client.aclose()


@pytest.fixture
def clock() -> Iterator[clock_module.Frozen]:
    """A clock that stands at a working Monday morning in Huzhou until the test moves it."""
    frozen = clock_module.Frozen(datetime(2026, 11, 23, 2, 0, tzinfo=UTC))
    with clock_module.use(frozen):
        yield frozen


@pytest.fixture
async def running(database: str, redis: Redis, redis_url: str, tmp_path: Path) -> AsyncIterator[Runtime]:
    """The service's runtime over the test's database, Valkey and data directory; WeChat is out of reach."""
    async with run(make_settings(database, redis_url, data_dir=tmp_path), redis) as made:
        yield made


@pytest.fixture(scope="session")
def _sandbox() -> Iterator[Sandbox]:
    started = start_sandbox()
    yield started
    stop_sandbox(started)


@pytest.fixture
def sandbox(_sandbox: Sandbox) -> Sandbox:
    """The WeChat stand-in, as new."""
    _sandbox.reset()
    return _sandbox


@pytest.fixture
async def connected(database: str, redis: Redis, redis_url: str, sandbox: Sandbox) -> AsyncIterator[Runtime]:
    """The service's runtime with the stand-in as WeChat."""
    async with run(make_settings(database, redis_url, wechat_base_url=sandbox.url), redis) as made:
        yield made


@pytest.fixture
async def every_channel(database: str, redis: Redis, redis_url: str, sandbox: Sandbox) -> AsyncIterator[Runtime]:
    """Like `connected`, with the service account and the SMS provider of the stand-in."""
    async with run(make_settings(database, redis_url, **all_channels(sandbox)), redis) as made:
        yield made
