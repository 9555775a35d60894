"""Opens the mini-program's client for the lifetime of a process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from backend.foundation.settings import Settings
from backend.gateways.wechat.account import mini_program
from backend.gateways.wechat.client import WeChatClient
from backend.gateways.wechat.transport import open_http

_SPARE = 20
"""Connections beside the deliveries', so that nobody's log-in waits behind a broadcast."""


@asynccontextmanager
async def open_wechat(settings: Settings, redis: Redis) -> AsyncIterator[WeChatClient]:
    """Open the process's one HTTP session to WeChat and the client over it; nothing is called yet."""
    async with open_http(settings.send_concurrency + _SPARE) as http:
        yield WeChatClient(mini_program(settings), http, redis)
