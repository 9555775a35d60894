"""Accounts and units on the screen: opened and handed over, granted, refused, left; who sees them at all."""

import re
import secrets

import pyotp
import pytest
from playwright.async_api import Page, expect

from backend.access import Role
from tests.console.browser import axe, fits, shot, sign_in
from tests.console.desk import PASSWORD, Desk

RECOVERY = re.compile(r"^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$")


@pytest.fixture
async def keeper(desk: Desk) -> str:
    return await desk.account(Role.SECURITY_ADMINISTRATOR, name="钱安全")


async def _choose(page: Page, label: str, option: str) -> None:
    await page.locator(".el-select", has=page.get_by_label(label, exact=True)).click()
    await page.get_by_role("option", name=option, exact=True).click()


async def _id(desk: Desk, login: str) -> str:
    return str(await desk.database.fetchval("SELECT id FROM staff WHERE login = $1", login))


async def test_a_new_account_is_handed_over_and_signs_in_with_what_the_sheet_shows(
    page: Page, desk: Desk, keeper: str
) -> None:
    login = f"n{secrets.token_hex(4)}"
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await sign_in(page, desk, keeper, "/staff/new")
    await page.get_by_role("button", name="新建账号").click()
    await expect(page.get_by_text("请填写姓名。")).to_be_visible()
    await page.get_by_label("姓名").fill("孙新来")
    await page.get_by_label("登录名").fill(login)
    await _choose(page, "角色", "政策审核人员")
    await shot(page, "staff-new")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="新建账号").click()
    await expect(page.get_by_role("img", name="动态码二维码")).to_be_visible()
    await expect(
        page.get_by_role("listitem").filter(has_text=re.compile(r"^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$"))
    ).to_have_count(10)
    password = await page.locator("dd .code").nth(0).inner_text()
    secret = (await page.locator("dd .code").nth(1).inner_text()).replace(" ", "")
    await page.get_by_role("button", name="复制初始密码").click()
    await expect(page.get_by_text("初始密码已复制。")).to_be_visible()
    assert await page.evaluate("() => navigator.clipboard.readText()") == password
    await page.emulate_media(media="print")
    await expect(page.get_by_role("navigation", name="主菜单")).to_be_hidden()
    await expect(page.get_by_role("img", name="动态码二维码")).to_be_visible()
    await page.emulate_media(media="screen")
    await shot(page, "staff-credentials")
    await axe(page)
    await fits(page)
    await page.get_by_role("link", name="工作提醒", exact=True).first.click()
    await expect(page.get_by_role("dialog", name="凭据已经交给本人了吗")).to_be_visible()
    await page.get_by_role("dialog").get_by_role("button", name="返回").click()
    await page.get_by_role("button", name="已交给本人").click()
    await page.get_by_role("dialog").get_by_role("button", name="已交给本人").click()
    await expect(page.get_by_role("heading", level=1, name="孙新来")).to_be_visible()
    await expect(page.get_by_text("待改初始密码")).to_be_visible()

    await page.context.clear_cookies()
    await page.evaluate("() => localStorage.clear()")
    await page.goto(f"{desk.url}/profile")
    await page.get_by_label("登录名").fill(login)
    await page.get_by_label("密码").fill(password)
    await page.get_by_label("动态码").fill(pyotp.TOTP(secret).now())
    await page.get_by_role("button", name="登录", exact=True).click()
    await page.get_by_label("现在的密码").fill(password)
    await page.get_by_label("新密码", exact=True).fill(PASSWORD)
    await page.get_by_label("再填一次新密码").fill(PASSWORD)
    await page.get_by_role("button", name="修改并继续").click()
    await expect(page.get_by_role("heading", name="我的账号")).to_be_visible()
    await expect(page.get_by_role("heading", name="孙新来")).to_be_visible()


async def test_a_grant_against_the_rule_is_explained_and_refused(page: Page, desk: Desk, keeper: str) -> None:
    login = await desk.account(Role.AUDITOR, name="李审计")
    await sign_in(page, desk, keeper, f"/staff/{await _id(desk, login)}")
    await shot(page, "person")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="授予角色").click()
    dialog = page.get_by_role("dialog", name="给李审计授予角色")
    await _choose(page, "角色", "系统管理员")
    await expect(dialog.get_by_role("status")).to_contain_text("他已是审计员")
    await dialog.get_by_role("button", name="授予角色").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("不能由同一人担任")
    await shot(page, "grant-refused")
    await axe(page)
    await _choose(page, "角色", "主管")
    await _choose(page, "限定属地", "吴兴区")
    await page.keyboard.press("Escape")
    await dialog.get_by_role("button", name="授予角色").click()
    row = page.get_by_role("row", name=re.compile("主管"))
    await expect(row).to_contain_text("吴兴区")
    await page.get_by_role("button", name="收回主管").click()
    await page.get_by_role("dialog").get_by_role("button", name="收回角色").click()
    await expect(row).to_have_count(0)


async def test_a_leaver_is_told_with_what_he_leaves_and_is_out_at_once(page: Page, desk: Desk, keeper: str) -> None:
    login = await desk.account(Role.PUBLISHER, name="周离岗")
    await desk.database.execute(
        "UPDATE policy_versions SET edited_by = $1 WHERE id IN "
        "(SELECT id FROM policy_versions WHERE state = 'in_review' LIMIT 1)",
        await desk.database.fetchval("SELECT id FROM staff WHERE login = $1", login),
    )
    async with await desk.client(login) as his:
        assert (await his.get("/me")).status_code == 200
        await sign_in(page, desk, keeper, f"/staff/{await _id(desk, login)}")
        await page.get_by_role("button", name="办理离岗").click()
        dialog = page.get_by_role("dialog", name="办理周离岗离岗")
        await expect(dialog).to_contain_text("立即结束 1 处登录，收回 1 项授权")
        await expect(dialog).to_contain_text("由同一角色的其他人接着办")
        await expect(dialog).to_contain_text("（待审核）")
        await shot(page, "leaver")
        await axe(page)
        await page.keyboard.press("Escape")
        await expect(dialog).to_be_hidden()
        await expect(page.get_by_role("button", name="办理离岗")).to_be_focused()
        await page.keyboard.press("Enter")
        await dialog.get_by_role("button", name="办理离岗").click()
        await expect(page.get_by_role("button", name="办理离岗")).to_have_count(0)
        await expect(page.get_by_text("没有有效的角色")).to_be_visible()
        assert (await his.get("/me")).status_code == 401


async def test_a_reset_shows_new_credentials_and_ends_the_old_ones(page: Page, desk: Desk, keeper: str) -> None:
    login = await desk.account(Role.VISITOR, name="吴重置")
    async with await desk.client(login) as his:
        await sign_in(page, desk, keeper, f"/staff/{await _id(desk, login)}")
        await page.get_by_role("button", name="重置凭据").click()
        await page.get_by_role("dialog").get_by_role("button", name="重置凭据").click()
        await expect(page.get_by_role("img", name="动态码二维码")).to_be_visible()
        assert (await his.get("/me")).status_code == 401


async def test_another_person_s_sessions_are_ended(page: Page, desk: Desk, keeper: str) -> None:
    login = await desk.account(Role.VISITOR, name="冯在外")
    sessions = [await desk.session(login) for _ in range(2)]
    await sign_in(page, desk, keeper, f"/staff/{await _id(desk, login)}")
    await page.get_by_role("button", name="结束登录", exact=True).click()
    await axe(page)
    await page.get_by_role("dialog").get_by_role("button", name="结束登录").click()
    await expect(page.get_by_text("已结束 2 处登录。")).to_be_visible()
    sql = "SELECT count(*) FROM staff_sessions WHERE id = ANY($1) AND ended_at IS NOT NULL"
    assert await desk.database.fetchval(sql, [one.id for one in sessions]) == 2


async def test_the_list_keeps_its_filters_in_the_address(page: Page, desk: Desk, keeper: str) -> None:
    mark = secrets.token_hex(3)
    await desk.account(Role.MANAGER, name=f"郑{mark}")
    await desk.account(Role.VISITOR, name=f"王{mark}")
    await sign_in(page, desk, keeper, "/staff")
    await page.get_by_label("姓名或登录名").fill(mark)
    await expect(page.get_by_text("共 2 条")).to_be_visible()
    await _choose(page, "角色", "主管")
    await expect(page.get_by_text("共 1 条")).to_be_visible()
    await expect(page).to_have_url(re.compile("role=manager"))
    await page.reload()
    await expect(page.get_by_role("link", name=f"郑{mark}")).to_be_visible()
    await page.get_by_role("button", name=re.compile("清除筛选")).click()
    await expect(page.get_by_role("link", name="演示主任")).to_be_visible()
    await shot(page, "staff")
    await axe(page)
    await fits(page)


async def test_units_are_made_moved_and_closed(page: Page, desk: Desk, keeper: str) -> None:
    mark = secrets.token_hex(3)
    top, below = f"登记注册处{mark}", f"窗口科{mark}"
    await sign_in(page, desk, keeper, "/units")
    dialog = page.get_by_role("dialog")
    await page.get_by_role("button", name="新建单位").click()
    await dialog.get_by_label("名称").fill(top)
    await dialog.get_by_role("button", name="新建单位").click()
    await page.get_by_role("button", name=f"新建下级，上级为{top}").click()
    await dialog.get_by_label("名称").fill(top)
    await dialog.get_by_role("button", name="新建单位").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("已有同名单位")
    await axe(page)
    await dialog.get_by_label("名称").fill(below)
    await dialog.get_by_role("button", name="新建单位").click()
    await expect(page.get_by_role("row", name=re.compile(below))).to_contain_text("第 2 层")
    await page.get_by_role("button", name=f"关闭{top}").click()
    await expect(dialog).to_contain_text("还有 1 个下级单位")
    await dialog.get_by_role("button", name="关闭单位").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("1 个下级单位")
    await dialog.get_by_role("button", name="返回").click()
    await shot(page, "units")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name=f"关闭{below}").click()
    await dialog.get_by_role("button", name="关闭单位").click()
    await expect(page.get_by_role("row", name=re.compile(below))).to_have_count(0)
    await page.get_by_text("连同已关闭的").click()
    await expect(page.get_by_role("row", name=re.compile(below))).to_contain_text("已关闭")


async def test_a_manager_reads_accounts_and_changes_none(page: Page, desk: Desk, keeper: str) -> None:
    await sign_in(page, desk, await desk.account(Role.MANAGER), f"/staff/{await _id(desk, keeper)}")
    await expect(page.get_by_role("heading", level=1, name="钱安全")).to_be_visible()
    for act in ("修改", "重置凭据", "结束登录", "办理离岗", "授予角色"):
        await expect(page.get_by_role("button", name=act)).to_have_count(0)
    menu = page.get_by_role("navigation", name="主菜单")
    await expect(menu.get_by_role("link", name="账号和授权")).to_be_visible()
    await sign_in(page, desk, await desk.account(Role.PUBLISHER), "/staff")
    await expect(page.get_by_role("heading", name="没有权限打开这个页面")).to_be_visible()
    await expect(menu.get_by_role("link", name="账号和授权")).to_have_count(0)


async def test_nobody_grants_himself(page: Page, desk: Desk, keeper: str) -> None:
    await sign_in(page, desk, keeper, f"/staff/{await _id(desk, keeper)}")
    await expect(page.get_by_text("不能为自己授权或收回")).to_be_visible()
    await expect(page.get_by_role("button", name="授予角色")).to_have_count(0)


async def test_one_ends_what_one_left_open_elsewhere(page: Page, desk: Desk) -> None:
    login = await desk.account(Role.VISITOR)
    async with await desk.client(login) as elsewhere:
        await sign_in(page, desk, login, "/profile")
        seats = page.get_by_role("region", name="登录中的设备")
        await expect(seats.get_by_role("listitem")).to_have_count(2)
        await expect(seats.get_by_text("这里", exact=True)).to_be_visible()
        await shot(page, "profile-seats")
        await seats.get_by_role("button", name=re.compile("^结束登录")).click()
        await page.get_by_role("dialog").get_by_role("button", name="结束登录").click()
        await expect(seats.get_by_role("listitem")).to_have_count(1)
        assert (await elsewhere.get("/me")).status_code == 401


async def test_a_login_that_is_taken_is_told_at_its_field_with_where_to_look(
    page: Page, desk: Desk, keeper: str
) -> None:
    taken = await desk.account(Role.VISITOR, name="早已建好")
    await sign_in(page, desk, keeper, "/staff/new")
    await page.get_by_label("姓名").fill("早已建好")
    await page.get_by_label("登录名").fill(taken)
    await page.get_by_role("button", name="新建账号").click()
    await expect(page.get_by_label("登录名")).to_be_focused()
    await expect(page.locator(".el-form-item.is-error")).to_contain_text("该登录名已被使用")
    await expect(page.get_by_text("重置凭据")).to_be_visible()
    await axe(page)
