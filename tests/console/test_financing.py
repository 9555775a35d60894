"""Financing on the screen of the bureau: needs and their banks, the lot, terms and figures."""

import json
import re

from playwright.async_api import Page, expect

from backend.access import Role
from tests.console import financing_desk as bench
from tests.console.browser import axe, fits, settled, shot, sign_in
from tests.console.desk import Desk


async def _story(desk: Desk) -> tuple[bench.Need, list[str]]:
    """Two banks that one need was given to: the first refused and is asked again, the second offered."""
    banks = [await bench.bank(desk), await bench.bank(desk)]
    versions = [await bench.published(desk, one) for one in banks]
    need = await bench.need(desk)
    sent = [await bench.consented(need, one) for one in versions]
    for bank, referral in zip(banks, sent, strict=True):
        await bench.at_desk(desk, bank, referral, "accept")
    await bench.at_desk(desk, banks[0], sent[0], "refuse", bench.REFUSAL)
    terms = {"rate_percent": None, "lpr_tenor": "one_year", "bp": 85, "fees": [bench.GUARANTEE]}  # 3 % + 0.85 %
    await bench.at_desk(desk, banks[1], sent[1], "offer", bench.offer("", **terms))
    await bench.second_look(need, sent[0])
    return need, [one.name for one in banks]


async def test_a_need_shows_its_banks_offers_and_reads(page: Page, desk: Desk) -> None:
    need, (refusing, offering) = await _story(desk)
    await sign_in(page, desk, await desk.account(Role.SPECIALIST, name="李协调"), f"/financing/{need.id}")
    await expect(page.get_by_role("heading", level=1, name=re.compile(need.shop.name))).to_be_visible()
    banks = page.get_by_role("region", name="企业选定的银行")
    await expect(banks.get_by_text("未通过：抵质押不足")).to_be_visible()
    await expect(banks.get_by_text("增加担保后可再申请")).to_be_visible()
    # Of what was offered, not of what was refused.
    await expect(banks.get_by_text(re.compile("^放款登记"))).to_have_count(1)
    await shot(page, "need-banks")
    await axe(page)
    await fits(page)
    await banks.get_by_role("button", name=re.compile("登记已联系")).click()
    await shot(page, "need-mediate")
    await page.get_by_role("dialog").get_by_role("button", name="登记已联系").click()
    await expect(banks.get_by_text("协调人：李协调")).to_be_visible()
    await expect(banks.get_by_role("button", name=re.compile("登记已联系"))).to_have_count(0)

    await page.get_by_role("tab", name="报价对比").click()
    table = page.get_by_role("region", name="各家报价对比")
    await expect(table.get_by_role("columnheader", name=re.compile(offering))).to_be_visible()
    await expect(table.get_by_role("row", name=re.compile("^年化成本"))).to_contain_text("4.9")
    await expect(table.get_by_role("row", name=re.compile("^与公布的产品不同"))).to_contain_text("报价随LPR变动")
    await expect(page.get_by_text("尚未与公告核对，以公告为准")).to_be_visible()
    await page.get_by_text("每月支付（元）：数据表").click()
    await expect(page.get_by_role("cell", name="第 12 个月")).to_be_visible()
    await shot(page, "need-offers")
    await axe(page)
    await fits(page)
    for tab, name in (("匹配的产品", "matches"), ("授权和查看", "consents"), ("经过", "events")):
        await page.get_by_role("tab", name=tab).click()
        await settled(page)
        await shot(page, f"need-{name}")
        await axe(page)
        await fits(page)

    await page.goto(f"{desk.url}/financing/referrals?attention=look_open")
    await settled(page)
    await expect(page.get_by_role("row", name=re.compile(refusing))).to_contain_text("抵质押不足")
    await shot(page, "referrals")
    await axe(page)
    await fits(page)
    await page.goto(f"{desk.url}/financing")
    await settled(page)
    await expect(page.get_by_role("row", name=re.compile(need.shop.name))).to_be_visible()
    await shot(page, "needs")
    await axe(page)
    await fits(page)


async def test_two_offers_stand_side_by_side_and_what_differs_is_marked(page: Page, desk: Desk) -> None:
    banks = [await bench.bank(desk), await bench.bank(desk)]
    versions = [await bench.published(desk, one) for one in banks]
    need, sent = await bench.need(desk), []
    for bank, version, rate in zip(banks, versions, ("3.45", "3.3"), strict=True):
        sent.append(referral := await bench.consented(need, version))
        await bench.at_desk(desk, bank, referral, "accept")
        fees = [bench.GUARANTEE] if rate == "3.3" else []
        await bench.at_desk(desk, bank, referral, "offer", bench.offer(rate, fees=fees))
    await sign_in(page, desk, await desk.account(Role.AUDITOR, name="赵审计"), f"/financing/{need.id}?part=offers")
    table = page.get_by_role("region", name="各家报价对比")
    heads = table.get_by_role("columnheader")
    await expect(heads.nth(1)).to_contain_text(banks[0].name)
    await expect(heads.nth(1)).to_contain_text("年化成本最低")
    await expect(table.get_by_role("row", name=re.compile("^费用 "))).to_contain_text("不同")
    await expect(table.get_by_role("row", name=re.compile("^期限"))).not_to_contain_text("不同")
    await expect(heads.nth(1)).not_to_contain_text("与公布的产品不同")
    await expect(heads.nth(2)).to_contain_text("1 处与公布的产品不同")
    cells = table.get_by_role("row", name=re.compile("^与公布的产品不同")).get_by_role("cell")
    await expect(cells).to_have_text(["没有", "没有公布的费用：担保费"])
    await expect(page.get_by_role("img", name="每月支付（元）").locator("svg")).to_be_visible()
    await shot(page, "offers")
    await axe(page)
    await fits(page)
    drawn = {"drawn_on": bench.day(0), "drawn_wan": "50", "due_on": bench.day(365)}
    await bench.at_desk(desk, banks[0], sent[0], "draw", drawn)
    await page.goto(f"{desk.url}/financing/referrals?attention=drawing&institution_id={banks[0].id}")
    await expect(page.get_by_role("row", name=re.compile(banks[0].name))).to_contain_text("企业确认")
    await bench.answer_drawing(need, sent[0], "contest", {"words": "没有收到放款"})
    await page.goto(f"{desk.url}/financing/{need.id}")
    region = page.get_by_role("region", name="企业选定的银行")
    await expect(region.get_by_text("确已放款的，请银行重新登记")).to_be_visible()
    await shot(page, "need-contested")
    await axe(page)
    await fits(page)
    await region.get_by_role("link", name="经过").click()
    await expect(page.get_by_role("region", name="经过").get_by_text("企业否认放款")).to_be_visible()


async def test_the_lot_is_drawn_again_by_staff_and_by_anybody(page: Page, desk: Desk) -> None:
    for _ in range(3):
        await bench.published(desk, await bench.bank(desk))
    need = await bench.need(desk)
    await sign_in(page, desk, await desk.account(Role.FRONT_DESK), f"/financing/{need.id}?part=matches")
    await page.get_by_role("link", name="重新抽签，核对排序").click()
    await expect(page.get_by_text(re.compile("^一致："))).to_be_visible()
    await shot(page, "lot")
    await axe(page)
    await fits(page)

    told = await need.keeper.get(f"{need.path}/order")
    await page.context.clear_cookies()
    await page.goto(f"{desk.url}/lot")
    await expect(page.get_by_role("heading", level=1, name="核对银行排序")).to_be_visible()
    data = page.get_by_label("核对数据")
    await data.fill("{}")
    await expect(page.get_by_role("alert")).to_contain_text("不是完整的核对数据")
    await axe(page)
    await data.fill(json.dumps(told))
    await expect(page.get_by_text(re.compile("^一致："))).to_be_visible()
    told["items"][0], told["items"][1] = told["items"][1], told["items"][0]
    for position, one in enumerate(told["items"], 1):
        one["position"] = position
    await data.fill(json.dumps(told))
    await expect(page.get_by_text(re.compile("^不一致：2 项"))).to_be_visible()
    await shot(page, "lot-open")
    await axe(page)
    await fits(page)


async def test_terms_and_the_lpr_are_changed_within_bounds(page: Page, desk: Desk) -> None:
    await sign_in(page, desk, await desk.account(Role.MANAGER, name="何主管"), "/financing/values")
    await page.get_by_role("button", name="调整“融资需求的有效期（天）”").click()
    await page.get_by_role("spinbutton", name="新的数值（7 至 180）").fill("70")
    await axe(page)
    await page.get_by_role("button", name="保存", exact=True).click()
    await expect(page.get_by_role("row", name=re.compile("融资需求的有效期"))).to_contain_text("70")
    await page.get_by_role("button", name="登记新的LPR").click()
    form = page.get_by_role("form", name="登记新的LPR")
    await form.get_by_label("利率（%）").fill("2,95")
    await form.get_by_role("button", name="登记", exact=True).click()
    await expect(form.get_by_text("请填写以 % 计的数，至多四位小数。")).to_be_visible()
    await form.get_by_label("利率（%）").fill("2.95")
    await form.get_by_role("combobox", name="自哪一天起").fill("2099-12-21")
    await page.keyboard.press("Enter")
    await form.get_by_role("button", name="登记", exact=True).click()
    row = page.get_by_role("row", name=re.compile("2099-12-21"))
    await expect(row).to_contain_text("2.95")
    await expect(row).to_contain_text("未核对")
    await expect(row.get_by_role("button")).to_have_count(0)
    await shot(page, "values")
    await axe(page)
    await fits(page)
    await page.context.clear_cookies()
    await sign_in(page, desk, await desk.account(Role.MANAGER, name="周核对"), "/financing/values")
    await row.get_by_role("button", name="核对1年期LPR，2099-12-21").click()
    form = page.get_by_role("form", name=re.compile("核对1年期LPR"))
    await form.get_by_label("公告上的利率（%）").fill("2.9")
    await form.get_by_label("公告的标题、日期和网址").fill("2099年12月21日公告")
    await shot(page, "values-verify")
    await axe(page)
    await form.get_by_role("button", name="保存核对").click()
    await expect(row).to_contain_text("周核对")
    await expect(row).to_contain_text("2.9%")
    await axe(page)
    await fits(page)


async def test_figures_say_what_is_kept_back(page: Page, desk: Desk) -> None:
    version = await bench.published(desk, await bench.bank(desk))
    sent = await bench.consented(await bench.need(desk), version)
    sql = "UPDATE financing_referrals SET created_at = '2021-03-10' WHERE id = $1::text::uuid"
    await desk.database.execute(sql, sent)
    login = await desk.account(Role.MANAGER)
    await sign_in(page, desk, login, "/financing/figures?quarter=2020-Q1")
    await expect(page.get_by_text("这个季度没有推送的对接")).to_be_visible()
    await page.goto(f"{desk.url}/financing/figures?quarter=2026-Q9&by=x")
    await expect(page.get_by_role("radio", name="按银行")).to_be_checked()
    await page.goto(f"{desk.url}/financing/figures?quarter=2021-Q1")
    await settled(page)
    await expect(page.get_by_text("少于五件，不显示统计")).to_be_visible()
    await expect(page.get_by_text("没有参加抽签五次以上的银行")).to_be_visible()
    await expect(page.get_by_text("没有提交的需求，或者少于五件")).to_be_visible()
    await expect(page.get_by_text("没有要求二次对接的，或者少于五件")).to_be_visible()
    pledges = page.get_by_role("region", name="知识产权质押贷款（2021 年）")
    await expect(pledges).to_contain_text("不低于 35 亿元")
    await expect(pledges).to_contain_text("2021 年没有公布的目标")
    await axe(page)
    for name, state, count in _OF_A_QUARTER:
        await desk.database.execute(_MOVED, name, state, count)
    await page.goto(f"{desk.url}/financing/figures?quarter=2021-Q2")
    table = page.get_by_role("region", name="结果和时长的表")
    await expect(table.get_by_role("row", name=re.compile("湖州演示银行"))).to_contain_text("不显示")
    await expect(page.get_by_text("会被用来推算少于五件的")).to_be_visible()
    await expect(page.get_by_text("因此没有图")).to_be_visible()
    await shot(page, "figures-kept-back")
    await axe(page)
    await page.goto(f"{desk.url}/financing/figures")
    await settled(page)
    await expect(table.get_by_role("row", name=re.compile("湖州演示银行"))).to_contain_text("小时")
    await expect(page.get_by_role("img", name="各组的结果").locator("svg")).to_be_visible()
    await expect(page.get_by_text(re.compile(r"^共提交 \d+ 件需求，其中没有授权任何银行"))).to_be_visible()
    neutral = page.get_by_role("region", name="银行中立")
    await expect(neutral.get_by_role("row", name=re.compile("湖州演示银行")).first).to_be_visible()
    await shot(page, "figures")
    await axe(page)
    await fits(page)
    await page.get_by_text("按区县").click()
    await settled(page)
    await expect(table.get_by_role("columnheader", name="受理到决定")).to_be_visible()
    await expect(table.get_by_role("row", name=re.compile("湖州演示银行"))).to_have_count(0)


# Few enough that the small one of them, and with it all others, are kept back.
_OF_A_QUARTER = (
    ("湖州演示银行", "drawn", 6),
    ("湖州演示银行", "rejected", 2),
    ("南太湖演示农商银行", "rejected", 6),
    ("南太湖演示农商银行", "drawn", 2),
)
_MOVED = """
UPDATE financing_referrals SET created_at = '2021-05-10' WHERE id IN (
    SELECT r.id FROM financing_referrals r JOIN financing_institutions i ON i.id = r.institution_id
    WHERE i.name = $1 AND r.state = $2 AND r.created_at > '2022-01-01' ORDER BY r.created_at LIMIT $3)
"""
