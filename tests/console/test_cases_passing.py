"""Cases that go from one to the next on the screen: handed over, helped with, merged; and found from anywhere."""

import re

from playwright.async_api import Page, expect

from backend.access import Role
from tests.console.browser import axe, fits, shot, sign_in
from tests.console.case_desk import taken_down
from tests.console.desk import Desk


async def _begin(page: Page, label: str) -> None:
    await page.get_by_role("group", name="办理").get_by_role("button", name=label, exact=True).click()


async def _pick(page: Page, field: str, words: str) -> None:
    await page.get_by_role("combobox", name=field).fill(words)
    await page.get_by_role("option", name=re.compile(words)).first.click()


async def test_handed_to_a_colleague_who_refuses_then_to_one_who_takes_it(page: Page, desk: Desk) -> None:
    first = await desk.account(Role.SPECIALIST, name="周转交")
    second = await desk.account(Role.SPECIALIST, name="郑接收")
    case = await taken_down(desk, first, "要转交给同事的事")
    await sign_in(page, desk, first, f"/cases/{case}")
    await _begin(page, "转交同事")
    await page.get_by_role("button", name="转交", exact=True).click()
    await expect(page.get_by_text("请选择同事。")).to_be_visible()
    await _pick(page, "同事", "郑接收")
    await page.get_by_label("理由").fill("属于他的专长。")
    await shot(page, "case-hand-over")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="转交", exact=True).click()
    await expect(page.get_by_text("已转交郑接收，尚未接办")).to_be_visible()

    await page.context.clear_cookies()
    await sign_in(page, desk, second, f"/cases/{case}")
    await _begin(page, "不接受转交")
    await page.get_by_role("dialog").get_by_label("理由").fill("手上已满。")
    await page.get_by_role("dialog").get_by_role("button", name="不接受转交").click()
    await expect(page.get_by_text("由周转交办理。")).to_be_visible()
    await expect(page.get_by_text("尚未接办")).to_have_count(0)


async def test_a_colleague_helps_and_another_category_counts_other_days(page: Page, desk: Desk) -> None:
    clerk = await desk.account(Role.SPECIALIST, name="陈专员")
    await desk.account(Role.SPECIALIST, name="冯协办")
    case = await taken_down(desk, clerk, "要人协办的事")
    await sign_in(page, desk, clerk, f"/cases/{case}")
    await _begin(page, "协办人")
    await _pick(page, "同事", "冯协办")
    await page.get_by_role("button", name="请其协办").click()
    await expect(page.get_by_role("definition").get_by_text("冯协办")).to_be_visible()
    await _begin(page, "调整类别")
    await page.locator(".el-select", has=page.get_by_label("类别", exact=True)).click()
    await page.get_by_role("option", name=re.compile("^政策咨询")).click()
    await shot(page, "case-category")
    await page.get_by_role("button", name="调整", exact=True).click()
    await expect(page.get_by_role("definition").get_by_text("咨询 · 政策咨询")).to_be_visible()
    await expect(page.get_by_role("region", name="时限").get_by_text("5 个工作日", exact=True)).to_have_count(0)


async def test_two_matters_become_one_and_two_again(page: Page, desk: Desk) -> None:
    manager = await desk.account(Role.MANAGER, name="林主管")
    case = await taken_down(desk, manager, "摊位漏水要修")
    into = await taken_down(desk, manager, "摊位漏水没人管")
    await sign_in(page, desk, manager, f"/cases/{case}")
    await _begin(page, "并案")
    await _pick(page, "并入哪个事项", "漏水没人管")
    await page.get_by_label("认定为同一事项的理由").fill("同一摊位。")
    await shot(page, "case-merge")
    await axe(page)
    await page.get_by_role("button", name="并入", exact=True).click()
    await expect(page.get_by_text("已并入其他事项", exact=True)).to_be_visible()
    await expect(page.locator(f'a[href$="/cases/{into}"]').first).to_be_visible()
    await _begin(page, "撤销并案")
    await page.get_by_role("dialog").get_by_role("button", name="撤销并案").click()
    await expect(page.get_by_text("办理中", exact=True)).to_be_visible()


async def test_a_case_is_found_from_anywhere_by_number_and_by_words(page: Page, desk: Desk) -> None:
    clerk = await desk.account(Role.SPECIALIST, name="陈专员")
    case = await taken_down(desk, clerk, "蚕茧收购价被压低")
    number = str(await desk.database.fetchval("SELECT number FROM cases WHERE id = $1::text::uuid", case))
    await sign_in(page, desk, clerk, "/notices")
    for words in (number, "蚕茧收购"):
        await page.keyboard.press("Control+k")
        await expect(page.get_by_role("dialog").get_by_role("combobox")).to_be_focused()
        await page.keyboard.type(words)
        await expect(page.get_by_role("option", name=re.compile("蚕茧收购价被压低"))).to_be_visible()
        await page.get_by_role("option", name=re.compile("蚕茧收购价被压低")).click()
        await expect(page.get_by_role("heading", level=1, name="蚕茧收购价被压低")).to_be_visible()


async def test_a_notice_leads_to_its_case(page: Page, desk: Desk) -> None:
    clerk = await desk.account(Role.SPECIALIST, name="陈专员")
    case = await taken_down(desk, clerk, "提醒里的事")
    await desk.notice(clerk, "一个事项即将到期", link=f"/cases/{case}")
    await sign_in(page, desk, clerk, "/notices")
    await page.get_by_role("link", name="一个事项即将到期").click()
    await expect(page.get_by_role("heading", level=1, name="提醒里的事")).to_be_visible()


async def test_figures_stand_beside_how_they_are_counted(page: Page, desk: Desk) -> None:
    manager = await desk.account(Role.MANAGER, name="林主管")
    await taken_down(desk, manager, "统计用的事")
    await sign_in(page, desk, manager, "/cases/figures?from=2020-01-01&to=2099-12-31")
    row = page.get_by_role("row", name=re.compile("^收到 "))
    await expect(row.get_by_text("期间收到的事项数，含后来并入其他事项的")).to_be_visible()
    await expect(page.get_by_role("img", name="收到")).to_be_visible()
    await shot(page, "case-figures")
    await axe(page)
    await fits(page)
    await page.get_by_text("按属地", exact=True).click()
    await expect(page.get_by_role("heading", name="收到：按属地")).to_be_visible()
    await expect(page).to_have_url(re.compile("by=district"))


async def test_a_day_off_is_entered_with_its_reason_and_taken_back(page: Page, desk: Desk) -> None:
    manager = await desk.account(Role.MANAGER, name="林主管")
    await sign_in(page, desk, manager, "/calendar?year=2027")
    await expect(page.get_by_text("暂按周一至周五上班")).to_be_visible()
    await page.get_by_role("button", name="2月10日，上班", exact=True).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="改为休息").click()
    await expect(dialog.get_by_text("请填写理由。")).to_be_visible()
    await dialog.get_by_label("理由").fill("台风停工一天")
    await shot(page, "calendar-day")
    await dialog.get_by_role("button", name="改为休息").click()
    await expect(page.get_by_role("region", name="单独调整的日期").get_by_text("台风停工一天")).to_be_visible()
    await shot(page, "calendar")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name=re.compile("^2月10日，休息")).click()
    await dialog.get_by_label("理由").fill("误填")
    await dialog.get_by_role("button", name="取消调整").click()
    await expect(page.get_by_role("button", name="2月10日，上班", exact=True)).to_be_visible()


async def test_who_does_not_manage_the_calendar_reads_it(page: Page, desk: Desk) -> None:
    await sign_in(page, desk, await desk.account(Role.SPECIALIST), "/calendar?year=2026")
    await expect(page.get_by_role("table", name="2026 年 10 月")).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("月.*日"))).to_have_count(0)
    await expect(page.get_by_role("button", name="调整办公时间")).to_have_count(0)
