"""The callback door: signed, stored once, answered at once."""

import asyncio
import json
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from backend.foundation import clock, db
from backend.foundation.settings import Settings
from backend.runtime import Runtime
from tests.support.api import Api, serve
from tests.support.pushes import Pusher
from tests.support.sizes import scaled

PATH = "/wechat/events/miniprogram"
WECHAT_WAITS = 5.0  # seconds for an answer
EVENT = {
    "ToUserName": "gh_0",
    "FromUserName": "openid-1",
    "CreateTime": 1790000000,
    "MsgType": "event",
    "Event": "subscribe_msg_sent_event",
    "List": {"TemplateId": "t1", "MsgID": "1", "ErrorCode": "0", "ErrorStatus": "success"},
}


def _push(settings: Settings, event: dict[str, Any], form: str = "json") -> tuple[dict[str, str], bytes]:
    return Pusher.of(settings).push(event, form)


async def _stored() -> list[Any]:
    return await db.fetch("SELECT account, event, handled_at FROM callback_events")


@pytest.mark.parametrize("form", ["json", "xml"])
async def test_a_push_is_stored_and_wakes_the_worker(api: Api, running: Runtime, redis: Redis, form: str) -> None:
    query, body = _push(running.settings, EVENT, form)
    started = time.perf_counter()
    answer = await api.post(PATH, params=query, content=body)
    assert time.perf_counter() - started < WECHAT_WAITS
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


_HEAD = '<?xml version="1.0"?>'
_BOMB = (
    _HEAD
    + '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    + "<xml><Event>&b;</Event><FromUserName>o</FromUserName></xml>"
)
_FILE = _HEAD + '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><xml><Event>&x;</Event></xml>'
_AWAY = _HEAD + '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><xml><Event>a</Event></xml>'


@pytest.mark.parametrize("text", [_BOMB, _FILE, _AWAY], ids=["bomb", "file", "away"])
async def test_an_xml_that_wants_more_than_itself_is_refused(api: Api, running: Runtime, text: str) -> None:
    """In the sealed part too, although only WeChat can seal: its own XML has no DTD."""
    pusher = Pusher.of(running.settings)
    sealed = pusher.push(text.encode(), "xml")
    open_ = (pusher.sign("x"), text.replace("</xml>", "<Encrypt>x</Encrypt></xml>").encode())
    for query, body in (sealed, open_):
        answer = await api.post(PATH, params=query, content=body)
        assert (answer.status_code, answer.text) == (403, "forbidden")
    assert await _stored() == []


async def test_wrong_appid_wrong_padding_and_wrong_key_are_refused_alike(api: Api, running: Runtime) -> None:
    """And nothing tells them apart from outside: no oracle for whoever tries paddings."""
    pusher = Pusher.of(running.settings)
    wrong = [
        pusher.posing_as("wx0000000000000000").push(EVENT),
        pusher.push(EVENT, padding=b"\x01\x02"),
        pusher.push(EVENT, padding=b"\x00"),
        replace(pusher, key=b"k" * 32).push(EVENT),
    ]
    answers = [await api.post(PATH, params=query, content=body) for query, body in wrong]
    assert {(one.status_code, one.text, one.headers["content-type"]) for one in answers} == {
        (403, "forbidden", "text/plain; charset=utf-8")
    }
    assert await _stored() == []


async def test_an_exact_replay_is_answered_and_changes_nothing(api: Api, running: Runtime) -> None:
    """As of WeChat's own repetitions, which are signed anew: what was said tells pushes apart, not their signature."""
    query, body = _push(running.settings, EVENT)
    answers = [await api.post(PATH, params=query, content=body) for _ in range(3)]
    assert [answer.text for answer in answers] == ["success"] * 3
    assert len(await _stored()) == 1


@pytest.mark.parametrize("part", ["timestamp", "nonce", "signature", "msg_signature", "body"])
async def test_whatever_is_tampered_with_is_refused(api: Api, running: Runtime, part: str) -> None:
    query, body = _push(running.settings, EVENT)
    if part == "body":
        at = body.index(b"Encrypt") + 40
        body = body[:at] + (b"A" if body[at : at + 1] != b"A" else b"B") + body[at + 1 :]
    else:
        last = query[part][-1]
        query[part] = query[part][:-1] + ("0" if last != "0" else "1")
    assert (await api.post(PATH, params=query, content=body)).status_code == 403
    assert await _stored() == []


async def test_a_body_at_the_limit_passes_and_one_byte_more_does_not(api: Api, running: Runtime) -> None:
    query, body = _push(running.settings, EVENT)
    full = body + b" " * (64 * 1024 - len(body))
    assert (await api.post(PATH, params=query, content=full + b" ")).status_code == 413
    assert (await api.post(PATH, params=query, content=full)).text == "success"


async def test_a_redis_that_hangs_delays_no_answer(api: Api, running: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(*_args: object, **_options: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(running.wake_ups._arq, "enqueue_job", hang)
    query, body = _push(running.settings, EVENT)
    started = time.perf_counter()
    assert (await api.post(PATH, params=query, content=body)).text == "success"
    assert time.perf_counter() - started < WECHAT_WAITS
    assert len(await _stored()) == 1
