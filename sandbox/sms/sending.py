"""SendSms: one text message from an approved template, refused as the provider refuses."""

import re

import orjson

from sandbox import clock
from sandbox.call import Call, Handler
from sandbox.sms import signature
from sandbox.sms.box import SmsTemplate
from sandbox.sms.codes import SmsRefused
from sandbox.world import World

# Numbers of the networks, and those of the demo's people: 100…, which no network gives to anybody.
_PHONE = re.compile(r"1[3-9][0-9]{9}|100[0-9]{8}")
_LONGEST = 35
_LINK = re.compile(r"https?://|www\.", re.IGNORECASE)


def send(call: Call) -> bytes:
    """POST /sms with `x-acs-action: SendSms`; a number at a time, as the product sends."""
    headers = call.request.headers
    if headers.get("x-acs-action") != "SendSms" or headers.get("x-acs-version") != "2017-05-25":
        raise SmsRefused("InvalidAction.NotFound", "Specified api is not found.")
    signature.check(call.world, call.request, call.now)
    phone = call.openid = call.query("PhoneNumbers") or ""
    template, values = _check(call, phone)
    _check_limits(call.world, phone, call.now)
    number = call.world.next_number()
    text = f"【{call.world.settings.sms.sign_name}】{template.filled(values)}"
    told = (phone, template.code, text, orjson.dumps(values).decode(), call.query("OutId") or "")
    call.world.commit("sms_sent", number, call.now, *told)
    rid = call.world.calls.new_rid(call.now).upper()
    return orjson.dumps({"Code": "OK", "Message": "OK", "BizId": f"{number}^0", "RequestId": rid})


def _check(call: Call, phone: str) -> tuple[SmsTemplate, dict[str, str]]:
    if not _PHONE.fullmatch(phone):
        raise SmsRefused("isv.MOBILE_NUMBER_ILLEGAL", "手机号码格式错误")
    if call.query("SignName") != call.world.settings.sms.sign_name:
        raise SmsRefused("isv.SMS_SIGNATURE_ILLEGAL", "签名不合法")
    template = call.world.sms.templates.get(call.query("TemplateCode") or "")
    if template is None or not template.is_approved:
        raise SmsRefused("isv.SMS_TEMPLATE_ILLEGAL", "模板不合法")
    return template, _values(template, call.query("TemplateParam") or "{}")


def _values(template: SmsTemplate, text: str) -> dict[str, str]:
    try:
        values = orjson.loads(text)
    except orjson.JSONDecodeError:
        values = None
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise SmsRefused("isv.INVALID_JSON_PARAM", "JSON参数不合法，只接受字符串值")
    if not all(values.get(name) for name in template.variables):
        raise SmsRefused("isv.TEMPLATE_MISSING_PARAMETERS", "模板变量缺少参数")
    if max(map(len, values.values()), default=0) > _LONGEST:
        raise SmsRefused("isv.PARAM_LENGTH_LIMIT", "变量长度受限")
    if any(_LINK.search(value) for value in values.values()):
        raise SmsRefused("isv.PARAM_NOT_SUPPORT_URL", "不支持URL为变量")
    return values


def _check_limits(world: World, phone: str, now: int) -> None:
    """One code for every limit of a number; its message tells which."""
    minute, day = world.switches.sms_per_minute, world.switches.sms_per_day
    if minute is not None and world.sms.sent_since(phone, now - clock.MINUTE) >= minute:
        raise SmsRefused("isv.BUSINESS_LIMIT_CONTROL", f"触发分钟级流控Permits:{minute}")
    if day is not None and world.sms.sent_since(phone, clock.day(now) * clock.DAY - 8 * clock.HOUR) >= day:
        raise SmsRefused("isv.BUSINESS_LIMIT_CONTROL", f"触发天级流控Permits:{day}")


ROUTES: tuple[tuple[str, str, Handler], ...] = (("POST", "/sms", send),)
