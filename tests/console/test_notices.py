"""The inbox of a member of staff."""

import pytest
from playwright.async_api import Page, expect

from backend.access import Role
from tests.console.browser import axe, fits, shot, sign_in
from tests.console.desk import Desk


@pytest.fixture
async def login(desk: Desk) -> str:
    """Somebody whom nothing that goes on tells anything."""
    return await desk.account(Role.AUDITOR, name="王审计")


async def test_the_inbox_tells_its_number_and_what_is_unread(page: Page, desk: Desk, login: str) -> None:
    for number in range(3):
        await desk.notice(login, f"第 {number} 份政策送审")
    await sign_in(page, desk, login)
    await expect(page.get_by_text("共 3 条")).to_be_visible()
    await expect(page.get_by_role("link", name="工作提醒，3 条未读")).to_be_visible()
    await shot(page, "notices")
    await axe(page)
    await fits(page)


async def test_an_empty_inbox_says_so(page: Page, desk: Desk, login: str) -> None:
    await sign_in(page, desk, login, "/notices")
    await expect(page.get_by_text("没有提醒。有事项需要办理时会出现在这里。")).to_be_visible()
    await shot(page, "notices-empty")
    await axe(page)
