"""The mini-program's client: its calls, over the process's one aiohttp session."""

import asyncio
import hashlib
import hmac
import random
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from aiohttp import ClientSession
from redis.asyncio import Redis
from wechatpy.client.api import WeChatWxa

from backend.foundation.logging import get_logger
from backend.gateways.wechat.account import WeChatAccount
from backend.gateways.wechat.calling import AsyncClient, token_call
from backend.gateways.wechat.errors import WeChatBusy, WeChatGarbled, WeChatRefused
from backend.gateways.wechat.protocol import Language, PhoneNumber, SendReceipt, Session, Template, Verdict
from backend.gateways.wechat.token import SharedTokens
from backend.gateways.wechat.transport import Transport

INVALID_SESSION = 87009
_ONE_TIME = 2
_IMAGE = 2
_BUSY_TRIES = 3
_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
_PAGE = re.compile(r"[^/?][^?]*")
_RANDOM = random.SystemRandom()
_T = TypeVar("_T")

log = get_logger(__name__)


class _Api(WeChatWxa):  # type: ignore[misc]
    """wechatpy's mini-program calls and those it has not got, or has only in a withdrawn form."""

    def get_phone_number(self, code: str, openid: str) -> Any:
        return self._post("wxa/business/getuserphonenumber", data={"code": code, "openid": openid})

    def check_session(self, openid: str, signature: str) -> Any:
        query = {"openid": openid, "signature": signature, "sig_method": "hmac_sha256"}
        return self._get("wxa/checksession", params=query)

    def send_subscribe(self, message: dict[str, Any]) -> Any:
        return self._post("cgi-bin/message/subscribe/send", data=message)

    def list_subscribe_templates(self) -> Any:
        return self._get("wxaapi/newtmpl/gettemplate")

    def msg_sec_check(self, openid: str, content: str, scene: int) -> Any:
        body = {"version": 2, "openid": openid, "scene": scene, "content": content}
        return self._post("wxa/msg_sec_check", data=body)

    def media_check_async(self, openid: str, media_url: str, media_type: int, scene: int) -> Any:
        body = {"version": 2, "openid": openid, "scene": scene, "media_url": media_url, "media_type": media_type}
        return self._post("wxa/media_check_async", data=body)

    def get_code_unlimited(self, **body: Any) -> Any:
        return self._post("wxa/getwxacodeunlimit", data=body, image=True)


class _Calls(AsyncClient):
    wxa = _Api()


class WeChatClient:
    """The WeChatGateway that speaks HTTP; one a process and account, over the process's one HTTP session."""

    def __init__(self, account: WeChatAccount, http: ClientSession, redis: Redis) -> None:
        self._account = account
        self._transport = Transport(account.base_url, http)
        self.tokens = SharedTokens(account.appid, token_call(account, self._transport), redis)
        self._api = _Calls(account, self._transport, self.tokens).wxa

    async def code_to_session(self, code: str) -> Session:
        answer = await patiently(lambda: self._api.code_to_session(code))
        unionid = answer.get("unionid")
        return Session(_text(answer, "openid"), _text(answer, "session_key"), unionid or None)

    async def check_session(self, openid: str, session_key: str) -> bool:
        signature = session_signature(session_key, "")
        try:
            await patiently(lambda: self._api.check_session(openid, signature))
        except WeChatRefused as error:
            if error.errcode != INVALID_SESSION:
                raise
            return False
        return True

    async def phone_number(self, code: str, openid: str) -> PhoneNumber:
        answer = await patiently(lambda: self._api.get_phone_number(code, openid))
        info = _object(answer, "phone_info")
        if _object(info, "watermark").get("appid") != self._account.appid:
            raise WeChatGarbled("the phone number's watermark is of another appid")
        return PhoneNumber(str(info.get("countryCode") or ""), _text(info, "purePhoneNumber"))

    async def send_subscribe(
        self,
        openid: str,
        template_id: str,
        data: Mapping[str, str],
        page: str | None = None,
        *,
        miniprogram_state: str | None = None,
        lang: Language = "zh_CN",
    ) -> SendReceipt:
        message = {
            "touser": openid,
            "template_id": template_id,
            "data": {name: {"value": value} for name, value in data.items()},
            "miniprogram_state": miniprogram_state or self._account.program_state,
            "lang": lang,
        }
        if page is not None:
            message["page"] = page
        answer = await self._api.send_subscribe(message)
        msgid = answer.get("msgid")
        return SendReceipt(None if msgid is None else str(msgid))

    async def templates(self) -> tuple[Template, ...]:
        answer = await patiently(self._api.list_subscribe_templates)
        rows = answer.get("data")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise WeChatGarbled("gettemplate answered without a list of templates")
        return tuple(_template(row) for row in rows)

    async def judge_text(self, openid: str, text: str, scene: int) -> Verdict:
        answer = await patiently(lambda: self._api.msg_sec_check(openid, text, scene))
        result = _object(answer, "result")
        label = result.get("label")
        return Verdict(_text(result, "suggest"), label if isinstance(label, int) else 0, _text(answer, "trace_id"))

    async def judge_image(self, openid: str, url: str, scene: int) -> str:
        answer = await patiently(lambda: self._api.media_check_async(openid, url, _IMAGE, scene))
        return _text(answer, "trace_id")

    async def mini_code(self, scene: str, page: str, *, width: int = 430) -> bytes:
        if not _SCENE.fullmatch(scene) or not _PAGE.fullmatch(page):
            raise ValueError(f"no code can be drawn for this scene and page: {scene!r}, {page!r}")
        released = self._account.program_state == "formal"
        version = {"formal": "release", "developer": "develop"}.get(self._account.program_state, "trial")
        image: bytes = await patiently(
            lambda: self._api.get_code_unlimited(
                scene=scene, page=page, width=width, check_path=released, env_version=version
            )
        )
        return image


def session_signature(session_key: str, message: str) -> str:
    """Sign as WeChat does: the key is the session_key's text itself, not what its base64 stands for."""
    return hmac.new(session_key.encode(), message.encode(), hashlib.sha256).hexdigest()


async def patiently(call: Callable[[], Awaitable[_T]]) -> _T:
    """Repeat a call that WeChat answered with -1; only for calls somebody waits for and that send nothing."""
    for tried in range(1, _BUSY_TRIES):
        try:
            return await call()
        except WeChatBusy as error:
            log.info("wechat.busy", tried=tried, rid=error.rid)
        await asyncio.sleep(_RANDOM.uniform(0.1, 0.3) * 2**tried)
    return await call()


def _text(answer: dict[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise WeChatGarbled(f"no {name} in the answer")
    return value


def _object(answer: dict[str, Any], name: str) -> dict[str, Any]:
    value = answer.get(name)
    if not isinstance(value, dict):
        raise WeChatGarbled(f"no {name} in the answer")
    return value


def _template(row: dict[str, Any]) -> Template:
    return Template(
        id=_text(row, "priTmplId"),
        title=str(row.get("title", "")),
        content=str(row.get("content", "")),
        example=str(row.get("example", "")),
        long_term=row.get("type") != _ONE_TIME,
    )
