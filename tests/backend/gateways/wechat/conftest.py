from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from redis.asyncio import Redis

from backend.gateways.wechat.client import WeChatClient
from backend.gateways.wechat.transport import open_http
from tests.backend.gateways.wechat.standin import StandIn


@pytest.fixture
async def wechat() -> AsyncIterator[StandIn]:
    standin = StandIn()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", standin.handle)
    server = TestServer(app)
    await server.start_server(access_log=None)
    standin.base_url = str(server.make_url("/"))
    yield standin
    await server.close()


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    async with open_http() as session:
        yield session


@pytest.fixture
def client(wechat: StandIn, http: ClientSession, redis: Redis) -> WeChatClient:
    return WeChatClient(wechat.account(), http, redis)
