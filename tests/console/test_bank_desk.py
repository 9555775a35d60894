"""A bank's desk in the browser: its own door, needs without names, referrals under consent, nothing of the bureau's."""

import re
import secrets

import pyotp
import pytest
from playwright.async_api import Page, expect

from backend.access import Role
from tests.console.bank_desk import client, come_in, number_of, revoke
from tests.console.browser import axe, fits, settled, shot
from tests.console.desk import PASSWORD, Desk
from tests.console.financing_desk import (
    REFUSAL,
    Bank,
    Need,
    answer_drawing,
    at_desk,
    bank,
    consented,
    day,
    need,
    offer,
    published,
    second_look,
)


@pytest.fixture
async def desk_of(desk: Desk) -> Bank:
    return await bank(desk, f"湖州测试银行{secrets.token_hex(2)}")


async def _sent(desk: Desk, of: Bank) -> tuple[Need, str]:
    """A need whose owner let this bank read it."""
    version = await published(desk, of, name=f"快贷{secrets.token_hex(2)}")
    asked = await need(desk)
    return asked, await consented(asked, version)


async def _fill(page: Page, login: str, password: str, code: str) -> None:
    await page.get_by_label("登录名").fill(login)
    await page.get_by_label("密码").fill(password)
    await page.get_by_label("动态码").fill(code)
    await page.get_by_role("button", name="登录", exact=True).click()


async def _choose(page: Page, label: str, option: str) -> None:
    await page.locator(".el-form-item", has_text=label).locator(".el-select").click()
    await page.get_by_role("option", name=option, exact=True).click()


async def test_somebody_of_a_bank_comes_in_by_his_own_door_alone(page: Page, desk: Desk) -> None:
    made = await desk.newcomer(Role.PARTNER)
    await page.goto(f"{desk.url}/bank/")
    await expect(page.get_by_role("heading", name="合作机构登录")).to_be_focused()
    await shot(page, "bank-sign-in")
    await axe(page)
    await fits(page)
    await page.goto(f"{desk.url}/cases")
    await expect(page.get_by_role("heading", name="登录", exact=True)).to_be_focused()
    code = made.code()
    await _fill(page, made.login, made.password, code)
    await expect(page.locator(".problem")).to_contain_text("请从合作机构入口登录")
    await page.get_by_role("link", name="合作机构人员由此登录").click()
    await expect(page.get_by_role("heading", name="合作机构登录")).to_be_focused()
    await _fill(page, made.login, made.password, code)  # it was not spent at the wrong door
    await expect(page.get_by_role("heading", name="请先修改初始密码")).to_be_visible()
    await page.get_by_label("现在的密码").fill(made.password)
    await page.get_by_label("新密码", exact=True).fill(PASSWORD)
    await page.get_by_label("再填一次新密码").fill(PASSWORD)
    await page.get_by_role("button", name="修改并继续").click()
    await expect(page).to_have_url(f"{desk.url}/bank/referrals")
    # nobody has put him at a desk yet: told, and nothing shown
    await expect(page.locator(".problem").first).to_contain_text("对接岗")


async def test_nothing_of_the_bureau_stands_in_a_bank_s_menu_or_opens(page: Page, desk: Desk, desk_of: Bank) -> None:
    await come_in(page, desk, desk_of)
    await expect(page).to_have_url(f"{desk.url}/bank/referrals")
    entries = page.get_by_role("navigation", name="主菜单").first.get_by_role("link")
    await expect(entries).to_have_text(["融资对接", "匿名融资需求", "本机构产品", "本岗办理情况", "提醒", "我的账号"])
    for path in ("/cases", "/financing/applications", "/staff", "/enterprises"):
        await page.goto(f"{desk.url}/bank{path}")
        await expect(page.get_by_text("它属于主管部门的工作台，合作机构不能打开")).to_be_visible()
    await page.goto(f"{desk.url}/cases")
    await expect(page.get_by_role("heading", name="登录", exact=True)).to_be_visible()


async def test_the_bureau_s_people_are_sent_to_their_own_door(page: Page, desk: Desk) -> None:
    made = await desk.settled(await desk.newcomer(Role.MANAGER))
    await page.goto(f"{desk.url}/bank/")
    await _fill(page, made.login, made.password, pyotp.TOTP(made.secret).now())
    await expect(page.locator(".problem")).to_contain_text("请从工作人员入口登录")
    await expect(page.get_by_role("link", name="市场监管工作人员由此登录")).to_have_attribute("href", "/console/")


async def test_a_need_without_a_name_gets_an_interest_that_can_be_taken_back(
    page: Page, desk: Desk, desk_of: Bank
) -> None:
    asked = await need(desk, amount_wan="73", purpose="green", collateral=["receivables"])
    await come_in(page, desk, desk_of, "/listings?purpose=green")
    row = page.locator("tbody tr").first
    await expect(row).to_contain_text("应收账款质押")
    assert asked.shop.name not in await page.content()
    await shot(page, "bank-listings")
    await axe(page)
    await fits(page)
    await row.get_by_role("button", name="表达意向").click()
    dialog = page.get_by_role("dialog", name="表达意向")
    await dialog.get_by_role("button", name="表达意向").click()
    await expect(dialog.get_by_text("请填写金额")).to_be_visible()
    await dialog.get_by_label("意向金额（万元）").fill("60")
    await dialog.get_by_label("意向期限（个月）").fill("12")
    await dialog.get_by_label("年利率从（%）").fill("3.45")
    await dialog.get_by_label("年利率至（%）").fill("4")
    await _choose(page, "还款方式", "先息后本")
    await axe(page)
    await shot(page, "bank-signal")
    await dialog.get_by_role("button", name="表达意向").click()
    await expect(row).to_contain_text("60 万元，12 个月，3.45% 至 4%")
    told = (await asked.keeper.get(asked.path))["signals"]
    assert [one["institution"] for one in told] == [desk_of.name]
    await page.goto(f"{desk.url}/bank/listings?purpose=green&is_signalled=true")
    await page.get_by_role("button", name="撤回意向").click()
    await page.get_by_role("dialog").get_by_role("button", name="撤回意向").click()
    await expect(page.get_by_text("没有符合筛选条件的内容。")).to_be_visible()
    assert (await asked.keeper.get(asked.path))["signals"] == []


async def test_what_was_consented_to_is_read_with_a_record_and_gone_with_the_consent(
    page: Page, desk: Desk, desk_of: Bank
) -> None:
    asked, referral = await _sent(desk, desk_of)
    await come_in(page, desk, desk_of)
    await shot(page, "bank-referrals")
    await axe(page)
    await fits(page)
    await page.get_by_role("link", name=await number_of(desk, referral)).click()
    await expect(page.get_by_role("heading", name="企业授权")).to_be_visible()
    await expect(page.get_by_role("list", name="同意提供的数据项")).to_contain_text("企业名称")
    assert asked.shop.name not in await page.content()
    await page.get_by_role("button", name="查看企业资料").click()
    dialog = page.get_by_role("dialog", name="查看企业资料")
    await expect(dialog).to_contain_text("企业随时可以看到")
    await shot(page, "bank-reading-asked")
    assert (
        await desk.database.fetchval("SELECT count(*) FROM financing_reads WHERE referral_id = $1::uuid", referral) == 0
    )
    await dialog.get_by_role("button", name="查看并留下记录").click()
    await expect(page.locator("dl", has_text="企业名称")).to_contain_text(asked.shop.name)
    await expect(page.get_by_text("本机构查看过 1 次")).to_be_visible()
    await shot(page, "bank-reading")
    await axe(page)
    await fits(page)
    reads = (await asked.keeper.get(f"{asked.path}/reads"))["items"]
    assert [one["institution"] for one in reads] == [desk_of.name]
    await revoke(asked)
    await page.get_by_role("button", name="受理", exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name="受理").click()
    await expect(page.get_by_role("dialog").locator(".problem")).to_contain_text("已被他人修改")
    await page.get_by_role("dialog").get_by_role("button", name="返回").click()
    await expect(page.get_by_text("企业资料不再显示。")).to_be_visible()
    assert asked.shop.name not in await page.content()
    await expect(page.get_by_role("group", name="办理")).to_be_hidden()
    await shot(page, "bank-revoked")
    await axe(page)


async def test_a_bank_takes_a_referral_and_offers_with_the_cost_before_its_eyes(
    page: Page, desk: Desk, desk_of: Bank
) -> None:
    asked, referral = await _sent(desk, desk_of)
    await come_in(page, desk, desk_of, f"/referrals/{referral}")
    await page.get_by_role("button", name="受理", exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name="受理").click()
    await expect(page.get_by_text("已受理，企业会收到通知。")).to_be_visible()
    await page.get_by_role("button", name="登记已联系企业").click()
    await page.get_by_role("dialog").get_by_role("button", name="登记").click()
    await page.get_by_role("button", name="授信并报价").click()
    form = page.locator(".act")
    await form.get_by_role("button", name="授信并报价").click()
    await expect(form.get_by_text("请填写金额")).to_be_visible()
    await form.get_by_label("金额（万元）").fill("50")
    await form.get_by_label("期限（个月）").fill("12")
    await form.get_by_label("年利率（%）").fill("3.85")
    await _choose(page, "还款方式", "先息后本")
    await _choose(page, "担保方式", "信用")
    await form.get_by_label("报价有效期至").fill(day(20))
    await form.get_by_label("报价有效期至").press("Enter")
    await expect(form.get_by_role("region", name="试算")).to_contain_text("3.9187%")
    await shot(page, "bank-offer")
    await axe(page)
    await fits(page)
    await form.get_by_role("button", name="授信并报价").click()
    await expect(page.get_by_text("报价已送达企业。")).to_be_visible()
    await at_desk(desk, desk_of, referral, "offer", offer("3.6", amount_wan="301"))
    await page.reload()
    await settled(page)
    table = page.get_by_role("region", name="各版报价对比")
    await expect(table).to_contain_text("第 2 版")
    cells = table.get_by_role("row", name=re.compile("^与公布的产品不同")).get_by_role("cell")
    await expect(cells).to_have_text(["金额不在公布的 5 至 300 万元之内", "没有"])
    await expect(page.get_by_text("放款登记").first).to_be_visible()
    await shot(page, "bank-offers")
    await axe(page)
    await fits(page)
    await _draw(page)
    await expect(page.get_by_text("已登记，待企业确认。")).to_be_visible()
    head = page.get_by_role("region", name="融资对接")
    await expect(head.get_by_text("待确认放款")).to_be_visible()
    await expect(head).to_contain_text("企业确认")
    await answer_drawing(asked, referral, "contest", {"words": "钱还没有到账"})
    await page.reload()
    await settled(page)
    await expect(head).to_contain_text("企业否认或没有确认登记的放款")
    await expect(page.get_by_role("region", name="经过")).to_contain_text("钱还没有到账")
    await shot(page, "bank-contested")
    await axe(page)
    await fits(page)
    await _draw(page)
    await expect(head.get_by_text("待确认放款")).to_be_visible()
    await answer_drawing(asked, referral, "confirm")
    assert (await asked.keeper.get(asked.path))["state"] == "closed"


async def _draw(page: Page) -> None:
    await page.get_by_role("button", name="登记放款").click()
    await expect(page.locator(".act")).to_contain_text("记为授信后未登记放款")
    for label, on in (("放款日期", day(0)), ("到期日", day(365))):
        await page.get_by_label(label).fill(on)
        await page.get_by_label(label).press("Enter")
    await page.locator(".act").get_by_role("button", name="登记放款").click()


async def test_a_refusal_names_its_ground_and_a_second_look_is_answered(page: Page, desk: Desk, desk_of: Bank) -> None:
    asked, referral = await _sent(desk, desk_of)
    await come_in(page, desk, desk_of, f"/referrals/{referral}")
    await page.get_by_role("button", name="不予通过").click()
    form = page.locator(".act")
    await form.get_by_role("button", name="不予通过").click()
    await expect(form.get_by_text("请选择原因。")).to_be_visible()
    await form.get_by_text("抵质押不足").click()
    await form.get_by_label("理由").fill("缺少可以处置的抵押物")
    await form.get_by_label("怎样可以改变结果").fill("增加担保后可以再申请")
    await shot(page, "bank-refuse")
    await axe(page)
    await form.get_by_role("button", name="不予通过").click()
    await expect(page.get_by_text("未通过：抵质押不足")).to_be_visible()
    await second_look(asked, referral)
    await page.goto(f"{desk.url}/bank/referrals?box=look")
    await page.get_by_role("link", name=await number_of(desk, referral)).click()
    await expect(page.get_by_text("已找到担保公司担保。").first).to_be_visible()
    await page.get_by_role("button", name="答复二次对接").click()
    form = page.locator(".act")
    await form.get_by_text("维持原决定", exact=True).click()
    await form.get_by_label("结论和理由（企业会看到）").fill("担保仍然不足")
    await shot(page, "bank-second-look")
    await axe(page)
    await fits(page)
    await form.get_by_role("button", name="提交答复").click()
    await expect(page.get_by_text("银行维持原决定")).to_be_visible()


async def test_a_bank_notes_that_the_owner_gives_up(page: Page, desk: Desk, desk_of: Bank) -> None:
    asked, referral = await _sent(desk, desk_of)
    await at_desk(desk, desk_of, referral, "accept")
    await come_in(page, desk, desk_of, f"/referrals/{referral}")
    await page.get_by_role("button", name="登记企业放弃").click()
    dialog = page.get_by_role("dialog", name="登记企业放弃")
    await dialog.get_by_label("企业何时、以何种方式表示放弃（企业会看到）").fill("11月23日电话告知暂不需要")
    await dialog.get_by_role("button", name="登记企业放弃").click()
    await expect(page.get_by_text("企业已放弃，资料不能再查看。")).to_be_visible()
    told = (await asked.keeper.get(asked.path))["referrals"][0]
    assert (told["state"], told["end_reason"]) == ("given_up", "银行登记企业放弃：11月23日电话告知暂不需要")


async def test_another_bank_s_referral_is_not_there(page: Page, desk: Desk, desk_of: Bank) -> None:
    rival = await bank(desk)
    _, referral = await _sent(desk, desk_of)
    await at_desk(desk, desk_of, referral, "refuse", REFUSAL)
    await come_in(page, desk, rival, f"/referrals/{referral}")
    await expect(page.locator(".problem")).to_contain_text("没有找到")
    for path in ("", "/reading"):
        async with await client(desk, rival) as door:
            send = door.post if path else door.get
            assert (await send(f"/referrals/{referral}{path}")).status_code == 404
    await page.goto(f"{desk.url}/bank/referrals")
    await expect(page.get_by_text("还没有推送给本对接岗的融资对接")).to_be_visible()


async def test_own_products_figures_notices_and_account(page: Page, desk: Desk, desk_of: Bank) -> None:
    _, referral = await _sent(desk, desk_of)
    await at_desk(desk, desk_of, referral, "refuse", REFUSAL)
    await come_in(page, desk, desk_of, "/products")
    await expect(page.locator("tbody tr")).to_have_count(1)
    for path, title, words in (
        ("products", "本机构产品", "3.2% 至 4.5%"),
        ("figures", "本岗办理情况", "抵质押不足"),
        ("notices", "提醒", "一项融资对接待受理"),
        ("profile", "我的账号", desk_of.name),
    ):
        await page.goto(f"{desk.url}/bank/{path}")
        await settled(page)
        await expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
        await expect(page.get_by_role("main")).to_contain_text(words)
        await shot(page, f"bank-{path}")
        await axe(page)
        await fits(page)


async def test_a_lapsed_session_waits_for_the_same_person(page: Page, desk: Desk, desk_of: Bank) -> None:
    session = await come_in(page, desk, desk_of, "/products")
    await desk.database.execute("UPDATE staff_sessions SET ended_at = now() WHERE id = $1", session.id)
    await page.get_by_role("link", name="本岗办理情况").first.click()
    await expect(page.get_by_role("heading", name="合作机构登录")).to_be_visible()
    await expect(page.get_by_text("登录已结束")).to_be_visible()
