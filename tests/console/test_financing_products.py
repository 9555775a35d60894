"""Banks' products on the screen of the bureau: drafted, published, compared with their last edition."""

import re

from playwright.async_api import Page, expect

from backend.access import Role
from tests.console import financing_desk as bench
from tests.console.browser import axe, fits, settled, shot, sign_in
from tests.console.desk import Desk
from tests.console.policy_desk import choose, cite, field


async def test_a_product_is_drafted_by_one_and_published_by_another(page: Page, desk: Desk) -> None:
    bank = await bench.bank(desk)
    await sign_in(page, desk, await desk.account(Role.PUBLISHER, name="钱起草"), "/financing/products/new")
    await page.get_by_role("button", name="保存草稿").click()
    await expect(page.get_by_text("请填写“产品名称”。")).to_be_visible()
    await shot(page, "product-empty")
    await axe(page)
    await fits(page)
    await bench.pick(page, "机构", bank.name)
    await page.get_by_label("产品名称").fill("专利质押贷")
    await page.get_by_label("一句话介绍").fill("以专利权质押的贷款。")
    await page.get_by_label("出处", exact=True).fill(bench.SOURCE)
    await page.get_by_label("额度下限（万元）").fill("10")
    await page.get_by_label("额度上限（万元）").fill("500")
    await page.get_by_text("先息后本", exact=True).click()
    await page.get_by_text("专利权质押", exact=True).click()
    await page.get_by_text("按LPR加减点").click()
    await expect(page.get_by_text(re.compile("现为 3.00% 至 4.00%"))).to_be_visible()
    await page.get_by_text("历次LPR").click()
    sample = page.get_by_role("region", name="典型贷款的成本")
    await expect(sample.get_by_role("row", name=re.compile("年化成本"))).to_contain_text("4.0742%")
    await page.get_by_role("button", name="添加一项费用").click()
    await page.get_by_label("数额（%）").fill("1")
    await expect(sample.get_by_role("row", name=re.compile("年化成本"))).to_contain_text(re.compile(r"5\.1\d"))
    await page.get_by_role("button", name="未填写的条件").click()
    clause = page.get_by_role("group", name="编辑条件")
    await choose(page, field(clause, "信息项"), "登记状态")
    await choose(page, field(clause, "值"), "存续")
    await cite(clause)
    await clause.get_by_role("button", name="完成").click()
    await shot(page, "product-editor")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="保存草稿").click()
    await expect(page.get_by_role("heading", level=1, name="专利质押贷")).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("发布第"))).to_have_count(0)
    await expect(page.get_by_text("草稿由起草人以外的同事核对后发布")).to_be_visible()
    await shot(page, "product-draft")
    await axe(page)
    await fits(page)

    path = page.url.removeprefix(desk.url)
    await page.context.clear_cookies()
    await sign_in(page, desk, await desk.account(Role.REVIEWER, name="吴核对"), path)
    await page.get_by_role("button", name="发布第 1 版").click()
    await page.get_by_role("dialog").get_by_role("button", name="发布", exact=True).click()
    await expect(page.get_by_text("第 1 版 已发布").first).to_be_visible()
    await page.get_by_role("button", name="下架").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("下架的原因").fill("银行停办")
    await shot(page, "product-withdraw")
    await axe(page)
    await dialog.get_by_role("button", name="下架", exact=True).click()
    await expect(page.get_by_text("银行停办")).to_be_visible()


async def test_two_editions_are_compared_and_a_clash_is_shown(page: Page, desk: Desk) -> None:
    bank = await bench.bank(desk)
    await bench.published(desk, bank, name="两版快贷")
    made = await desk.database.fetchval("SELECT product_id FROM financing_product_versions WHERE name = '两版快贷'")
    writer = await desk.account(Role.PUBLISHER, name="钱起草")
    await sign_in(page, desk, writer, f"/financing/products/{made}/edit")
    await page.get_by_label("额度上限（万元）").fill("400")
    async with await desk.client(await desk.account(Role.REVIEWER)) as other:
        answer = await other.put(
            f"/financing-products/{made}",
            json=bench.terms(name="两版快贷", amount_max_wan="350", rate_max_percent="4.2"),
            headers={"If-Match": (await other.get(f"/financing-products/{made}")).headers["etag"]},
        )
        answer.raise_for_status()
    await page.get_by_role("button", name="保存草稿").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text("5 至 350 万元")).to_be_visible()
    await shot(page, "product-clash")
    await axe(page)
    await dialog.get_by_role("button", name=re.compile("用我的|覆盖|保留我的")).first.click()
    await expect(page.get_by_role("heading", level=1, name="两版快贷")).to_be_visible()
    editions = page.get_by_role("region", name="各版")
    await expect(editions.locator("ins").first).to_be_visible()
    await expect(editions.locator("del").first).to_be_visible()
    await shot(page, "product-editions")
    await axe(page)
    await fits(page)

    await page.goto(f"{desk.url}/financing/products?institution_id={bank.id}")
    await settled(page)
    await expect(page.get_by_role("row", name=re.compile("两版快贷"))).to_have_count(2)
    await shot(page, "products")
    await axe(page)
    await fits(page)
