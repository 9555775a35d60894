"""Events pushed to the callback, decrypted by another implementation."""

import asyncio
from typing import Any

import orjson
import pytest
import xmltodict
from aiohttp import web

from tests.sandbox.program import APPID, SERVICE_APPID, SERVICE_SECRET, Callback, Phone
from tests.support.watching import PATIENCE


async def _one(callback: Callback) -> dict[str, Any]:
    (event,) = await callback.wait_for(1)
    return dict(orjson.loads(event))


async def test_a_popup_with_one_answer_is_an_object(wx: Phone, callback: Callback) -> None:
    openid = await wx.sign_in()
    await wx.subscribe(openid)
    event = await _one(callback)
    assert (event["FromUserName"], event["Event"]) == (openid, "subscribe_msg_popup_event")
    assert event["List"] == {
        "TemplateId": await wx.template("policy_matched"),
        "SubscribeStatusString": "accept",
        "PopupScene": "0",
    }


async def test_several_answers_are_an_array(wx: Phone, callback: Callback) -> None:
    openid = await wx.sign_in()
    await wx.subscribe(openid, "policy_matched", "service_progress", answers={"service_progress": "reject"})
    answers = [item["SubscribeStatusString"] for item in (await _one(callback))["List"]]
    assert answers == ["accept", "reject"]


async def test_a_kept_answer_pushes_nothing(wx: Phone, callback: Callback) -> None:
    openid = await wx.sign_in()
    await wx.subscribe(openid, always_keep=True)
    await wx.subscribe(openid)
    await wx.subscribe(openid, "policy_matched", "service_progress")
    events = [orjson.loads(event) for event in await callback.wait_for(2)]
    shown = [event["List"]["TemplateId"] for event in events]
    assert sorted(shown) == sorted([await wx.template("policy_matched"), await wx.template("service_progress")])
    assert (await wx.get("/control/pushes"))["pending"] == 0


async def test_the_sent_event_follows_the_answer(wx: Phone, callback: Callback) -> None:
    openid = await wx.sign_in()
    await wx.post(f"/control/owners/{openid}/permits", {"template_id": "policy_matched", "credits": 2})
    answer = await wx.send(openid)
    event = await _one(callback)
    assert event["Event"] == "subscribe_msg_sent_event"
    assert event["List"]["MsgID"] == str(answer["msgid"])
    assert (event["List"]["ErrorCode"], event["List"]["ErrorStatus"]) == ("0", "success")
    await wx.set(sent_events=False)
    await wx.send(openid)
    assert (await wx.get("/control/pushes"))["pending"] == 0


async def test_settings_and_privacy_events(wx: Phone, callback: Callback) -> None:
    openid = await wx.sign_in()
    await wx.post(f"/control/owners/{openid}/settings", {"templates": {"policy_matched": "reject"}})
    await callback.wait_for(1)
    await wx.set(push_spaced_keys=True)
    await wx.post(f"/control/owners/{openid}/authorization-cancel", {"revoke_info": "8"})
    change, privacy = map(orjson.loads, await callback.wait_for(2))
    assert change["List"]["SubscribeStatusString"] == "reject"
    assert privacy["Event"] == "user_authorization_cancellation"
    assert (privacy[" OpenID"], privacy[" AppID"], privacy[" RevokeInfo"]) == (openid, APPID, "8")


@pytest.mark.parametrize(
    ("switches", "expected"),
    [
        ({"push_list": "array"}, {"List": [{"PopupScene": "0"}]}),
        ({"push_list": "container"}, {"SubscribeMsgPopupEvent": {"List": {"PopupScene": "0"}}}),
        ({"push_numbers": "int"}, {"List": {"PopupScene": 0}}),
    ],
)
async def test_json_variants(wx: Phone, callback: Callback, switches: dict[str, str], expected: dict[str, Any]) -> None:
    await wx.set(**switches)
    await wx.subscribe(await wx.sign_in())
    event = await _one(callback)
    (name,) = expected
    found = orjson.loads(orjson.dumps(event[name]))
    item = found.get("List", found) if isinstance(found, dict) else found[0]
    wanted = expected[name]
    inner = wanted.get("List", wanted) if isinstance(wanted, dict) else wanted[0]
    assert isinstance(found, type(wanted))
    assert item["PopupScene"] == inner["PopupScene"]


async def test_create_time_as_text(wx: Phone, callback: Callback) -> None:
    await wx.set(push_numbers="string")
    await wx.subscribe(await wx.sign_in())
    assert isinstance((await _one(callback))["CreateTime"], str)


async def test_xml(wx: Phone, callback: Callback) -> None:
    await wx.set(push_format="xml")
    openid = await wx.sign_in()
    await wx.subscribe(openid, "policy_matched", "service_progress")
    (text,) = await callback.wait_for(1)
    event = xmltodict.parse(text)["xml"]
    assert event["FromUserName"] == openid
    assert [item["PopupScene"] for item in event["SubscribeMsgPopupEvent"]["List"]] == ["0", "0"]


async def test_three_tries_and_no_more(wx: Phone, callback: Callback) -> None:
    callback.answers = [web.Response(status=500), web.Response(text="busy")]
    await wx.subscribe(await wx.sign_in())
    await callback.wait_for(1)
    assert callback.tries == 3
    callback.answers = [web.Response(status=503) for _ in range(3)]
    await wx.subscribe(await wx.sign_in())
    pushes = await _settled(wx, "given_up", 1)
    assert (pushes["delivered"], callback.tries) == (1, 6)


async def test_a_slow_callback_is_tried_again_and_does_not_slow_the_send(wx: Phone, callback: Callback) -> None:
    callback.wait = 0.6
    await wx.set(push_timeout_ms=400)
    openid = await wx.sign_in()
    await wx.subscribe(openid)
    assert (await wx.send(openid))["errcode"] == 0
    assert (await wx.get("/control/pushes"))["given_up"] == 0, "a send does not wait for three tries"
    await _settled(wx, "given_up", 2)
    assert callback.tries == 6


async def _settled(wx: Phone, outcome: str, count: int) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE):
        while (pushes := await wx.get("/control/pushes"))[outcome] != count:
            await asyncio.sleep(0.01)
    return dict(pushes)


async def test_any_event_any_number_of_times(wx: Phone, callback: Callback) -> None:
    body = {"openid": "o1", "event": "debug_demo", "body": {"debug_str": "hello"}, "repeat": 3}
    await wx.post("/control/pushes", body)
    events = [orjson.loads(event) for event in await callback.wait_for(3)]
    assert [event["debug_str"] for event in events] == ["hello"] * 3


async def test_the_console_check(wx: Phone) -> None:
    assert await wx.post("/control/callback/verify") == {"verified": True}
    await wx.set(callback_url="http://127.0.0.1:1/nowhere")
    assert await wx.post("/control/callback/verify") == {"verified": False}


async def test_service_account_messages(wx: Phone, callback: Callback) -> None:
    owner = await wx.post("/control/owners", {"name": "赵敏"})
    token = await wx.token(SERVICE_APPID, SERVICE_SECRET)
    data = {"thing1": "诉求办理", "character_string2": "WW-1", "phrase3": "办理中", "time4": "2026年11月22日 15:01"}
    body = {
        "touser": owner["service_openid"],
        "template_id": await wx.template("service_account_progress"),
        "data": {key: {"value": value} for key, value in data.items()},
        "miniprogram": {"appid": APPID, "pagepath": "pages/case?id=1"},
        "client_msg_id": "once",
    }
    path = "/cgi-bin/message/template/send"
    first = await wx.post(path, body, access_token=token)
    again = await wx.post(path, body, access_token=token)
    assert first["errcode"] == 0
    assert first["msgid"] == again["msgid"]
    assert (await _one(callback))["Event"] == "TEMPLATESENDJOBFINISH"
    assert len(await wx.received(owner["service_openid"])) == 1
    wrong_kind = {**body, "template_id": await wx.template("policy_matched")}
    assert (await wx.post(path, wrong_kind, access_token=token))["errcode"] == 40037
    assert (await wx.post(path, body, access_token=await wx.token()))["errcode"] == 48001
    await wx.http.patch(f"/control/owners/{owner['openid']}", json={"follows": False})
    assert (await wx.post(path, {**body, "client_msg_id": "b"}, access_token=token))["errcode"] == 43004
