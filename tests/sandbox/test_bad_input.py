"""Whatever comes in, WeChat's paths answer with an errcode and the control API with 400 or 404."""

import asyncio
from typing import Any

import pytest

from tests.sandbox.program import Phone
from tests.support.watching import PATIENCE

_BODIES: list[bytes] = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"\\u0000"',
    b"\xff\xfe",
    b'{"touser":1,"template_id":[],"data":{"thing1":null}}',
    b'{"touser":"\\ud800","template_id":"\\u0000","data":{}}',
    b'{"code":null,"openid":7,"rid":[],"cgi_path":{},"scene":true,"content":1}',
    b'{"code":1e400,"width":99999999999999999999999999}',
    b"[" * 2_000,
]
_POSTS = [
    "/wxa/business/getuserphonenumber",
    "/cgi-bin/stable_token",
    "/cgi-bin/message/subscribe/send",
    "/cgi-bin/message/template/send",
    "/wxa/msg_sec_check",
    "/wxa/media_check_async",
    "/wxa/getwxacodeunlimit",
    "/cgi-bin/openapi/quota/get",
    "/cgi-bin/openapi/rid/get",
]
_CONTROLS = [
    ("POST", "/control/owners"),
    ("POST", "/control/owners/crowd"),
    ("POST", "/control/owners/demo-a/subscribe"),
    ("POST", "/control/owners/demo-a/settings"),
    ("POST", "/control/owners/demo-a/permits"),
    ("POST", "/control/owners/demo-a/authorization-cancel"),
    ("PATCH", "/control/owners/demo-a"),
    ("POST", "/control/faults"),
    ("PATCH", "/control/settings"),
    ("POST", "/control/clock"),
    ("POST", "/control/tokens/end"),
    ("POST", "/control/pushes"),
    ("POST", "/control/callback/verify"),
]


@pytest.mark.parametrize("path", _POSTS)
async def test_wechat_paths(wx: Phone, path: str) -> None:
    token = await wx.token()
    for account in (token, "", "\x00", "98_%ff"):
        for body in _BODIES:
            answer = await wx.http.post(path, content=body, params={"access_token": account})
            assert answer.status_code == 200
            assert answer.json()["errcode"] not in {0, -1}, (path, body)


@pytest.mark.parametrize(("method", "path"), _CONTROLS)
async def test_control_paths(wx: Phone, method: str, path: str) -> None:
    for body in _BODIES[1:]:
        answer = await wx.http.request(method, path, content=body)
        assert answer.status_code in {200, 400, 404, 409}, (path, body, answer.text)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/control/owners/nobody", 404),
        ("GET", "/control/owners/%00%ff", 404),
        ("GET", "/control/messages?after=x", 400),
        ("GET", "/control/messages?limit=99999999999999999999", 400),
        ("GET", "/control/messages?template_id=nothing", 404),
        ("DELETE", "/control/faults/7", 404),
        ("PUT", "/control/settings", 405),
        ("GET", "/control/nothing", 404),
    ],
)
async def test_control_statuses(wx: Phone, method: str, path: str, status: int) -> None:
    answer = await wx.http.request(method, path)
    assert (answer.status_code, "error" in answer.json()) == (status, True)


async def test_wrong_methods_and_paths_are_told_in_wechats_way(wx: Phone) -> None:
    async def told(method: str, path: str) -> tuple[int, Any]:
        answer = await wx.http.request(method, path)
        return answer.status_code, answer.json()["errcode"]

    assert await told("GET", "/cgi-bin/message/subscribe/send") == (200, 43002)
    assert await told("GET", "/cgi-bin/nothing") == (200, 40066)


async def test_a_body_that_is_too_large_is_refused_by_its_head(wx: Phone) -> None:
    """Only the head is sent: the stand-in answers and closes without waiting for a body it won't read."""
    url = wx.http.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(b"POST /wxa/msg_sec_check HTTP/1.1\r\nHost: sandbox\r\nContent-Length: 1000001\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()
    assert b'"errcode":47001' in answer.replace(b" ", b"")
