"""Policies on the screen: looked up, written by form, reviewed by a second person, published, told."""

import asyncio
import re

from playwright.async_api import FilePayload, Page, expect

from backend.access import Role
from tests.console.audience import crowd
from tests.console.browser import axe, fits, settled, shot, sign_in
from tests.console.desk import WITHIN, Desk
from tests.console.policy_desk import (
    RULE,
    act,
    choose,
    cite,
    confirm,
    drafted,
    field,
    fill_day,
    leaf,
    named,
    phones,
    released,
)


async def test_the_library_is_searched_and_keeps_its_filters_in_the_address(page: Page, desk: Desk) -> None:
    title = named("检索用的政策")
    await drafted(desk, "jingban", title)
    await sign_in(page, desk, "zhuren", "/policies")
    await expect(page.get_by_role("heading", level=1, name="政策库")).to_be_visible()
    await expect(page.get_by_role("button", name="起草政策")).to_have_count(0)
    await shot(page, "policies")
    await axe(page)
    await fits(page)
    await page.get_by_role("textbox", name="检索标题、文号和正文").fill(title)
    await expect(page.get_by_text("共 1 条")).to_be_visible()
    await page.locator(".el-select").first.click()
    await page.locator(".el-select-dropdown__item:visible").filter(has_text="已发布").click()
    await expect(page.get_by_text("没有符合筛选条件的内容。")).to_be_visible()
    await expect(page).to_have_url(re.compile("state=published"))
    await page.reload()
    await expect(page.get_by_text("没有符合筛选条件的内容。")).to_be_visible()
    await page.get_by_role("button", name=re.compile("清除筛选（2）")).click()
    await expect(page).not_to_have_url(re.compile("state"))


async def test_a_clerk_writes_a_policy_and_a_second_person_publishes_it(page: Page, desk: Desk) -> None:
    title = named("两人办理的减费")
    (openid,) = await crowd(desk, 1)
    writer = await desk.account(Role.PUBLISHER, name="李起草")
    await sign_in(page, desk, writer, "/policies/new")
    await field(page, "标题").get_by_role("textbox").fill(title)
    await field(page, "发文机关").get_by_role("textbox").fill("湖州市演示局")
    await choose(page, field(page, "类别"), "税费")
    await fill_day(page, "生效日期", "2026-01-01")
    await field(page, "摘要").get_by_role("textbox").fill("存续的小店可以减费。")
    await field(page, "能得到什么").get_by_role("textbox").fill("减费一半。")
    await field(page, "怎么办理").get_by_role("textbox").fill("自行申报。")

    await page.get_by_role("button", name="未填写的条件").click()
    form = page.get_by_role("group", name="编辑条件")
    await choose(page, field(form, "信息项"), "登记状态")
    await choose(page, field(form, "比较方式"), "等于")
    await choose(page, field(form, "值"), "存续")
    await expect(page.get_by_text("还有 3 处须改正")).to_be_visible()
    await cite(form)
    await expect(page.get_by_text("检查通过")).to_be_visible()
    await form.get_by_role("button", name="完成").click()

    # a second condition that contradicts the first, with the citation of the one above
    await page.get_by_role("button", name="添加条件").click()
    await choose(page, field(form, "信息项"), "登记状态")
    await choose(page, field(form, "比较方式"), "等于")
    await choose(page, field(form, "值"), "注销")
    await form.get_by_role("button", name="与上一条相同").click()
    await expect(page.get_by_text(re.compile("“登记状态”的几项要求互相矛盾"))).to_be_visible()
    await shot(page, "policy-editor-lint")
    await axe(page)
    await choose(page, field(form, "比较方式"), "不等于")
    await expect(page.get_by_text("检查通过")).to_be_visible()
    await form.get_by_role("button", name="完成").click()
    await expect(page.locator(".aloud").first).to_have_text("登记状态为存续，并且登记状态不为注销。")

    # a promise is refused where it stands
    await field(page, "能得到什么").get_by_role("textbox").fill("一定能获得减免。")
    await page.get_by_role("button", name="保存并提交审核").click()
    await expect(field(page, "能得到什么").get_by_text(re.compile("像是承诺"))).to_be_visible()
    await shot(page, "policy-editor-promise")
    await field(page, "能得到什么").get_by_role("textbox").fill("可能减费一半。")
    await page.get_by_role("button", name="保存并提交审核").click()
    await expect(page.get_by_text("第 1 版 待审核")).to_be_visible()
    await expect(page.get_by_text("等待有审核权限的同事审核发布。")).to_be_visible()
    address = page.url.removeprefix(desk.url)

    reviewer = await desk.account(Role.REVIEWER, name="王复核")
    await page.context.clear_cookies()
    await sign_in(page, desk, reviewer, address)
    await expect(page.get_by_text("李起草 起草")).to_be_visible()
    await expect(page.get_by_text(re.compile("今天发布将通知"))).to_be_visible()
    await shot(page, "policy-review")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="审核通过，发布", exact=True).click()
    await confirm(page, "审核通过，发布")
    await expect(page.get_by_text("第 1 版 已发布")).to_be_visible()
    async with asyncio.timeout(WITHIN):
        while not (got := await phones(desk, openid)):
            await asyncio.sleep(0.2)
    assert title[:10] in str(got)


async def test_whoever_wrote_it_is_told_why_he_may_not_publish_it(page: Page, desk: Desk) -> None:
    both = await desk.account(Role.PUBLISHER, Role.REVIEWER, name="兼任者")
    policy = await drafted(desk, both, named("自己写的"))
    await sign_in(page, desk, both, f"/policies/{policy}")
    await page.get_by_role("button", name="提交审核").click()
    await confirm(page, "提交审核")
    await expect(page.get_by_text(re.compile("不能审核自己的政策"))).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("审核通过"))).to_have_count(0)


async def test_who_may_only_read_sees_no_acts_and_no_editor(page: Page, desk: Desk) -> None:
    policy = await drafted(desk, "jingban", named("只读的"))
    await sign_in(page, desk, await desk.account(Role.FRONT_DESK), f"/policies/{policy}")
    for name in ("修改", "提交审核", "审核", "撤回"):
        await expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    await page.goto(f"{desk.url}/policies/{policy}/edit")
    await expect(page.get_by_text("没有权限").first).to_be_visible()


async def test_a_next_version_is_compared_scheduled_and_taken_out_again(page: Page, desk: Desk) -> None:
    policy = await released(desk, named("有两版的减费"))
    changed = {**RULE, "all": [leaf("status", "eq", "active"), leaf("employees", "le", 20)]}
    await act(desk, "jingban", policy, "draft", {"benefit": "减费三分之二。", "rule": changed})
    await act(desk, "jingban", policy, "submit")
    await sign_in(page, desk, await desk.account(Role.REVIEWER, name="王复核"), f"/policies/{policy}")
    await expect(page.locator("ins").first).to_be_visible()
    await expect(page.get_by_text("从业人数不超过 20 人").first).to_be_visible()
    await shot(page, "policy-review-next")
    await page.get_by_role("radio", name="定时发布").check(force=True)
    await page.get_by_role("button", name="审核通过，定时发布").click()
    await expect(page.get_by_text("请选择发布时间。")).to_be_visible()
    await fill_day(page, "发布时间（最多提前 180 天）", "2027-01-15 09:30")
    await page.get_by_role("button", name="审核通过，定时发布").click()
    await expect(page.get_by_role("dialog").get_by_text(re.compile("2027-01-15 09:30 自动发布"))).to_be_visible()
    await confirm(page, "审核通过，定时发布")
    await expect(page.get_by_text("第 2 版 已定时")).to_be_visible()
    await page.get_by_role("button", name="取消定时发布").click()
    await confirm(page, "取消定时发布")
    await expect(page.get_by_text("第 2 版 待审核")).to_be_visible()


async def test_a_policys_page_tells_everything_about_it_in_parts(page: Page, desk: Desk) -> None:
    title = named("各部分都看的减费")
    policy = await released(desk, title)
    await sign_in(page, desk, "fuhe", f"/policies/{policy}")
    await expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    await expect(page.get_by_text("以下各项须全部满足：")).to_be_visible()
    await shot(page, "policy-content")
    await axe(page)
    await fits(page)
    for name, part, waited in (
        ("audience", "适用企业", "按属地、主体类型、规模"),
        ("attached", "附件", "已有版本的附件"),
        ("versions", "版本", "经过"),
        ("precision", "精准度", "逐条的“不适用于我”"),
    ):
        await page.get_by_role("tab", name=part).click()
        await expect(page.get_by_role("heading", name=waited)).to_be_visible()
        await settled(page)
        await shot(page, f"policy-{name}")
        await axe(page)
        await fits(page)
    await page.get_by_role("button", name="撤回").click()
    await page.get_by_role("dialog").get_by_role("button", name="撤回", exact=True).click()
    await expect(page.get_by_role("dialog").get_by_text("请填写理由。")).to_be_visible()
    await page.get_by_role("dialog").get_by_role("textbox").fill("金额有误")
    await confirm(page, "撤回")
    await expect(page.get_by_text("撤回原因：金额有误")).to_be_visible()


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


async def test_files_are_attached_named_and_put_in_order(page: Page, desk: Desk) -> None:
    policy = await drafted(desk, "jingban", named("有附件的"))
    await sign_in(page, desk, "jingban", f"/policies/{policy}?part=files")
    given: list[FilePayload] = [
        {"name": f"{name}.pdf", "mimeType": "application/pdf", "buffer": f"%PDF-1.4\n% {name}\n%%EOF".encode()}
        for name in ("通知", "申请表")
    ]
    await page.get_by_label("选择附件").set_input_files(given)
    await expect(page.get_by_role("textbox", name="第 2 个附件的名称")).to_have_value("申请表")
    await page.get_by_role("button", name="上移“申请表”").click()
    await page.get_by_role("textbox", name="第 1 个附件的名称").fill("减费申请表")
    await shot(page, "policy-files")
    await axe(page)
    await page.get_by_role("button", name="保存附件").click()
    await expect(page.get_by_text("附件已保存。")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("textbox", name="第 1 个附件的名称")).to_have_value("减费申请表")


async def test_a_file_that_is_refused_is_told_and_the_others_stay(page: Page, desk: Desk) -> None:
    policy = await drafted(desk, "jingban", named("附件被退的"))
    await sign_in(page, desk, "jingban", f"/policies/{policy}?part=files")
    good = FilePayload(name="申请表.pdf", mimeType="application/pdf", buffer=b"%PDF-1.4\n%%EOF")
    await page.get_by_label("选择附件").set_input_files([good])
    await expect(page.get_by_role("textbox", name="第 1 个附件的名称")).to_have_value("申请表")
    for body in (b"MZ\x90\x00 a program", b""):
        await page.get_by_label("选择附件").set_input_files(
            [FilePayload(name="说明.pdf", mimeType="application/pdf", buffer=body)]
        )
        await expect(page.get_by_role("alert")).to_be_visible()
        await expect(page.get_by_role("button", name="上传文件")).to_be_enabled()
    await expect(page.get_by_role("alert")).to_contain_text("文件是空的")
    await expect(page.get_by_role("textbox", name=re.compile("个附件的名称"))).to_have_count(1)
    await shot(page, "policy-file-refused")
    await axe(page)


async def test_files_are_compared_when_somebody_wrote_meanwhile(page: Page, desk: Desk) -> None:
    policy = await drafted(desk, "jingban", named("附件相撞的"))
    await sign_in(page, desk, "jingban", f"/policies/{policy}?part=files")
    given = FilePayload(name="申请表.pdf", mimeType="application/pdf", buffer=b"%PDF-1.4\n%%EOF")
    await page.get_by_label("选择附件").set_input_files([given])
    await expect(page.get_by_role("textbox", name="第 1 个附件的名称")).to_have_value("申请表")
    await act(desk, "jingban", policy, "draft", {"contact": "0572-1234567"})
    await page.get_by_role("button", name="保存附件").click()
    dialog = page.get_by_role("dialog", name="保存前，内容已被他人修改")
    await expect(dialog.get_by_role("row", name=re.compile("附件.*申请表"))).to_be_visible()
    await axe(page)
    await dialog.get_by_role("button", name="用我填写的覆盖").click()
    await expect(page.get_by_text("附件已保存。")).to_be_visible()


async def test_precision_and_dead_links_have_lists_of_their_own(page: Page, desk: Desk) -> None:
    await sign_in(page, desk, "jingban", "/policies/precision")
    await expect(page.get_by_text("还没有企业对发布中的政策作答。")).to_be_visible()
    await shot(page, "policies-precision")
    await axe(page)
    await fits(page)
    await page.get_by_role("link", name="失效链接").first.click()
    await expect(page.get_by_role("heading", level=1, name="失效链接")).to_be_visible()
    await shot(page, "policies-dead-links")
    await axe(page)
    await fits(page)


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
    login = await desk.account(Role.PUBLISHER)
    await sign_in(page, desk, login, "/policies/new")
    await field(page, "标题").get_by_role("textbox").fill(title)
    await field(page, "发文机关").get_by_role("textbox").fill("湖州市演示局")
    await choose(page, field(page, "类别"), "税费")
    await fill_day(page, "生效日期", "2026-01-01")
    await field(page, "摘要").get_by_role("textbox").fill("存续的小店一定能拿到补贴。")
    await field(page, "能得到什么").get_by_role("textbox").fill("保证补贴，一定到账。")
    await field(page, "怎么办理").get_by_role("textbox").fill("自行申报。")
    await page.get_by_role("button", name="未填写的条件").click()
    form = page.get_by_role("group", name="编辑条件")
    await choose(page, field(form, "信息项"), "登记状态")
    await choose(page, field(form, "比较方式"), "等于")
    await choose(page, field(form, "值"), "存续")
    await cite(form)
    await page.get_by_role("button", name="保存并提交审核").click()
    await expect(page.get_by_text("草稿已保存，但没有提交审核")).to_be_visible()
    await expect(page).to_have_url(re.compile(r"/policies/[0-9a-f-]{36}/edit$"))
    await page.reload()
    await expect(field(page, "标题").get_by_role("textbox")).to_have_value(title)
