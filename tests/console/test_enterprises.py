"""Enterprises on the screen: found, read with their sources, and only those that one may see."""

import re

from playwright.async_api import Page, expect

from backend.access import Role
from tests.console.browser import axe, fits, shot, sign_in
from tests.console.desk import Desk
from tests.console.owners import owner

ANJI = "330523"


async def _choose(page: Page, label: str, option: str) -> None:
    """Pick an option of one of Element Plus' selects."""
    await page.locator(".el-select", has=page.get_by_label(label, exact=True)).click()
    await page.get_by_role("option", name=option, exact=True).click()


async def _demo(desk: Desk) -> str:
    return str(await desk.database.fetchval("SELECT id FROM enterprises WHERE uscc = $1", desk.demo.uscc))


async def test_the_search_finds_by_name_code_and_place_and_stays_in_the_address(page: Page, desk: Desk) -> None:
    await sign_in(page, desk, "zhuren", "/enterprises")
    await expect(page.get_by_text("已显示 30 条")).to_be_visible()
    await shot(page, "enterprises")
    await axe(page)
    await fits(page)
    await _choose(page, "属地", "安吉县")
    await _choose(page, "主体类型", "农民专业合作社")
    await expect(page.get_by_role("cell", name=re.compile("^安吉县")).first).to_be_visible()
    await expect(page).to_have_url(re.compile(f"district={ANJI}"))
    await page.get_by_label("名称或统一社会信用代码").fill("竹海农民")
    await expect(page.get_by_text("共 1 条")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("link", name="演示安吉竹海农民专业合作社（虚构）")).to_be_visible()
    await page.get_by_role("button", name="清除筛选（3）").click()
    await page.get_by_label("名称或统一社会信用代码").fill(desk.demo.uscc[:17].lower())
    await page.get_by_role("link", name=desk.demo.enterprise).click()
    await expect(page.get_by_role("heading", level=1, name=desk.demo.enterprise)).to_be_visible()


async def test_an_industry_is_found_by_its_words_and_holds_what_is_below_it(page: Page, desk: Desk) -> None:
    await sign_in(page, desk, "zhuren", "/enterprises?status=revoked")
    await page.get_by_role("combobox", name="行业", exact=True).click()
    await page.keyboard.type("餐饮业")
    await page.get_by_role("option", name="餐饮业（H62）", exact=True).click()
    await expect(page.get_by_role("button", name="清除筛选（2）")).to_be_visible()
    assert "industry=H62" in page.url


async def test_a_profile_tells_sources_history_conflicts_people_and_what_happened(page: Page, desk: Desk) -> None:
    shop = await _demo(desk)
    person = await owner(desk, "10000000001")
    await person.send("/bindings", {"uscc": desk.demo.uscc, "representative_name": "张演示"})
    await person.send(f"/enterprises/{shop}/facts", {"facts": {"employees": 7, "has_ip": True}})
    await sign_in(page, desk, "zhuren", f"/enterprises/{shop}")
    await expect(page.get_by_role("heading", name="来源之间不一致（1 项）")).to_be_visible()
    registered = page.get_by_role("row", name="从业人数 登记机关")
    await expect(registered.get_by_text("采用", exact=True)).to_be_visible()
    await expect(page.get_by_role("row", name="从业人数 企业自行填报").get_by_text("不采用")).to_be_visible()
    await expect(page.get_by_role("row", name="100****0001").get_by_text("登记电话相符")).to_be_visible()
    await expect(page.get_by_label("企业的经过").get_by_role("listitem").first).to_be_visible()
    fitting = page.get_by_role("region", name="可能符合的政策")
    await expect(fitting.get_by_role("row").nth(1)).to_be_visible()
    await expect(fitting.get_by_role("cell", name=re.compile("^符合：")).first).to_be_visible()
    await shot(page, "enterprise")
    await axe(page)
    await fits(page)

    await page.get_by_role("button", name="从业人数的来历").click()
    told = page.get_by_role("dialog", name="从业人数的来历")
    await expect(told.get_by_role("cell", name="7人", exact=True)).to_be_visible()
    await expect(told.get_by_text("共 2 条")).to_be_visible()
    await shot(page, "enterprise-history")
    await axe(page)
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="统计规模的来历").click()
    await expect(page.get_by_text("由其他信息推算得出")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.get_by_label("只看这些种类").get_by_text("信息", exact=True).click()
    await expect(page.get_by_label("企业的经过").get_by_text("绑定", exact=True)).to_have_count(0)
    await expect(page).to_have_url(re.compile("kind=facts"))


async def test_a_phone_is_revealed_only_with_a_reason_which_is_kept(page: Page, desk: Desk) -> None:
    shop = await _demo(desk)
    await sign_in(page, desk, "zhuren", f"/enterprises/{shop}")
    await page.get_by_role("button", name="查看完整登记电话").click()
    dialog = page.get_by_role("dialog", name="查看完整登记电话")
    await dialog.get_by_role("button", name="查看", exact=True).click()
    await expect(dialog.get_by_text("请填写理由。")).to_be_visible()
    await dialog.get_by_role("textbox").fill("企业来电咨询，需回电")
    await axe(page)
    await dialog.get_by_role("button", name="查看", exact=True).click()
    await expect(page.get_by_text("10000000001", exact=True)).to_be_visible()
    noted = "SELECT count(*) FROM audit_entries WHERE row_id = $1::uuid AND action LIKE '%reveal%'"
    assert await desk.database.fetchval(noted, shop) >= 1


async def test_a_clerk_of_a_district_sees_his_own_and_nothing_he_may_not_do(page: Page, desk: Desk) -> None:
    clerk = await desk.account(Role.FRONT_DESK, name="安吉窗口", districts=(ANJI,))
    elsewhere = await _demo(desk)
    await sign_in(page, desk, clerk, "/enterprises")
    await expect(page.get_by_role("link", name="登记数据导入")).to_have_count(0)
    places = page.locator("td[data-label=属地]")
    await expect(places).not_to_have_count(0)
    await expect(places.filter(has_not_text="安吉县")).to_have_count(0)
    await page.goto(f"{desk.url}/enterprises/{elsewhere}")
    await expect(page.get_by_text("没有找到该企业，或您无权查看。")).to_be_visible()
    await axe(page)
    own = await desk.database.fetchval("SELECT id FROM enterprises WHERE uscc LIKE '93330523MA2B00002%'")
    await page.goto(f"{desk.url}/enterprises/{own}")
    await expect(page.get_by_text("100****0002")).to_be_visible()
    await expect(page.get_by_role("button", name="查看完整登记电话")).to_have_count(0)
    await page.goto(f"{desk.url}/registry-imports")
    await expect(page.get_by_role("heading", name="没有权限打开这个页面")).to_be_visible()
