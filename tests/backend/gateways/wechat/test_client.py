import logging
import traceback
from collections.abc import Coroutine
from typing import Any
from unittest.mock import AsyncMock

import pytest
from aiohttp import ClientSession, ClientTimeout
from redis.asyncio import Redis

from backend.foundation.db import CalledInsideTransaction, transaction
from backend.foundation.errors import Unavailable
from backend.gateways.wechat import client as client_module
from backend.gateways.wechat.client import WeChatClient
from backend.gateways.wechat.errors import (
    WeChatBusy,
    WeChatCut,
    WeChatError,
    WeChatGarbled,
    WeChatRefused,
    WeChatTimeout,
    WeChatUnanswered,
    WeChatUnavailable,
)
from backend.gateways.wechat.protocol import SendReceipt, WeChatGateway
from tests.backend.gateways.wechat.standin import Answer, StandIn, hang_up, json, never, raw

SEND = "/cgi-bin/message/subscribe/send"
LOGIN = "/sns/jscode2session"
PHONE = "/wxa/business/getuserphonenumber"
TOKEN = "/cgi-bin/stable_token"
CODE = "/wxa/getwxacodeunlimit"


def send(client: WeChatGateway) -> Coroutine[Any, Any, SendReceipt]:
    return client.send_subscribe("openid-1", "tpl-1", {"thing1": "食品经营许可"}, "pages/policy?id=1")


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> AsyncMock:
    pause = AsyncMock()
    monkeypatch.setattr(client_module.asyncio, "sleep", pause)
    return pause


async def test_login_sends_the_secret_and_no_access_token(client: WeChatClient, wechat: StandIn) -> None:
    wechat.answers[LOGIN] = [json({"openid": "o1", "session_key": "k1", "unionid": "u1"})]
    session = await client.code_to_session("the code+/=")
    assert (session.openid, session.session_key, session.unionid) == ("o1", "k1", "u1")
    assert wechat.asked[0].query == {
        "appid": "wx4f4bc4dec97d474b",
        "secret": "the-app-secret",
        "js_code": "the code+/=",
        "grant_type": "authorization_code",
    }
    assert wechat.count(TOKEN) == 0
    assert "k1" not in repr(session)


async def test_login_refused_tells_code_and_rid(client: WeChatClient, wechat: StandIn) -> None:
    wechat.answers[LOGIN] = [json({"errcode": 40029, "errmsg": "invalid code, rid: 60a1-beef-99"})]
    with pytest.raises(WeChatRefused) as refused:
        await client.code_to_session("c")
    error = refused.value
    assert (error.errcode, error.errmsg, error.rid) == (40029, "invalid code", "60a1-beef-99")
    assert isinstance(error, Unavailable)
    assert not error.may_have_happened


@pytest.mark.usefixtures("no_pause")
async def test_login_while_busy_is_repeated_twice(client: WeChatClient, wechat: StandIn) -> None:
    busy = json({"errcode": -1, "errmsg": "system error"})
    wechat.answers[LOGIN] = [busy, busy, json({"openid": "o", "session_key": "k"})]
    assert (await client.code_to_session("c")).openid == "o"
    wechat.answers[LOGIN] = [busy]
    with pytest.raises(WeChatBusy):
        await client.code_to_session("c")
    assert wechat.count(LOGIN) == 6


@pytest.mark.parametrize("country", [86, "86"])
async def test_phone_number_is_asked_for_with_the_openid(
    client: WeChatClient, wechat: StandIn, country: int | str
) -> None:
    wechat.answers[PHONE] = [_phone(country, "wx4f4bc4dec97d474b")]
    phone = await client.phone_number("code-1", "openid-1")
    assert (phone.country_code, phone.number) == ("86", "13580006666")
    assert wechat.asked[-1].body == {"code": "code-1", "openid": "openid-1"}
    assert "13580006666" not in repr(phone)


async def test_phone_number_of_another_appid_is_refused(client: WeChatClient, wechat: StandIn) -> None:
    wechat.answers[PHONE] = [_phone(86, "wx-another")]
    with pytest.raises(WeChatGarbled):
        await client.phone_number("code-1", "openid-1")


def _phone(country: int | str, appid: str) -> Answer:
    watermark = {"timestamp": 1637744274, "appid": appid}
    info = {"phoneNumber": "13580006666", "purePhoneNumber": "13580006666", "countryCode": country}
    return json({"errcode": 0, "errmsg": "ok", "phone_info": {**info, "watermark": watermark}})


async def test_send_wraps_each_value_and_always_names_state_and_language(client: WeChatClient, wechat: StandIn) -> None:
    wechat.answers[SEND] = [json({"errcode": 0, "errmsg": "ok", "msgid": 2**62})]
    assert (await send(client)).msgid == str(2**62)
    assert wechat.asked[-1].query == {"access_token": "T1"}
    assert wechat.asked[-1].body == {
        "touser": "openid-1",
        "template_id": "tpl-1",
        "page": "pages/policy?id=1",
        "data": {"thing1": {"value": "食品经营许可"}},
        "miniprogram_state": "formal",
        "lang": "zh_CN",
    }


async def test_send_without_page_or_msgid(client: WeChatClient, wechat: StandIn) -> None:
    receipt = await client.send_subscribe("o", "t", {}, miniprogram_state="trial")
    assert receipt.msgid is None
    assert "page" not in wechat.asked[-1].body
    assert wechat.asked[-1].body["miniprogram_state"] == "trial"


async def test_send_while_busy_is_not_repeated(client: WeChatClient, wechat: StandIn) -> None:
    wechat.answers[SEND] = [json({"errcode": "-1", "errmsg": "system error"})]
    with pytest.raises(WeChatBusy):
        await send(client)
    assert wechat.count(SEND) == 1


async def test_refused_token_costs_one_refresh_and_one_retry(client: WeChatClient, wechat: StandIn) -> None:
    await send(client)
    wechat.revoke()
    await send(client)
    assert [asked.query.get("access_token") for asked in wechat.asked] == [None, "T1", "T1", None, "T2"]
    assert wechat.asked[0].body["force_refresh"] is False


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
async def test_token_refused_twice_opens_the_breaker(client: WeChatClient, wechat: StandIn, errcode: int) -> None:
    wechat.answers[SEND] = [json({"errcode": errcode, "errmsg": "no"})]
    with pytest.raises(WeChatRefused):
        await send(client)
    assert (wechat.count(SEND), wechat.count(TOKEN)) == (2, 2)
    with pytest.raises(WeChatUnavailable):
        await send(client)
    assert (wechat.count(SEND), wechat.count(TOKEN)) == (2, 2)


async def test_time_out_may_have_happened(wechat: StandIn, redis: Redis) -> None:
    async with ClientSession(timeout=ClientTimeout(sock_read=0.1)) as http:
        client = WeChatClient(wechat.account(), http, redis)
        wechat.answers[SEND] = [never]
        with pytest.raises(WeChatTimeout) as timeout:
            await send(client)
    assert timeout.value.may_have_happened


async def test_token_time_out_means_that_nothing_was_sent(wechat: StandIn, redis: Redis) -> None:
    async with ClientSession(timeout=ClientTimeout(sock_read=0.1)) as http:
        client = WeChatClient(wechat.account(), http, redis)
        wechat.answers[TOKEN] = [never]
        with pytest.raises(WeChatUnavailable) as error:
            await send(client)
    assert not error.value.may_have_happened
    assert wechat.count(SEND) == 0


async def test_broken_line_may_have_happened(client: WeChatClient, wechat: StandIn) -> None:
    wechat.answers[SEND] = [hang_up]
    with pytest.raises(WeChatCut) as cut:
        await send(client)
    assert cut.value.may_have_happened


async def test_nobody_listening_means_that_nothing_left(http: ClientSession, redis: Redis, wechat: StandIn) -> None:
    wechat.base_url = "http://127.0.0.1:9/"
    with pytest.raises(WeChatUnavailable) as error:
        await WeChatClient(wechat.account(), http, redis).code_to_session("c")
    assert not error.value.may_have_happened


@pytest.mark.parametrize(
    "answer",
    [
        raw(b"", "application/json"),
        raw(b"<html>502 Bad Gateway</html>", "text/html", 502),
        raw(b"\xff\xfe{}", "application/json"),
        raw(b"[]", "application/json"),
        raw(b"null", "application/json"),
        raw(b'{"errcode": "many"}', "application/json"),
        raw(b'{"errcode": {"a": 1}}', "application/json"),
        raw(b'{"errcode": 1e400}', "application/json"),
        raw(b'{"errcode": 0', "application/json"),
        raw(b'{"errcode": 0}', "application/json", 500),
        raw(b"{}", "application/json"),
        json({"openid": 5, "session_key": "k"}),
        json({"openid": "o"}),
    ],
)
async def test_garbage_is_a_typed_error(client: WeChatClient, wechat: StandIn, answer: Answer) -> None:
    wechat.answers[LOGIN] = [answer]
    with pytest.raises(WeChatGarbled) as garbled:
        await client.code_to_session("c")
    assert isinstance(garbled.value, WeChatUnanswered)


async def test_no_error_tells_a_secret(
    client: WeChatClient, wechat: StandIn, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    told, code = "", "a-log-in" + "-code"
    for answer in (hang_up, raw(b"garbage"), json({"errcode": 40125, "errmsg": "invalid appsecret rid: 1-2"})):
        wechat.answers[LOGIN] = [answer]
        with pytest.raises(WeChatError) as error:
            await client.code_to_session(code)
        told += "".join(traceback.format_exception(error.value))
    written = told + caplog.text + capsys.readouterr().out
    assert "40125" in written
    assert "the-app-secret" not in written
    assert code not in written


@pytest.mark.usefixtures("database")
async def test_no_call_inside_a_transaction(client: WeChatClient, wechat: StandIn) -> None:
    async with transaction():
        for call in (client.code_to_session("c"), send(client), client.templates(), client.tokens.replace("T")):
            with pytest.raises(CalledInsideTransaction):
                await call
    assert wechat.asked == []


async def test_templates_tell_their_kind(client: WeChatClient, wechat: StandIn) -> None:
    row = {"title": "政策通知", "content": "名称:{{thing1.DATA}}", "example": "名称:减税"}
    rows = [{"priTmplId": "a", "type": 2, **row}, {"priTmplId": "b", "type": 3, **row}]
    wechat.answers["/wxaapi/newtmpl/gettemplate"] = [json({"errcode": 0, "errmsg": "ok", "data": rows})]
    once, always = await client.templates()
    assert (once.id, once.long_term, always.long_term) == ("a", False, True)
    assert once.content == "名称:{{thing1.DATA}}"


@pytest.mark.parametrize(("errcode", "valid"), [(0, True), (87009, False)])
async def test_session_is_checked_by_signature(
    client: WeChatClient, wechat: StandIn, errcode: int, valid: bool
) -> None:
    wechat.answers["/wxa/checksession"] = [json({"errcode": errcode, "errmsg": ""})]
    assert await client.check_session("o1", "o0q0otL8aEzpcZL/FT9WsQ==") is valid
    query = wechat.asked[-1].query
    assert (query["sig_method"], len(query["signature"]), query["openid"]) == ("hmac_sha256", 64, "o1")
    assert "o0q0otL8aEzpcZL/FT9WsQ==" not in query.values()


async def test_session_check_that_fails_otherwise_is_an_error(client: WeChatClient, wechat: StandIn) -> None:
    wechat.answers["/wxa/checksession"] = [json({"errcode": 40003, "errmsg": "invalid openid"})]
    with pytest.raises(WeChatRefused):
        await client.check_session("o1", "k")


async def test_text_and_image_are_judged_by_version_two(client: WeChatClient, wechat: StandIn) -> None:
    result = {"suggest": "risky", "label": 20006}
    wechat.answers["/wxa/msg_sec_check"] = [json({"errcode": 0, "result": result, "trace_id": "t1"})]
    verdict = await client.judge_text("o1", "text", 2)
    assert (verdict.suggest, verdict.label, verdict.trace_id) == ("risky", 20006, "t1")
    assert wechat.asked[-1].body == {"version": 2, "openid": "o1", "scene": 2, "content": "text"}
    wechat.answers["/wxa/media_check_async"] = [json({"errcode": 0, "trace_id": "t2"})]
    assert await client.judge_image("o1", "https://files.example/1", 2) == "t2"
    assert (wechat.asked[-1].body["media_type"], wechat.asked[-1].body["version"]) == (2, 2)


async def test_mini_code_is_an_image(client: WeChatClient, wechat: StandIn) -> None:
    wechat.answers[CODE] = [raw(b"\x89PNG...", "image/png")]
    assert await client.mini_code("v=abc", "pages/visit/detail") == b"\x89PNG..."
    body = wechat.asked[-1].body
    assert (body["scene"], body["env_version"], body["check_path"]) == ("v=abc", "release", True)


@pytest.mark.parametrize(
    ("scene", "page"),
    [
        ("", "pages/x"),
        ("a" * 33, "pages/x"),
        ("沙龙", "pages/x"),
        ("a b", "pages/x"),
        ("v", "/pages/x"),
        ("v", "pages/x?a=1"),
    ],
)
async def test_a_code_that_wechat_would_not_draw_is_not_asked_for(
    client: WeChatClient, wechat: StandIn, scene: str, page: str
) -> None:
    with pytest.raises(ValueError, match="no code can be drawn"):
        await client.mini_code(scene, page)
    assert wechat.count(CODE) == 0


@pytest.mark.parametrize("content_type", ["application/json", "image/jpeg", "text/plain"])
async def test_refusal_in_place_of_an_image_is_told_apart(
    client: WeChatClient, wechat: StandIn, content_type: str
) -> None:
    wechat.answers[CODE] = [raw(b'{"errcode":41030,"errmsg":"invalid page rid: 1-2"}', content_type)]
    with pytest.raises(WeChatRefused) as refused:
        await client.mini_code("v", "pages/none")
    assert refused.value.errcode == 41030


async def test_refused_token_in_place_of_an_image_is_renewed(client: WeChatClient, wechat: StandIn) -> None:
    stale = raw(b'{"errcode":40001,"errmsg":"no"}', "image/png")
    wechat.answers[CODE] = [stale, raw(b"\xff\xd8jpeg", "image/jpeg")]
    assert await client.mini_code("v", "pages/x") == b"\xff\xd8jpeg"
    assert wechat.count(TOKEN) == 2
