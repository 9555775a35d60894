"""Subscribe messages: credits, limits, refusals, what the phone received."""

import asyncio
from typing import Any

import pytest

from tests.sandbox.program import FITTING, SEND, Phone

_DEADLINE = {"thing1": "许可证延续", "thing2": "某某食品店", "date3": "2026年12月31日", "thing4": "点击查看"}


async def test_an_accepted_message_is_on_the_phone(wx: Phone) -> None:
    openid = await wx.sign_in()
    assert (await wx.subscribe(openid))["dialog_shown"] is True
    answer = await wx.send(openid)
    assert (answer["errcode"], answer["errmsg"]) == (0, "ok")
    (message,) = await wx.received(openid)
    assert message["msgid"] == str(answer["msgid"])
    assert message["data"] == FITTING
    assert message["page"] == "pages/a?id=1"


async def test_one_accept_is_one_message(wx: Phone) -> None:
    openid = await wx.sign_in()
    await wx.subscribe(openid)
    await wx.subscribe(openid)
    codes = [(await wx.send(openid))["errcode"] for _ in range(3)]
    assert codes == [0, 0, 43101]
    assert len(await wx.received(openid)) == 2


async def test_a_long_term_permission_stays_until_it_is_rejected(wx: Phone) -> None:
    openid = await wx.sign_in()
    await wx.subscribe(openid, "deadline_reminder")
    assert [(await wx.send(openid, "deadline_reminder", **_DEADLINE))["errcode"] for _ in range(3)] == [0, 0, 0]
    await wx.set(long_term_daily_limit=3)
    assert (await wx.send(openid, "deadline_reminder", **_DEADLINE))["errcode"] == 40038
    await wx.post("/control/clock", {"seconds": 24 * 3_600})
    assert (await wx.send(openid, "deadline_reminder", **_DEADLINE))["errcode"] == 0
    await wx.post(f"/control/owners/{openid}/settings", {"templates": {"deadline_reminder": "reject"}})
    assert (await wx.send(openid, "deadline_reminder", **_DEADLINE))["errcode"] == 43101


async def test_always_keep_hides_the_dialog_and_still_earns(wx: Phone) -> None:
    openid = await wx.sign_in()
    await wx.subscribe(openid, always_keep=True)
    second = await wx.subscribe(openid, answers={"policy_matched": "reject"})
    assert second["dialog_shown"] is False
    (permit,) = (await wx.get(f"/control/owners/{openid}"))["permits"]
    assert (permit["credits"], permit["kept"]) == (2, "accept")


async def test_a_rejected_template_earns_nothing(wx: Phone) -> None:
    openid = await wx.sign_in()
    answer = await wx.subscribe(openid, answers={"policy_matched": "reject"})
    assert answer[await wx.template("policy_matched")] == "reject"
    assert (await wx.send(openid))["errcode"] == 43101


async def test_the_main_switch_silences_all(wx: Phone) -> None:
    openid = await wx.sign_in()
    await wx.subscribe(openid)
    await wx.post(f"/control/owners/{openid}/settings", {"main_switch": False})
    assert (await wx.send(openid))["errcode"] == 43101
    assert (await wx.subscribe(openid))["errCode"] == 20004


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ([], 10001),
        (["policy_matched"] * 6, 20003),
        (["unknown"], 20001),
        (["service_account_progress"], 20001),
        (["policy_matched", "deadline_reminder"], 20002),
    ],
)
async def test_the_phone_refuses_what_it_refuses(wx: Phone, keys: list[str], code: int) -> None:
    openid = await wx.sign_in()
    answer = await wx.post(f"/control/owners/{openid}/subscribe", {"template_ids": keys})
    assert answer["errCode"] == code


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"thing1": ""}, "data.thing1.value is empty"),
        ({"thing2": "长" * 21}, "data.thing2.value invalid"),
        ({"date3": "年底"}, "data.date3.value invalid"),
        ({"thing4": "一\n二"}, "data.thing4.value invalid"),
        ({"thing9": "多余"}, "data.thing9 invalid"),
        ({"thing1": 7}, "data.thing1.value invalid"),
    ],
)
async def test_bad_data_names_the_field_and_costs_nothing(wx: Phone, changes: dict[str, Any], said: str) -> None:
    openid = await wx.sign_in()
    await wx.subscribe(openid)
    answer = await wx.send(openid, **{**FITTING, **changes})
    assert answer["errcode"] == 47003
    assert said in answer["errmsg"]
    assert (await wx.send(openid))["errcode"] == 0


async def test_refusals_by_what_is_wrong(wx: Phone) -> None:
    openid, token = await wx.sign_in(), await wx.token()
    await wx.subscribe(openid)
    good = await wx.message(openid)

    async def errcode(**changes: Any) -> int:
        return int((await wx.post(SEND, {**good, **changes}, access_token=token))["errcode"])

    assert await errcode(touser="o" * 28) == 40003
    assert await errcode(touser=None) == 40003
    assert await errcode(template_id="x" * 43) == 40037
    assert await errcode(template_id=await wx.template("service_account_progress")) == 40037
    assert await errcode(data="{}") == 47003
    assert await errcode(data={"thing1": "社保补贴"}) == 47003
    assert await errcode(miniprogram_state="live") == 40097
    assert await errcode(lang="de") == 40097
    await wx.set(live_pages=["pages/b"])
    assert await errcode() == 41030
    assert await errcode(page="pages/b?id=1") == 0


async def test_concurrent_calls_to_one_openid(wx: Phone) -> None:
    await wx.set(serial_openid=True, serial_hold_ms=100)
    openid, other, token = await wx.sign_in(), await wx.sign_in("小李"), await wx.token()
    for _ in range(2):
        await wx.subscribe(openid)
    await wx.subscribe(other)
    one, another = await wx.message(openid), await wx.message(other)
    bodies = [one, one, another]
    answers = await asyncio.gather(*(wx.post(SEND, body, access_token=token) for body in bodies))
    assert sorted(answer["errcode"] for answer in answers) == [0, 0, 43108]
    assert answers[2]["errcode"] == 0
    assert (await wx.post(SEND, one, access_token=token))["errcode"] == 0


async def test_the_ledger_tells_what_came_twice(wx: Phone) -> None:
    openid, other = await wx.sign_in(), await wx.sign_in("小李")
    for person in (openid, openid, openid, other):
        await wx.subscribe(person)
    for person in (openid, openid, other):
        await wx.send(person)
    third = await wx.send(openid, **{**FITTING, "thing1": "另一政策"})
    summary = await wx.get("/control/ledger/summary")
    assert (summary["accepted"], summary["openids"], summary["duplicate_groups"]) == (4, 2, 1)
    assert (summary["duplicates"][0]["openid"], summary["duplicates"][0]["count"]) == (openid, 2)
    counts = {entry["openid"]: entry["count"] for entry in summary["by_openid_and_template"]}
    assert counts == {openid: 3, other: 1}
    newer = await wx.get("/control/messages", after=str(third["msgid"] - 1), template_id="policy_matched")
    assert [message["msgid"] for message in newer["items"]] == [str(third["msgid"])]


async def test_templates_are_listed_as_wechat_does(wx: Phone) -> None:
    listed = (await wx.get("/wxaapi/newtmpl/gettemplate", access_token=await wx.token()))["data"]
    by_title = {template["title"]: template for template in listed}
    policy = by_title["政策匹配提醒"]
    assert "政策名称:{{thing1.DATA}}\n" in policy["content"]
    assert (policy["type"], by_title["事项到期提醒"]["type"]) == (2, 3)
    assert len(policy["priTmplId"]) == 43


async def test_a_crowd_for_benches(wx: Phone) -> None:
    body = {"prefix": "bench", "count": 1_000, "template_ids": ["policy_matched"], "credits_each": 2}
    openids = (await wx.post("/control/owners/crowd", body))["openids"]
    assert len(set(openids)) == 1_000
    assert (await wx.send(openids[999]))["errcode"] == 0
