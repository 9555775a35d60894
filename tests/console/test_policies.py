"""Policies on the screen: looked up, reviewed by a second person, published, told."""

import asyncio
import re

from playwright.async_api import Page, expect

from backend.access import Role
from tests.console.audience import crowd
from tests.console.browser import axe, fits, settled, shot, sign_in
from tests.console.desk import WITHIN, Desk
from tests.console.policy_desk import RULE, act, confirm, drafted, fill_day, leaf, named, phones, released
from tests.console.visit_desk import day


async def test_the_library_is_searched_and_keeps_its_filters_in_the_address(page: Page, desk: Desk) -> None:
    title = named("检索用的政策")
    await drafted(desk, "jingban", title)
    await sign_in(page, desk, "zhuren", "/policies")
    await expect(page.get_by_role("heading", level=1, name="政策库")).to_be_visible()
    await expect(page.get_by_role("button", name="起草政策")).to_have_count(0)
    await shot(page, "policies")
    await axe(page)
    await fits(page)
    await page.get_by_role("textbox", name="检索标题、文号和正文").fill(title)
    await expect(page.get_by_text("共 1 条")).to_be_visible()
    await page.locator(".el-select").first.click()
    await page.locator(".el-select-dropdown__item:visible").filter(has_text="已发布").click()
    await expect(page.get_by_text("没有符合筛选条件的内容。")).to_be_visible()
    await expect(page).to_have_url(re.compile("state=published"))
    await page.reload()
    await expect(page.get_by_text("没有符合筛选条件的内容。")).to_be_visible()
    await page.get_by_role("button", name=re.compile("清除筛选（2）")).click()
    await expect(page).not_to_have_url(re.compile("state"))


async def test_a_second_person_publishes_it_and_owners_are_told(page: Page, desk: Desk) -> None:
    title = named("两人办理的减费")
    (openid,) = await crowd(desk, 1)
    writer = await desk.account(Role.PUBLISHER, name="李起草")
    policy = await drafted(desk, writer, title, rule={"all": [leaf("status", "eq", "active")]})
    await act(desk, writer, policy, "submit")
    await sign_in(page, desk, await desk.account(Role.REVIEWER, name="王复核"), f"/policies/{policy}")
    await expect(page.get_by_text("李起草 起草")).to_be_visible()
    await expect(page.get_by_text(re.compile("今天发布将通知"))).to_be_visible()
    await shot(page, "policy-review")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="审核通过，发布", exact=True).click()
    await confirm(page, "审核通过，发布")
    await expect(page.get_by_text("第 1 版 已发布")).to_be_visible()
    async with asyncio.timeout(WITHIN):
        while not (got := await phones(desk, openid)):
            await asyncio.sleep(0.2)
    assert title[:10] in str(got)


async def test_whoever_wrote_it_is_told_why_he_may_not_publish_it(page: Page, desk: Desk) -> None:
    both = await desk.account(Role.PUBLISHER, Role.REVIEWER, name="兼任者")
    policy = await drafted(desk, both, named("自己写的"))
    await sign_in(page, desk, both, f"/policies/{policy}")
    await page.get_by_role("button", name="提交审核").click()
    await confirm(page, "提交审核")
    await expect(page.get_by_text(re.compile("不能审核自己的政策"))).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("审核通过"))).to_have_count(0)


async def test_who_may_only_read_sees_no_acts_and_no_editor(page: Page, desk: Desk) -> None:
    policy = await drafted(desk, "jingban", named("只读的"))
    await sign_in(page, desk, await desk.account(Role.FRONT_DESK), f"/policies/{policy}")
    for name in ("修改", "提交审核", "审核", "撤回"):
        await expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    await page.goto(f"{desk.url}/policies/{policy}/edit")
    await expect(page.get_by_text("没有权限").first).to_be_visible()


async def test_a_next_version_is_compared_scheduled_and_taken_out_again(page: Page, desk: Desk) -> None:
    policy = await released(desk, named("有两版的减费"))
    changed = {**RULE, "all": [leaf("status", "eq", "active"), leaf("employees", "le", 20)]}
    await act(desk, "jingban", policy, "draft", {"benefit": "减费三分之二。", "rule": changed})
    await act(desk, "jingban", policy, "submit")
    await sign_in(page, desk, await desk.account(Role.REVIEWER, name="王复核"), f"/policies/{policy}")
    await expect(page.locator("ins").first).to_be_visible()
    await expect(page.get_by_text("从业人数不超过 20 人").first).to_be_visible()
    await shot(page, "policy-review-next")
    await page.get_by_role("radio", name="定时发布").check(force=True)
    await page.get_by_role("button", name="审核通过，定时发布").click()
    await expect(page.get_by_text("请选择发布时间。")).to_be_visible()
    soon = f"{day(30)} 09:30"
    await fill_day(page, "发布时间（最多提前 180 天）", soon)
    await page.get_by_role("button", name="审核通过，定时发布").click()
    await expect(page.get_by_role("dialog").get_by_text(re.compile(f"{soon} 自动发布"))).to_be_visible()
    await confirm(page, "审核通过，定时发布")
    await expect(page.get_by_text("第 2 版 已定时")).to_be_visible()
    await page.get_by_role("button", name="取消定时发布").click()
    await confirm(page, "取消定时发布")
    await expect(page.get_by_text("第 2 版 待审核")).to_be_visible()


async def test_a_policys_page_tells_everything_about_it_in_parts(page: Page, desk: Desk) -> None:
    title = named("各部分都看的减费")
    policy = await released(desk, title)
    await sign_in(page, desk, "fuhe", f"/policies/{policy}")
    await expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    await expect(page.get_by_text("以下各项须全部满足：")).to_be_visible()
    await shot(page, "policy-content")
    await axe(page)
    await fits(page)
    for name, part, waited in (
        ("audience", "适用企业", "按属地、主体类型、规模"),
        ("attached", "附件", "已有版本的附件"),
        ("versions", "版本", "经过"),
        ("precision", "精准度", "逐条的“不适用于我”"),
    ):
        await page.get_by_role("tab", name=part).click()
        await expect(page.get_by_role("heading", name=waited)).to_be_visible()
        await settled(page)
        await shot(page, f"policy-{name}")
        await axe(page)
        await fits(page)
    await page.get_by_role("button", name="撤回").click()
    await page.get_by_role("dialog").get_by_role("button", name="撤回", exact=True).click()
    await expect(page.get_by_role("dialog").get_by_text("请填写理由。")).to_be_visible()
    await page.get_by_role("dialog").get_by_role("textbox").fill("金额有误")
    await confirm(page, "撤回")
    await expect(page.get_by_text("撤回原因：金额有误")).to_be_visible()


async def test_precision_and_dead_links_have_lists_of_their_own(page: Page, desk: Desk) -> None:
    await sign_in(page, desk, "jingban", "/policies/precision")
    await expect(page.get_by_text("还没有企业对发布中的政策作答。")).to_be_visible()
    await shot(page, "policies-precision")
    await axe(page)
    await fits(page)
    await page.get_by_role("link", name="失效链接").first.click()
    await expect(page.get_by_role("heading", level=1, name="失效链接")).to_be_visible()
    await shot(page, "policies-dead-links")
    await axe(page)
    await fits(page)
