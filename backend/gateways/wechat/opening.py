"""Opens the accounts' clients for the lifetime of a process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from backend.foundation.settings import Settings
from backend.gateways.wechat.account import mini_program, service_account
from backend.gateways.wechat.client import WeChatClient
from backend.gateways.wechat.service_account import ServiceAccountClient
from backend.gateways.wechat.transport import open_http

_SPARE = 20
"""Connections beside the deliveries', so that nobody's log-in waits behind a broadcast."""


@asynccontextmanager
async def open_wechat(settings: Settings, redis: Redis) -> AsyncIterator[WeChatClient]:
    """Open the process's HTTP session to WeChat and the mini-program's client over it; nothing is called yet."""
    async with open_http(settings.send_concurrency + _SPARE) as http:
        yield WeChatClient(mini_program(settings), http, redis)


@asynccontextmanager
async def open_service_account(settings: Settings, redis: Redis) -> AsyncIterator[ServiceAccountClient | None]:
    """Open the service account's client, None when none is set."""
    account = service_account(settings)
    if account is None:
        yield None
        return
    async with open_http(settings.send_concurrency + _SPARE) as http:
        yield ServiceAccountClient(account, settings.wechat_appid, http, redis)
