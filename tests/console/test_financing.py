"""Financing on the screen of the bureau: products, institutions, needs and their banks, the lot, figures and terms."""

import json
import re

from playwright.async_api import Page, expect

from backend.access import Role
from tests.console import financing_desk as bench
from tests.console.browser import axe, fits, settled, shot, sign_in
from tests.console.desk import Desk
from tests.console.policy_desk import choose, cite, field


async def _pick(page: Page, name: str, option: str) -> None:
    await page.locator(".el-select").filter(has=page.get_by_role("combobox", name=name, exact=True)).click()
    await page.get_by_role("option", name=option, exact=True).click()


async def test_a_product_is_drafted_by_one_and_published_by_another(page: Page, desk: Desk) -> None:
    bank = await bench.bank(desk)
    await sign_in(page, desk, await desk.account(Role.PUBLISHER, name="钱起草"), "/financing/products/new")
    await page.get_by_role("button", name="保存草稿").click()
    await expect(page.get_by_text("请填写“产品名称”。")).to_be_visible()
    await shot(page, "product-empty")
    await axe(page)
    await fits(page)
    await _pick(page, "机构", bank.name)
    await page.get_by_label("产品名称").fill("专利质押贷")
    await page.get_by_label("一句话介绍").fill("以专利权质押的贷款。")
    await page.get_by_label("出处", exact=True).fill(bench.SOURCE)
    await page.get_by_label("额度下限（万元）").fill("10")
    await page.get_by_label("额度上限（万元）").fill("500")
    await page.get_by_text("先息后本", exact=True).click()
    await page.get_by_text("专利权质押", exact=True).click()
    await page.get_by_text("按LPR加减点").click()
    await expect(page.get_by_text(re.compile("现为 3.00% 至 4.00%"))).to_be_visible()
    await page.get_by_text("历次LPR").click()
    sample = page.get_by_role("region", name="典型贷款的成本")
    await expect(sample.get_by_role("row", name=re.compile("年化成本"))).to_contain_text("4.0742%")
    await page.get_by_role("button", name="添加一项费用").click()
    await page.get_by_label("数额（%）").fill("1")
    await expect(sample.get_by_role("row", name=re.compile("年化成本"))).to_contain_text(re.compile(r"5\.1\d"))
    await page.get_by_role("button", name="未填写的条件").click()
    clause = page.get_by_role("group", name="编辑条件")
    await choose(page, field(clause, "信息项"), "登记状态")
    await choose(page, field(clause, "值"), "存续")
    await cite(clause)
    await clause.get_by_role("button", name="完成").click()
    await shot(page, "product-editor")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="保存草稿").click()
    await expect(page.get_by_role("heading", level=1, name="专利质押贷")).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("发布第"))).to_have_count(0)
    await expect(page.get_by_text("草稿由起草人以外的同事核对后发布")).to_be_visible()
    await shot(page, "product-draft")
    await axe(page)
    await fits(page)

    path = page.url.removeprefix(desk.url)
    await page.context.clear_cookies()
    await sign_in(page, desk, await desk.account(Role.REVIEWER, name="吴核对"), path)
    await page.get_by_role("button", name="发布第 1 版").click()
    await page.get_by_role("dialog").get_by_role("button", name="发布", exact=True).click()
    await expect(page.get_by_text("第 1 版 已发布").first).to_be_visible()
    await page.get_by_role("button", name="下架").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("下架的原因").fill("银行停办")
    await shot(page, "product-withdraw")
    await axe(page)
    await dialog.get_by_role("button", name="下架", exact=True).click()
    await expect(page.get_by_text("银行停办")).to_be_visible()


async def test_two_editions_are_compared_and_a_clash_is_shown(page: Page, desk: Desk) -> None:
    bank = await bench.bank(desk)
    await bench.published(desk, bank, name="两版快贷")
    made = await desk.database.fetchval("SELECT product_id FROM financing_product_versions WHERE name = '两版快贷'")
    writer = await desk.account(Role.PUBLISHER, name="钱起草")
    await sign_in(page, desk, writer, f"/financing/products/{made}/edit")
    await page.get_by_label("额度上限（万元）").fill("400")
    async with await desk.client(await desk.account(Role.REVIEWER)) as other:
        answer = await other.put(
            f"/financing-products/{made}",
            json=bench.terms(name="两版快贷", amount_max_wan="350", rate_max_percent="4.2"),
            headers={"If-Match": (await other.get(f"/financing-products/{made}")).headers["etag"]},
        )
        answer.raise_for_status()
    await page.get_by_role("button", name="保存草稿").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text("5 至 350 万元")).to_be_visible()
    await shot(page, "product-clash")
    await axe(page)
    await dialog.get_by_role("button", name=re.compile("用我的|覆盖|保留我的")).first.click()
    await expect(page.get_by_role("heading", level=1, name="两版快贷")).to_be_visible()
    editions = page.get_by_role("region", name="各版")
    await expect(editions.locator("ins").first).to_be_visible()
    await expect(editions.locator("del").first).to_be_visible()
    await shot(page, "product-editions")
    await axe(page)
    await fits(page)

    await page.goto(f"{desk.url}/financing/products?institution_id={bank.id}")
    await settled(page)
    await expect(page.get_by_role("row", name=re.compile("两版快贷"))).to_have_count(2)
    await shot(page, "products")
    await axe(page)
    await fits(page)


async def test_an_institution_gets_its_desk_people_key_and_assessment(page: Page, desk: Desk) -> None:
    await desk.account(Role.PARTNER, name="孙对接")
    await sign_in(page, desk, await desk.account(Role.MANAGER, name="何主管"), "/financing/institutions")
    await page.get_by_role("button", name="登记机构").click()
    form = page.get_by_role("form", name="登记机构")
    await form.get_by_label("名称").fill("安吉演示农商行")
    await form.get_by_label("联系方式").fill("0572-1112223")
    await form.get_by_role("button", name="登记", exact=True).click()
    await expect(page.get_by_role("heading", level=1, name="安吉演示农商行")).to_be_visible()
    await expect(page.get_by_text("没有评估", exact=True)).to_be_visible()
    await page.get_by_role("button", name="登记评估").click()
    form = page.get_by_role("form", name="登记评估")
    for label in ("处理目的", "对个人权益的影响", "采取的保护措施"):
        await form.get_by_label(re.compile(label)).fill("演示")
    await shot(page, "institution-assess")
    await axe(page)
    await fits(page)
    await form.get_by_role("button", name="登记评估").click()
    await expect(page.get_by_text(re.compile("有效至")).first).to_be_visible()
    await page.get_by_role("button", name="开设对接岗").click()
    form = page.get_by_role("form", name="开设对接岗")
    await form.get_by_label("对接岗名称").fill("递铺支行")
    await form.get_by_text("安吉县").click()
    await form.get_by_role("button", name="开设", exact=True).click()
    await page.get_by_role("button", name="递铺支行：加入人员").click()
    await _pick_like(page, "合作机构账号", "孙对接")
    await shot(page, "institution-join")
    await axe(page)
    await page.get_by_role("form", name="递铺支行：加入人员").get_by_role("button", name="加入", exact=True).click()
    await expect(page.get_by_role("button", name="把孙对接移出递铺支行")).to_be_visible()
    await page.get_by_role("button", name="发放密钥").click()
    form = page.get_by_role("form", name="发放密钥")
    await _pick_like(page, "以谁的身份", "孙对接")
    await form.get_by_label("用途").fill("信贷系统")
    await form.get_by_label("通知地址").fill("http://bank.example")
    await form.get_by_role("button", name="发放密钥").click()
    await expect(form.get_by_text("回调地址须以 https:// 开头。")).to_be_visible()
    await form.get_by_label("通知地址").fill("https://bank.example/hook")
    await form.get_by_role("button", name="发放密钥").click()
    await expect(page.get_by_text("只显示这一次")).to_be_visible()
    await shot(page, "institution-key")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="已交给银行").click()
    await page.get_by_role("dialog").get_by_role("button", name="已交给银行").click()
    await expect(page.get_by_text("只显示这一次")).to_have_count(0)
    await page.get_by_role("button", name="停用密钥“信贷系统”").click()
    await page.get_by_role("dialog").get_by_role("button", name="停用", exact=True).click()
    await expect(page.get_by_text("已停用", exact=True)).to_be_visible()
    await page.get_by_role("button", name="修改", exact=True).click()
    await page.get_by_text("接受对接", exact=True).last.click()
    await page.get_by_role("button", name="保存", exact=True).click()
    await expect(page.get_by_text("暂停对接", exact=True)).to_be_visible()
    await shot(page, "institution")
    await axe(page)
    await fits(page)
    await page.get_by_role("link", name="金融机构", exact=True).first.click()
    await settled(page)
    await shot(page, "institutions")
    await axe(page)
    await fits(page)


async def _pick_like(page: Page, name: str, option: str) -> None:
    await page.locator(".el-select").filter(has=page.get_by_role("combobox", name=name, exact=True)).click()
    await page.get_by_role("option", name=re.compile(option)).click()


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


async def test_who_only_reads_is_offered_nothing(page: Page, desk: Desk) -> None:
    bank = await bench.bank(desk)
    made = await bench.drafted(desk, bank, await desk.account(Role.PUBLISHER))
    await sign_in(page, desk, await desk.account(Role.AUDITOR, name="赵审计"), f"/financing/institutions/{bank.id}")
    await expect(page.get_by_role("heading", level=1, name=bank.name)).to_be_visible()
    for name in ("修改", "登记评估", "开设对接岗", "发放密钥"):
        await expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    await page.goto(f"{desk.url}/financing/products/{made}")
    await settled(page)
    await expect(page.get_by_role("group", name="办理")).to_have_count(0)
    await page.goto(f"{desk.url}/financing/values")
    await settled(page)
    await expect(page.get_by_role("button", name="登记新的LPR")).to_have_count(0)
