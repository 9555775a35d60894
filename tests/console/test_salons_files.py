"""What a salon hands out and what came of it: files sent, kept and taken back; figures that tell of no few."""

import re
from typing import Final
from uuid import UUID

import httpx
from playwright.async_api import FilePayload, Locator, Page, expect

from tests.console.browser import axe, drawn, fits, settled, shot, sign_in
from tests.console.desk import Desk
from tests.console.policy_desk import named, released
from tests.console.salon_desk import comes, editor, hall, held, published, shops, signed_up
from tests.console.visit_desk import day
from tests.factories.recordings import film, picture

_CAME: Final = "UPDATE salon_signups SET state = 'attended' WHERE salon_id = $1"
_OPENED: Final = """
INSERT INTO policy_feedback (version_id, enterprise_id, opened_at)
SELECT v.id, g.enterprise_id, s.starts_at + interval '1 day'
FROM salons s JOIN salon_signups g ON g.salon_id = s.id
CROSS JOIN LATERAL (SELECT id FROM policy_versions WHERE policy_id = $2 AND published_at IS NOT NULL) v
WHERE s.id = $1 LIMIT $3
"""
_PDF: Final = b"%PDF-1.4\n% slides\n%%EOF"
_FAR: Final = "330523"


def _file(name: str, body: bytes) -> FilePayload:
    return FilePayload(name=name, mimeType="application/octet-stream", buffer=body)


async def _opened(page: Page, link: Locator) -> bytes:
    """What a link leads to now."""
    answer = await page.request.get(await link.evaluate("link => link.href"))
    return await answer.body()


async def test_files_are_handed_out_kept_and_taken_back(page: Page, desk: Desk) -> None:
    login = await editor(desk)
    salon = await published(desk, login, hall(3))
    (place,) = await shops(desk, 1)
    keeper, signup = await comes(desk, salon, place)
    await held(desk, salon)
    await desk.database.execute(_CAME, UUID(salon))
    await sign_in(page, desk, login, f"/salons/{salon}/messages")
    materials = page.get_by_role("region", name="资料和录像")
    chooser = materials.get_by_label("选择资料或录像")
    await chooser.set_input_files(
        [_file("讲义.pdf", _PDF), _file("坏的.pdf", b"id,name"), _file("程序.exe", b"MZ"), _file("录像.mp4", film())]
    )
    refused = materials.get_by_role("alert").filter(has_text="没有收下")
    await expect(refused.get_by_role("listitem")).to_have_text(
        [re.compile("^程序.exe：不支持这种文件"), re.compile("^坏的.pdf：")]
    )
    parts = materials.get_by_role("group")
    await expect(parts).to_have_count(2)
    await expect(parts.first.get_by_label("名称")).to_have_value("讲义")
    await expect(parts.last.get_by_text("录像，")).to_be_visible()
    await settled(page)
    await shot(page, "salon-materials")
    await axe(page)
    await fits(page)
    await parts.first.get_by_label("名称").fill("讲义（修订）")
    await materials.get_by_role("button", name="发布资料").click()
    await expect(materials.get_by_text("当时已通知", exact=False)).to_be_visible()

    # what is there stays there when something else is written beside it
    await page.reload()
    await materials.get_by_role("button", name="添加链接").click()
    await parts.last.get_by_label("名称").fill("法规原文")
    await parts.last.get_by_label("网址").fill("https://example.com/law")
    await materials.get_by_role("button", name="保存资料").click()
    await expect(page.get_by_text("已保存。")).to_be_visible()
    assert await _opened(page, parts.first.get_by_role("link", name="打开")) == _PDF
    seen = (await keeper.get(f"/salon-signups/{signup}"))["materials"]
    assert [(one["title"], one["mime"]) for one in seen] == [
        ("讲义（修订）", "application/pdf"), ("录像", "video/mp4"), ("法规原文", None),
    ]  # fmt: skip

    await materials.get_by_role("button", name="删去第 2 份").click()
    async with page.expect_response(lambda answer: answer.request.method == "PUT") as saved:
        await materials.get_by_role("button", name="保存资料").click()
    assert (await saved.value).ok
    await expect(materials.get_by_role("button", name="保存资料")).to_be_disabled()
    seen = (await keeper.get(f"/salon-signups/{signup}"))["materials"]
    assert [one["title"] for one in seen] == ["讲义（修订）", "法规原文"]


async def test_a_link_that_is_over_is_asked_for_anew(page: Page, desk: Desk) -> None:
    login = await editor(desk)
    salon = await published(desk, login, hall(3))
    await held(desk, salon)
    await sign_in(page, desk, login, f"/salons/{salon}/messages")
    materials = page.get_by_role("region", name="资料和录像")
    await materials.get_by_label("选择资料或录像").set_input_files([_file("图.png", picture())])
    await materials.get_by_role("button", name="发布资料").click()
    await expect(materials.get_by_text("当时已通知", exact=False)).to_be_visible()
    link = materials.get_by_role("link", name="打开")
    # as on a page that was left open over lunch
    await page.evaluate("() => { const now = Date.now; Date.now = () => now() + 11 * 60_000 }")
    async with page.expect_response(re.compile(rf"/salons/{salon}$")), page.context.expect_page() as opened:
        await link.click()
    shown = await opened.value
    await expect(shown.locator("img")).to_be_visible()
    await shown.close()


async def test_a_code_that_cannot_be_had_says_why(page: Page, desk: Desk) -> None:
    login = await editor(desk)
    salon = await published(desk, login)
    await sign_in(page, desk, login, f"/salons/{salon}")
    card = page.get_by_role("region", name="海报和小程序码")
    address = f"{desk.running.sandbox}/control/faults"
    unknown = {"path": "/wxa/getwxacodeunlimit", "errcode": 41030}  # no such page
    async with httpx.AsyncClient() as sandbox:
        (await sandbox.post(address, json=unknown)).raise_for_status()
        try:
            await card.get_by_role("link", name="下载小程序码").click()
            await expect(card.get_by_role("status")).to_contain_text("小程序的线上版本中还没有沙龙页面")
            await card.get_by_role("button", name="查看小程序码").click()
            await expect(card.get_by_role("alert")).to_contain_text("小程序的线上版本中还没有沙龙页面")
        finally:
            (await sandbox.delete(address)).raise_for_status()
    await card.get_by_role("button", name="查看小程序码").click()
    code = card.get_by_role("img", name="的小程序码")
    await drawn(code)
    await expect(card.get_by_role("alert")).to_have_count(0)
    await code.scroll_into_view_if_needed()
    await shot(page, "salon-mini-code")
    await axe(page)
    await fits(page)


async def test_what_came_of_it_is_told_once_its_time_is_over(page: Page, desk: Desk) -> None:
    login = await editor(desk)
    salon = await published(desk, login, hall(20))
    for shop in await shops(desk, 12):
        await signed_up(desk, login, salon, shop)
    await desk.database.execute(_CAME, UUID(salon))
    await held(desk, salon)
    await sign_in(page, desk, login, f"/salons/{salon}")
    card = page.get_by_role("region", name="沙龙之后")
    await expect(card.get_by_text("满期后显示", exact=False)).to_be_visible()
    await expect(card.get_by_role("table")).to_have_count(0)

    await held(desk, salon, day(-40))
    many, few = [await released(desk, named(title)) for title in ("小店减费", "稳岗返还")]
    await desk.database.execute(_OPENED, UUID(salon), UUID(many), 6)
    await desk.database.execute(_OPENED, UUID(salon), UUID(few), 2)
    await page.reload()
    rows = card.get_by_role("row")
    await expect(rows).to_have_count(3)  # the head, all of them, and the one that may be told
    await expect(rows.nth(1)).to_contain_text("任一政策6")
    await expect(rows.nth(2)).to_contain_text("小店减费")
    await expect(card.get_by_text("到场企业 12 家")).to_be_visible()
    await card.scroll_into_view_if_needed()
    await shot(page, "salon-followed")
    await axe(page)
    await fits(page)


async def test_sign_ups_of_a_district(page: Page, desk: Desk) -> None:
    login = await editor(desk)
    salon = await published(desk, login, hall(5))
    (near,), (far,) = await shops(desk, 1), await shops(desk, 1, district=_FAR)
    for one in (near, far):
        await signed_up(desk, login, salon, one)
    await sign_in(page, desk, login, f"/salons/{salon}/sign-ups")
    await expect(page.get_by_role("row").filter(has_text=near.name)).to_contain_text("吴兴区")
    await page.locator(".el-select").filter(has=page.get_by_role("combobox", name="属地")).click()
    await page.get_by_role("option", name="安吉县").click()
    await expect(page.get_by_text("共 1 条")).to_be_visible()
    await expect(page.get_by_role("row").filter(has_text=far.name)).to_contain_text("安吉县")
    await expect(page).to_have_url(re.compile(rf"district={_FAR}"))
    await page.get_by_role("button", name=f"查看 {far.name} 的报名").click()
    await expect(page.get_by_role("dialog").get_by_text("安吉县")).to_be_visible()
