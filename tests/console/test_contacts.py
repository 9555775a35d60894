"""The ledger of contacts on the screen: entered, corrected, over its ceiling with a second signature, its limits."""

import re
from datetime import date
from typing import Final

from playwright.async_api import Page, expect

from backend.access import Role
from tests.console.browser import axe, fits, shot, sign_in
from tests.console.desk import Desk
from tests.console.policy_desk import field
from tests.console.visit_desk import Shop, arranged, at, day, shop, visitor

BASIS: Final = "《食品安全法》第一百零九条"


async def _inspected(desk: Desk, login: str, of: Shop, on: date) -> None:
    async with await desk.client(login) as client:
        body = {"enterprise_id": str(of.id), "kind": "routine", "on_day": str(on), "reason": "年度计划"}
        answer = await client.post("/inspections", json={**body, "legal_basis": BASIS, "outcome": "未发现问题"})
        answer.raise_for_status()


async def _pick(page: Page, place: Shop) -> None:
    box = field(page.locator("form"), "企业")
    await box.locator(".el-select").click()
    await box.get_by_role("combobox").fill(place.name)
    await page.get_by_role("option", name=re.compile(re.escape(place.name))).first.click()


async def test_an_inspection_is_entered_corrected_and_entered_anew(page: Page, desk: Desk) -> None:
    place = await shop(desk)
    await sign_in(page, desk, await desk.account(Role.MANAGER, name="何主管"), "/contacts/inspections/new")
    await page.get_by_role("button", name="登记", exact=True).click()
    await expect(page.get_by_text("请填写检查结果。")).to_be_visible()
    await _pick(page, place)
    await page.get_by_text("双随机抽查").click()
    await page.get_by_label("事由").fill("双随机计划")
    await page.get_by_label("法律依据").fill(BASIS)
    await page.get_by_label("检查结果").fill("未发现问题")
    await shot(page, "inspection-new")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="登记", exact=True).click()
    await expect(page.get_by_role("heading", level=1, name=re.compile(re.escape(place.name)))).to_be_visible()
    inspections = page.get_by_role("region", name="检查", exact=True)
    await expect(inspections.get_by_text("1 次，已计划 0 次")).to_be_visible()
    await shot(page, "enterprise-contacts")
    await axe(page)
    await fits(page)

    # Nobody strikes out what he entered himself: a colleague does.
    path = page.url.partition("/console")[2]
    await page.context.clear_cookies()
    await sign_in(page, desk, await desk.account(Role.MANAGER, name="徐主管"), path)
    await page.get_by_role("button", name=re.compile("^更正")).click()
    await page.get_by_role("dialog").get_by_role("textbox").fill("企业填错了")
    await page.get_by_role("dialog").get_by_role("button", name="更正").click()
    await expect(page.get_by_text("已更正", exact=True)).to_be_visible()
    await expect(inspections.get_by_text("0 次，已计划 0 次")).to_be_visible()
    await page.get_by_role("link", name="重新登记").click()
    await expect(page.get_by_role("heading", level=1, name="重新登记入企检查")).to_be_visible()


async def test_one_too_many_wants_a_second_signature(page: Page, desk: Desk) -> None:
    place, asker = await shop(desk), await desk.account(Role.MANAGER, name="甲主管")
    async with await desk.client(asker) as client:
        limits = (await client.get("/contact-settings")).raise_for_status().json()
    ceiling = next(one["per_year"] for one in limits["ceilings"] if one["side"] == "inspection" and not one["size"])
    for _ in range(ceiling):
        await _inspected(desk, asker, place, day(0))
    soon = day(5) if day(5).year == day(0).year else day(0)  # a ceiling is a calendar year's
    await sign_in(page, desk, asker, "/contacts/plans")
    await page.get_by_role("button", name="计划检查").click()
    await _pick(page, place)
    await page.get_by_text("专项检查").click()
    await field(page.locator("form"), "日期").get_by_role("combobox").fill(str(soon))
    await page.keyboard.press("Enter")
    await page.get_by_label("事由").fill("专项行动")
    await page.get_by_label("法律依据").fill(BASIS)
    await page.get_by_role("button", name="列入计划").click()
    await expect(page.get_by_role("button", name="申请第二人签字")).to_be_visible()
    await shot(page, "contact-plan-over")
    await axe(page)
    await page.get_by_role("button", name="申请第二人签字").click()
    await page.get_by_role("dialog").get_by_role("textbox").fill("上级部署的专项")
    await page.get_by_role("dialog").get_by_role("button", name="提交申请").click()
    await expect(page.get_by_role("dialog")).to_be_hidden()

    await page.context.clear_cookies()
    await sign_in(page, desk, await desk.account(Role.MANAGER, name="乙主管"), "/contacts/approvals?state=asked")
    await shot(page, "contact-approvals")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name=f"签字同意：{place.name}").click()
    await page.get_by_role("dialog").get_by_role("textbox").fill("确有必要")
    await page.get_by_role("dialog").get_by_role("button", name="签字同意").click()
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await page.goto(f"{desk.url}/contacts/approvals?state=signed")
    row = page.get_by_role("row", name=re.compile(re.escape(place.name)))
    await expect(row.get_by_text("乙主管")).to_be_visible()

    await page.context.clear_cookies()
    await sign_in(page, desk, asker, "/contacts/approvals")
    await expect(page.get_by_role("button", name=f"签字同意：{place.name}")).to_have_count(0)


async def test_the_ledger_its_figures_and_its_limits(page: Page, desk: Desk) -> None:
    place, manager = await shop(desk), await desk.account(Role.MANAGER, name="何主管")
    await _inspected(desk, manager, place, day(0))
    await sign_in(page, desk, manager, "/contacts")
    await expect(page.get_by_role("link", name=place.name)).to_be_visible()
    await shot(page, "contacts")
    await axe(page)
    await fits(page)
    async with page.expect_download() as begun:
        await page.get_by_role("link", name="导出 CSV").click()
    assert (await begun.value).suggested_filename.endswith(".csv")
    for name, heading in (("合并入企", "合并入企"), ("超出上限的企业", "超出上限的企业"), ("年度统计", "年度入企次数")):
        await page.get_by_role("navigation", name="入企次数账本").get_by_role("link", name=name).click()
        await expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()
        await shot(page, f"contacts-{heading}")
        await axe(page)
        await fits(page)
    await page.get_by_role("navigation", name="入企次数账本").get_by_role("link", name="上限", exact=True).click()
    await page.get_by_role("button", name="修改").click()
    form = page.get_by_role("form", name="修改入企次数上限")
    await form.get_by_label("提议合并的天数").fill("20")
    await shot(page, "contact-limits")
    await axe(page)
    await fits(page)
    await form.get_by_role("button", name="保存").click()
    await expect(page.get_by_text(re.compile("相隔不超过 20 天的，提议合并"))).to_be_visible()


async def test_a_visit_that_is_one_too_many_is_not_arranged_before_another_has_signed(page: Page, desk: Desk) -> None:
    place, who = await shop(desk), await visitor(desk, "尤走访", 11)
    await visitor(desk, "曹走访", 11)  # who has time left, at a weekend too
    async with await desk.client(await desk.account(Role.MANAGER)) as client:
        limits = (await client.get("/contact-settings")).raise_for_status().json()
    ceiling = next(one["per_year"] for one in limits["ceilings"] if one["side"] == "service" and not one["size"])
    for nth in range(ceiling):
        await arranged(desk, who, place, at(11, 9 + 2 * nth))
    clerk = await desk.account(Role.FRONT_DESK, name="吴窗口")
    await sign_in(page, desk, clerk, f"/visits/new?enterprise={place.id}")
    form = page.locator("form")
    await field(form, "事由").locator(".el-select").click()
    await page.get_by_role("option", name="困难帮扶").click()
    await page.get_by_text("上门", exact=True).click()
    await page.get_by_role("group", name=f"{day(11).month}月{day(11).day}日").get_by_role("radio").last.click()
    await page.get_by_text("已当面或电话同意，直接确认").click()
    await page.get_by_role("button", name="约定", exact=True).click()
    await expect(page.get_by_text("达到上限", exact=False)).to_be_visible()
    await shot(page, "visit-over-ceiling")
    await axe(page)
    await page.get_by_role("button", name="申请第二人签字").click()
    await page.get_by_role("dialog").get_by_role("textbox").fill("企业遇到新的困难")
    await page.get_by_role("dialog").get_by_role("button", name="提交申请").click()
    await expect(page.get_by_role("dialog")).to_be_hidden()
    async with await desk.client(await desk.account(Role.MANAGER)) as client:
        asked = (await client.get("/contact-approvals", params={"state": "asked"})).raise_for_status().json()
    assert str(place.id) in [one["enterprise_id"] for one in asked["items"]]
