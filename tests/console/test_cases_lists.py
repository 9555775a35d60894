"""What staff look at before others may, and problems that one puts right and another strikes off."""

import asyncio
import re
import secrets

from playwright.async_api import FilePayload, Page, expect

from backend.access import Role
from tests.console.browser import axe, fits, shot, sign_in
from tests.console.case_desk import taken_down
from tests.console.desk import WITHIN, Desk
from tests.console.owners import owner

_HELD = "SELECT count(*) FROM moderation_subjects WHERE state = 'held'"


async def test_what_was_held_is_looked_at_and_released(page: Page, desk: Desk) -> None:
    asker = await owner(desk, f"1{secrets.randbelow(10**10):010d}")
    await asker.send("/questions", {"category": "help_operation", "text": "隔壁店天天占道【待审】，怎么办？"})
    async with asyncio.timeout(WITHIN):
        while not await desk.database.fetchval(_HELD):
            await asyncio.sleep(0.1)
    clerk = await desk.account(Role.MANAGER, name="林主管")
    await sign_in(page, desk, clerk, "/moderation")
    await expect(page.get_by_text("共 1 条")).to_be_visible()
    await shot(page, "moderation")
    await axe(page)
    await fits(page)
    await page.get_by_role("link", name="提问", exact=True).click()
    await expect(page.get_by_text("每次查看记入审计")).to_be_visible()
    await page.get_by_role("button", name="查看内容").click()
    await expect(page.get_by_text("隔壁店天天占道【待审】，怎么办？")).to_be_visible()
    await shot(page, "moderation-subject")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="放行", exact=True).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="放行").click()
    await expect(dialog.get_by_text("请填写理由。")).to_be_visible()
    await dialog.get_by_label("理由").fill("只是描述情况。")
    await dialog.get_by_role("button", name="放行").click()
    await expect(page.get_by_text(re.compile("林主管：.*只是描述情况。"))).to_be_visible()
    await expect(page.get_by_role("button", name="放行", exact=True)).to_have_count(0)


async def test_one_puts_right_and_another_strikes_off(page: Page, desk: Desk) -> None:
    manager = await desk.account(Role.MANAGER, name="林主管")
    worker = await desk.account(Role.SPECIALIST, name="曹整改")
    await sign_in(page, desk, manager, "/problem-lists/new")
    await page.get_by_label("清单名称").fill("十一月走访问题")
    await page.get_by_role("button", name="建立清单").click()
    await expect(page.get_by_text("请选择责任人。")).to_be_visible()
    await page.get_by_label("问题", exact=True).fill("消防通道被占用")
    await page.get_by_role("combobox", name="整改责任人").fill("曹整改")
    await page.get_by_role("option", name="曹整改").click()
    await shot(page, "problem-list-new")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="建立清单").click()
    await expect(page.get_by_role("heading", level=1, name="十一月走访问题")).to_be_visible()
    address = page.url.removeprefix(desk.url)

    await page.context.clear_cookies()
    await sign_in(page, desk, worker, address)
    await page.get_by_role("button", name="报告第 1 项整改完成").click()
    await page.get_by_label("整改情况").fill("已清空，照片在附件。")
    proof: FilePayload = {"name": "整改.txt", "mimeType": "text/plain", "buffer": "通道已清空".encode()}
    await page.get_by_label("选择附件").set_input_files(proof)
    await expect(page.get_by_text("整改.txt")).to_be_visible()
    await page.get_by_role("button", name="报告整改完成", exact=True).click()
    await expect(page.get_by_text("待销号", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="第 1 项销号")).to_have_count(0)

    await page.context.clear_cookies()
    await sign_in(page, desk, manager, address)
    await expect(page.get_by_text("整改.txt")).to_be_visible()
    await shot(page, "problem-list")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="第 1 项销号").click()
    await page.get_by_role("dialog").get_by_role("button", name="销号").click()
    await expect(page.get_by_text("已销号", exact=True).first).to_be_visible()
    await page.get_by_role("link", name="问题清单").first.click()
    await page.get_by_text("已全部销号", exact=True).click()
    await expect(page.get_by_role("link", name="十一月走访问题")).to_be_visible()
    await shot(page, "problem-lists")
    await axe(page)
    await fits(page)


async def test_a_list_grows_and_a_problem_is_about_a_case(page: Page, desk: Desk) -> None:
    manager = await desk.account(Role.MANAGER, name="林主管")
    worker = await desk.account(Role.SPECIALIST, name="魏整改")
    case = await taken_down(desk, manager, "仓库漏雨请求修缮")
    staff_id = str(await desk.database.fetchval("SELECT id FROM staff WHERE login = $1", worker))
    body = {"title": "仓库问题", "problems": [{"title": "屋顶漏雨", "responsible_id": staff_id, "days": 5}]}
    async with await desk.client(manager) as client:
        made = (await client.post("/problem-lists", json=body)).raise_for_status().json()["id"]
    await sign_in(page, desk, manager, f"/problem-lists/{made}")
    await page.get_by_role("button", name="增加问题").click()
    form = page.get_by_role("region", name="增加问题")
    await form.get_by_role("button", name="加入清单").click()
    await expect(form.get_by_text("请写明问题。")).to_be_visible()
    await form.get_by_label("问题", exact=True).fill("地面积水")
    await form.get_by_role("combobox", name="整改责任人").fill("魏整改")
    await page.get_by_role("option", name=re.compile("魏整改")).click()
    await shot(page, "problem-list-add")
    await axe(page)
    await fits(page)
    await form.get_by_role("button", name="加入清单").click()
    await expect(page.get_by_role("heading", name="2. 地面积水")).to_be_visible()

    await page.get_by_role("button", name="第 1 项关联事项").click()
    dialog = page.get_by_role("dialog", name="第 1 项关联事项")
    await dialog.get_by_role("combobox", name="事项").fill("仓库漏雨")
    await page.get_by_role("option", name=re.compile("仓库漏雨请求修缮")).click()
    await shot(page, "problem-link")
    await axe(page)
    await dialog.get_by_role("button", name="关联", exact=True).click()
    await page.get_by_role("link", name=re.compile("^WW-")).click()
    related = page.get_by_role("region", name="相关事项")
    await expect(related.get_by_text(re.compile("仓库问题 第 1 项"))).to_be_visible()
    await expect(page).to_have_url(re.compile(f"{case}$"))
    await related.get_by_role("link", name="屋顶漏雨").click()
    await page.get_by_role("button", name="取消第 1 项的关联").click()
    await page.get_by_role("dialog").get_by_role("button", name="取消关联").click()
    await expect(page.get_by_role("button", name="第 1 项关联事项")).to_be_visible()


async def test_the_terms_of_a_category_are_set_by_whoever_may(page: Page, desk: Desk) -> None:
    manager = await desk.account(Role.MANAGER, name="林主管")
    await sign_in(page, desk, manager, "/case-categories")
    await shot(page, "case-categories")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="在“求助”下新增类别").click()
    form = page.get_by_role("region", name="在“求助”下新增类别")
    await form.get_by_label("代码").fill("help_water")
    await form.get_by_label("名称").fill("用水困难")
    await form.get_by_label("首次答复（工作日）").fill("9")
    await form.get_by_role("button", name="保存").click()
    await expect(form.get_by_text("首次答复期限不能长于办结期限。")).to_be_visible()
    await form.get_by_label("首次答复（工作日）").fill("4")
    await shot(page, "case-category-new")
    await axe(page)
    await fits(page)
    await form.get_by_role("button", name="保存").click()
    await expect(page.get_by_role("row", name=re.compile("^用水困难"))).to_be_visible()
    await page.get_by_role("button", name="停用“用水困难”").click()
    await page.get_by_role("dialog").get_by_role("button", name="停用").click()
    await expect(page.get_by_role("row", name=re.compile("^用水困难.*已停用"))).to_be_visible()
    await page.context.clear_cookies()
    await sign_in(page, desk, await desk.account(Role.SPECIALIST), "/case-categories")
    await expect(page.get_by_role("row", name=re.compile("^用水困难"))).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("用水困难"))).to_have_count(0)
