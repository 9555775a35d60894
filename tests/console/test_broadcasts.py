"""Broadcasts on the screen: prepared by one, released by another, watched, stopped, and accounted for."""

import asyncio
import re
from uuid import uuid4

from playwright.async_api import Page, Route, expect

from backend.access import Role
from tests.console.audience import crowd, published, received, resting
from tests.console.browser import axe, fits, shot, sign_in
from tests.console.desk import WITHIN, Desk

_PHONE = """
INSERT INTO staff_phones (id, staff_id, person_id, bound_at)
SELECT uuidv7(), s.id, a.person_id, now() FROM staff s, addresses a WHERE s.login = $1 AND a.openid = $2
"""


async def _act(page: Page, label: str) -> None:
    """Press an act's button and then, having read what it will do, the dialog's."""
    await page.get_by_role("button", name=label, exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name=label, exact=True).click()
    await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_one_prepares_another_releases_and_whoever_was_not_reached_is_told_of(page: Page, desk: Desk) -> None:
    policy = await published(desk, "群发用的小店减费")
    openids = await crowd(desk, 60, allowing=40)
    writer = await desk.account(Role.PUBLISHER, name="李起草")
    await sign_in(page, desk, writer, f"/broadcasts/new?policy={policy}")
    await shot(page, "broadcast-new")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="存为草稿").click()
    await expect(page.get_by_role("heading", level=1, name="群发用的小店减费")).to_be_visible()
    await _act(page, "冻结名单")
    await expect(page.get_by_text("名单已冻结")).to_be_visible()
    await expect(page.get_by_text("微信：已确认的一次授权")).to_be_visible()
    await expect(page.get_by_role("button", name="放行", exact=True)).to_have_count(0)
    await shot(page, "broadcast-frozen")
    await axe(page)

    address = page.url.removeprefix(desk.url)
    reviewer = await desk.account(Role.REVIEWER, name="王放行")
    await page.context.clear_cookies()
    await sign_in(page, desk, reviewer, address)
    async with resting(desk):
        await _act(page, "放行")
        await expect(page.get_by_text(re.compile(r"^进度"))).to_be_visible(timeout=WITHIN * 1000)
        await _act(page, "暂停")
        await expect(page.get_by_text("由工作人员暂停")).to_be_visible()
    await shot(page, "broadcast-paused")
    await axe(page)
    await _act(page, "继续发送")
    await expect(page.get_by_text("已完成")).to_be_visible(timeout=WITHIN * 1000)
    assert await received(desk, openids) == 40

    await page.reload()
    await expect(page.get_by_role("heading", name="发送后实际")).to_be_visible()
    await page.get_by_role("button", name=re.compile("未授权接收此类消息")).click()
    await expect(page.get_by_text("共 20 条")).to_be_visible()
    await expect(page).to_have_url(re.compile("reason=no_credit"))
    async with page.expect_download() as begun:
        await page.get_by_role("link", name="未收到的 CSV").click()
    lines = (await asyncio.to_thread((await (await begun.value).path()).read_text, "utf-8-sig")).splitlines()
    assert len([line for line in lines if "未授权接收此类消息" in line]) == 20
    assert lines[-1].endswith("报告完整。")
    await shot(page, "broadcast-done")
    await axe(page)
    await fits(page)


async def test_the_list_keeps_its_filter_and_offers_only_what_one_may(page: Page, desk: Desk) -> None:
    auditor = await desk.account(Role.AUDITOR, name="赵审计")
    await sign_in(page, desk, auditor, "/broadcasts?state=cancelled")
    await expect(page.get_by_text("没有符合筛选条件的内容。")).to_be_visible()
    await expect(page.get_by_role("button", name="准备群发")).to_have_count(0)
    await page.get_by_role("button", name="清除筛选", exact=True).click()
    await expect(page).not_to_have_url(re.compile("state"))
    await shot(page, "broadcasts")
    await axe(page)
    await fits(page)


async def test_a_policy_is_found_by_words_that_are_typed_and_stays_chosen(page: Page, desk: Desk) -> None:
    policy = await published(desk, "挑选用的紫檀木雕补贴")
    await published(desk, "挑选用的青瓷烧制减费")
    writer = await desk.account(Role.PUBLISHER)
    await sign_in(page, desk, writer, "/broadcasts/new")
    await page.get_by_role("combobox", name="政策").fill("紫檀木雕")
    options = page.locator(".el-select-dropdown__item:visible")
    await expect(options).to_have_count(1)
    await expect(options).to_have_text("挑选用的紫檀木雕补贴")
    await page.get_by_role("combobox", name="政策").fill("没有这样的政策")
    await expect(page.get_by_text("没有找到已发布的政策")).to_be_visible()
    await sign_in(page, desk, writer, f"/broadcasts/new?policy={policy}")
    await expect(page.locator(".el-select", has_text="挑选用的紫檀木雕补贴")).to_be_visible()
    await sign_in(page, desk, writer, f"/broadcasts/new?policy={uuid4()}")
    await page.get_by_role("button", name="存为草稿").click()
    await expect(page.get_by_text("请选择要群发的政策。")).to_be_visible()


async def test_escape_does_not_give_up_what_is_being_sent(page: Page, desk: Desk) -> None:
    policy = await published(desk, "按下退出键的减费")
    await crowd(desk, 1, allowing=1)
    login = await desk.account(Role.PUBLISHER)
    async with await desk.client(login) as writer:
        body = {"origin": "policies", "origin_id": str(policy)}
        made = (await writer.post("/broadcasts", json=body)).raise_for_status().json()["id"]
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def held(route: Route) -> None:
        arrived.set()
        await go_on.wait()
        await route.continue_()

    await page.route("**/freeze", held)
    await sign_in(page, desk, login, f"/broadcasts/{made}")
    await page.get_by_role("button", name="冻结名单", exact=True).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="冻结名单", exact=True).click()
    await arrived.wait()
    await page.keyboard.press("Escape")
    await expect(dialog.get_by_role("button", name="返回")).to_be_disabled()
    await expect(dialog).to_be_visible()
    go_on.set()
    await expect(dialog).to_be_hidden()
    await expect(page.get_by_text("名单已冻结")).to_be_visible()


async def test_a_moment_that_has_passed_stays_where_it_was_typed(page: Page, desk: Desk) -> None:
    policy = await published(desk, "定时用的减费")
    await sign_in(page, desk, await desk.account(Role.PUBLISHER), f"/broadcasts/new?policy={policy}")
    await page.get_by_text("定时", exact=True).click()
    field = page.get_by_role("combobox", name="发送时间")
    await field.fill("2026-01-20 10:00")
    await field.press("Enter")
    await expect(page.get_by_role("button", name="此刻")).to_have_count(0)
    await page.get_by_role("button", name="存为草稿").click()
    await expect(page.get_by_text("这个时间已经过去")).to_be_visible()
    await expect(field).to_have_value("2026-01-20 10:00")


async def test_a_trial_tells_what_became_of_it(page: Page, desk: Desk) -> None:
    policy = await published(desk, "试发用的减费")
    (openid,) = await crowd(desk, 1)
    login = await desk.account(Role.PUBLISHER)
    await desk.database.execute(_PHONE, login, openid)
    async with await desk.client(login) as writer:
        body = {"origin": "policies", "origin_id": str(policy)}
        made = (await writer.post("/broadcasts", json=body)).raise_for_status().json()["id"]
    await sign_in(page, desk, login, f"/broadcasts/{made}")
    await page.get_by_role("button", name="试发给自己", exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name="试发", exact=True).click()
    trial = page.get_by_role("region", name="试发给自己")
    await expect(trial.get_by_text("已发送", exact=True)).to_be_visible(timeout=WITHIN * 1000)
    await shot(page, "broadcast-trial")
    await axe(page)
