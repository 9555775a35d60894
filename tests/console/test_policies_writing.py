"""Policies on the screen: written by form, with a rule, against what others write meanwhile."""

import re

from playwright.async_api import Page, expect

from backend.access import Role
from tests.console.browser import axe, fits, shot, sign_in
from tests.console.desk import Desk
from tests.console.policy_desk import act, choose, cite, condition, drafted, field, named, write


async def test_a_clerk_writes_a_policy_and_sees_what_is_wrong_where_it_stands(page: Page, desk: Desk) -> None:
    await sign_in(page, desk, await desk.account(Role.PUBLISHER), "/policies/new")
    await write(page, named("由表单起草的减费"), summary="存续的小店可以减费。", benefit="一定能获得减免。")
    await page.get_by_role("button", name="未填写的条件").click()
    form = page.get_by_role("group", name="编辑条件")
    await condition(page, form, "登记状态", "等于", "存续")
    await expect(page.get_by_text("还有 3 处须改正")).to_be_visible()
    await cite(form)
    await expect(page.get_by_text("检查通过")).to_be_visible()
    await form.get_by_role("button", name="完成").click()

    # a second condition that contradicts the first, with the citation of the one above
    await page.get_by_role("button", name="添加条件").click()
    await condition(page, form, "登记状态", "等于", "注销")
    await form.get_by_role("button", name="与上一条相同").click()
    await expect(page.get_by_text(re.compile("“登记状态”的几项要求互相矛盾"))).to_be_visible()
    await shot(page, "policy-editor-lint")
    await axe(page)
    await choose(page, field(form, "比较方式"), "不等于")
    await expect(page.get_by_text("检查通过")).to_be_visible()
    await form.get_by_role("button", name="完成").click()
    await expect(page.locator(".aloud").first).to_have_text("登记状态为存续，并且登记状态不为注销。")

    await page.get_by_role("button", name="保存并提交审核").click()
    await expect(field(page, "能得到什么").get_by_text(re.compile("像是承诺"))).to_be_visible()
    await shot(page, "policy-editor-promise")
    await field(page, "能得到什么").get_by_role("textbox").fill("可能减费一半。")
    await page.get_by_role("button", name="保存并提交审核").click()
    await expect(page.get_by_text("第 1 版 待审核")).to_be_visible()
    await expect(page.get_by_text("等待有审核权限的同事审核发布。")).to_be_visible()


async def test_a_rule_is_arranged_by_keys_alone_and_tried_on_an_enterprise(page: Page, desk: Desk) -> None:
    policy = await drafted(desk, "jingban", named("用键盘改的"))
    await sign_in(page, desk, "jingban", f"/policies/{policy}/edit")
    clauses = page.locator("button[data-part]").filter(has_text=re.compile("从业人数|登记状态"))
    await expect(clauses.nth(1)).to_have_text(re.compile("从业人数不超过 10 人"))
    await clauses.nth(1).focus()
    await page.keyboard.press("Alt+ArrowUp")
    await expect(clauses.nth(0)).to_have_text(re.compile("从业人数不超过 10 人"))
    await expect(clauses.nth(0)).to_be_focused()
    await page.keyboard.press("Alt+d")
    await expect(clauses).to_have_count(3)
    await page.keyboard.press("Delete")
    await expect(clauses).to_have_count(2)
    await page.keyboard.press("Alt+ArrowRight")
    await expect(page.get_by_role("group", name="以下各项满足任意一项即可", exact=True)).to_have_count(2)
    await page.keyboard.press("Alt+ArrowLeft")
    await expect(page.get_by_role("group", name="以下各项满足任意一项即可", exact=True)).to_have_count(1)
    await page.keyboard.press("Enter")
    await page.get_by_role("group", name="编辑条件").get_by_role("button", name="完成").press("Escape")
    await expect(page.get_by_role("group", name="编辑条件")).to_have_count(0)
    await expect(page.locator("button[data-part]:focus")).to_have_count(1)

    picker = page.get_by_role("combobox", name="企业名称或统一社会信用代码")
    await picker.click()
    await picker.fill("张记小吃店")
    await page.locator(".el-select-dropdown__item:visible").filter(has_text="张记小吃店").click()
    await expect(page.get_by_text(re.compile("本企业：3"))).to_be_visible()
    await expect(page.get_by_text("满足", exact=True).first).to_be_visible()
    await expect(page.get_by_text("没有这种情形", exact=True)).to_be_visible()
    await shot(page, "policy-editor")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="JSON").click()
    await page.get_by_role("dialog").get_by_role("textbox").fill("{")
    await expect(page.get_by_text(re.compile("不是有效的 JSON"))).to_be_visible()
    await page.keyboard.press("Escape")
    await page.route("**/rules/check", lambda route: route.fulfill(status=500, body="{}"))
    await page.get_by_role("button", name="撤销").click()
    await expect(page.get_by_text("还没有检查")).to_be_visible()
    await expect(page.get_by_text("检查通过")).to_have_count(0)


async def test_a_change_by_somebody_else_is_shown_before_anything_is_overwritten(page: Page, desk: Desk) -> None:
    policy = await drafted(desk, "jingban", named("两人同时改的"))
    await sign_in(page, desk, await desk.account(Role.PUBLISHER, name="李起草"), f"/policies/{policy}/edit")
    await field(page, "能得到什么").get_by_role("textbox").fill("我写的好处。")
    await act(desk, "jingban", policy, "draft", {"benefit": "别人写的好处。"})
    await page.get_by_role("button", name="保存草稿").click()
    dialog = page.get_by_role("dialog", name="保存前，内容已被他人修改")
    await expect(dialog.get_by_text("别人写的好处。")).to_be_visible()
    await shot(page, "policy-conflict")
    await dialog.get_by_role("button", name="回去继续编辑").click()
    await expect(field(page, "能得到什么").get_by_role("textbox")).to_have_value("我写的好处。")
    await expect(page.get_by_text("有未保存的修改")).to_be_visible()
    await page.get_by_role("button", name="返回", exact=True).click()
    await expect(page.get_by_role("dialog", name="有未保存的内容")).to_be_visible()
    await page.get_by_role("dialog").get_by_role("button", name="返回", exact=True).click()
    await page.get_by_role("button", name="保存草稿").click()
    await dialog.get_by_role("button", name="用我填写的覆盖").click()
    await expect(page.get_by_text("没有未保存的修改")).to_be_visible()


async def test_the_same_text_saved_again_after_a_lost_answer_is_no_clash(page: Page, desk: Desk) -> None:
    policy = await drafted(desk, "jingban", named("回答丢失的"))
    await sign_in(page, desk, "jingban", f"/policies/{policy}/edit")
    await field(page, "能得到什么").get_by_role("textbox").fill("写了一次的好处。")
    await act(desk, "jingban", policy, "draft", {"benefit": "写了一次的好处。"})
    await page.get_by_role("button", name="保存草稿").click()
    await expect(page.get_by_text("草稿已保存。")).to_be_visible()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_of_many_links_the_wrong_one_is_named(page: Page, desk: Desk) -> None:
    links = [{"title": "办事指南", "url": "https://example.cn/1"}, {"title": "附表", "url": "https://example.cn/2"}]
    policy = await drafted(desk, "jingban", named("有链接的"), links=links)
    await sign_in(page, desk, "jingban", f"/policies/{policy}/edit")
    await page.get_by_label("第 2 个链接的网址").fill("不是网址")
    await page.get_by_role("button", name="保存草稿").click()
    await expect(page.get_by_text("第 2 个链接：")).to_be_visible()
    await expect(page.get_by_text("第 1 个链接：")).to_have_count(0)


async def test_a_draft_that_is_refused_for_review_is_kept_and_found_again(page: Page, desk: Desk) -> None:
    title = named("承诺过多的")
    await sign_in(page, desk, await desk.account(Role.PUBLISHER), "/policies/new")
    await write(page, title, summary="存续的小店一定能拿到补贴。", benefit="保证补贴，一定到账。")
    await page.get_by_role("button", name="未填写的条件").click()
    form = page.get_by_role("group", name="编辑条件")
    await condition(page, form, "登记状态", "等于", "存续")
    await cite(form)
    await page.get_by_role("button", name="保存并提交审核").click()
    await expect(page.get_by_text("草稿已保存，但没有提交审核")).to_be_visible()
    await expect(page).to_have_url(re.compile(r"/policies/[0-9a-f-]{36}/edit$"))
    await page.reload()
    await expect(field(page, "标题").get_by_role("textbox")).to_have_value(title)
