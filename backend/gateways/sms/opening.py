"""Opens the provider that the operator set, for the lifetime of a process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from backend.foundation.settings import Settings
from backend.gateways.sms.aliyun import AliyunAccount, AliyunSms
from backend.gateways.sms.logged import LoggedSms
from backend.gateways.sms.protocol import SmsGateway
from backend.gateways.wechat.transport import open_http


@asynccontextmanager
async def open_sms(settings: Settings) -> AsyncIterator[SmsGateway]:
    """Open the provider's HTTP session; nothing is called yet."""
    if settings.sms_provider == "log":
        yield LoggedSms()
        return
    async with open_http(settings.send_concurrency) as http:
        yield AliyunSms(AliyunAccount.of(settings), http)
