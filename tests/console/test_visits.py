"""Visits on the screen: the calendar, what is asked for and answered, moved, handed on, called off and contested."""

import re
from datetime import timedelta

from playwright.async_api import Page, expect

from backend.access import Role
from tests.console.browser import axe, fits, settled, shot, sign_in
from tests.console.desk import Desk
from tests.console.visit_desk import act, arranged, at, begun, day, requested, shop, shopkeeper, visitor


async def _do(page: Page, label: str, button: str, reason: str = "") -> None:
    """Press an act's button and then the dialog's."""
    await page.get_by_role("group", name="办理").get_by_role("button", name=label, exact=True).click()
    dialog = page.get_by_role("dialog")
    if reason:
        await dialog.get_by_role("textbox").fill(reason)
    await dialog.get_by_role("button", name=button, exact=True).click()
    await expect(dialog).to_be_hidden()


async def _begin(page: Page, label: str) -> None:
    await page.get_by_role("group", name="办理").get_by_role("button", name=label, exact=True).click()


async def test_a_request_is_answered_moved_and_called_off(page: Page, desk: Desk) -> None:
    who, place = await visitor(desk, "周走访", 40, 41), await shop(desk)
    _, visit = await requested(desk, who, place, at(40, 9))
    await sign_in(page, desk, who.login, f"/visits/{visit}")
    await expect(page.get_by_text("待确认", exact=True)).to_be_visible()
    await expect(page.get_by_text("《优化营商环境条例》", exact=False).first).to_be_visible()
    await expect(page.get_by_text("想了解补贴")).to_be_visible()
    await shot(page, "visit-requested")
    await axe(page)
    await fits(page)
    await _do(page, "确认", "确认")
    await expect(page.get_by_text("已确认", exact=True).first).to_be_visible()

    await _begin(page, "改期")
    form = page.get_by_role("region", name="改期")
    await form.get_by_role("button", name="改期", exact=True).click()
    await expect(form.get_by_text("请选择新的时间。")).to_be_visible()
    for _ in range(2):
        await form.get_by_role("button", name="后两周").click()
    await form.get_by_role("group", name=re.compile(f"{day(41).month}月{day(41).day}日")).get_by_text("10:00").click()
    await shot(page, "visit-move")
    await axe(page)
    await fits(page)
    await form.get_by_role("button", name="改期", exact=True).click()
    await expect(page.get_by_role("heading", level=1, name=re.compile("10:00–11:00"))).to_be_visible()
    log = page.get_by_role("region", name="经过")
    await expect(log.get_by_text(re.compile(f"{day(40)} 09:00 → {day(41)} 10:00"))).to_be_visible()

    await _do(page, "取消", "取消走访", "当天有紧急任务，另约时间")
    await expect(page.get_by_text("走访方取消", exact=True)).to_be_visible()
    await expect(page.get_by_text("当天有紧急任务，另约时间").first).to_be_visible()
    await expect(page.get_by_role("group", name="办理")).to_have_count(0)
    await shot(page, "visit-cancelled")
    await axe(page)


async def test_who_was_slower_is_told_and_keeps_his_words(page: Page, desk: Desk) -> None:
    who, place = await visitor(desk, "钱走访", 42), await shop(desk)
    _, visit = await requested(desk, who, place, at(42, 9))
    await sign_in(page, desk, who.login, f"/visits/{visit}")
    await _begin(page, "不能安排")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("理由").fill("那天全员培训。")
    await act(desk, await desk.account(Role.MANAGER, name="何主管"), visit, "confirm")
    await dialog.get_by_role("button", name="不能安排", exact=True).click()
    await expect(dialog.get_by_role("alert")).to_be_visible()
    await expect(dialog.get_by_label("理由")).to_have_value("那天全员培训。")
    await shot(page, "visit-conflict")
    await axe(page)
    await dialog.get_by_role("button", name="返回").click()
    await expect(page.get_by_text("已确认", exact=True).first).to_be_visible()
    await expect(page.get_by_role("button", name="不能安排")).to_have_count(0)


async def test_no_time_says_why_and_a_late_cancellation_says_that_it_counts(page: Page, desk: Desk) -> None:
    who, place = await visitor(desk, "孙走访", 2), await shop(desk)
    visit = await arranged(desk, who, place, at(2, 10))
    await begun(desk, visit, -timedelta(hours=3))
    await sign_in(page, desk, who.login, f"/visits/{visit}")
    await _begin(page, "取消")
    await expect(page.get_by_role("dialog").get_by_text("临近取消")).to_be_visible()
    await shot(page, "visit-late")
    await page.get_by_role("dialog").get_by_role("button", name="返回").click()
    await expect(page.get_by_role("button", name="改期", exact=True)).to_have_count(0)

    manager = await desk.account(Role.MANAGER, name="何主管")
    await page.context.clear_cookies()
    await sign_in(page, desk, manager, f"/visits/new?enterprise={place.id}")
    await page.locator(".el-select").filter(has=page.get_by_role("combobox", name="事由")).click()
    await page.get_by_role("option", name="质量体检").click()
    why = page.get_by_role("group", name=re.compile("选择时间"))
    await expect(why.get_by_text("这两周没有可约的时间。")).to_be_visible()
    await expect(why.get_by_text(re.compile("专长"))).to_be_visible()
    await shot(page, "visit-no-slot")
    await axe(page)


async def test_a_missing_owner_is_noted_and_a_contest_decided_by_another(page: Page, desk: Desk) -> None:
    who, other, place = await visitor(desk, "李走访", 43), await visitor(desk, "吴走访", 43), await shop(desk)
    visit = await arranged(desk, who, place, at(43, 14))
    manager = await desk.account(Role.MANAGER, name="何主管")
    await sign_in(page, desk, manager, f"/visits/{visit}")
    await _begin(page, "改派")
    form = page.get_by_role("region", name="改派走访人员")
    await form.get_by_text("指定人员").click()
    await form.locator(".el-select").click()
    await page.get_by_role("option", name="吴走访").click()
    await page.keyboard.press("Escape")
    await shot(page, "visit-reassign")
    await axe(page)
    await form.get_by_role("button", name="改派", exact=True).click()
    await expect(page.get_by_text("更换走访人员")).to_be_visible()

    await begun(desk, visit)
    await page.context.clear_cookies()
    await sign_in(page, desk, other.login, f"/visits/{visit}")
    await _do(page, "登记未到", "登记未到", "等了半小时，门锁着。")
    await expect(page.get_by_text("企业未到", exact=True)).to_be_visible()
    await shot(page, "visit-missed")
    await axe(page)


async def test_the_calendar_shows_a_week_a_day_and_a_list(page: Page, desk: Desk) -> None:
    ahead = 7 - day(0).weekday() + 35  # a Monday
    who, place = await visitor(desk, "郑走访", ahead, ahead + 1), await shop(desk)
    visit = await arranged(desk, who, place, at(ahead, 9, 30))
    _, other = await requested(desk, who, await shop(desk), at(ahead + 1, 14))
    await desk.database.execute(
        "INSERT INTO staff_absences (id, staff_id, from_on, until_on, kind, told_by, told_at) "
        "VALUES (uuidv7(), $1, $2, $2, 'training', $1, now())",
        who.id,
        day(ahead + 2),
    )
    await sign_in(page, desk, who.login, f"/visits?on={day(ahead)}&staff={who.id}")
    week = page.get_by_role("row", name=re.compile("郑走访"))
    await expect(week.get_by_text("不在岗")).to_be_visible()
    link = week.get_by_role("link", name=re.compile("已确认"))
    await expect(link).to_have_attribute("href", f"/console/visits/{visit}")
    link = week.get_by_role("link", name=re.compile("待确认"))
    await expect(link).to_have_attribute("href", f"/console/visits/{other}")
    await shot(page, "visits-week")
    await axe(page)
    await fits(page)

    await page.get_by_role("button", name=re.compile("看这一天")).first.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name=re.compile("郑走访"))).to_be_visible()
    await shot(page, "visits-day")
    await axe(page)
    await fits(page)

    await page.get_by_text("列表", exact=True).click()
    await expect(page.get_by_role("cell", name=place.name)).to_be_visible()
    await shot(page, "visits-list")
    await axe(page)
    await fits(page)
    await page.locator(".el-select").filter(has=page.get_by_role("combobox", name="状态")).click()
    await page.get_by_role("option", name="已完成").click()
    await expect(page.get_by_text("没有符合筛选条件的内容。")).to_be_visible()
    await page.get_by_role("link", name="跳到正文").focus()
    await settled(page)
    await shot(page, "visits-none")


async def test_who_only_reads_is_offered_nothing(page: Page, desk: Desk) -> None:
    who = await visitor(desk, "冯走访", 44)
    visit = await arranged(desk, who, await shop(desk), at(44, 9))
    await sign_in(page, desk, await desk.account(Role.AUDITOR, name="赵审计"), f"/visits/{visit}")
    await expect(page.get_by_role("heading", level=1, name=re.compile("政策讲解"))).to_be_visible()
    await expect(page.get_by_role("group", name="办理")).to_have_count(0)
    await expect(page.get_by_role("link", name="今天的走访")).to_have_count(0)


async def test_who_waits_for_an_earlier_visit_is_listed_with_what_he_was_offered(page: Page, desk: Desk) -> None:
    who, place, without = await visitor(desk, "周走访", 43), await shop(desk), await shop(desk)
    keeper, visit = await requested(desk, who, place, at(43, 9))
    his = await keeper.send("/visit-waits", {"enterprise_id": str(place.id), "visit_id": visit})
    other, _ = await shopkeeper(desk, without)
    asked = {"enterprise_id": str(without.id), "reason": "policy_talk", "place": "on_site"}
    others = await other.send("/visit-waits", asked)
    await desk.database.execute(_OFFERED, visit, at(42, 9))
    await sign_in(page, desk, await desk.account(Role.FRONT_DESK), "/visits")
    await page.get_by_role("link", name="提前候补", exact=True).click()
    row = page.get_by_role("row", name=re.compile(re.escape(place.name)))
    await expect(row.get_by_role("listitem").filter(has_text="已放弃")).to_be_visible()
    await expect(page.get_by_role("row", name=re.compile(re.escape(without.name)))).to_contain_text("还没有预约")
    await shot(page, "visit-waits")
    await axe(page)
    await fits(page)
    await page.get_by_text("已退出", exact=True).click()
    await expect(row).to_have_count(0)
    await page.goto(f"{desk.url}/visits/waits")
    await row.get_by_role("link", name=re.compile("^FW-")).click()
    await expect(page).to_have_url(re.compile(f"/visits/{visit}$"))
    # or the next visitor with free time would be kept for them
    await keeper.send(f"/visit-waits/{his['items'][0]['id']}/leave")
    await other.send(f"/visit-waits/{others['items'][0]['id']}/leave")


_OFFERED = """
INSERT INTO visit_offers (id, wait_id, number, on_day, starts_at, ends_at, made_at, until_at, state, settled_at)
SELECT uuidv7(), id, 1, current_date - 1, $2, $2::timestamptz + interval '1 hour', now() - interval '1 day',
    now() - interval '22 hours', 'declined', now() - interval '23 hours'
FROM visit_waits WHERE visit_id = $1::text::uuid
"""
