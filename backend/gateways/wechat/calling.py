"""How an account calls WeChat: wechatpy's API classes made asynchronous, with a token that every process shares.

wechatpy's methods only hand a method, an endpoint and a body to `client._request`; overriding that with a coroutine
makes them awaitable. Its own token handling (one per process, endless retries on 40001) is not used.
"""

import functools
from collections.abc import Awaitable, Callable
from typing import Any

from wechatpy.client.base import BaseWeChatClient

from backend.foundation.db import refuse_in_transaction
from backend.foundation.logging import get_logger
from backend.gateways.wechat.account import WeChatAccount
from backend.gateways.wechat.errors import STALE_TOKEN, WeChatRefused
from backend.gateways.wechat.token import Fetch, Tokens
from backend.gateways.wechat.transport import Transport

log = get_logger(__name__)


class AsyncClient(BaseWeChatClient):  # type: ignore[misc]
    """What wechatpy's API classes call: `get` and `post` of its base class end in `_request`.

    A subclass names its API classes as attributes; the base's `__new__` binds them.
    """

    def __init__(self, account: WeChatAccount, transport: Transport, tokens: Tokens) -> None:
        # The base's __init__ would open a `requests` session.
        self.appid = account.appid
        self.secret = account.secret
        self._transport = transport
        self._tokens = tokens

    async def _request(
        self,
        method: str,
        url_or_endpoint: str,
        *,
        api_base_url: str = "",  # noqa: ARG002  wechatpy's hard-coded host gives way to our setting
        params: dict[str, str] | None = None,
        data: object = None,
        image: bool = False,
    ) -> Any:
        refuse_in_transaction()
        try:
            if url_or_endpoint.startswith("sns/"):
                return await self._transport.get(url_or_endpoint, params or {})
            call = functools.partial(self._call, method, url_or_endpoint, params, data, image=image)
            return await self._with_token(call)
        except WeChatRefused as error:
            log.info("wechat.refused", endpoint=url_or_endpoint, errcode=error.errcode, rid=error.rid)
            raise

    async def _with_token(self, call: Callable[[str], Awaitable[Any]]) -> Any:
        """Call with the token; when it is refused, once more with another one, and never a third time."""
        token = await self._tokens.current()
        try:
            return await call(token)
        except WeChatRefused as error:
            if error.errcode not in STALE_TOKEN:
                raise
            log.info("wechat.token_refused", errcode=error.errcode, rid=error.rid)
        try:
            return await call(await self._tokens.replace(token))
        except WeChatRefused as error:
            if error.errcode in STALE_TOKEN:
                self._tokens.trip(error)
            raise

    def _call(
        self, method: str, endpoint: str, params: dict[str, str] | None, data: object, token: str, *, image: bool
    ) -> Awaitable[Any]:
        if image:
            return self._transport.post_for_image(endpoint, data, token)
        if method == "post":
            return self._transport.post(endpoint, data, token)
        return self._transport.get(endpoint, {**(params or {}), "access_token": token})


def token_call(account: WeChatAccount, transport: Transport) -> Fetch:
    """Return the call that fetches an account's token."""
    body = {
        "grant_type": "client_credential",
        "appid": account.appid,
        "secret": account.secret,
        "force_refresh": False,
    }

    async def fetch() -> dict[str, Any]:
        return await transport.post("cgi-bin/stable_token", body)

    return fetch
