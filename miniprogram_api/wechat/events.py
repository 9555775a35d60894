"""WeChat's pushes: checked, stored, answered at once; a worker does what they ask for.

WeChat waits five seconds and sends three times in all, so nothing but one insert happens before the answer. Only
secure mode is accepted. A refusal says nothing to whoever sent it: the reason goes to our log.
"""

import asyncio
from typing import Any, Final

from sanic import Request

from backend.foundation.errors import NotFound
from backend.foundation.logging import get_logger
from backend.foundation.settings import Settings
from backend.gateways.wechat.account import WeChatAccount, mini_program, service_account
from backend.gateways.wechat.callback import LARGEST_BODY, Callback, CallbackRejected
from backend.notifications import callbacks
from backend.runtime import current
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import TEXT, Reply

log = get_logger(__name__)

MINI_PROGRAM: Final = "miniprogram"
SERVICE: Final = "service"
_LONGEST_WAKE: Final = 0.3
_REFUSED: Final = Reply("forbidden", status=403, content_type=TEXT)
_TAKEN: Final = Reply("success", content_type=TEXT)


def _account(name: str) -> WeChatAccount:
    """Return one of our accounts by our name for it; raises NotFound, also for a service account that isn't set."""
    settings = current().settings
    account = {MINI_PROGRAM: mini_program, SERVICE: service_account}.get(name, _none)(settings)
    if account is None:
        raise NotFound
    return account


def _none(_settings: Settings) -> None:
    """Answer for a name that is no account's."""


def _query(request: Request) -> dict[str, str]:
    values: dict[str, list[str]] = request.get_args(keep_blank_values=True)
    return {name: found[0] for name, found in values.items()}


def _refuse(request: Request[Any, Any], error: CallbackRejected) -> Reply:
    log.warning("wechat.push_refused", reason=error.reason, address=request.ctx.address)
    return _REFUSED


@endpoint(auth=Auth.PUBLIC, summary="微信后台校验回调地址", documented=False)
async def check(request: Request, account: str) -> Reply:
    callback = Callback(_account(account))
    try:
        return Reply(callback.handshake(_query(request)), content_type=TEXT)
    except CallbackRejected as error:
        return _refuse(request, error)


@endpoint(auth=Auth.PUBLIC, summary="接收微信推送的事件", documented=False)
async def receive(request: Request, account: str) -> Reply:
    ours = _account(account)
    if len(request.body) > LARGEST_BODY:
        return Reply("too large", status=413, content_type=TEXT)
    try:
        event = Callback(ours).open(_query(request), request.body)
    except CallbackRejected as error:
        return _refuse(request, error)
    if await callbacks.receive(ours.appid, event):
        await wake_worker()
    return _TAKEN


async def wake_worker() -> None:
    """Tell a worker; what is stored needs no wake-up to be found, so a Redis that hangs delays no answer for long."""
    try:
        async with asyncio.timeout(_LONGEST_WAKE):
            await current().wake_ups.wake("handle_callbacks")
    except TimeoutError:
        log.warning("wechat.wake_up_given_up")
