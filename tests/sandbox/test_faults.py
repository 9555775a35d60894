"""Errors on demand: every code, lost answers, resets, shares of the calls."""

import asyncio
import time
from typing import Any

import httpx
import pytest

from tests.sandbox.program import SEND, Phone, session_query
from tests.support.watching import PATIENCE

_PROTOCOL_CODES = {  # every code named for sign-in, tokens and sending
    *(-1, 40029, 40163, 45011, 40226, 40013, 40125, 41002, 41004, 40164, 40243, 87009),
    *(40001, 45009, 89503, 40014, 42001, 41001, 48001, 48006, 76021, 76022, 76003, 76004),
    *(40003, 40037, 41030, 43101, 43107, 43108, 45168, 40038, 47003, 47001, 85107),
    *(45103, 45109, 43004),
}


async def _fault(wx: Phone, **rule: Any) -> dict[str, Any]:
    answer = await wx.http.post("/control/faults", json={"path": SEND, **rule})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def _ready(wx: Phone, accepts: int = 10) -> str:
    openid = await wx.sign_in()
    await wx.post(f"/control/owners/{openid}/permits", {"template_id": "policy_matched", "credits": accepts})
    return openid


async def test_every_code_of_the_protocol_can_be_answered_with_its_text(wx: Phone) -> None:
    openid = await _ready(wx)
    body, token = await wx.message(openid), await wx.token()
    known = (await wx.get("/control/faults"))["known_errcodes"]
    assert set(known) >= _PROTOCOL_CODES
    for errcode in known:
        await _fault(wx, errcode=errcode, times=1)
        answer = await wx.post(SEND, body, access_token=token)
        assert answer["errcode"] == errcode
        assert " rid: " in answer["errmsg"]
    assert await wx.received(openid) == []
    assert (await wx.post(SEND, body, access_token=token))["errcode"] == 0


async def test_faults_strike_other_paths_too(wx: Phone) -> None:
    await _fault(wx, path="/sns/jscode2session", errcode=45011, times=1)
    assert (await wx.get("/sns/jscode2session", **session_query("demo-a")))["errcode"] == 45011
    assert "openid" in await wx.get("/sns/jscode2session", **session_query("demo-a"))


async def test_a_share_of_the_calls(wx: Phone) -> None:
    openid = await _ready(wx, 20)
    await _fault(wx, errcode=-1, ratio=0.25)
    codes = [(await wx.send(openid))["errcode"] for _ in range(8)]
    assert codes.count(-1) == 2


async def test_only_for_one_openid_or_template(wx: Phone) -> None:
    openid = await _ready(wx)
    await _fault(wx, errcode=45168, openid="someone-else")
    await _fault(wx, errcode=45168, template_id="some-other-template")
    assert (await wx.send(openid))["errcode"] == 0
    await _fault(wx, errcode=43107, openid=openid, template_id=await wx.template("policy_matched"))
    assert (await wx.send(openid))["errcode"] == 43107


async def test_a_lost_answer_leaves_its_effect(wx: Phone) -> None:
    openid = await _ready(wx)
    await _fault(wx, drop=True, times=1)
    with pytest.raises(httpx.TransportError):
        await wx.send(openid)
    assert len(await wx.received(openid)) == 1
    assert (await wx.send(openid))["errcode"] == 0


async def test_a_reset_leaves_no_effect(wx: Phone) -> None:
    openid = await _ready(wx)
    await _fault(wx, abort=True, times=1)
    with pytest.raises(httpx.TransportError):
        await wx.send(openid)
    assert await wx.received(openid) == []
    outcomes = (await wx.get("/control/calls"))["outcomes"]
    assert outcomes == {SEND: {"abort": 1}}


async def test_a_late_answer_outlives_the_client(wx: Phone) -> None:
    openid = await _ready(wx)
    body, token = await wx.message(openid), await wx.token()
    await _fault(wx, delay_ms=400, times=1)
    soon = httpx.Timeout(PATIENCE, read=0.1)
    with pytest.raises(httpx.ReadTimeout):
        await wx.http.post(SEND, json=body, params={"access_token": token}, timeout=soon)
    async with asyncio.timeout(PATIENCE):
        while not await wx.received(openid):
            await asyncio.sleep(0.01)
    await _fault(wx, delay_ms=400, delay_before=True, times=1)
    with pytest.raises(httpx.ReadTimeout):
        await wx.http.post(SEND, json=body, params={"access_token": token}, timeout=soon)
    await asyncio.sleep(0.5)
    assert len(await wx.received(openid)) == 1


async def test_a_proxy_error_is_html(wx: Phone) -> None:
    openid = await _ready(wx)
    await _fault(wx, http_status=502, times=1)
    answer = await wx.http.post(SEND, json=await wx.message(openid), params={"access_token": await wx.token()})
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")
    assert await wx.received(openid) == []


async def test_latency(wx: Phone) -> None:
    openid = await _ready(wx)
    latency = 0.3
    await wx.set(latency_ms=int(latency * 1000))
    before = time.monotonic()
    await asyncio.gather(*(wx.http.get("/wxaapi/newtmpl/gettemplate") for _ in range(10)))
    # one after the other they would take ten times as long
    assert latency <= time.monotonic() - before < 10 * latency
    assert (await wx.send(openid))["errcode"] == 0


async def test_faults_are_listed_and_lifted(wx: Phone) -> None:
    number = (await _fault(wx, errcode=-1))["id"]
    await _fault(wx, errcode=45009)
    assert [fault["errcode"] for fault in (await wx.get("/control/faults"))["items"]] == [-1, 45009]
    await wx.http.delete(f"/control/faults/{number}")
    assert (await wx.http.delete(f"/control/faults/{number}")).status_code == 404
    await wx.http.delete("/control/faults")
    assert (await wx.get("/control/faults"))["items"] == []


@pytest.mark.parametrize("rule", [{}, {"errcode": -1, "drop": True}, {"ratio": 0}, {"times": 0}, {"wish": 1}])
async def test_a_rule_that_makes_no_sense_is_refused(wx: Phone, rule: dict[str, Any]) -> None:
    answer = await wx.http.post("/control/faults", json=rule)
    assert answer.status_code == 400
    assert answer.json()["error"]
