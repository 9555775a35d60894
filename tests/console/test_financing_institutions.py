"""Institutions on the screen of the bureau: their desks, people, keys and assessments, and who may change them."""

import re

from playwright.async_api import Page, expect

from backend.access import Role
from tests.console import financing_desk as bench
from tests.console.browser import axe, fits, settled, shot, sign_in
from tests.console.desk import Desk


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
    await bench.pick(page, "合作机构账号", "孙对接")
    await shot(page, "institution-join")
    await axe(page)
    await page.get_by_role("form", name="递铺支行：加入人员").get_by_role("button", name="加入", exact=True).click()
    await expect(page.get_by_role("button", name="把孙对接移出递铺支行")).to_be_visible()
    await page.get_by_role("button", name="发放密钥").click()
    form = page.get_by_role("form", name="发放密钥")
    await bench.pick(page, "以谁的身份", "孙对接")
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
