"""A round of visits on the screen: drafted over a rule, frozen, released, and followed enterprise by enterprise."""

import re

from playwright.async_api import Page, expect

from backend.access import Role
from tests.console.browser import axe, fits, shot, sign_in
from tests.console.desk import Desk
from tests.console.policy_desk import choose, confirm, field
from tests.console.visit_desk import day, shop, shopkeeper, visitor


async def test_from_a_rule_to_a_running_round(page: Page, desk: Desk) -> None:
    ahead = 28 - day(0).weekday()  # a Monday
    who = await visitor(desk, "许走访", *range(ahead, ahead + 5))
    for _ in range(3):
        await shopkeeper(desk, await shop(desk))
    await sign_in(page, desk, await desk.account(Role.MANAGER, name="何主管"), "/visits/campaigns")
    await page.get_by_role("button", name="起草批量走访").click()
    await page.get_by_role("button", name="保存草稿").click()
    await expect(page.get_by_text("请填写“名称”。")).to_be_visible()
    form = page.locator("form")
    await field(form, "名称").get_by_role("textbox").fill("新设小微企业走访")
    await field(form, "为何走访").get_by_role("textbox").fill("了解经营困难，讲解可享受的政策。")
    await choose(page, field(form, "事由"), "政策讲解")
    await page.get_by_text("上门", exact=True).click()
    await field(form, "走访人员").locator(".el-select").click()
    await page.get_by_role("option", name=who.name).click()
    await page.keyboard.press("Escape")
    await field(form, "从哪个星期一起").get_by_role("combobox").fill(str(day(ahead)))
    await page.keyboard.press("Enter")
    await page.get_by_text("吴兴区", exact=True).click()
    await page.get_by_role("button", name="未填写的条件").click()
    clause = page.get_by_role("group", name="编辑条件")
    await choose(page, field(clause, "信息项"), "登记状态")
    await choose(page, field(clause, "值"), "存续")
    await clause.get_by_role("button", name="完成").click()
    await shot(page, "campaign-edit")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="保存草稿").click()
    await expect(page.get_by_role("heading", level=1, name="新设小微企业走访")).to_be_visible()
    await expect(page.get_by_role("heading", name="条件涉及的企业")).to_be_visible()
    await shot(page, "campaign-draft")
    await axe(page)
    await fits(page)
    acts = page.get_by_role("group", name="办理")
    await acts.get_by_role("button", name="冻结名单").click()
    await confirm(page, "冻结名单")
    await expect(page.get_by_role("heading", name="进度和覆盖")).to_be_visible()
    await expect(page.get_by_role("heading", name="符合条件而未列入的")).to_be_visible()
    await shot(page, "campaign-frozen")
    await axe(page)
    await fits(page)
    await acts.get_by_role("button", name="放行").click()
    await confirm(page, "放行")
    await expect(page.get_by_text("进行中", exact=True)).to_be_visible()
    await page.locator(".el-select").filter(has=page.get_by_role("combobox", name="未列入的原因")).click()
    await page.get_by_role("option", name=re.compile("没有可在小程序中答复的负责人")).click()
    await expect(page.get_by_text(re.compile("^共 .+ 条"))).to_be_visible()
    await shot(page, "campaign-running")
    await axe(page)
    await acts.get_by_role("button", name="取消").click()
    await page.get_by_role("dialog").get_by_role("textbox").fill("计划有变")
    await page.get_by_role("dialog").get_by_role("button", name="取消批量走访").click()
    await expect(page.get_by_text("取消的理由：计划有变")).to_be_visible()


async def test_who_only_reads_is_offered_no_round(page: Page, desk: Desk) -> None:
    await sign_in(page, desk, await desk.account(Role.AUDITOR, name="赵审计"), "/visits/campaigns?state=paused")
    await expect(page.get_by_text("没有符合筛选条件的内容。")).to_be_visible()
    await expect(page.get_by_role("button", name="起草批量走访")).to_have_count(0)
    await shot(page, "campaigns-none")
    await axe(page)
