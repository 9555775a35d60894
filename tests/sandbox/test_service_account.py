"""The service account: its own token, its followers by unionid, its events."""

from typing import Any

import orjson
import pytest

from tests.sandbox.program import APPID, SERVICE_APPID, SERVICE_SECRET, Callback, Phone

_SEND = "/cgi-bin/message/template/send"
_DATA = {"thing1": "政策", "thing2": "湖州某某食品店", "thing3": "年底前"}


async def _token(wx: Phone) -> str:
    return await wx.token(SERVICE_APPID, SERVICE_SECRET)


async def _owner(wx: Phone, **fields: Any) -> Any:
    return await wx.post("/control/owners", {"name": "老王", **fields})


async def _send(wx: Phone, openid: str, **more: Any) -> Any:
    body = {
        "touser": openid,
        "template_id": await wx.template("service_account_policy"),
        "data": {name: {"value": value} for name, value in _DATA.items()},
        "miniprogram": {"appid": APPID, "pagepath": "pages/a"},
        **more,
    }
    return await wx.post(_SEND, body, access_token=await _token(wx))


async def test_who_follows_is_told_by_unionid(wx: Phone) -> None:
    owners = [await _owner(wx, unionid=f"union-{number}", follows=number < 2) for number in range(3)]
    token = await _token(wx)
    listed = await wx.get("/cgi-bin/user/get", access_token=token)
    following = sorted(owner["service_openid"] for owner in owners[:2])
    assert (listed["data"]["openid"], listed["next_openid"]) == (following, following[-1])
    behind = await wx.get("/cgi-bin/user/get", access_token=token, next_openid=following[-1])
    assert "data" not in behind
    wanted = {"user_list": [{"openid": owner["service_openid"]} for owner in owners]}
    told = (await wx.post("/cgi-bin/user/info/batchget", wanted, access_token=token))["user_info_list"]
    assert [(one["subscribe"], one.get("unionid")) for one in told] == [(1, "union-0"), (1, "union-1"), (0, None)]
    one = await wx.get("/cgi-bin/user/info", access_token=token, openid=owners[0]["service_openid"])
    assert one["unionid"] == "union-0"
    assert (await wx.get("/cgi-bin/user/info", access_token=token, openid="nobody"))["errcode"] == 40003
    assert (await wx.get("/cgi-bin/user/info", access_token=await wx.token(), openid="x"))["errcode"] == 48001
    many = {"user_list": [{"openid": "x"}] * 101}
    assert (await wx.post("/cgi-bin/user/info/batchget", many, access_token=token))["errcode"] == 40032


@pytest.mark.parametrize(("follows", "event"), [(True, "subscribe"), (False, "unsubscribe")])
async def test_following_and_leaving_are_told(wx: Phone, callback: Callback, *, follows: bool, event: str) -> None:
    owner = await _owner(wx, follows=not follows)
    await wx.post(f"/control/owners/{owner['openid']}/follow", {"follows": follows})
    told = orjson.loads((await callback.wait_for(1))[0])
    assert (told["Event"], told["FromUserName"]) == (event, owner["service_openid"])
    assert (await _send(wx, owner["service_openid"]))["errcode"] == (0 if follows else 43004)


async def test_what_became_of_a_message_is_told_with_its_number(wx: Phone, callback: Callback) -> None:
    await wx.set(service_sent_status="failed:user block")
    owner = await _owner(wx)
    msgid = (await _send(wx, owner["service_openid"]))["msgid"]
    told = orjson.loads((await callback.wait_for(1))[0])
    assert (told["Event"], told["MsgID"], told["Status"]) == ("TEMPLATESENDJOBFINISH", msgid, "failed:user block")


async def test_one_client_msg_id_is_one_message_for_ten_minutes(wx: Phone) -> None:
    owner = await _owner(wx)
    first, second = [(await _send(wx, owner["service_openid"], client_msg_id="a"))["msgid"] for _ in range(2)]
    assert first == second
    await wx.post("/control/clock", {"seconds": 600})
    assert (await _send(wx, owner["service_openid"], client_msg_id="a"))["msgid"] != first


async def test_its_templates_are_listed_apart(wx: Phone) -> None:
    listed = await wx.get("/cgi-bin/template/get_all_private_template", access_token=await _token(wx))
    titles = {template["title"]: template for template in listed["template_list"]}
    assert "{{thing1.DATA}}" in titles["政策提醒通知"]["content"]
    assert "政策匹配提醒" not in titles


async def test_a_template_changes_goes_and_comes_back(wx: Phone) -> None:
    openid = await wx.sign_in()
    for _ in range(2):
        await wx.subscribe(openid)
    await wx.template("policy_matched")  # remembered here before it goes
    path = "/control/templates/policy_matched"

    async def listed() -> Any:
        told = await wx.get("/wxaapi/newtmpl/gettemplate", access_token=await wx.token())
        return {template["title"]: template["content"] for template in told["data"]}

    await wx.http.patch(path, json={"is_there": False})
    assert "政策匹配提醒" not in await listed()
    assert (await wx.send(openid))["errcode"] == 40037
    await wx.http.patch(path, json={"is_there": True})
    assert (await wx.send(openid))["errcode"] == 0
    fields = [{"key": "thing9", "name": "别的", "example": "好"}]
    await wx.http.patch(path, json={"fields": fields, "title": "改了名"})
    assert "{{thing9.DATA}}" in (await listed())["改了名"]
    assert (await wx.send(openid))["errcode"] == 47003
    assert (await wx.http.patch(path, json={"fields": [{**fields[0], "key": "wish1"}]})).status_code == 400
    assert (await wx.http.patch("/control/templates/none", json={})).status_code == 404
    await wx.post("/control/reset")
    assert "政策匹配提醒" in await listed()
