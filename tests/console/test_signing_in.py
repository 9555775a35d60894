"""Coming in and going out: password with second factor, the first password, the end of a session."""

from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from backend.access import Role
from tests.console.browser import axe, fits, settled, shot, sign_in
from tests.console.desk import PASSWORD, Desk, Newcomer


@pytest.fixture
async def newcomer(desk: Desk) -> Newcomer:
    return await desk.newcomer(Role.REVIEWER)


async def _fill(page: Page, login: str, password: str, code: str) -> None:
    await page.get_by_label("登录名").fill(login)
    await page.get_by_label("密码").fill(password)
    await page.get_by_label("动态码").fill(code)
    await page.get_by_role("button", name="登录", exact=True).click()


async def test_a_newcomer_chooses_his_own_password_and_comes_to_the_page_he_asked_for(
    page: Page, desk: Desk, newcomer: Newcomer
) -> None:
    await page.goto(f"{desk.url}/profile")
    await expect(page.get_by_role("heading", name="登录")).to_be_focused()
    await shot(page, "sign-in")
    await axe(page)
    await fits(page)
    await _fill(page, newcomer.login, newcomer.password, newcomer.code())
    await expect(page.get_by_role("heading", name="请先修改初始密码")).to_be_visible()
    await shot(page, "first-password")
    await axe(page)
    await page.get_by_label("现在的密码").fill(newcomer.password)
    await page.get_by_label("新密码", exact=True).fill("short")
    await page.get_by_label("再填一次新密码").fill("short")
    await page.get_by_role("button", name="修改并继续").click()
    await expect(page.locator(".el-form-item", has_text="至少 10").locator(".el-form-item__error")).to_be_visible()
    await expect(page.get_by_label("新密码", exact=True)).to_have_value("short")
    await page.get_by_label("新密码", exact=True).fill(PASSWORD)
    await page.get_by_label("再填一次新密码").fill(PASSWORD)
    await page.get_by_role("button", name="修改并继续").click()
    await expect(page).to_have_url(f"{desk.url}/profile")
    await expect(page).to_have_title("我的账号 · 无微不至工作台")


async def test_the_keyboard_alone_signs_in(page: Page, desk: Desk, newcomer: Newcomer) -> None:
    settled_ = await desk.settled(newcomer)
    await page.goto(f"{desk.url}/")
    await expect(page.get_by_role("heading", name="登录")).to_be_focused()
    for text in (settled_.login, settled_.password, settled_.code()):
        await page.keyboard.press("Tab")
        await page.keyboard.type(text)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="工作提醒")).to_be_visible()


async def test_a_recovery_code_stands_in_for_the_phone(page: Page, desk: Desk, newcomer: Newcomer) -> None:
    await desk.settled(newcomer)
    await page.goto(f"{desk.url}/sign-in")
    await page.get_by_role("button", name="使用恢复码").click()
    await page.get_by_label("登录名").fill(newcomer.login)
    await page.get_by_label("密码").fill(newcomer.password)
    await page.get_by_label("恢复码").fill(newcomer.recovery_codes[0])
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="工作提醒")).to_be_visible()


async def test_a_wrong_code_keeps_what_was_typed_and_says_when_the_account_locks(
    page: Page, desk: Desk, newcomer: Newcomer
) -> None:
    await page.goto(f"{desk.url}/sign-in")
    await page.get_by_role("button", name="登录", exact=True).click()
    await expect(page.get_by_text("请填写登录名。")).to_be_visible()
    for _ in range(5):
        await _fill(page, newcomer.login, newcomer.password, "000000")
        await expect(page.locator(".problem")).to_contain_text("连续 5 次失败将锁定 30 分钟")
        await expect(page.get_by_label("登录名")).to_have_value(newcomer.login)
        await expect(page.get_by_label("密码")).to_have_value(newcomer.password)
        await expect(page.get_by_label("动态码")).to_have_value("")
    await shot(page, "sign-in-refused")
    await axe(page)
    await _fill(page, newcomer.login, newcomer.password, newcomer.code())
    await expect(page.locator(".problem")).to_contain_text("登录失败")


async def test_the_end_of_a_session_is_announced_and_can_be_put_off(page: Page, desk: Desk) -> None:
    login = await desk.account(Role.REVIEWER)
    await page.clock.install()
    session = await sign_in(page, desk, login, "/notices")
    await desk.aged(session, timedelta(minutes=28, seconds=30))
    await page.clock.fast_forward("28:30")
    dialog = page.get_by_role("dialog", name="登录即将结束")
    await expect(dialog).to_contain_text("1 分")
    await shot(page, "session-ending")
    await dialog.get_by_role("button", name="继续使用").click()
    await expect(dialog).to_be_hidden()
    assert await desk.idle(session) < timedelta(minutes=1)


async def test_a_session_left_alone_ends_and_what_was_written_is_there_again(
    page: Page, desk: Desk, newcomer: Newcomer
) -> None:
    await desk.settled(newcomer)
    await page.clock.install()
    session = await sign_in(page, desk, newcomer.login, "/profile")
    await page.get_by_label("再填一次新密码").fill("halfway")
    await desk.aged(session, timedelta(minutes=31))
    await page.clock.fast_forward("31:00")
    await expect(page.get_by_text("登录已结束")).to_be_visible()
    await expect(page.get_by_role("heading", name="我的账号")).to_be_hidden()
    await shot(page, "session-ended")
    await axe(page)
    await expect(page.get_by_label("登录名")).to_have_value(newcomer.login)
    await page.locator("[name=password]").fill(newcomer.password)
    await page.get_by_label("动态码").fill(newcomer.code())
    await page.get_by_role("button", name="登录", exact=True).click()
    await expect(page.get_by_role("heading", name="我的账号")).to_be_visible()
    await expect(page.get_by_label("再填一次新密码")).to_have_value("halfway")


async def test_whoever_signs_in_where_another_ones_session_ended_finds_nothing_of_his(
    page: Page, desk: Desk, newcomer: Newcomer
) -> None:
    await desk.settled(newcomer)
    await page.clock.install()
    session = await sign_in(page, desk, await desk.account(Role.REVIEWER, name="先来的"), "/profile")
    await page.get_by_label("再填一次新密码").fill("halfway")
    await desk.aged(session, timedelta(minutes=31))
    await page.clock.fast_forward("31:00")
    await expect(page.get_by_text("登录已结束")).to_be_visible()
    await page.locator("[name=login]").fill(newcomer.login)
    await page.locator("[name=password]").fill(newcomer.password)
    await page.get_by_label("动态码").fill(newcomer.code())
    await page.get_by_role("button", name="登录", exact=True).click()
    await expect(page).to_have_url(f"{desk.url}/notices")
    await expect(page.get_by_text("先来的")).to_have_count(0)


async def test_signing_out_ends_the_session_at_the_server(page: Page, desk: Desk) -> None:
    session = await sign_in(page, desk, await desk.account(Role.REVIEWER))
    await page.get_by_role("button", name="账号和外观").click()
    await page.get_by_role("menuitem", name="退出登录").click()
    await expect(page.get_by_text("您已退出登录。")).to_be_visible()
    assert await desk.database.fetchval("SELECT ended_at FROM staff_sessions WHERE id = $1", session.id)
    await page.go_back()
    await settled(page)
    await expect(page.get_by_role("heading", name="登录")).to_be_visible()


async def test_a_server_that_does_not_answer_signs_nobody_out(page: Page, desk: Desk) -> None:
    await sign_in(page, desk, await desk.account(Role.REVIEWER), "/profile?from=a-link")
    await page.route("**/api/staff/v1/me", lambda route: route.fulfill(status=503, body=""))
    await page.reload()
    await expect(page.get_by_role("heading", name="连接不上")).to_be_focused()
    await page.get_by_role("button", name="重试").click()
    await expect(page.get_by_role("heading", name="连接不上")).to_be_visible()
    await expect(page).to_have_url(f"{desk.url}/profile?from=a-link")
    await shot(page, "outage")
    await axe(page)
    await fits(page)
    await page.unroute("**/api/staff/v1/me")
    await page.get_by_role("button", name="重试").click()
    await expect(page.get_by_role("heading", name="我的账号")).to_be_visible()
    await expect(page).to_have_url(f"{desk.url}/profile?from=a-link")


async def test_signing_out_asks_for_what_is_not_saved_and_says_when_nobody_heard_it(page: Page, desk: Desk) -> None:
    await sign_in(page, desk, await desk.account(Role.REVIEWER), "/profile")

    async def sign_out() -> None:
        await page.get_by_role("button", name="账号和外观").click()
        await page.get_by_role("menuitem", name="退出登录").click()

    await page.route("**/sessions/current", lambda route: route.abort())
    await sign_out()
    await expect(page.get_by_text("没有退出：没有连上服务器")).to_be_visible()
    await expect(page.get_by_role("heading", name="我的账号")).to_be_visible()
    await page.unroute("**/sessions/current")
    await page.get_by_label("再填一次新密码").fill("halfway")
    await sign_out()
    await page.get_by_role("dialog", name="有未保存的内容").get_by_role("button", name="返回").click()
    await expect(page.get_by_label("再填一次新密码")).to_have_value("halfway")
    await sign_out()
    await page.get_by_role("dialog").get_by_role("button", name="放弃并退出").click()
    await expect(page.get_by_text("您已退出登录。")).to_be_visible()


async def test_signing_out_in_another_tab_is_told_as_that(page: Page, desk: Desk) -> None:
    await sign_in(page, desk, await desk.account(Role.REVIEWER), "/profile")
    other = await page.context.new_page()
    await other.goto(f"{desk.url}/notices")
    await other.get_by_role("button", name="账号和外观").click()
    await other.get_by_text("退出登录").click()
    await expect(other.get_by_text("您已退出登录。")).to_be_visible()
    await expect(page.get_by_text("另一个标签页退出登录")).to_be_visible()
    await other.close()
