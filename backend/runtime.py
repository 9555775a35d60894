"""The running service: settings, database, redis, wake-ups, WeChat, the store of files; opened once per process."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from redis.asyncio import Redis

from backend.foundation.db import close_database, database_config, open_database
from backend.foundation.secrets import Vault
from backend.foundation.settings import Settings
from backend.gateways import redis as redis_gateway
from backend.gateways.objects import ObjectStore, open_objects
from backend.gateways.queue import WakeUps
from backend.gateways.sms import SmsGateway, open_sms
from backend.gateways.wechat import ServiceGateway, WeChatGateway, open_service_account, open_wechat
from backend.tables import MODELS


@dataclass(frozen=True, slots=True)
class Runtime:
    """Everything a process holds open; capabilities ask `current()` for it."""

    settings: Settings
    vault: Vault
    redis: Redis
    wake_ups: WakeUps
    wechat: WeChatGateway
    sms: SmsGateway
    service_account: ServiceGateway | None = None
    objects: ObjectStore | None = None


class NotRunning(RuntimeError):
    """The runtime was asked for before it was opened."""


_current: list[Runtime] = []


def current() -> Runtime:
    """Return the open runtime of this process."""
    if not _current:
        raise NotRunning("no runtime is open in this process")
    return _current[-1]


@asynccontextmanager
async def open_runtime(settings: Settings, *, application: str = "wuwei") -> AsyncIterator[Runtime]:
    """Open all connections, make them `current()`, and close them again in the opposite order."""
    async with AsyncExitStack() as stack:
        config = database_config(
            settings.database_url, pool=settings.database_pool, models=MODELS, application=application
        )
        await open_database(config)
        stack.push_async_callback(close_database)
        redis = redis_gateway.connect(settings.redis_url)
        stack.push_async_callback(redis.aclose)
        wake_ups = WakeUps(settings.redis_url)
        stack.push_async_callback(wake_ups.close)
        wechat = await stack.enter_async_context(open_wechat(settings, redis))
        service = await stack.enter_async_context(open_service_account(settings, redis))
        sms = await stack.enter_async_context(open_sms(settings))
        vault, objects = Vault.from_settings(settings), open_objects(settings)
        runtime = Runtime(settings, vault, redis, wake_ups, wechat, sms, service, objects)
        _current.append(runtime)
        stack.callback(_current.remove, runtime)
        yield runtime
