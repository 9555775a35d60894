"""The frame of every page: menu by permission, Ctrl-K, themes, phone, pages that are not there."""

from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from backend.access import Role
from tests.console.browser import PHONE, axe, fits, shot, sign_in
from tests.console.desk import Desk


async def test_a_page_that_is_not_there_says_so(page: Page, desk: Desk) -> None:
    await sign_in(page, desk, "fuhe", "/nowhere/at/all")
    await expect(page.get_by_role("heading", name="没有这个页面")).to_be_visible()
    await shot(page, "missing")
    await axe(page)


async def test_an_unknown_visitor_is_asked_who_he_is(page: Page, desk: Desk) -> None:
    await page.goto(f"{desk.url}/notices")
    await expect(page).to_have_url(f"{desk.url}/sign-in?next=/notices")


async def test_the_menu_and_its_pages_are_those_one_may_open(page: Page, desk: Desk) -> None:
    menu = page.get_by_role("navigation", name="主菜单")
    await sign_in(page, desk, await desk.account(Role.SYSTEM_ADMINISTRATOR), "/broadcasts")
    await expect(page.get_by_role("heading", name="没有权限打开这个页面")).to_be_visible()
    await expect(menu.get_by_role("link", name="工作提醒")).to_be_visible()
    await expect(menu.get_by_role("link", name="群发")).to_have_count(0)
    await shot(page, "forbidden")
    await axe(page)
    await sign_in(page, desk, await desk.account(Role.PUBLISHER), "/broadcasts")
    await expect(menu.get_by_role("link", name="群发")).to_be_visible()
    await expect(page.get_by_role("heading", name="没有权限打开这个页面")).to_have_count(0)


async def test_ctrl_k_finds_an_enterprise_by_its_code(page: Page, desk: Desk) -> None:
    await sign_in(page, desk, "zhuren")
    await page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="统一社会信用代码")
    await expect(field).to_be_focused()
    await page.keyboard.type(desk.demo.uscc)
    found = page.get_by_role("option", name=desk.demo.enterprise)
    await expect(found).to_be_visible()
    await shot(page, "palette")
    await axe(page)
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{desk.url}/enterprises/{await _enterprise(desk)}")


async def _enterprise(desk: Desk) -> str:
    return str(await desk.database.fetchval("SELECT id FROM enterprises WHERE uscc = $1", desk.demo.uscc))


async def test_ctrl_k_finds_no_enterprise_for_whom_may_not_see_them(page: Page, desk: Desk) -> None:
    await sign_in(page, desk, await desk.account(Role.SYSTEM_ADMINISTRATOR))
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("combobox", name="统一社会信用代码")).to_be_focused()
    await page.keyboard.type(desk.demo.uscc)
    await page.wait_for_timeout(600)
    await expect(page.get_by_text("没有找到")).to_be_visible()


async def test_ctrl_k_opens_a_page_by_its_name(page: Page, desk: Desk) -> None:
    await sign_in(page, desk, "fuhe")
    await page.get_by_role("button", name="查找企业、事项或页面").click()
    await expect(page.get_by_role("combobox", name="统一社会信用代码")).to_be_focused()
    await page.keyboard.type("我的账号")
    await expect(page.get_by_role("option", name="我的账号")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="我的账号")).to_be_visible()
    await expect(page.get_by_role("main")).to_be_focused()


@pytest.mark.parametrize(("role", "sees"), [(Role.SYSTEM_ADMINISTRATOR, True), (Role.REVIEWER, False)])
async def test_alarms_stand_in_the_header_of_whoever_watches(page: Page, desk: Desk, role: Role, sees: bool) -> None:
    await desk.alarm()
    await sign_in(page, desk, await desk.account(role))
    await expect(page.get_by_role("link", name="运行告警")).to_have_count(int(sees))


async def test_a_chosen_theme_stays(page: Page, desk: Desk) -> None:
    await sign_in(page, desk, "fuhe")
    await page.get_by_role("button", name="账号和外观").click()
    await page.get_by_role("menuitem", name="深色").click()
    await page.reload()
    await expect(page.locator("html")).to_contain_class("dark")


async def test_a_phone_has_the_menu_in_a_drawer(page: Page, desk: Desk) -> None:
    await page.set_viewport_size(PHONE)
    await sign_in(page, desk, "fuhe", "/profile")
    await page.get_by_role("button", name="打开菜单").click()
    drawer = page.get_by_role("dialog", name="菜单")
    await expect(drawer).to_be_visible()
    await axe(page)
    await drawer.get_by_role("link", name="工作提醒").click()
    await expect(page.get_by_role("heading", name="工作提醒")).to_be_visible()
    await expect(drawer).to_be_hidden()


async def test_the_first_tab_skips_to_the_page(page: Page, desk: Desk) -> None:
    await sign_in(page, desk, "fuhe", "/profile")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("main")).to_be_focused()
    await fits(page)


async def test_escape_gives_the_focus_back_to_what_had_it(page: Page, desk: Desk) -> None:
    await sign_in(page, desk, "fuhe", "/policies")
    words = page.get_by_label("检索标题、文号和正文")
    await words.focus()
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("combobox", name="统一社会信用代码")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(words).to_be_focused()


async def test_what_is_not_there_has_a_heading_and_a_way_back(page: Page, desk: Desk) -> None:
    await sign_in(page, desk, "fuhe", "/policies")
    await page.goto(f"{desk.url}/policies/{uuid4()}")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await axe(page)
    await page.get_by_role("button", name="返回").click()
    await expect(page.get_by_role("heading", name="政策库")).to_be_visible()
