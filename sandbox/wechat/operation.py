"""What operators ask WeChat: how much of a quota is used, and what a rid was about."""

import msgspec

from sandbox import calls, clock
from sandbox.call import Call, ok
from sandbox.errcodes import Refused

_DAILY = {
    "/cgi-bin/message/subscribe/send": 10_000_000,
    "/cgi-bin/stable_token": 500_000,
    "/cgi-bin/token": 2_000,
    "/cgi-bin/message/template/send": 100_000,
    "/wxa/msg_sec_check": 2_000_000,
    "/wxa/media_check_async": 200_000,
    "/wxa/business/getuserphonenumber": 1_000_000,
    "/wxa/getwxacodeunlimit": 7_200_000,
    "/wxaapi/newtmpl/gettemplate": 1_000_000,
}
_A_MINUTE = {"/wxa/msg_sec_check": 4_000, "/wxa/media_check_async": 2_000, "/wxa/getwxacodeunlimit": 5_000}
_RATE_OTHERWISE = 100_000


class _QuotaRequest(msgspec.Struct):
    cgi_path: str = ""


def quota(call: Call) -> bytes:
    """POST /cgi-bin/openapi/quota/get: 76022 for /sns/ paths, 76021 for unknown ones."""
    call.check_token()
    path = call.read(_QuotaRequest).cgi_path
    if path.startswith("/sns/"):
        raise Refused(76022)
    limit = _DAILY.get(path)
    if limit is None:
        raise Refused(76021)
    used = call.world.calls.used_on(path, clock.day(call.now))
    return ok(
        quota={"daily_limit": limit, "used": used, "remain": max(limit - used, 0)},
        rate_limit={"call_count": _A_MINUTE.get(path, _RATE_OTHERWISE), "refresh_second": 60},
    )


class _RidRequest(msgspec.Struct):
    rid: str = ""


def rid(call: Call) -> bytes:
    """POST /cgi-bin/openapi/rid/get: 76001 unknown, 76004 after seven days."""
    call.check_token()
    refusal = call.world.calls.find_refusal(call.read(_RidRequest).rid)
    if refusal is None:
        raise Refused(76001)
    if call.now - refusal.at > calls.RID_LIFE:
        raise Refused(76004)
    told = {
        "invoke_time": refusal.at // clock.SECOND,
        "cost_in_ms": 1,
        "request_url": refusal.path,
        "request_body": refusal.body,
        "response_body": refusal.answer,
        "client_ip": "127.0.0.1",
    }
    return ok(request=told)
