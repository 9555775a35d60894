"""The service account's client: template messages to its followers, and who they are across our two accounts.

Its openids are its own; what joins them to the mini-program's is the unionid of the open-platform account to which both
belong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from aiohttp import ClientSession
from redis.asyncio import Redis
from wechatpy.client.api.base import BaseWeChatAPI

from backend.gateways.wechat.account import WeChatAccount
from backend.gateways.wechat.calling import AsyncClient, token_call
from backend.gateways.wechat.client import patiently
from backend.gateways.wechat.errors import WeChatGarbled
from backend.gateways.wechat.protocol import SendReceipt, Template
from backend.gateways.wechat.token import SharedTokens
from backend.gateways.wechat.transport import Transport

BATCH: Final = 100
"""How many followers may be asked for at once."""


@dataclass(frozen=True, slots=True)
class Follower:
    """One openid of the account; `unionid` is None while the account is bound to no open-platform account."""

    openid: str
    unionid: str | None
    is_following: bool


@dataclass(frozen=True, slots=True)
class FollowerPage:
    """Up to 10,000 openids; `after` is where the next page begins, None behind the last one."""

    openids: tuple[str, ...]
    after: str | None


class ServiceGateway(Protocol):
    """One service account's calls to WeChat; errors, time limits and transactions as in `WeChatGateway`."""

    appid: str

    async def send_service(
        self,
        openid: str,
        template_id: str,
        data: Mapping[str, str],
        page: str | None = None,
        *,
        once: str | None = None,
    ) -> SendReceipt:
        """Send a template message once: never repeated here, not even when WeChat is busy.

        `openid` is the service account's, `page` opens in the mini-program. For about 10 minutes WeChat itself sends
        the same `once` (at most 32 characters) to the same openid only once; no proof, but a second net.
        """

    async def templates(self) -> tuple[Template, ...]:
        """List the account's own templates."""

    async def followers(self, openids: Sequence[str]) -> tuple[Follower, ...]:
        """Say who these are, at most 100 at once; who never followed is left out by WeChat or follows not."""

    async def all_followers(self, after: str | None = None) -> FollowerPage:
        """List who follows, a page at a time."""


class _Api(BaseWeChatAPI):  # type: ignore[misc]
    """The calls of a service account that we make."""

    def send(self, message: dict[str, Any]) -> Any:
        return self._post("cgi-bin/message/template/send", data=message)

    def list_templates(self) -> Any:
        return self._get("cgi-bin/template/get_all_private_template")

    def get_users(self, openids: Sequence[str]) -> Any:
        body = {"user_list": [{"openid": openid, "lang": "zh_CN"} for openid in openids]}
        return self._post("cgi-bin/user/info/batchget", data=body)

    def list_users(self, after: str | None) -> Any:
        return self._get("cgi-bin/user/get", params={"next_openid": after} if after else {})


class _Calls(AsyncClient):
    service = _Api()


class ServiceAccountClient:
    """The ServiceGateway that speaks HTTP; its messages lead into the mini-program `opens`."""

    def __init__(self, account: WeChatAccount, opens: str, http: ClientSession, redis: Redis) -> None:
        self.appid = account.appid
        self._opens = opens
        transport = Transport(account.base_url, http)
        self.tokens = SharedTokens(account.appid, token_call(account, transport), redis)
        self._api = _Calls(account, transport, self.tokens).service

    async def send_service(
        self,
        openid: str,
        template_id: str,
        data: Mapping[str, str],
        page: str | None = None,
        *,
        once: str | None = None,
    ) -> SendReceipt:
        message: dict[str, Any] = {
            "touser": openid,
            "template_id": template_id,
            "data": {name: {"value": value} for name, value in data.items()},
        }
        if page is not None:
            message["miniprogram"] = {"appid": self._opens, "pagepath": page}
        if once is not None:
            message["client_msg_id"] = once
        msgid = (await self._api.send(message)).get("msgid")
        return SendReceipt(None if msgid is None else str(msgid))

    async def templates(self) -> tuple[Template, ...]:
        answer = await patiently(self._api.list_templates)
        return tuple(_template(row) for row in _rows(answer, "template_list"))

    async def followers(self, openids: Sequence[str]) -> tuple[Follower, ...]:
        if not openids:
            return ()
        answer = await patiently(lambda: self._api.get_users(openids))
        return tuple(_follower(row) for row in _rows(answer, "user_info_list"))

    async def all_followers(self, after: str | None = None) -> FollowerPage:
        answer = await patiently(lambda: self._api.list_users(after))
        data = answer.get("data")
        openids = data.get("openid") if isinstance(data, dict) else []
        if not isinstance(openids, list):
            raise WeChatGarbled("no list of openids in the answer")
        following = str(answer.get("next_openid") or "")
        return FollowerPage(tuple(map(str, openids)), following if openids and following else None)


def _rows(answer: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    rows = answer.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise WeChatGarbled(f"no {name} in the answer")
    return rows


def _follower(row: Mapping[str, Any]) -> Follower:
    openid = row.get("openid")
    if not isinstance(openid, str) or not openid:
        raise WeChatGarbled("a follower without openid")
    return Follower(openid, str(row.get("unionid") or "") or None, row.get("subscribe") == 1)


def _template(row: Mapping[str, Any]) -> Template:
    template_id = row.get("template_id")
    if not isinstance(template_id, str) or not template_id:
        raise WeChatGarbled("a template without id")
    texts = {name: str(row.get(name, "")) for name in ("title", "content", "example")}
    return Template(id=template_id, **texts, long_term=True)
