"""access_token by both interfaces."""

from typing import Any

from tests.sandbox.program import APPID, SECRET, SERVICE_APPID, SERVICE_SECRET, Phone

_LIST = "/wxaapi/newtmpl/gettemplate"


async def _stable(wx: Phone, **changes: Any) -> Any:
    body = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET, **changes}
    return await wx.post("/cgi-bin/stable_token", body)


async def _errcode(wx: Phone, token: str) -> int:
    return int((await wx.get(_LIST, access_token=token))["errcode"])


async def test_stable_token_stays_the_same_until_five_minutes_before_its_end(wx: Phone) -> None:
    first = await _stable(wx)
    await wx.post("/control/clock", {"seconds": 6_800})
    same = await _stable(wx)
    assert same["access_token"] == first["access_token"]
    assert 300 <= same["expires_in"] <= 400
    await wx.post("/control/clock", {"seconds": 150})
    new = await _stable(wx)
    assert new["access_token"] != first["access_token"]
    assert new["expires_in"] == 7_200
    assert await _errcode(wx, first["access_token"]) == 0
    await wx.post("/control/clock", {"seconds": 300})
    assert await _errcode(wx, first["access_token"]) == 42001
    assert await _errcode(wx, new["access_token"]) == 0


async def test_a_forced_refresh_ends_the_old_token_but_not_twice_in_thirty_seconds(wx: Phone) -> None:
    first = (await _stable(wx))["access_token"]
    second = (await _stable(wx, force_refresh=True))["access_token"]
    assert second != first
    assert await _errcode(wx, first) == 40001
    assert (await _stable(wx, force_refresh=True))["access_token"] == second


async def test_twenty_forced_refreshes_a_day(wx: Phone) -> None:
    for _ in range(20):
        await _stable(wx, force_refresh=True)
        await wx.post("/control/clock", {"seconds": 30})
    answers = {(await _stable(wx, force_refresh=True)).get("errcode")}
    await wx.post("/control/clock", {"seconds": 24 * 3_600})
    assert answers <= {45009, None}  # None when midnight fell between the twenty
    assert "access_token" in await _stable(wx, force_refresh=True)


async def test_plain_tokens_replace_each_other_and_know_nothing_of_stable_ones(wx: Phone) -> None:
    query = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
    stable = await wx.token()
    first = (await wx.get("/cgi-bin/token", **query))["access_token"]
    second = (await wx.get("/cgi-bin/token", **query))["access_token"]
    assert len({first, second, stable}) == 3
    assert await _errcode(wx, first) == 0
    await wx.post("/control/clock", {"seconds": 300})
    assert [await _errcode(wx, token) for token in (first, second, stable)] == [42001, 0, 0]


async def test_tokens_are_refused_like_wechat(wx: Phone) -> None:
    token = await wx.token()
    service = await wx.token(SERVICE_APPID, SERVICE_SECRET)
    assert (await wx.get(_LIST))["errcode"] == 41001
    assert await _errcode(wx, "nonsense") == 40014
    assert await _errcode(wx, "98_never_issued") == 40001
    assert await _errcode(wx, service) == 48001
    await wx.post("/control/tokens/end", {"how": "expired"})
    assert await _errcode(wx, token) == 42001
    await wx.post("/control/tokens/end", {"how": "revoked"})
    assert await _errcode(wx, token) == 40001


async def test_credentials_are_refused_like_wechat(wx: Phone) -> None:
    assert (await _stable(wx, appid="wx0"))["errcode"] == 40013
    assert (await _stable(wx, secret="wrong"))["errcode"] == 40125
    assert (await _stable(wx, grant_type=""))["errcode"] == 40002
    query = {"grant_type": "client_credential", "appid": APPID, "secret": "wrong"}
    assert (await wx.get("/cgi-bin/token", **query))["errcode"] == 40001
