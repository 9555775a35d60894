"""What came of a visit on the screen: the owner's pass, minutes with promises, his word, a further edition."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from playwright.async_api import Page, expect

from backend.access import Role
from tests.console.browser import axe, fits, shot, sign_in
from tests.console.desk import Desk
from tests.console.owners import Owner
from tests.console.policy_desk import field
from tests.console.visit_desk import Visitor, act, arranged, at, begun, day, shop, shopkeeper, visitor

REPORT: dict[str, Any] = {
    "text": "店主想了解用工补贴，现场讲了两项政策。",
    "findings": [{"kind": "difficulty", "words": "旺季缺人"}],
    "promises": [{"text": "帮他联系职介所", "due_on": str(day(10))}],
}

_BEGAN = "SELECT (starts_at AT TIME ZONE 'Asia/Shanghai')::date FROM visits WHERE id = $1"


async def _visited(desk: Desk, name: str, ahead: int) -> tuple[Visitor, Owner, str]:
    """A visit that began a moment ago, and the owner who waits at the door."""
    who, place = await visitor(desk, name, ahead), await shop(desk)
    keeper, person = await shopkeeper(desk, place)
    visit = await arranged(desk, who, place, at(ahead, 9), person_id=str(person))
    await begun(desk, visit)
    return who, keeper, visit


async def _begin(page: Page, label: str) -> None:
    await page.get_by_role("group", name="办理").get_by_role("button", name=label, exact=True).click()


async def test_arrived_by_the_pass_reported_with_a_promise_and_confirmed(page: Page, desk: Desk) -> None:
    who, keeper, visit = await _visited(desk, "韩走访", 50)
    await page.set_viewport_size({"width": 375, "height": 740})
    on = await desk.database.fetchval(_BEGAN, UUID(visit))  # yesterday, half an hour after midnight
    await sign_in(page, desk, who.login, f"/visits/day?on={on}")
    await page.get_by_role("button", name=re.compile("登记到访")).click()
    form = page.get_by_role("region", name="登记到访")
    await form.get_by_label("到访码", exact=True).fill("FW1.not-a-pass")
    await form.get_by_role("button", name="登记到访").click()
    await expect(form.get_by_role("alert").first).to_be_visible()
    await shot(page, "visit-arrive")
    await axe(page)
    shown = await keeper.get(f"/visits/{visit}/pass")
    await form.get_by_label("到访码", exact=True).fill(shown["token"])
    await form.get_by_role("button", name="登记到访").click()
    await expect(page.get_by_text("扫码到访", exact=True)).to_be_visible()

    await page.set_viewport_size({"width": 1280, "height": 800})
    await _begin(page, "填写走访记录")
    form = page.get_by_role("region", name="填写走访记录")
    await form.get_by_role("button", name="提交记录").click()
    await expect(form.get_by_text("请填写走访记录，或至少一条发现。")).to_be_visible()
    await form.get_by_label("谈了什么").fill("店主想了解用工补贴，我们责令其整改。")
    await form.get_by_role("button", name="添加发现").click()
    await field(form, "内容").get_by_role("textbox").fill("旺季缺人")
    await form.get_by_role("button", name="添加承诺").click()
    await field(form, "答应了什么").get_by_role("textbox").fill("帮他联系职介所")
    await form.get_by_role("button", name="添加问题").click()
    await field(form, "问题").get_by_role("textbox").fill("政策宣传没到店")
    await form.get_by_role("button", name="提交记录").click()
    await expect(form.get_by_text(re.compile("不能写“责令”"))).to_be_visible()
    await shot(page, "visit-report")
    await axe(page)
    await fits(page)
    await form.get_by_label("谈了什么").fill("店主想了解用工补贴，现场讲了两项政策。")
    await form.get_by_role("button", name="提交记录").click()
    await expect(
        page.get_by_role("region", name="承诺（1）").get_by_role("link", name=re.compile("WW-"))
    ).to_be_visible()
    await expect(page.get_by_text("记录待确认")).to_be_visible()
    await expect(page.get_by_role("link", name="问题清单：逐项整改、销号")).to_be_visible()
    await shot(page, "visit-reported")
    await axe(page)
    await fits(page)

    await keeper.send(f"/visits/{visit}/report/confirm", {"edition": 1, "rating": {"level": 5, "text": "很有用"}})
    await page.reload()
    words = page.get_by_role("region", name="到访和企业意见")
    await expect(words.get_by_text("记录已确认")).to_be_visible()
    await expect(words.get_by_text("非常满意")).to_be_visible()
    await expect(page.get_by_text("已完成", exact=True)).to_be_visible()
    await shot(page, "visit-closed")
    await axe(page)


async def test_minutes_are_objected_to_amended_and_both_editions_stay(page: Page, desk: Desk) -> None:
    who, keeper, visit = await _visited(desk, "杨走访", 51)
    await act(desk, who.login, visit, "arrive/tell", {"reason": "店里没有手机信号"})
    await act(desk, who.login, visit, "report", REPORT)
    await keeper.send(f"/visits/{visit}/report/object", {"edition": 1, "reason": "我说的不是这个意思"})
    await sign_in(page, desk, who.login, f"/visits/{visit}")
    await expect(page.get_by_text("“我说的不是这个意思”")).to_be_visible()
    await _begin(page, "更正走访记录")
    form = page.get_by_role("region", name="更正走访记录")
    await expect(form.get_by_label("谈了什么")).to_have_value(REPORT["text"])
    await form.get_by_label("谈了什么").fill("店主想了解社保缓缴。")
    await form.get_by_label("为什么更正").fill("按店主的意见改正")
    await shot(page, "visit-amend")
    await axe(page)
    await form.get_by_role("button", name="提交更正").click()
    report = page.get_by_role("region", name="走访记录", exact=True)
    await expect(report.get_by_text("店主想了解社保缓缴。")).to_be_visible()
    await report.get_by_text("第 1 版").click()
    await expect(report.get_by_text(REPORT["text"])).to_be_visible()
    await expect(report.get_by_text("已被更正")).to_be_visible()
    await shot(page, "visit-editions")
    await axe(page)


async def test_what_nobody_noted_at_the_door_is_back_filled_told_and_heard(page: Page, desk: Desk) -> None:
    who = await visitor(desk, "秦走访", 54)
    visit = await arranged(desk, who, await shop(desk), at(54, 9))
    await begun(desk, visit, timedelta(hours=5))
    await sign_in(page, desk, who.login, f"/visits/{visit}")
    await _begin(page, "补登到访")
    form = page.get_by_role("region", name="补登到访")
    await form.get_by_role("button", name="补登", exact=True).click()
    await expect(form.get_by_text("请写明为什么没有当场登记。")).to_be_visible()
    await form.get_by_label("为什么没有当场登记").fill("手机没电，回来补登")
    await axe(page)
    await form.get_by_role("button", name="补登", exact=True).click()
    words = page.get_by_role("region", name="到访和企业意见")
    await expect(words.get_by_text("事后补登")).to_be_visible()
    await act(desk, who.login, visit, "report", REPORT)
    await page.reload()
    await _begin(page, "记录已告知")
    form = page.get_by_role("region", name="记录已告知")
    await form.get_by_label("经过").fill("上午电话告知店主")
    await form.get_by_role("button", name="记录", exact=True).click()
    await expect(words.get_by_text("仍无意见的，视为无异议")).to_be_visible()
    await expect(page.get_by_role("group", name="办理").get_by_role("button", name="记录已告知")).to_have_count(0)

    await sign_in(page, desk, await desk.account(Role.MANAGER, name="何主管"), f"/visits/{visit}")
    await _begin(page, "记录企业意见")
    form = page.get_by_role("region", name="记录企业意见")
    await form.get_by_text("同意", exact=True).click()
    await form.get_by_label("对方怎么说").fill("店主说记录没有问题")
    await shot(page, "visit-hear")
    await axe(page)
    await form.get_by_role("button", name="记录", exact=True).click()
    await expect(words.get_by_text("“店主说记录没有问题”")).to_be_visible()
    await expect(page.get_by_text("已完成", exact=True)).to_be_visible()


async def test_whoever_did_not_go_decides_over_what_was_noted_wrongly(page: Page, desk: Desk) -> None:
    who, keeper, visit = await _visited(desk, "朱走访", 52)
    await act(desk, who.login, visit, "arrive/tell", {"reason": "店里没有手机信号"})
    await keeper.send(f"/visits/{visit}/arrival/object", {"reason": "那天没有人来"})
    await sign_in(page, desk, await desk.account(Role.MANAGER, name="何主管"), f"/visits/{visit}")
    await expect(page.get_by_text(re.compile("那天没有人来")).first).to_be_visible()
    await _begin(page, "决定到访异议")
    form = page.get_by_role("region", name="决定到访异议")
    await form.get_by_role("button", name="作出决定").click()
    await expect(form.get_by_text("请写明理由。")).to_be_visible()
    await form.get_by_text("异议成立：这条到访登记不计入").click()
    await form.get_by_label("理由").fill("监控显示当天没有到访")
    await shot(page, "visit-decide-arrival")
    await axe(page)
    await form.get_by_role("button", name="作出决定").click()
    await expect(page.get_by_text("走访人员未到", exact=True)).to_be_visible()
    await expect(page.get_by_text("决定：监控显示当天没有到访")).to_be_visible()


async def test_an_address_for_calendars_is_made_shown_once_and_ended(page: Page, desk: Desk) -> None:
    who = await visitor(desk, "秦走访", 53)
    await sign_in(page, desk, who.login, "/visits/plan")
    feeds = page.get_by_role("region", name="日历订阅")
    await feeds.get_by_role("button", name="生成地址：我的走访").click()
    await page.get_by_role("dialog").get_by_role("button", name="生成地址").click()
    address = await feeds.get_by_label("我的走访的地址，只显示这一次").input_value()
    assert address.startswith(f"{desk.api}/api/public/v1/visit-feed.ics?token=")
    told = await page.request.get(address)
    assert told.ok
    assert (await told.text()).startswith("BEGIN:VCALENDAR")
    await shot(page, "visit-feed")
    await axe(page)
    await fits(page)
    await page.reload()
    await expect(feeds.get_by_label("我的走访的地址，只显示这一次")).to_have_count(0)
    await feeds.get_by_role("button", name="停用：我的走访").click()
    await page.get_by_role("dialog").get_by_role("button", name="停用").click()
    await expect(feeds.get_by_role("button", name="停用：我的走访")).to_have_count(0)
    assert (await page.request.get(address)).status == 404
