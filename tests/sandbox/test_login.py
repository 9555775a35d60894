"""Sign-in and phone codes."""

import base64

from tests.sandbox.program import APPID, Phone, session_query

_PHONE = "/wxa/business/getuserphonenumber"


async def test_a_demo_code_always_means_the_same_person(wx: Phone) -> None:
    first = await wx.get("/sns/jscode2session", **session_query("demo-老王"))
    again = await wx.get("/sns/jscode2session", **session_query("demo-老王.2"))
    other = await wx.get("/sns/jscode2session", **session_query("demo-小李"))
    assert first["openid"] == again["openid"] != other["openid"]
    assert (len(first["openid"]), first["openid"][0]) == (28, "o")
    assert "errcode" not in first
    assert first["unionid"]
    assert len(base64.b64decode(first["session_key"])) == 16
    assert first["session_key"] != again["session_key"]


async def test_an_issued_code_works_once_and_five_minutes(wx: Phone) -> None:
    owner = await wx.post("/control/owners", {"name": "赵敏", "phone": "13800001111"})
    used = await wx.post(f"/control/owners/{owner['openid']}/login-code")
    old = await wx.post(f"/control/owners/{owner['openid']}/login-code")
    assert (await wx.get("/sns/jscode2session", **session_query(used["code"])))["openid"] == owner["openid"]
    assert (await wx.get("/sns/jscode2session", **session_query(used["code"])))["errcode"] == 40163
    await wx.post("/control/clock", {"seconds": 301})
    assert (await wx.get("/sns/jscode2session", **session_query(old["code"])))["errcode"] == 40029


async def test_sign_in_refuses_like_wechat(wx: Phone) -> None:
    async def errcode(code: str = "demo-a", **changes: str) -> int:
        return int((await wx.get("/sns/jscode2session", **session_query(code, **changes)))["errcode"])

    assert await errcode("nobody") == 40029
    assert await errcode("") == 41008
    assert await errcode(appid="wx0") == 40013
    assert await errcode(appid="") == 41002
    assert await errcode(secret="wrong") == 40125
    assert await errcode(secret="") == 41004
    assert await errcode(grant_type="password") == 40002


async def test_a_phone_code_is_bound_to_its_owner(wx: Phone) -> None:
    owner = await wx.post("/control/owners", {"phone": "13800001111"})
    code = (await wx.post(f"/control/owners/{owner['openid']}/phone-code"))["code"]
    token = await wx.token()
    stranger = await wx.sign_in()
    stolen = await wx.post(_PHONE, {"code": code, "openid": stranger}, access_token=token)
    assert stolen["errcode"] == 40029
    own = await wx.post(_PHONE, {"code": code, "openid": owner["openid"]}, access_token=token)
    assert (own["errcode"], own["phone_info"]["purePhoneNumber"]) == (0, "13800001111")
    assert own["phone_info"]["watermark"]["appid"] == APPID
    again = await wx.post(_PHONE, {"code": code, "openid": owner["openid"]}, access_token=token)
    assert again["errcode"] == 40029


async def test_a_demo_phone_code_gives_its_number(wx: Phone) -> None:
    openid, token = await wx.sign_in(), await wx.token()
    answer = await wx.post(_PHONE, {"code": "phone-13912345678", "openid": openid}, access_token=token)
    assert answer["phone_info"]["phoneNumber"] == "13912345678"
    assert (await wx.get(f"/control/owners/{openid}"))["phone"] == "13912345678"
    assert (await wx.post(_PHONE, {"code": "phone-139", "openid": openid}, access_token=token))["errcode"] == 40029
    unknown = await wx.post(_PHONE, {"code": "phone-13912345678", "openid": "o" * 28}, access_token=token)
    assert unknown["errcode"] == 40003
