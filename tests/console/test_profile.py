"""One's own account: who one is, password, WeChat binding, which notices are pushed."""

import re

import pytest
from playwright.async_api import Page, expect

from backend.access import Role
from tests.console.browser import axe, fits, shot, sign_in
from tests.console.desk import Desk


@pytest.fixture
async def login(desk: Desk) -> str:
    return await desk.account(Role.PUBLISHER, Role.MANAGER, name="李经办")


async def test_the_profile_shows_who_one_is(page: Page, desk: Desk, login: str) -> None:
    await sign_in(page, desk, login, "/profile")
    await expect(page.get_by_text("政策起草人员")).to_be_visible()
    await expect(page.get_by_role("heading", name="推送到微信的提醒")).to_be_visible()
    await shot(page, "profile")
    await axe(page)
    await fits(page)


async def test_a_code_binds_the_own_phone_and_the_page_notices(page: Page, desk: Desk, login: str) -> None:
    await sign_in(page, desk, login, "/profile")
    await page.get_by_role("button", name="获取绑定码").click()
    await expect(page.get_by_text("在小程序")).to_be_visible()
    await expect(page.locator(".big")).to_have_text(re.compile(r"^\w{8}$"))


async def test_a_switch_is_kept(page: Page, desk: Desk, login: str) -> None:
    await sign_in(page, desk, login, "/profile")
    first = page.get_by_role("switch").first
    before = await first.get_attribute("aria-checked")
    async with page.expect_response("**/notice-preferences") as answered:
        await page.locator(".el-switch").first.click()
    assert (await answered.value).ok
    await expect(first).not_to_have_attribute("aria-checked", before or "")
    await page.reload()
    await expect(page.get_by_role("switch").first).not_to_have_attribute("aria-checked", before or "")


async def test_what_was_typed_is_not_lost_by_a_click_on_the_menu(page: Page, desk: Desk, login: str) -> None:
    await sign_in(page, desk, login, "/profile")
    await page.get_by_label("现在的密码").fill("something")
    await page.get_by_role("link", name="工作提醒", exact=True).first.click()
    dialog = page.get_by_role("dialog", name="有未保存的内容")
    await axe(page)
    await shot(page, "leave-guard")
    await dialog.get_by_role("button", name="返回").click()
    await expect(page.get_by_label("现在的密码")).to_have_value("something")
    await page.get_by_role("link", name="工作提醒", exact=True).first.click()
    await dialog.get_by_role("button", name="放弃并离开").click()
    await expect(page.get_by_role("heading", name="工作提醒")).to_be_visible()


async def test_a_wrong_password_is_told_and_ends_no_session(page: Page, desk: Desk) -> None:
    await sign_in(page, desk, await desk.account(Role.REVIEWER), "/profile")
    await page.get_by_label("现在的密码").fill("Not-the-right-1")
    await page.get_by_label("新密码", exact=True).fill("Another-pass-9")
    await page.get_by_label("再填一次新密码").fill("Another-pass-9")
    await page.get_by_role("button", name="修改密码").click()
    await expect(page.get_by_text("当前密码不正确")).to_be_visible()
    await expect(page.get_by_role("heading", name="我的账号")).to_be_visible()
