"""The trail on the screen: found by filters, read in detail, taken along as a file, checked."""

import asyncio
import csv
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from playwright.async_api import Page, expect

from backend.access import Role
from tests.console.browser import axe, fits, shot, sign_in
from tests.console.desk import Desk


@pytest.fixture
async def auditor(desk: Desk) -> str:
    return await desk.account(Role.AUDITOR, name="赵审计")


async def _choose(page: Page, label: str, option: str) -> None:
    await page.locator(".el-select", has=page.get_by_label(label, exact=True)).click()
    await page.get_by_role("option", name=option, exact=True).click()


async def test_the_trail_is_narrowed_down_read_and_taken_along(page: Page, desk: Desk, auditor: str) -> None:
    newcomer = await desk.newcomer(Role.VISITOR)
    await sign_in(page, desk, auditor, "/audit")
    await shot(page, "audit")
    await axe(page)
    await fits(page)
    await _choose(page, "事项", "新建账号")
    await expect(page).to_have_url(re.compile("action=staff.created"))
    await page.locator(".el-select", has=page.get_by_label("办理人", exact=True)).click()
    await page.keyboard.type("anquan")
    await page.get_by_role("option", name=re.compile("演示安全管理员")).click()
    first = page.get_by_role("button", name="新建账号，查看详情").first
    await first.click()
    drawer = page.get_by_role("dialog", name="新建账号")
    await expect(drawer).to_contain_text("演示安全管理员")
    await expect(drawer).to_contain_text(str(newcomer.id))
    await expect(drawer).to_contain_text("登录名、名称、单位")
    await shot(page, "audit-entry")
    await axe(page)
    await drawer.get_by_role("button", name="只看这个对象").click()
    await expect(page.get_by_text("共 1 条")).to_be_visible()
    await expect(page).to_have_url(re.compile(f"row={newcomer.id}"))
    async with page.expect_download() as begun:
        await page.get_by_role("link", name="导出 CSV").click()
    text = await asyncio.to_thread((await (await begun.value).path()).read_text, "utf-8-sig")
    rows = [row for row in csv.reader(text.splitlines()) if "新建账号" in row]
    assert len(rows) == 1
    await page.get_by_role("button", name=re.compile("清除筛选")).click()
    await expect(page).not_to_have_url(re.compile("row="))
    await page.reload()
    await expect(page.get_by_text("导出审计记录").first).to_be_visible()


async def test_a_time_range_stays_in_the_address(page: Page, desk: Desk, auditor: str) -> None:
    await sign_in(page, desk, auditor, "/audit?from=2020-01-01T00:00&to=2020-01-02T00:00")
    await expect(page.get_by_text("没有符合筛选条件的内容。")).to_be_visible()
    await expect(page.get_by_label("从何时（含）")).to_have_value("2020-01-01 00:00")
    await page.get_by_role("button", name="清除筛选", exact=True).click()
    await expect(page.get_by_role("table")).to_be_visible()
    await expect(page).not_to_have_url(re.compile("from"))


async def _sealed(desk: Desk) -> UUID:
    """An entry under a seal; the worker seals twice a minute."""
    for _ in range(120):
        found = await desk.database.fetchval("SELECT min(id::text)::uuid FROM audit_entries WHERE seal_id IS NOT NULL")
        if found:
            assert isinstance(found, UUID)
            return found
        await asyncio.sleep(0.5)
    pytest.fail("nothing was sealed")


@asynccontextmanager
async def _altered(desk: Desk, entry: UUID) -> AsyncIterator[None]:
    """One entry under a seal says something else for a while, as only the database's owner could make it."""
    await desk.database.execute("GRANT UPDATE ON audit_entries TO CURRENT_USER")
    sql = "UPDATE audit_entries SET action = $2 WHERE id = $1"
    action = await desk.database.fetchval("SELECT action FROM audit_entries WHERE id = $1", entry)
    await desk.database.execute(sql, entry, "staff.left")
    try:
        yield
    finally:
        await desk.database.execute(sql, entry, action)
        await desk.database.execute("REVOKE UPDATE ON audit_entries FROM CURRENT_USER")
        await desk.database.execute("GRANT UPDATE (seal_id) ON audit_entries TO CURRENT_USER")
        await desk.database.execute("DELETE FROM alerts")


async def test_the_seals_hold_and_an_entry_altered_behind_them_is_found(page: Page, desk: Desk, auditor: str) -> None:
    entry = await _sealed(desk)
    await sign_in(page, desk, auditor, "/audit")
    card = page.get_by_role("region", name="封条校验")
    await card.get_by_role("button", name="校验全部记录").click()
    await expect(card.get_by_text("完好", exact=True)).to_be_visible()
    await expect(card).to_contain_text("全部成立")
    await shot(page, "audit-sound")
    await axe(page)
    async with _altered(desk, entry):
        await card.get_by_role("button", name="校验全部记录").click()
        await expect(card.get_by_role("alert")).to_contain_text("第 1 号封条")
        await shot(page, "audit-broken")
        await axe(page)
        await fits(page)


async def test_only_auditors_see_the_trail(page: Page, desk: Desk) -> None:
    menu = page.get_by_role("navigation", name="主菜单")
    for role in (Role.SECURITY_ADMINISTRATOR, Role.SYSTEM_ADMINISTRATOR, Role.MANAGER):
        await sign_in(page, desk, await desk.account(role), "/audit")
        await expect(page.get_by_role("heading", name="没有权限打开这个页面")).to_be_visible()
        await expect(menu.get_by_role("link", name="审计记录")).to_have_count(0)
