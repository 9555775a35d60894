"""A salon is run on the screen: sign-ups decided and printed, the board, feedback, what goes out."""

import asyncio
import re
from typing import Final
from uuid import UUID, uuid4

from playwright.async_api import BrowserContext, Page, expect

from tests.console.browser import axe, fits, settled, shot, sign_in
from tests.console.desk import WITHIN, Desk
from tests.console.salon_desk import comes, editor, hall, held, online, published, shops, signed_up

_FEEDBACK: Final = """
INSERT INTO salon_feedback (id, salon_id, on_day, rating, body) VALUES ($1, $2, current_date, $3, $4)
"""
_IS_CHECKED: Final = "SELECT state = 'shown' FROM salon_questions WHERE id = $1"
_FORM: Final = {
    "type": "object",
    "properties": {"topic": {"type": "string", "title": "最想了解什么", "maxLength": 60}},
    "required": [],
}


async def _confirm(page: Page, button: str, reason: str = "") -> None:
    dialog = page.get_by_role("dialog").last
    if reason:
        await dialog.get_by_role("textbox").fill(reason)
    await dialog.get_by_role("button", name=button, exact=True).click()
    await expect(dialog.get_by_role("button", name=button, exact=True)).to_be_hidden()


async def test_many_sign_ups_are_decided_at_once(page: Page, desk: Desk) -> None:
    login = await editor(desk)
    salon = await published(desk, login, hall(3), online(5), needs_approval=True, approval_days=3, form=_FORM)
    first, second, third, fourth = await shops(desk, 4)
    for one, way in ((first, "hall"), (second, "hall"), (third, "hall"), (fourth, "online")):
        await signed_up(desk, login, salon, one, way=way, attendee=f"{one.name[:2]}先生", answers={"topic": "首违不罚"})
    await sign_in(page, desk, login, f"/salons/{salon}/sign-ups")
    await expect(page.get_by_text("共 4 条")).to_be_visible()
    await shot(page, "salon-signups")
    await axe(page)
    await fits(page)

    await page.get_by_label(f"选择 {first.name}", exact=True).check(force=True)
    await page.get_by_label(f"选择 {second.name}", exact=True).check(force=True)
    # another desk was faster with one of them
    async with await desk.client(login) as client:
        rows = (await client.get(f"/salons/{salon}/signups")).json()["items"]
        one = next(row["id"] for row in rows if row["enterprise_id"] == str(first.id))
        (await client.post(f"/salons/{salon}/signups/approve", json={"ids": [one]})).raise_for_status()
    await page.get_by_role("button", name="通过（2）", exact=True).click()
    await _confirm(page, "通过")
    await expect(page.get_by_role("alert", name="未能办理")).to_contain_text(first.name)
    await shot(page, "salon-signups-failed")
    await axe(page)
    await expect(page.get_by_role("group", name="按状态查看").get_by_role("button", name="报名成功 2")).to_be_visible()

    await page.get_by_label(f"选择 {third.name}", exact=True).check(force=True)
    await page.get_by_role("button", name="不通过（1）", exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name="不通过", exact=True).click()
    await expect(page.get_by_text("请填写理由。")).to_be_visible()
    await _confirm(page, "不通过", "本场面向食品经营者")
    row = page.get_by_role("row").filter(has_text=third.name)
    await expect(row.get_by_text("审核未通过")).to_be_visible()
    await expect(row.get_by_text("本场面向食品经营者")).to_be_visible()

    await page.get_by_label("企业名称或参加人").fill(second.name)
    await expect(page.get_by_text("共 1 条")).to_be_visible()
    await expect(page).to_have_url(re.compile(r"[?&]q="))
    await page.get_by_role("button", name=f"查看 {second.name} 的报名").click()
    dialog = page.get_by_role("dialog", name=second.name)
    await expect(dialog.get_by_text("最想了解什么")).to_be_visible()
    await expect(dialog.get_by_text("首违不罚", exact=True)).to_be_visible()
    await settled(page)
    await shot(page, "salon-signup")
    await axe(page)
    await fits(page)
    await dialog.get_by_role("button", name="取消报名").click()
    await _confirm(page, "取消报名", "经营者来电说来不了")
    await expect(dialog.get_by_text("主办方取消", exact=True)).to_be_visible()
    await expect(dialog.get_by_role("button", name="取消报名")).to_have_count(0)


async def test_who_calls_is_signed_up(page: Page, desk: Desk) -> None:
    login = await editor(desk)
    asked = {
        "size": {"type": "integer", "title": "来几个人", "minimum": 1, "maximum": 9},
        "about": {"type": "array", "title": "想听什么", "items": {"enum": ["标签", "首违不罚"]}},
    }
    form = {"type": "object", "properties": asked, "required": ["size"]}
    salon = await published(desk, login, hall(1), form=form)
    (place,) = await shops(desk, 1)
    await sign_in(page, desk, login, f"/salons/{salon}/sign-ups")
    await page.get_by_role("button", name="代为报名").click()
    dialog = page.get_by_role("dialog", name="代为报名")
    await dialog.get_by_role("button", name="报名", exact=True).click()
    await expect(dialog.get_by_text("请选择企业。")).to_be_visible()
    await dialog.locator(".el-select").first.click()
    await page.keyboard.type(place.name)
    await page.get_by_role("option").filter(has_text=place.name).first.click()
    await dialog.get_by_label("参加人").fill("周老板")
    await dialog.get_by_label("来几个人").fill("20")
    await dialog.locator(".el-select").last.click()
    await page.get_by_role("option", name="标签").click()
    await page.keyboard.press("Escape")
    await dialog.get_by_role("button", name="报名", exact=True).click()
    await expect(dialog.get_by_text("数值过大")).to_be_visible()
    await settled(page)
    await shot(page, "salon-sign-somebody-up")
    await axe(page)
    await fits(page)
    await dialog.get_by_label("来几个人").fill("2")
    await dialog.get_by_role("button", name="报名", exact=True).click()
    await expect(dialog).to_be_hidden()
    row = page.get_by_role("row").filter(has_text="周老板")
    await expect(row.get_by_text("报名成功")).to_be_visible()
    await row.get_by_role("button", name=f"查看 {place.name} 的报名").click()
    await expect(page.get_by_role("dialog").get_by_text("标签", exact=True)).to_be_visible()


async def test_the_list_for_the_door_is_printed(page: Page, desk: Desk) -> None:
    login = await editor(desk)
    salon = await published(desk, login, hall(2), online(2))
    first, second, third = await shops(desk, 3)
    await signed_up(desk, login, salon, first, attendee="王芳")
    await signed_up(desk, login, salon, second, way="online")
    await signed_up(desk, login, salon, third, attendee="李雷")
    await sign_in(page, desk, login, f"/salons/{salon}/sign-ups")
    await page.get_by_role("button", name="签到表（打印）").click()
    await expect(page.get_by_text("共 2 人")).to_be_visible()
    await shot(page, "salon-print")
    await axe(page)
    await fits(page)
    await page.emulate_media(media="print")
    await expect(page.get_by_role("cell", name="王芳")).to_be_visible()
    await expect(page.get_by_role("button", name="打印", exact=True)).to_be_hidden()
    await expect(page.get_by_role("navigation").first).to_be_hidden()
    await page.emulate_media(media="screen")
    await page.get_by_text("连同线上参加的").click()
    await expect(page.get_by_text("共 3 人")).to_be_visible()


async def test_who_only_reads_decides_nothing(page: Page, desk: Desk) -> None:
    login = await editor(desk)
    salon = await published(desk, login, hall(2))
    (place,) = await shops(desk, 1)
    await signed_up(desk, login, salon, place)
    await sign_in(page, desk, "fuhe", f"/salons/{salon}/sign-ups")
    await expect(page.get_by_text(place.name)).to_be_visible()
    await expect(page.get_by_role("checkbox")).to_have_count(0)
    await expect(page.get_by_role("link", name="导出 Excel")).to_have_count(0)
    await page.goto(f"{desk.url}/salons/{salon}/door")
    await settled(page)
    await expect(page.get_by_role("button", name="打开摄像头")).to_have_count(0)


async def test_questions_are_checked_shown_and_answered(page: Page, context: BrowserContext, desk: Desk) -> None:
    login = await editor(desk)
    salon = await published(desk, login, hall(3))
    (place,) = await shops(desk, 1)
    keeper, _ = await comes(desk, salon, place)
    for body in ("首次违法怎么认定？", "小店换招牌要不要备案？"):
        await keeper.send(f"/salons/{salon}/questions", {"body": body})
    await sign_in(page, desk, login, f"/salons/{salon}/board")
    await expect(page.get_by_text("提问 2　已答复 0")).to_be_visible()
    first = page.get_by_role("listitem").filter(has_text="首次违法怎么认定？")
    await page.get_by_role("group", name="办理：小店换招牌要不要备案？").get_by_role("button", name="置顶").click()
    await expect(page.get_by_role("list", name="提问").get_by_role("listitem").first).to_contain_text("换招牌")
    await shot(page, "salon-board")
    await axe(page)
    await fits(page)

    async with context.expect_page() as opened:
        await page.get_by_role("link", name="打开投影窗口").click()
    wall = await opened.value
    await expect(wall.get_by_text("欢迎提问", exact=False)).to_be_visible()
    await first.get_by_role("button", name="现在讲").click()
    shown = wall.get_by_role("region", name="正在讲的问题")
    await expect(shown).to_have_text("首次违法怎么认定？")
    await expect(wall.get_by_text(place.name)).to_have_count(0)
    await wall.keyboard.press("ArrowLeft")
    await expect(shown).to_have_text("小店换招牌要不要备案？")
    await shot(wall, "salon-board-projected")
    await axe(wall)
    await fits(wall)
    await wall.close()

    await first.get_by_role("button", name="记为已答复").click()
    await _confirm(page, "记下", "两年内没有因同类行为被处罚，即为首次。")
    await expect(page.get_by_text("提问 2　已答复 1")).to_be_visible()
    await expect(first).to_have_count(0)
    await page.get_by_role("radiogroup", name="看哪些提问").get_by_text("已答复 1").click()
    await expect(first.get_by_text("两年内没有因同类行为被处罚，即为首次。")).to_be_visible()
    told = await keeper.get(f"/salons/{salon}/questions")
    assert (told["asked"], told["answered"]) == (2, 1)


async def test_what_is_not_checked_yet_is_not_put_on_the_wall(page: Page, desk: Desk) -> None:
    login = await editor(desk)
    salon = await published(desk, login, hall(3))
    (place,) = await shops(desk, 1)
    keeper, _ = await comes(desk, salon, place)
    made = await keeper.send(f"/salons/{salon}/questions", {"body": "这个问题还要人来看"})
    await sign_in(page, desk, login, f"/salons/{salon}/board")
    await expect(page.get_by_text("提问 1　已答复 0")).to_be_visible()
    async with asyncio.timeout(WITHIN):  # or its check would let it through afterwards
        while not await desk.database.fetchval(_IS_CHECKED, UUID(made["id"])):
            await asyncio.sleep(0.1)
    await desk.database.execute("UPDATE salon_questions SET state = 'held' WHERE id = $1", UUID(made["id"]))
    await page.get_by_role("radiogroup", name="看哪些提问").get_by_text(re.compile("核对中 1")).click()
    row = page.get_by_role("listitem").filter(has_text="这个问题还要人来看")
    await expect(row.get_by_text("待人工核对，其他人还看不到")).to_be_visible()
    await expect(row.get_by_role("button")).to_have_count(0)
    await expect(page.get_by_role("button", name="下一个")).to_be_disabled()


async def test_feedback_shows_nobody(page: Page, desk: Desk) -> None:
    login = await editor(desk)
    salon = await published(desk, login, hall(3))
    await held(desk, salon)
    for rating in (5, 5, 4, 3):
        await desk.database.execute(_FEEDBACK, uuid4(), UUID(salon), rating, "讲得清楚")
    await sign_in(page, desk, login, f"/salons/{salon}/feedback")
    await expect(page.get_by_text("还差 1 份才显示评分")).to_be_visible()
    await expect(page.get_by_role("table")).to_have_count(0)
    await desk.database.execute(_FEEDBACK, uuid4(), UUID(salon), 3, "讲得清楚")
    await page.reload()
    await expect(page.get_by_text("平均 4.0 分", exact=False)).to_be_visible()
    await expect(page.get_by_text("还差 5 份", exact=False)).to_be_visible()
    await expect(page.get_by_text("讲得清楚")).to_have_count(0)
    for _ in range(5):
        await desk.database.execute(_FEEDBACK, uuid4(), UUID(salon), 5, "希望多办几场")
    await page.reload()
    await expect(page.get_by_text("讲得清楚").first).to_be_visible()
    await expect(page.get_by_text("希望多办几场")).to_have_count(5)
    await settled(page)
    await shot(page, "salon-feedback")
    await axe(page)
    await fits(page)


async def test_words_materials_and_minutes_go_out(page: Page, desk: Desk) -> None:
    login = await editor(desk)
    salon = await published(desk, login, hall(3))
    (place,) = await shops(desk, 1)
    keeper, signup = await comes(desk, salon, place)
    await held(desk, salon)
    await desk.database.execute("UPDATE salon_signups SET state = 'attended' WHERE id = $1", UUID(signup))
    await sign_in(page, desk, login, f"/salons/{salon}/messages")
    words = page.get_by_role("region", name="告知报名的人")
    await words.get_by_role("textbox").fill("来了保证能拿到补贴。")
    await words.get_by_role("button", name="发出").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="发出").click()
    await expect(dialog.get_by_role("alert")).to_be_visible()
    await dialog.get_by_role("button", name="返回").click()
    await words.get_by_role("textbox").fill("录像明天发布。")
    await words.get_by_role("button", name="发出").click()
    await _confirm(page, "发出")
    await expect(words.get_by_role("textbox")).to_have_value("")

    materials = page.get_by_role("region", name="资料和录像")
    await materials.get_by_role("button", name="添加链接").click()
    await materials.get_by_label("名称").fill("讲义")
    await materials.get_by_label("网址").fill("http://example.com/slides.pdf")
    await materials.get_by_role("button", name="发布资料").click()
    await expect(materials.get_by_text("请填写以 https:// 开头的网址。")).to_be_visible()
    await shot(page, "salon-outgoing")
    await axe(page)
    await fits(page)
    await materials.get_by_label("网址").fill("https://example.com/slides.pdf")
    await materials.get_by_role("button", name="发布资料").click()
    await expect(materials.get_by_text("当时已通知", exact=False)).to_be_visible()

    minutes = page.get_by_role("region", name="纪要")
    await expect(minutes.get_by_text("提问 0 个，已答复 0 个", exact=False)).to_be_visible()
    await minutes.get_by_role("textbox").fill("讲了首违不罚的三个要件。")
    await minutes.get_by_role("button", name="发布纪要").click()
    await expect(minutes.get_by_role("button", name="更新纪要")).to_be_visible()
    seen = await keeper.get(f"/salon-signups/{signup}")
    assert [one["title"] for one in seen["materials"]] == ["讲义"]
    assert (await keeper.get(f"/salons/{salon}"))["minutes"] == "讲了首违不罚的三个要件。"


async def test_minutes_of_two_are_put_side_by_side(page: Page, desk: Desk) -> None:
    login = await editor(desk)
    salon = await published(desk, login, hall(3))
    await held(desk, salon)
    await sign_in(page, desk, login, f"/salons/{salon}/messages")
    minutes = page.get_by_role("region", name="纪要")
    await minutes.get_by_role("textbox").fill("我写的纪要")
    async with await desk.client(login) as client:
        now = (await client.get(f"/salons/{salon}")).headers["etag"]
        answer = await client.put(f"/salons/{salon}/minutes", json={"minutes": "他写的纪要"}, headers={"If-Match": now})
        answer.raise_for_status()
    await minutes.get_by_role("button", name=re.compile("纪要")).click()
    clash = page.get_by_role("dialog")
    await expect(clash.get_by_text("他写的纪要")).to_be_visible()
    await expect(clash.get_by_text("我写的纪要")).to_be_visible()
    await axe(page)
