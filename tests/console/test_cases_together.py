"""Cases on the screen that a macro works on, that belong to another one, and whose owner has no account."""

import re

from playwright.async_api import Page, expect

from backend.access import Role
from tests.console.browser import axe, fits, shot, sign_in
from tests.console.case_desk import act, answered, assigned, taken_down
from tests.console.desk import Desk


async def _begin(page: Page, label: str) -> None:
    await page.get_by_role("group", name="办理").get_by_role("button", name=label, exact=True).click()


async def _choose(page: Page, field: str, option: str) -> None:
    await page.locator(".el-select", has=page.get_by_label(field, exact=True)).click()
    await page.get_by_role("option", name=re.compile(option)).first.click()


async def test_what_is_due_first_is_not_merged_into_what_waits_longer(page: Page, desk: Desk) -> None:
    manager = await desk.account(Role.MANAGER, name="林主管")
    soon = await taken_down(desk, manager, "路灯坏了先到期", category="consult_policy", take=False)
    late = await taken_down(desk, manager, "路灯坏了后到期")
    await sign_in(page, desk, manager, f"/cases/{soon}")
    await expect(page.get_by_role("region", name="分派和转交的理由")).to_be_visible()
    await _begin(page, "并案")
    await page.get_by_role("combobox", name="并入哪个事项").fill("坏了后到期")
    await page.get_by_role("option", name=re.compile("坏了后到期")).first.click()
    await page.get_by_role("button", name="并入", exact=True).click()
    await expect(page.get_by_text(re.compile("请反过来把那个事项并入本事项"))).to_be_visible()
    await shot(page, "case-merge-other-way")
    await page.get_by_role("link", name=re.compile("^打开那个事项")).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="放弃并离开").click()
    await expect(page.get_by_role("heading", level=1, name="路灯坏了后到期")).to_be_visible()
    assert page.url.endswith(late)


async def test_a_macro_is_looked_at_used_and_taken_back(page: Page, desk: Desk) -> None:
    manager = await desk.account(Role.MANAGER, name="林主管")
    clerk = await desk.account(Role.SPECIALIST, name="陈专员")
    steps = [{"act": "reply", "text": "{企业}您好，{编号}由{经办人}办理。"}, {"act": "promise", "days": 2}]
    async with await desk.client(manager) as client:
        (await client.post("/case-macros", json={"name": "三步告知", "acts": steps})).raise_for_status()
    case = await taken_down(desk, clerk, "按模板办理的事")
    await sign_in(page, desk, clerk, f"/cases/{case}")
    await _begin(page, "办理模板")
    await _choose(page, "模板", "三步告知")
    planned = page.get_by_role("region", name="将会这样办理")
    await expect(planned.get_by_text(re.compile("由陈专员办理。"))).to_be_visible()
    await expect(planned.get_by_text("承诺办理日期")).to_be_visible()
    await shot(page, "case-macro")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="按模板办理").click()
    timeline = page.get_by_role("region", name="办理经过")
    await expect(timeline.get_by_text(re.compile("由陈专员办理。"))).to_be_visible()
    await shot(page, "case-macro-done")
    await axe(page)
    await page.get_by_role("button", name="撤销", exact=True).click()
    await expect(page.get_by_text("已撤销。")).to_be_visible()
    await page.get_by_role("button", name="完成").click()
    await expect(page.get_by_role("region", name="时限").get_by_text("承诺日期")).to_have_count(0)


async def test_whoever_has_no_account_is_named_called_and_heard(page: Page, desk: Desk) -> None:
    desk_clerk = await desk.account(Role.FRONT_DESK, name="吴窗口")
    clerk = await desk.account(Role.SPECIALIST, name="陈专员")
    await sign_in(page, desk, desk_clerk, "/cases/new")
    await _choose(page, "类别", "^经营困难")
    await page.get_by_label("标题").fill("没有账号的摊主")
    await page.get_by_label("反映的内容").fill("摊位被收回，想问怎么办。")
    await page.get_by_label("电话", exact=True).first.fill("123")
    await page.get_by_role("button", name="登记", exact=True).click()
    await expect(page.get_by_text("留了电话的，请写明怎样称呼。")).to_be_visible()
    await page.get_by_label("姓名").fill("沈阿根")
    await page.get_by_role("button", name="登记", exact=True).click()
    await expect(page.locator(".el-form-item.is-error", has_text="电话")).to_be_visible()
    await page.get_by_role("textbox", name="电话").fill("13957201234")
    await shot(page, "case-register-contact")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="登记", exact=True).click()
    await page.get_by_role("button", name="打开事项").click()
    await expect(page.get_by_role("heading", level=1, name="没有账号的摊主")).to_be_visible()
    case = page.url.rsplit("/", 1)[-1]
    await expect(page.get_by_text("13957201234")).to_have_count(0)

    await assigned(desk, case, clerk)
    await act(desk, clerk, case, "accept")
    await answered(desk, clerk, case)
    await page.reload()
    await page.get_by_role("button", name="查看完整联系方式").click()
    await page.get_by_role("dialog").get_by_label("理由").fill("回电告知结果")
    await shot(page, "case-reveal")
    await page.get_by_role("dialog").get_by_role("button", name="查看").click()
    await expect(page.get_by_text("沈阿根 13957201234")).to_be_visible()
    await _begin(page, "记录本人意见")
    await page.get_by_role("region", name="记录本人意见").get_by_role("button", name="记录", exact=True).click()
    await expect(page.get_by_text("请选择本人的意见。")).to_be_visible()
    await page.get_by_role("radio", name="问题已解决").check(force=True)
    await page.get_by_label("本人的原话").fill("已经办好了，谢谢。")
    await shot(page, "case-hear")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="记录", exact=True).click()
    await expect(page.get_by_text("已办结（本人确认）", exact=True)).to_be_visible()


async def test_a_queue_is_narrowed_to_a_colleague_by_a_clerk(page: Page, desk: Desk) -> None:
    clerk, other = await desk.account(Role.SPECIALIST, name="陈专员"), await desk.account(Role.SPECIALIST, name="卫同事")
    await taken_down(desk, other, "卫同事手上的事")
    await taken_down(desk, clerk, "自己手上的事")
    await sign_in(page, desk, clerk, "/cases?queue=all&q=手上的事")
    await expect(page.get_by_role("link", name="自己手上的事")).to_be_visible()
    await page.get_by_role("combobox", name="经办人").fill("卫同事")
    await page.get_by_role("option", name=re.compile("卫同事")).click()
    await expect(page.get_by_role("link", name="自己手上的事")).to_have_count(0)
    await expect(page.get_by_role("link", name="卫同事手上的事")).to_be_visible()
    await page.reload()
    await expect(page.locator(".el-select", has=page.get_by_label("经办人")).get_by_text("卫同事")).to_be_visible()
    await shot(page, "cases-of-a-colleague")
    await axe(page)
    await fits(page)
    await page.goto(f"{desk.url}/profile")
    await page.get_by_role("button", name="登记不在岗").first.click()
    await page.get_by_role("combobox", name="代理人").fill("卫同事")
    await page.get_by_role("option", name=re.compile("卫同事")).click()
    await shot(page, "absence-stand-in")
    await page.get_by_role("dialog").get_by_role("button", name="登记", exact=True).click()
    await expect(page.get_by_role("main").get_by_text(re.compile("卫同事"))).to_be_visible()
