"""Content security, mini-program codes, quota and rid."""

import struct
import zlib
from typing import Any

import orjson
import pytest

from tests.sandbox.program import SEND, Callback, Phone

_TEXT, _MEDIA = "/wxa/msg_sec_check", "/wxa/media_check_async"


async def _check(wx: Phone, content: str, **changes: Any) -> Any:
    openid = await wx.sign_in()
    body = {"version": 2, "openid": openid, "scene": 2, "content": content, **changes}
    return await wx.post(_TEXT, body, access_token=await wx.token())


@pytest.mark.parametrize(("content", "verdict"), [("你好", "pass"), ("【违规】", "risky"), ("【待审】", "review")])
async def test_texts_are_judged(wx: Phone, content: str, verdict: str) -> None:
    answer = await _check(wx, content)
    assert (answer["errcode"], answer["result"]["suggest"]) == (0, verdict)
    assert answer["trace_id"]


async def test_text_checks_refuse_like_wechat(wx: Phone) -> None:
    assert (await _check(wx, "字" * 2_501))["errcode"] == 45002
    assert (await _check(wx, ""))["errcode"] == 44002
    assert (await _check(wx, "你好", scene=9))["errcode"] == 40129
    assert (await _check(wx, "你好", openid="nobody"))["errcode"] == 40003
    assert (await _check(wx, "【违规】", version=1))["errcode"] == 87014
    openid = await wx.sign_in()
    await wx.post("/control/clock", {"seconds": 2 * 3_600 + 1})
    body = {"version": 2, "openid": openid, "scene": 2, "content": "你好"}
    assert (await wx.post(_TEXT, body, access_token=await wx.token()))["errcode"] == 61010


@pytest.mark.parametrize(("is_there", "verdict", "errcode"), [(True, "risky", 0), (False, "review", -1008)])
async def test_media_are_judged_later(
    wx: Phone, callback: Callback, is_there: bool, verdict: str, errcode: int
) -> None:
    await wx.set(media_verdict="risky", media_delay_ms=1)
    url = str(wx.http.base_url.join("/page/style.css")) if is_there else "http://127.0.0.1:1/photo.jpg"
    body = {"media_url": url, "media_type": 2, "version": 2, "scene": 2, "openid": await wx.sign_in()}
    answer = await wx.post(_MEDIA, body, access_token=await wx.token())
    (event,) = [orjson.loads(event) for event in await callback.wait_for(1)]
    assert event["Event"] == "wxa_media_check"
    assert event["trace_id"] == answer["trace_id"]
    assert (event["errcode"], event["result"]["suggest"]) == (errcode, verdict)
    assert "media_url" not in event


async def test_a_code_is_a_png_and_a_failure_is_json(wx: Phone) -> None:
    token = await wx.token()

    async def draw(**body: Any) -> Any:
        return await wx.http.post("/wxa/getwxacodeunlimit", json=body, params={"access_token": token})

    picture = (await draw(scene="v=1", page="pages/visit")).content
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture[16:24])
    start = picture.index(b"IDAT")
    (size,) = struct.unpack(">I", picture[start - 4 : start])
    pixels = zlib.decompress(picture[start + 4 : start + 4 + size])
    assert len(pixels) == height * (1 + -(-width // 8))
    assert picture == (await draw(scene="v=1", page="pages/visit")).content
    assert picture != (await draw(scene="v=2", page="pages/visit")).content
    assert (await draw(scene="汉字")).json()["errcode"] == 40169
    assert (await draw(scene="a" * 33)).json()["errcode"] == 40169
    assert (await draw(scene="a", page="/pages/visit")).json()["errcode"] == 41030
    assert (await draw(scene="a", width=10)).json()["errcode"] == 40097


async def test_quota_counts_calls(wx: Phone) -> None:
    token = await wx.token()
    for _ in range(3):
        await wx.post(SEND, access_token=token)

    async def quota(path: str) -> Any:
        return await wx.post("/cgi-bin/openapi/quota/get", {"cgi_path": path}, access_token=token)

    assert (await quota(SEND))["quota"] == {"daily_limit": 10_000_000, "used": 3, "remain": 9_999_997}
    assert (await quota("/sns/jscode2session"))["errcode"] == 76022
    assert (await quota("/no/such"))["errcode"] == 76021


async def test_a_rid_tells_its_call(wx: Phone) -> None:
    token = await wx.token()
    refused = await wx.post(SEND, {"touser": "nobody"}, access_token=token)
    rid = refused["errmsg"].rpartition("rid: ")[2]
    told = await wx.post("/cgi-bin/openapi/rid/get", {"rid": rid}, access_token=token)
    assert told["request"]["request_url"] == SEND
    assert orjson.loads(told["request"]["response_body"]) == refused
    unknown = await wx.post("/cgi-bin/openapi/rid/get", {"rid": "x"}, access_token=token)
    assert unknown["errcode"] == 76001
