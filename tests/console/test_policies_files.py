"""Files of policies on the screen: attached, named, put in order, refused, compared."""

import re

from playwright.async_api import FilePayload, Page, expect

from tests.console.browser import axe, shot, sign_in
from tests.console.desk import Desk
from tests.console.policy_desk import act, drafted, named


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
