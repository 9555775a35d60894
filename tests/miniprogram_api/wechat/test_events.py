"""The callback door: signed, stored once, answered at once."""

import asyncio
import base64
import hashlib
import json
import secrets
import struct
import time
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from redis.asyncio import Redis

from backend.foundation import clock, db
from backend.foundation.settings import Settings
from backend.runtime import Runtime
from tests.support.api import Api, serve
from tests.support.sizes import scaled

PATH = "/wechat/events/miniprogram"
EVENT = {
    "ToUserName": "gh_0",
    "FromUserName": "openid-1",
    "CreateTime": 1790000000,
    "MsgType": "event",
    "Event": "subscribe_msg_sent_event",
    "List": {"TemplateId": "t1", "MsgID": "1", "ErrorCode": "0", "ErrorStatus": "success"},
}


def _sha1(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324  WeChat's own signature


def _sealed(settings: Settings, text: str) -> str:
    """Encrypt as WeChat does, written here anew so that a fault of ours can't hide."""
    key = base64.b64decode(settings.wechat_callback_aes_key.get_secret_value() + "=")
    plain = (
        secrets.token_bytes(16) + struct.pack(">I", len(text.encode())) + text.encode() + settings.wechat_appid.encode()
    )
    padding = 32 - len(plain) % 32
    sealer = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(sealer.update(plain + bytes([padding]) * padding) + sealer.finalize()).decode()


def _push(settings: Settings, event: dict[str, Any], form: str = "json") -> tuple[dict[str, str], bytes]:
    token, nonce, stamp = settings.wechat_callback_token.get_secret_value(), secrets.token_hex(5), str(int(time.time()))
    text = json.dumps(event) if form == "json" else "<xml>" + "".join(_xml(*item) for item in event.items()) + "</xml>"
    sealed = _sealed(settings, text)
    query = {
        "signature": _sha1(token, stamp, nonce),
        "timestamp": stamp,
        "nonce": nonce,
        "openid": "openid-1",
        "encrypt_type": "aes",
        "msg_signature": _sha1(token, stamp, nonce, sealed),
    }
    body = {"ToUserName": "gh_0", "Encrypt": sealed}
    return query, json.dumps(
        body
    ).encode() if form == "json" else f"<xml>{''.join(_xml(*i) for i in body.items())}</xml>".encode()


def _xml(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return f"<{name}>{''.join(_xml(*item) for item in value.items())}</{name}>"
    return f"<{name}><![CDATA[{value}]]></{name}>"


async def _stored() -> list[Any]:
    return await db.fetch("SELECT account, event, handled_at FROM callback_events")


@pytest.mark.parametrize("form", ["json", "xml"])
async def test_a_push_is_stored_and_wakes_the_worker(api: Api, running: Runtime, redis: Redis, form: str) -> None:
    query, body = _push(running.settings, EVENT, form)
    started = time.perf_counter()
    answer = await api.post(PATH, params=query, content=body)
    assert time.perf_counter() - started < 1
    assert (answer.status_code, answer.text) == (200, "success")
    assert answer.headers["content-type"].startswith("text/plain")
    (row,) = await _stored()
    event = json.loads(row["event"])
    assert (row["account"], row["handled_at"]) == (running.settings.wechat_appid, None)
    assert (event["kind"], event["openid"]) == ("subscribe_msg_sent_event", "openid-1")
    assert event["items"][0]["MsgID"] == "1"
    assert await redis.zcard("arq:queue") == 1


async def test_a_repetition_is_answered_and_not_stored_again(api: Api, running: Runtime) -> None:
    pushes = [_push(running.settings, EVENT) for _ in range(scaled(20))]
    answers = await asyncio.gather(*(api.post(PATH, params=query, content=body) for query, body in pushes))
    assert {answer.text for answer in answers} == {"success"}
    assert len(await _stored()) == 1
    query, body = _push(running.settings, {**EVENT, "List": {**EVENT["List"], "MsgID": "2"}})
    await api.post(PATH, params=query, content=body)
    assert len(await _stored()) == 2


async def test_a_text_with_nul_is_stored_without_it(api: Api, running: Runtime) -> None:
    query, body = _push(running.settings, {**EVENT, "List": {**EVENT["List"], "ErrorStatus": "a\x00b"}})
    assert (await api.post(PATH, params=query, content=body)).text == "success"
    assert json.loads((await _stored())[0]["event"])["items"][0]["ErrorStatus"] == "ab"


async def test_what_wechat_did_not_sign_is_refused(api: Api, running: Runtime) -> None:
    query, body = _push(running.settings, EVENT)
    plain = json.dumps(EVENT).encode()
    for wrong_query, wrong_body in (
        ({}, body),
        ({**query, "signature": "0" * 40}, body),
        ({**query, "msg_signature": "0" * 40}, body),
        ({**query, "timestamp": str(int(query["timestamp"]) - 700)}, body),
        (query, plain),
        ({key: value for key, value in query.items() if key != "msg_signature"}, plain),
        (query, body.replace(b'"Encrypt": "', b'"Encrypt": "A')),
        (query, b""),
        (query, b"\xff\x00"),
    ):
        answer = await api.post(PATH, params=wrong_query, content=wrong_body)
        assert (answer.status_code, answer.text) == (403, "forbidden")
    assert await _stored() == []


async def test_an_old_push_is_refused_even_with_its_own_signature(api: Api, running: Runtime) -> None:
    query, body = _push(running.settings, EVENT)
    with clock.use(clock.Frozen(clock.now() + timedelta(minutes=11))):
        assert (await api.post(PATH, params=query, content=body)).status_code == 403


async def test_an_unknown_account_and_a_large_body_are_refused(api: Api, running: Runtime) -> None:
    query, body = _push(running.settings, EVENT)
    assert (await api.post("/wechat/events/other", params=query, content=body)).status_code == 404
    assert (await api.get("/wechat/events/%00", params=query)).status_code == 404
    answer = await api.post(PATH, params=query, content=body + b" " * 65_536)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "text/plain; charset=utf-8")


async def test_the_console_s_check_gets_its_text_back(api: Api, running: Runtime) -> None:
    query, _ = _push(running.settings, EVENT)
    answer = await api.get(PATH, params={**query, "echostr": "4375120948345356249"})
    assert (answer.status_code, answer.text) == (200, "4375120948345356249")
    answer = await api.get(PATH, params={**query, "echostr": "<script>", "signature": "0"})
    assert (answer.status_code, answer.text) == (403, "forbidden")


async def test_pushes_are_not_limited_by_their_address(running: Runtime) -> None:
    query, body = _push(running.settings, EVENT)
    async with serve(running, settings=running.settings.model_copy(update={"address_requests_per_minute": 1})) as api:
        assert [(await api.get("/api/public/v1/about")).status_code for _ in range(2)] == [200, 429]
        assert [(await api.post(PATH, params=query, content=body)).status_code for _ in range(3)] == [200] * 3
