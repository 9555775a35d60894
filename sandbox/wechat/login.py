"""Sign-in and phone number (wx.login, getPhoneNumber)."""

import base64
import secrets

import msgspec
import orjson

from sandbox import clock, codes
from sandbox.call import Call, ok
from sandbox.errcodes import Refused
from sandbox.wechat.secret import check_secret

_COUNTRY = "86"


def code_to_session(call: Call) -> bytes:
    """GET /sns/jscode2session. Each sign-in makes a new session_key; as in reality a success has no errcode."""
    world = call.world
    check_secret(call, call.query("appid"), call.query("secret"), only="miniprogram")
    if call.query("grant_type") != "authorization_code":
        raise Refused(40002)
    code = call.query("js_code")
    if code is None:
        raise Refused(41008)
    openid = world.demo_owner(code)
    if openid is None:
        openid = world.codes.check_login(code, call.now)
        world.commit("code_used", code)
    session_key = base64.b64encode(secrets.token_bytes(16)).decode()
    world.commit("owner", openid, {"session_key": session_key, "visited_at": call.now})
    call.openid = openid
    owner = world.owners.by_openid[openid]
    return orjson.dumps({"session_key": session_key, "openid": openid, "unionid": owner.unionid})


class _PhoneRequest(msgspec.Struct):
    code: str = ""
    openid: str | None = None


def phone_number(call: Call) -> bytes:
    """POST /wxa/business/getuserphonenumber; with an openid the code must be that owner's."""
    call.check_token()
    request = call.read(_PhoneRequest)
    call.openid = request.openid or ""
    phone = _demo_phone(call, request) or _issued_phone(call, request)
    info = {
        "phoneNumber": phone,
        "purePhoneNumber": phone,
        "countryCode": _COUNTRY,
        "watermark": {"timestamp": call.now // clock.SECOND, "appid": call.world.settings.miniprogram.appid},
    }
    return ok(phone_info=info)


def _demo_phone(call: Call, request: _PhoneRequest) -> str | None:
    """`phone-<11 digits>`: the number becomes the named owner's."""
    phone = codes.demo_phone(request.code)
    if phone is not None and request.openid is not None:
        if request.openid not in call.world.owners.by_openid:
            raise Refused(40003)
        call.world.commit("owner", request.openid, {"phone": phone})
    return phone


def _issued_phone(call: Call, request: _PhoneRequest) -> str:
    openid = call.world.codes.check_phone(request.code, request.openid, call.now)
    call.world.commit("code_used", request.code)
    return call.world.owners.by_openid[openid].phone
