"""A runtime over the test's own database and Valkey, as `backend.runtime.open_runtime` makes it."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import redis.asyncio

from backend import runtime
from backend.foundation.secrets import Vault
from backend.foundation.settings import Settings, load_settings
from backend.gateways.objects import open_objects
from backend.gateways.queue import WakeUps
from backend.gateways.sms import open_sms
from backend.gateways.wechat import open_service_account, open_wechat
from tests.support.sandbox import APPID, CALLBACK_AES_KEY, CALLBACK_TOKEN, SECRET

# Nobody listens there: a test that calls WeChat asks for the `sandbox` fixture.
NOWHERE = "http://127.0.0.1:9"


def _key(letter: str) -> str:
    return base64.b64encode(letter.encode() * 32).decode()


def make_settings(database_url: str, redis_url: str, **given: Any) -> Settings:
    """Return settings with throw-away keys; `given` replaces any of them."""
    values = {
        "database_url": database_url,
        "redis_url": redis_url,
        "wechat_base_url": NOWHERE,
        "wechat_appid": APPID,
        "wechat_secret": SECRET,
        "wechat_callback_token": CALLBACK_TOKEN,
        "wechat_callback_aes_key": CALLBACK_AES_KEY,
        "encryption_keys": f"e1:{_key('e')}",
        "index_keys": f"i1:{_key('i')}",
        "signing_key": _key("s"),
    }
    return load_settings(**{**values, **given})


@asynccontextmanager
async def run(settings: Settings, client: redis.asyncio.Redis) -> AsyncIterator[runtime.Runtime]:
    """Make a runtime `current()`; the ORM is bound by the `database` fixture."""
    wake_ups = WakeUps(settings.redis_url)
    async with (
        open_wechat(settings, client) as wechat,
        open_service_account(settings, client) as service,
        open_sms(settings) as sms,
    ):
        vault, objects = Vault.from_settings(settings), open_objects(settings)
        made = runtime.Runtime(settings, vault, client, wake_ups, wechat, sms, service, objects)
        runtime._current.append(made)
        try:
            yield made
        finally:
            runtime._current.remove(made)
            await wake_ups.close()
