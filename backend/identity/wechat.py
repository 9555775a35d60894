"""What WeChat's refusals of a sign-in or a phone code mean to a person; whatever an operator must mend he is told."""

from collections.abc import Mapping
from typing import Final

from backend import alerts
from backend.foundation.errors import WuweiError
from backend.foundation.logging import get_logger
from backend.gateways.wechat.errors import WeChatError, WeChatRefused
from backend.gateways.wechat.policy import decide
from backend.identity.errors import LoginCodeInvalid, PhoneCodeInvalid, SignInBlocked, TooManySignIns, WeChatAway

log = get_logger(__name__)

_INVALID_CODE, _USED_CODE, _QUOTA, _BLOCKED = 40029, 40163, 45011, 40226

_LOGIN: Final[Mapping[int, type[WuweiError]]] = {
    _INVALID_CODE: LoginCodeInvalid,
    _USED_CODE: LoginCodeInvalid,
    _QUOTA: TooManySignIns,
    _BLOCKED: SignInBlocked,
}
_PHONE: Final[Mapping[int, type[WuweiError]]] = {
    **_LOGIN,
    _INVALID_CODE: PhoneCodeInvalid,
    _USED_CODE: PhoneCodeInvalid,
}


async def login_refusal(error: WeChatError) -> WuweiError:
    return await _refusal(error, _LOGIN)


async def phone_refusal(error: WeChatError) -> WuweiError:
    return await _refusal(error, _PHONE)


async def _refusal(error: WeChatError, known: Mapping[int, type[WuweiError]]) -> WuweiError:
    errcode, policy = error.errcode if isinstance(error, WeChatRefused) else None, decide(error)
    if policy.alert:
        log.error("wechat_needs_an_operator", errcode=errcode, meaning=policy.meaning, error=str(error))
        await alerts.open_alert(policy.alert, "login", code=errcode, meaning=policy.meaning)
    else:
        log.info("wechat_refused", errcode=errcode, error=str(error))
    return known.get(errcode, WeChatAway)() if errcode is not None else WeChatAway()
