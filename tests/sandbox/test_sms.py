"""The SMS provider's stand-in: its signature checked, its refusals, what phones received."""

import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.sandbox.program import Phone

_PHONE = "13800001234"
_PARAMS = {"matter": "绑定申请", "result": "已通过"}


def _signed(url: str, query: dict[str, str], key: str, secret: str, **headers: str) -> tuple[str, dict[str, str]]:
    """Sign anew here, so that a fault of the stand-in's can't hide."""
    text = "&".join(f"{quote(name, safe='')}={quote(query[name], safe='')}" for name in sorted(query))
    nothing = hashlib.sha256(b"").hexdigest()
    told = {
        "host": url.removeprefix("http://"),
        "x-acs-action": "SendSms",
        "x-acs-version": "2017-05-25",
        "x-acs-date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": secrets.token_hex(8),
        "x-acs-content-sha256": nothing,
        **headers,
    }
    names = ";".join(sorted(told))
    request = "\n".join(["POST", "/sms", text, *(f"{n}:{told[n]}" for n in sorted(told)), "", names, nothing])
    digest = hashlib.sha256(request.encode()).hexdigest()
    signature = hmac.new(secret.encode(), f"ACS3-HMAC-SHA256\n{digest}".encode(), "sha256").hexdigest()
    authorization = f"ACS3-HMAC-SHA256 Credential={key},SignedHeaders={names},Signature={signature}"
    return f"/sms?{text}", {**told, "authorization": authorization}


async def _ask(wx: Phone, **given: Any) -> httpx.Response:
    headers, key = given.pop("headers", {}), given.pop("key", "sandbox-key")
    secret = given.pop("secret", "sandbox-secret")
    query = {
        "PhoneNumbers": _PHONE,
        "SignName": "无微不至",
        "TemplateCode": "SMS_100000003",
        "TemplateParam": json.dumps(_PARAMS, ensure_ascii=False),
        **given,
    }
    path, signed = _signed(str(wx.http.base_url).rstrip("/"), query, key, secret, **headers)
    return await wx.http.post(path, headers=signed)


async def test_a_signed_message_reaches_the_phone_and_the_page(wx: Phone) -> None:
    await wx.post("/control/owners", {"phone": _PHONE})
    told = (await _ask(wx, OutId="d-1")).json()
    assert told["Code"] == "OK"
    (message,) = (await wx.get("/control/sms", phone=_PHONE))["items"]
    assert message["text"] == "【无微不至】您提交的绑定申请已通过，请打开小程序查看。"
    assert (message["out_id"], f"{message['id']}^0") == ("d-1", told["BizId"])
    (card,) = (await wx.get("/control/page"))["owners"][0]["messages"]
    assert (card["account"], card["fields"][0]["value"]) == ("sms", message["text"])
    await _ask(wx, OutId="d-1")
    summary = (await wx.get("/control/ledger/summary"))["sms"]
    assert (summary["accepted"], summary["duplicates"][0]["count"]) == (2, 2)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"PhoneNumbers": "12345"}, "isv.MOBILE_NUMBER_ILLEGAL"),
        ({"SignName": "别人"}, "isv.SMS_SIGNATURE_ILLEGAL"),
        ({"TemplateCode": "SMS_1"}, "isv.SMS_TEMPLATE_ILLEGAL"),
        ({"TemplateParam": '{"matter": 1}'}, "isv.INVALID_JSON_PARAM"),
        ({"TemplateParam": "{"}, "isv.INVALID_JSON_PARAM"),
        ({"TemplateParam": '{"matter": "a"}'}, "isv.TEMPLATE_MISSING_PARAMETERS"),
        ({"TemplateParam": json.dumps({**_PARAMS, "matter": "长" * 36})}, "isv.PARAM_LENGTH_LIMIT"),
        ({"TemplateParam": json.dumps({**_PARAMS, "matter": "http://a.cn"})}, "isv.PARAM_NOT_SUPPORT_URL"),
        ({"secret": "wrong"}, "SignatureDoesNotMatch"),
        ({"key": "another"}, "InvalidAccessKeyId.NotFound"),
        ({"headers": {"x-acs-action": "QuerySendDetails"}}, "InvalidAction.NotFound"),
        ({"headers": {"x-acs-date": "2020-01-01T00:00:00Z"}}, "InvalidTimeStamp.Expired"),
        ({"headers": {"x-acs-date": "now"}}, "InvalidTimeStamp.Expired"),
    ],
)
async def test_what_the_provider_refuses_is_refused(wx: Phone, given: dict[str, Any], code: str) -> None:
    assert (await _ask(wx, **given)).json()["Code"] == code
    assert (await wx.get("/control/sms"))["total"] == 0
    assert (await wx.get("/control/calls"))["outcomes"]["/sms"] == {code: 1}


async def test_unsigned_and_replayed_requests_are_refused(wx: Phone) -> None:
    assert (await wx.http.post("/sms")).json()["Code"] == "InvalidAction.NotFound"
    headers = {"x-acs-action": "SendSms", "x-acs-version": "2017-05-25"}
    assert (await wx.http.post("/sms", headers=headers)).json()["Code"] == "IncompleteSignature"
    nonce = {"x-acs-signature-nonce": "once"}
    answers = [(await _ask(wx, headers=nonce)).json()["Code"] for _ in range(2)]
    assert answers == ["OK", "SignatureNonceUsed"]


async def test_the_numbers_of_the_demo_get_messages_and_what_is_no_number_gets_none(wx: Phone) -> None:
    assert (await _ask(wx, PhoneNumbers="10000000002")).json()["Code"] == "OK"
    for wrong in ("12000000002", "1000000000", "100000000022"):
        assert (await _ask(wx, PhoneNumbers=wrong)).json()["Code"] == "isv.MOBILE_NUMBER_ILLEGAL"


async def test_a_number_has_its_limits(wx: Phone) -> None:
    await wx.set(sms_per_minute=1, sms_per_day=2, sms_check_time=False)
    assert (await _ask(wx)).json()["Code"] == "OK"
    refused = (await _ask(wx)).json()
    assert (refused["Code"], refused["Message"]) == ("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1")
    await wx.set(sms_per_minute=5, sms_per_day=1)
    assert (await _ask(wx)).json()["Message"] == "触发天级流控Permits:1"
    await wx.post("/control/clock", {"seconds": int(timedelta(days=1).total_seconds())})
    assert (await _ask(wx)).json()["Code"] == "OK"


async def test_any_code_can_be_injected_and_an_approval_be_taken_back(wx: Phone) -> None:
    fault = {"path": "/sms", "sms_code": "isv.AMOUNT_NOT_ENOUGH", "times": 1, "openid": _PHONE}
    await wx.post("/control/faults", fault)
    assert (await _ask(wx)).json()["Code"] == "isv.AMOUNT_NOT_ENOUGH"
    await wx.post("/control/faults", {"path": "/sms", "sms_code": "InternalError", "times": 1})
    assert (await _ask(wx)).status_code == 500
    await wx.post("/control/sms/templates", {"code": "SMS_100000003", "is_approved": False})
    assert (await _ask(wx)).json()["Code"] == "isv.SMS_TEMPLATE_ILLEGAL"
    await wx.post("/control/sms/templates", {"code": "SMS_7", "text": "${a}"})
    assert (await _ask(wx, TemplateCode="SMS_7", TemplateParam='{"a": "好"}')).json()["Code"] == "OK"
    assert (await wx.http.post("/control/sms/templates", json={"code": "SMS_8"})).status_code == 404
