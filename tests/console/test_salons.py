"""Salons on the screen: written, published, changed, called off, copied, found again and counted."""

import re
from uuid import UUID

from playwright.async_api import Page, expect

from backend.access import Role
from tests.console.browser import axe, drawn, fits, settled, shot, sign_in
from tests.console.desk import Desk
from tests.console.policy_desk import choose, confirm, field, fill_day
from tests.console.salon_desk import (
    act,
    content,
    drafted,
    editor,
    hall,
    held,
    missed,
    online,
    published,
    shops,
    signed_up,
)
from tests.console.visit_desk import at, day

_STATE = "UPDATE salon_signups SET state = 'attended' WHERE id = $1"


async def test_from_a_blank_page_to_an_open_salon(page: Page, desk: Desk) -> None:
    await sign_in(page, desk, await editor(desk), "/salons")
    await page.get_by_role("button", name="起草沙龙").click()
    await page.get_by_role("button", name="保存草稿").click()
    await expect(page.get_by_text("请填写“标题”。")).to_be_visible()
    form = page.locator("form")
    await field(form, "标题").get_by_role("textbox").fill("食品标签怎么写")
    await choose(page, field(form, "主题"), "合规经营")
    await field(form, "主办方，一行一个").get_by_role("textbox").fill("市市场监管局\n市食品协会")
    await field(form, "介绍").get_by_role("textbox").fill("讲清标签上必须写什么。")
    await fill_day(form, "报名开始", f"{day(-1)} 09:00")
    await choose(page, field(form, "属地"), "吴兴区")
    await field(form, "地点").get_by_role("textbox").fill("市民服务中心三楼")
    await page.get_by_role("button", name="增加环节").click()
    await field(form, "环节名称").get_by_role("textbox").fill("法规讲解")
    await page.get_by_role("button", name="增加一种名额").click()
    second = page.get_by_role("listitem").filter(has_text="第 2 种名额")
    await field(second, "名称").get_by_role("textbox").fill("首次参加")
    await second.get_by_text("先留给没参加过沙龙的企业").click()
    await page.get_by_text("按条件邀请", exact=True).click()
    await field(form, "邀请理由").get_by_role("textbox").fill("邀请食品经营者")
    await page.get_by_role("button", name="未填写的条件").click()
    clause = page.get_by_role("group", name="编辑条件")
    await choose(page, field(clause, "信息项"), "登记状态")
    await choose(page, field(clause, "值"), "存续")
    await clause.get_by_role("button", name="完成").click()
    await page.get_by_role("button", name="增加一问").click()
    await field(form, "问题").get_by_role("textbox").fill("希望听到什么？")
    await page.get_by_role("button", name="增加一问").click()
    asked = page.get_by_role("listitem").filter(has_text="第 2 问")
    await choose(page, field(asked, "询问的企业信息"), "从业人数")
    await shot(page, "salon-edit")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="保存草稿").click()
    await expect(page.get_by_role("heading", level=1, name="食品标签怎么写")).to_be_visible()
    await expect(page.get_by_text("希望听到什么？")).to_be_visible()
    await expect(page.get_by_role("link", name="报名", exact=True)).to_have_count(0)
    acts = page.get_by_role("group", name="办理")
    await acts.get_by_role("button", name="发布").click()
    await shot(page, "salon-publish")
    await confirm(page, "发布")
    await expect(page.get_by_text("报名中", exact=True)).to_be_visible()
    await expect(page.get_by_role("link", name="报名", exact=True)).to_be_visible()
    await expect(acts.get_by_role("button", name="发布")).to_have_count(0)
    await settled(page)
    await shot(page, "salon-open")
    await axe(page)
    await fits(page)


async def test_what_stays_as_it_was_when_a_salon_that_is_out_is_changed(page: Page, desk: Desk) -> None:
    login = await editor(desk)
    form = {"properties": {"need": {"type": "string", "title": "想了解什么？"}}}
    sessions = [{"title": "讲解", "starts_at": content()["starts_at"], "ends_at": content()["ends_at"]}]
    salon = await published(desk, login, hall(2, hard_limit=4), online(10), form=form, sessions=sessions)
    for shop in await shops(desk, 3):
        await signed_up(desk, login, salon, shop, answers={"need": "标签"})
    async with await desk.client(login) as client:
        before = (await client.get(f"/salons/{salon}")).raise_for_status().json()
        await sign_in(page, desk, login, f"/salons/{salon}/edit")
        await expect(page.get_by_text("沙龙已发布，报名表不能再修改。")).to_be_visible()
        await expect(page.get_by_text("已占用 2，不能删除，也不能少于此数")).to_be_visible()
        await field(page, "标题").get_by_role("textbox").fill("首违不罚，讲给小店听")
        await page.get_by_role("button", name="保存", exact=True).click()
        await expect(page.get_by_role("heading", level=1, name="首违不罚，讲给小店听")).to_be_visible()
        after = (await client.get(f"/salons/{salon}")).raise_for_status().json()
    moved = {name for name in before if before[name] != after[name]}
    assert moved == {"title", "version", "edited_at"}
    seats = page.get_by_role("region", name="名额和报名")
    await expect(seats.get_by_text(re.compile("候补 1 人；报名成功 2，候补中 1"))).to_be_visible()
    await seats.scroll_into_view_if_needed()
    extra = page.get_by_role("form", name="现场席位的超额邀请")
    await extra.get_by_role("spinbutton").fill("1")
    await extra.get_by_role("button", name="保存").click()
    await expect(page.get_by_role("dialog").get_by_text("可报名人数由 2 改为 3")).to_be_visible()
    await confirm(page, "保存")
    await expect(seats.get_by_text(re.compile("候补 0 人；报名成功 2，候补待确认 1"))).to_be_visible()
    await shot(page, "salon-extra")
    await axe(page)


async def test_two_who_write_one_salon(page: Page, desk: Desk) -> None:
    login = await editor(desk)
    salon = await drafted(desk, login)
    await sign_in(page, desk, login, f"/salons/{salon}/edit")
    await field(page, "标题").get_by_role("textbox").fill("我写的标题")
    async with await desk.client(await editor(desk, "别人")) as other:
        now = (await other.get(f"/salons/{salon}")).raise_for_status()
        quotas = [hall(30, id=now.json()["quotas"][0]["id"])]
        body = content(*quotas, title="别人的标题")
        (await other.put(f"/salons/{salon}", json=body, headers={"If-Match": now.headers["etag"]})).raise_for_status()
    await page.get_by_role("button", name="保存草稿").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text("别人的标题")).to_be_visible()
    await expect(dialog.get_by_text("名额", exact=True)).to_be_visible()
    await expect(dialog.get_by_text("面向谁", exact=True)).to_have_count(0)
    await shot(page, "salon-clash")
    await axe(page)


async def test_calling_off_and_holding_again(page: Page, desk: Desk) -> None:
    login = await editor(desk)
    salon = await published(desk, login, hall(2), title="用工合同要点")
    for shop in await shops(desk, 3):
        await signed_up(desk, login, salon, shop)
    await sign_in(page, desk, login, f"/salons/{salon}")
    acts = page.get_by_role("group", name="办理")
    await acts.get_by_role("button", name="提前截止报名").click()
    await confirm(page, "提前截止报名")
    await expect(page.get_by_text("报名截止", exact=True).first).to_be_visible()
    await acts.get_by_role("button", name="取消沙龙").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text(re.compile("^3 个报名（含候补）随之取消"))).to_be_visible()
    await dialog.get_by_role("textbox").fill("主讲人不能到场")
    await shot(page, "salon-cancel")
    await dialog.get_by_role("button", name="取消沙龙").click()
    await expect(page.get_by_text("取消的理由：主讲人不能到场")).to_be_visible()
    await acts.get_by_role("button", name="复制").click()
    dialog = page.get_by_role("dialog")
    await fill_day(dialog, "新的开始时间", f"{day(30)} 09:30")
    await axe(page)
    await dialog.get_by_role("button", name="复制为草稿").click()
    await expect(page.get_by_text("草稿", exact=True)).to_be_visible()
    await expect(page.get_by_text(f"{day(30)}", exact=False).first).to_be_visible()
    copies = "SELECT count(*) FROM salons WHERE title = '用工合同要点' AND starts_at = $1::timestamptz"
    assert await desk.database.fetchval(copies, at(30, 9, 30)) == 1


async def test_finding_salons_again(page: Page, desk: Desk) -> None:
    login = await editor(desk)
    async with await desk.client(login) as client:
        made = (await client.post("/salon-series", json={"title": "食品沙龙"})).raise_for_status().json()
    soon = await published(desk, login, ahead=3, title="月饼标签", topic="compliance", series_id=made["id"])
    later = await drafted(desk, login, ahead=10, title="冷链保存", series_id=made["id"])
    await sign_in(page, desk, login, f"/salons?series={made['id']}&topic=compliance")
    await expect(page.get_by_role("link", name="月饼标签")).to_be_visible()
    await expect(page.get_by_text("共 1 条")).to_be_visible()
    await page.get_by_role("button", name="清除筛选（2）").click()
    await expect(page).to_have_url(re.compile(r"/salons$"))
    await page.locator(".el-select").filter(has=page.get_by_role("combobox", name="系列")).click()
    await page.get_by_role("option", name="食品沙龙").click()
    await expect(page.get_by_role("link", name="冷链保存")).to_be_visible()
    words = page.get_by_role("textbox", name="标题、主题、地点或编号")
    await words.fill("服务中心 合规")
    await expect(page.get_by_role("link", name="冷链保存")).to_have_count(0)
    await expect(page.get_by_role("link", name="月饼标签")).to_be_visible()
    await words.fill("")
    await expect(page.get_by_role("link", name="冷链保存")).to_be_visible()
    await shot(page, "salons")
    await axe(page)
    await fits(page)
    await page.get_by_text("月历", exact=True).click()
    await expect(page).to_have_url(re.compile("view=month"))
    here = (soon, day(3)) if day(3).month == day(0).month else (later, day(10))
    if here[1].month != day(0).month:
        await page.get_by_role("button", name="下个月").click()
    await settled(page)
    cell = page.get_by_role("cell").filter(has_text=f"{here[1].month}月{here[1].day}日")
    await expect(cell.locator(f"a[href$='/salons/{here[0]}']")).to_be_visible()
    await shot(page, "salons-month")
    await axe(page)
    await fits(page)


async def test_series_are_kept(page: Page, desk: Desk) -> None:
    login = await editor(desk)
    await sign_in(page, desk, login, "/salons/series")
    await page.get_by_role("button", name="新建系列").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="保存").click()
    await expect(dialog.get_by_text("请填写“名称”。")).to_be_visible()
    await field(dialog, "名称").get_by_role("textbox").fill("小微用工课堂")
    await field(dialog, "介绍").get_by_role("textbox").fill("每月一次，讲用工。")
    await axe(page)
    await dialog.get_by_role("button", name="保存").click()
    row = page.get_by_role("row").filter(has_text="小微用工课堂")
    await expect(row.get_by_text("继续举办")).to_be_visible()
    await row.get_by_role("button", name="修改小微用工课堂").click()
    await dialog.get_by_text("还会举办新的沙龙").click()
    await dialog.get_by_role("button", name="保存").click()
    await expect(row.get_by_text("不再举办")).to_be_visible()
    await shot(page, "salon-series")
    await axe(page)
    await fits(page)


async def test_figures_of_what_was_held(page: Page, desk: Desk) -> None:
    login = await editor(desk)
    for topic, count in (("digital", 3), ("market", 1)):
        salon = await published(desk, login, hall(20), topic=topic)
        for shop in await shops(desk, count):
            made = await signed_up(desk, login, salon, shop)
            await desk.database.execute(_STATE, UUID(made["id"]))
        await held(desk, salon, day(-9000))
    await sign_in(page, desk, login, f"/salons/figures?first={day(-9000)}&last={day(-9000)}")
    table = page.get_by_role("region", name="按主题").get_by_role("table")
    await expect(table.get_by_role("row").filter(has_text="数字化")).to_contain_text("2033")
    await expect(table.get_by_role("row").filter(has_text="合计")).to_contain_text("100%")
    await page.get_by_text("按属地", exact=True).click()
    await expect(page.get_by_role("region", name="按属地").get_by_role("row").filter(has_text="吴兴区")).to_be_visible()
    await settled(page)
    await shot(page, "salon-figures")
    await axe(page)
    await fits(page)


async def test_a_poster_is_put_up_and_taken_down(page: Page, desk: Desk) -> None:
    login = await editor(desk)
    salon = await published(desk, login, title="小店消防")
    await sign_in(page, desk, login, f"/salons/{salon}")
    card = page.get_by_role("region", name="海报和小程序码")
    await card.get_by_label("选择海报").set_input_files(
        {"name": "表.png", "mimeType": "image/png", "buffer": b"id,name"}
    )
    await expect(card.get_by_role("alert")).to_be_visible()
    photo = await page.screenshot(type="png")
    await card.get_by_label("选择海报").set_input_files({"name": "海报.png", "mimeType": "image/png", "buffer": photo})
    poster = card.get_by_role("img", name="“小店消防”的海报")
    await expect(poster).to_be_visible()
    await drawn(poster)
    await expect(card.get_by_role("alert")).to_have_count(0)
    await poster.scroll_into_view_if_needed()
    await shot(page, "salon-poster")
    await axe(page)
    await fits(page)
    async with page.expect_download() as saved:
        await card.get_by_role("link", name="下载小程序码").click()
    assert (await saved.value).suggested_filename.startswith(f"salon-{salon}")
    await card.get_by_role("button", name="取下海报").click()
    await confirm(page, "取下")
    await expect(card.get_by_text("没有海报。")).to_be_visible()


async def test_a_reason_for_staying_away_is_accepted(page: Page, desk: Desk) -> None:
    login = await editor(desk)
    salon = await published(desk, login, title="灭火器年检")
    (shop,) = await shops(desk, 1)
    made = await signed_up(desk, login, salon, shop, attendee="李四")
    await held(desk, salon)
    await missed(desk, made["id"], "当天临时停电，走不开。")
    await sign_in(page, desk, await desk.account(Role.FRONT_DESK, name="吴窗口"), "/salons/no-shows")
    row = page.get_by_role("row").filter(has_text="当天临时停电，走不开。")
    await expect(row.get_by_role("link", name="灭火器年检")).to_be_visible()
    await shot(page, "salon-no-shows")
    await axe(page)
    await fits(page)
    await row.get_by_role("button", name=re.compile("^采纳")).click()
    await expect(
        page.get_by_role("dialog").get_by_text(f"{shop.name}的李四的候补次序恢复，和其他人一样。")
    ).to_be_visible()
    await confirm(page, "采纳")
    await expect(row).to_have_count(0)
    excused = "SELECT is_excused FROM salon_no_shows WHERE signup_id = $1"
    assert await desk.database.fetchval(excused, UUID(made["id"])) is True


async def test_who_only_reads_is_offered_no_act(page: Page, desk: Desk) -> None:
    login = await editor(desk)
    salon = await published(desk, login)
    await act(desk, login, salon, "close")
    await sign_in(page, desk, await desk.account(Role.AUDITOR, name="赵审计"), f"/salons/{salon}")
    await expect(page.get_by_role("heading", level=1, name="首违不罚讲解")).to_be_visible()
    await expect(page.get_by_role("group", name="办理").get_by_role("button")).to_have_count(0)
    parts = page.get_by_role("navigation", name="首违不罚讲解").get_by_role("link")
    await expect(parts).to_have_text(["沙龙", "报名"])
    await page.goto(f"{desk.url}/salons")
    await settled(page)
    await expect(page.get_by_role("button", name="起草沙龙")).to_have_count(0)
    await page.goto(f"{desk.url}/salons/{salon}/edit")
    await settled(page)
    await expect(page.get_by_role("heading", name="没有权限")).to_be_visible()
