"""When visits are made, what for, arranged for somebody, and the visitor's own day on his phone."""

import re

from playwright.async_api import Page, expect

from backend.access import Role
from tests.console.browser import axe, fits, shot, sign_in
from tests.console.desk import Desk
from tests.console.policy_desk import field
from tests.console.visit_desk import arranged, at, day, shop, shopkeeper, visitor


async def test_a_visitor_plans_his_week_and_a_day_and_sees_what_falls_outside(page: Page, desk: Desk) -> None:
    who = await visitor(desk, "陈走访", 45)
    visit = await arranged(desk, who, await shop(desk), at(45, 9))
    await sign_in(page, desk, who.login, "/visits/plan")
    await expect(page.get_by_text("还没有设置；没有走访时间的人不会被预约。")).to_be_visible()
    await page.get_by_role("button", name="设置每周时间").click()
    monday = page.get_by_role("group", name="星期一", exact=True)
    await monday.get_by_role("button", name="星期一增加时间段").click()
    await monday.get_by_role("button", name="星期一增加时间段").click()
    await monday.get_by_text("视频").click()
    await shot(page, "visit-plan-week")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="保存").click()
    plans = page.get_by_role("region", name="我的每周时间")
    row = plans.get_by_role("row", name=re.compile("星期一.*09:00–12:00、13:30–17:00.*上门、到窗口、电话"))
    await expect(row).to_be_visible()

    await page.get_by_role("button", name="调整某一天").click()
    await field(page.locator("form"), "日期").get_by_role("combobox").fill(str(day(45)))
    await page.keyboard.press("Enter")
    await field(page.locator("form"), "备注").get_by_role("textbox").fill("全员培训")
    await page.get_by_role("button", name="保存").click()
    await expect(page.get_by_role("row", name=re.compile(f"{day(45)}.*不走访.*全员培训"))).to_be_visible()
    outside = page.get_by_role("region", name="不在走访时间内的已约走访（1）")
    await expect(outside.get_by_role("link")).to_have_attribute("href", f"/console/visits/{visit}")
    await expect(outside.get_by_text(re.compile("另有安排|不接受"))).to_be_visible()
    await shot(page, "visit-plan")
    await axe(page)
    await fits(page)

    await page.context.clear_cookies()
    await sign_in(page, desk, await desk.account(Role.MANAGER, name="何主管"), "/visits")
    misfits = page.get_by_role("region", name=re.compile("须另行安排的走访"))
    await expect(misfits.locator(f'a[href="/console/visits/{visit}"]')).to_be_visible()
    await shot(page, "visits-misfits")
    await axe(page)
    await fits(page)


async def test_two_who_plan_at_once_see_both_weeks(page: Page, desk: Desk) -> None:
    who = await visitor(desk, "褚走访", 46)
    await sign_in(page, desk, who.login, "/visits/plan")
    await page.get_by_role("button", name="设置每周时间").click()
    await page.get_by_role("button", name="星期二增加时间段").click()
    async with await desk.client(await desk.account(Role.MANAGER)) as manager:
        body = {"valid_from": str(day(0)), "week": [{"weekday": 3, "spans": [[600, 660]], "places": ["phone"]}]}
        path = f"/staff/{who.id}/visit-plan/week"
        (await manager.put(path, json=body, headers={"If-Match": '"1"'})).raise_for_status()
    await page.get_by_role("button", name="保存").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text("星期三 10:00–11:00")).to_be_visible()
    await expect(dialog.get_by_text("星期二 09:00–12:00")).to_be_visible()
    await shot(page, "visit-plan-conflict")
    await axe(page)
    await dialog.get_by_role("button", name="用我填写的覆盖").click()
    await expect(page.get_by_role("row", name=re.compile("星期二.*09:00–12:00"))).to_be_visible()
    await expect(page.get_by_role("row", name=re.compile("星期三"))).to_have_count(0)


async def test_a_manager_edits_a_reason_and_tells_a_way(page: Page, desk: Desk) -> None:
    await desk.database.execute("INSERT INTO units (id, name, created_at) VALUES (uuidv7(), '道场走访队', now())")
    await sign_in(page, desk, await desk.account(Role.MANAGER, name="何主管"), "/visit-reasons")
    await shot(page, "visit-reasons")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="修改“联合走访”").click()
    form = page.get_by_role("region", name="修改“联合走访”")
    await field(form, "说明").get_by_role("textbox").fill("两个部门一次上门，只算一次，少跑一趟。")
    await shot(page, "visit-reason-edit")
    await axe(page)
    await form.get_by_role("button", name="保存").click()
    await expect(page.get_by_text("两个部门一次上门，只算一次，少跑一趟。")).to_be_visible()

    ways = page.get_by_role("region", name="两地路程")
    for label, town in (("从", "织里"), ("到", "梅溪")):
        box = field(ways, label)
        await box.locator(".el-select").click()
        await box.get_by_role("combobox").fill(town)
        await page.get_by_role("option", name=re.compile(town)).first.click()
    await ways.get_by_role("button", name="填写路程").click()
    await expect(ways.get_by_role("row", name=re.compile("织里.*梅溪.*30|梅溪.*织里.*30"))).to_be_visible()
    await ways.get_by_role("button", name=re.compile("取消填写")).click()
    await page.get_by_role("dialog").get_by_role("button", name="取消填写").click()
    await expect(ways.get_by_text("没有另行填写的路程。")).to_be_visible()

    units, address = page.get_by_role("region", name="单位的走访安排"), "劳动路68号2楼走访窗口"
    await units.get_by_role("button", name="修改“道场走访队”的走访安排").click()
    await field(units, "窗口地址").get_by_role("textbox").fill(address)
    await axe(page)
    await units.get_by_role("button", name="保存").click()
    await expect(units.get_by_role("cell", name=address)).to_be_visible()


async def test_a_visit_is_proposed_to_somebody_who_then_accepts(page: Page, desk: Desk) -> None:
    who, place = await visitor(desk, "卫走访", 10), await shop(desk)
    keeper, _ = await shopkeeper(desk, place)
    clerk = await desk.account(Role.FRONT_DESK, name="吴窗口")
    await sign_in(page, desk, clerk, "/visits/new")
    await page.get_by_role("button", name="约定", exact=True).click()
    await expect(page.get_by_text("请选择企业。")).to_be_visible()
    await axe(page)
    form = page.locator("form")
    await field(form, "企业").locator(".el-select").click()
    await field(form, "企业").get_by_role("combobox").fill(place.name)
    await page.get_by_role("option", name=re.compile(re.escape(place.name))).first.click()
    await field(form, "事由").locator(".el-select").click()
    await page.get_by_role("option", name="困难帮扶").click()
    await page.get_by_text("上门", exact=True).click()
    slots = page.get_by_role("group", name=f"{day(10).month}月{day(10).day}日")
    await slots.get_by_text("09:00").click()
    await page.get_by_text("尚未同意，请其在小程序中答复").click()
    await field(form, "指定走访人员").locator(".el-select").click()
    await page.get_by_role("option", name="卫走访").click()
    await page.keyboard.press("Escape")
    await shot(page, "visit-arrange")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="建议时间").click()
    await expect(page.get_by_text("等经营者在小程序中接受这个时间。")).to_be_visible()
    told = await keeper.get("/visits")
    assert [one["awaits"] for one in told["items"]] == ["owner"]
    assert [one["id"] for one in told["items"][0]["visitors"]] == [str(who.id)]
    await shot(page, "visit-proposed")
    await axe(page)


async def test_the_day_of_a_visitor_fits_his_hand(page: Page, desk: Desk) -> None:
    who = await visitor(desk, "蒋走访", 47)
    for hour in (9, 14):
        await arranged(desk, who, await shop(desk), at(47, hour))
    await page.set_viewport_size({"width": 375, "height": 740})
    await sign_in(page, desk, who.login, "/visits/day")
    await expect(page.get_by_text("这一天没有走访。")).to_be_visible()
    await page.goto(f"{desk.url}/visits/day?on={day(47)}")
    stops = page.get_by_role("list", name="走访的先后").get_by_role("listitem")
    await expect(stops).to_have_count(2)
    await expect(stops.first.get_by_text("09:00–10:00")).to_be_visible()
    await expect(stops.last.get_by_text(re.compile("最迟 .* 出发"))).to_be_visible()
    await shot(page, "visit-day")
    await axe(page)
    await fits(page)
