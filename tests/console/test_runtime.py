"""How the service runs, on the screen of whoever operates it and nobody else."""

import re

import pytest
from playwright.async_api import Page, expect

from backend.access import Role
from tests.console.browser import axe, fits, shot, sign_in
from tests.console.desk import Desk


@pytest.fixture
async def operator(desk: Desk) -> str:
    await desk.database.execute("DELETE FROM alerts")
    await desk.alarm()
    return await desk.account(Role.SYSTEM_ADMINISTRATOR, name="孙运维")


async def test_an_open_alert_is_taken_over_and_its_run_book_read(page: Page, desk: Desk, operator: str) -> None:
    await sign_in(page, desk, operator, "/runtime")
    await expect(page.get_by_text("1 项告警需立即处理")).to_be_visible()
    await expect(page.get_by_text("PostgreSQL 18")).to_be_visible()
    await expect(page.get_by_text(re.compile("后台进程 worker-")).first).to_be_visible()
    await shot(page, "runtime")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="接手：消息通道已暂停").click()
    await page.get_by_role("dialog").get_by_role("button", name="接手").click()
    await expect(page.get_by_text(re.compile("孙运维.*接手"))).to_be_visible()
    await page.get_by_role("link", name="处置手册：消息通道已暂停").click()
    await expect(page.get_by_role("heading", name="处置手册：消息通道已暂停")).to_be_visible()
    for part, told in (("含义", "连续多次调用"), ("查看", "wuwei doctor"), ("处理", "系统会自动试探并恢复")):
        await expect(page.get_by_role("heading", name=part, exact=True)).to_be_visible()
        await expect(page.get_by_text(told)).to_be_visible()
    await shot(page, "runbook")
    await axe(page)
    await fits(page)


async def test_the_page_renews_itself_without_keeping_the_session_alive(page: Page, desk: Desk, operator: str) -> None:
    await page.clock.install()
    session = await sign_in(page, desk, operator, "/runtime")
    await expect(page.get_by_text("1 项告警需立即处理")).to_be_visible()
    before = await desk.idle(session)
    await desk.database.execute("UPDATE alerts SET cleared_at = now() WHERE cleared_at IS NULL")
    await page.clock.fast_forward(16_000)
    await expect(page.get_by_text("没有告警", exact=True)).to_be_visible()
    await expect(page.get_by_text("没有未结束的告警。")).to_be_visible()
    assert await desk.idle(session) >= before
    await page.get_by_text("全部", exact=True).click()
    await expect(page.get_by_text("已结束")).to_be_visible()
    await expect(page).to_have_url(re.compile("alerts=all"))


async def test_who_operates_sees_no_business_and_who_keeps_accounts_takes_no_alert(
    page: Page, desk: Desk, operator: str
) -> None:
    menu = page.get_by_role("navigation", name="主菜单")
    await sign_in(page, desk, operator, "/runtime")
    await expect(menu.get_by_role("link", name="系统运行")).to_be_visible()
    for name in ("政策库", "群发", "账号和授权", "审计记录"):
        await expect(menu.get_by_role("link", name=name)).to_have_count(0)
    await sign_in(page, desk, "anquan", "/runtime")
    await expect(page.get_by_text("消息通道已暂停")).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("接手"))).to_have_count(0)
    await sign_in(page, desk, await desk.account(Role.PUBLISHER), "/runtime")
    await expect(page.get_by_role("heading", name="没有权限打开这个页面")).to_be_visible()
