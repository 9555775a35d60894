"""A question made public by two, its asker barred and heard; who is away, who knows what, who puts what right."""

import asyncio
import re
import secrets
from datetime import timedelta

from playwright.async_api import Page, expect

from backend.access import Role
from backend.foundation import clock
from tests.console.browser import axe, fits, shot, sign_in
from tests.console.case_desk import act, answered, assigned
from tests.console.desk import WITHIN, Desk
from tests.console.owners import Owner, owner

_CASE = "SELECT id::text FROM cases WHERE origin = 'questions' AND origin_id = $1::uuid"
_STAFF = "SELECT id::text FROM staff WHERE login = $1"


async def _asked(desk: Desk, text: str) -> tuple[Owner, str]:
    """Let somebody ask, and wait until the check let it through as a case."""
    asker = await owner(desk, f"1{secrets.randbelow(10**10):010d}")
    question = (await asker.send("/questions", {"category": "consult_ip", "text": text}))["id"]
    async with asyncio.timeout(WITHIN):
        while (case := await desk.database.fetchval(_CASE, question)) is None:
            await asyncio.sleep(0.1)
    return asker, str(case)


async def _change(page: Page, desk: Desk, login: str, path: str) -> None:
    await page.context.clear_cookies()
    await sign_in(page, desk, login, path)


async def _look(page: Page, name: str) -> None:
    await shot(page, name)
    await axe(page)
    await fits(page)


async def test_an_answer_is_made_public_by_two_and_withdrawn(page: Page, desk: Desk) -> None:
    manager = await desk.account(Role.MANAGER, name="林主管")
    writer = await desk.account(Role.PUBLISHER, name="李起草")
    _, case = await _asked(desk, "我是王老五，电话 13800138000，商标怎么注册？")
    await assigned(desk, case, manager)
    await act(desk, manager, case, "accept")
    await answered(desk, manager, case)

    await sign_in(page, desk, writer, f"/cases/{case}")
    await page.get_by_role("link", name="起草公开稿").click()
    await expect(page.get_by_label("公开的答复", exact=True)).to_have_value("可以申报，材料见附件。")
    await page.get_by_role("button", name="提交核对").click()
    await expect(page.get_by_text("含有手机号，请隐去后再提交。")).to_have_count(2)
    await _look(page, "publication-new")
    await page.get_by_label("标题").fill("商标怎样注册")
    await page.get_by_label("公开的问题").fill("小店的商标怎样注册？")
    await page.get_by_role("button", name="提交核对").click()
    await expect(page.get_by_text("由您起草，须由另一人核对后公开。")).to_be_visible()
    await expect(page.get_by_role("button", name="核对并公开")).to_have_count(0)
    address = page.url.removeprefix(desk.url)

    await _change(page, desk, manager, address)
    await page.get_by_role("button", name="核对并公开").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="核对并公开").click()
    await expect(page.get_by_role("link", name="起草更正")).to_be_visible()
    await _look(page, "publication")
    await page.get_by_role("button", name="撤下").click()
    await dialog.get_by_label("撤下的原因").fill("依据已经变更。")
    await dialog.get_by_role("button", name="撤下").click()
    await expect(page.get_by_text("已撤下：依据已经变更。")).to_be_visible()
    await page.get_by_role("link", name="公开答复").first.click()
    await expect(page.get_by_role("link", name="商标怎样注册")).to_be_visible()
    await _look(page, "publications")


async def test_who_abuses_is_barred_and_another_decides_his_appeal(page: Page, desk: Desk) -> None:
    first, second = await desk.account(Role.MANAGER, name="林主管"), await desk.account(Role.MANAGER, name="周主管")
    asker, case = await _asked(desk, "反复提交的广告内容，请加我。")
    await sign_in(page, desk, first, f"/cases/{case}")
    await page.get_by_role("button", name="限制提问").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="限制提问").click()
    await expect(dialog.get_by_text("请写明依据。")).to_be_visible()
    await dialog.get_by_label("理由（对方会看到）").fill("一天内反复提交广告。")
    await dialog.get_by_label("依据（对方会看到）").fill("平台使用规则第六条")
    until = f"{clock.today() + timedelta(days=30)}"
    await dialog.get_by_role("combobox", name="限制到哪一天（含当天）").fill(until)
    await dialog.get_by_role("combobox", name="限制到哪一天（含当天）").press("Enter")
    await _look(page, "question-bar-new")
    await dialog.get_by_role("button", name="限制提问").click()
    await expect(page.get_by_role("heading", level=1, name=re.compile("限制提问 WW-"))).to_be_visible()
    await expect(page.get_by_text(f"{until} 23:59")).to_be_visible()
    address = page.url.removeprefix(desk.url)

    await asker.send("/question-bar/appeal", {"text": "是别人用了我的手机。"})
    await page.reload()
    await expect(page.get_by_text("申诉须由作出限制以外的人处理。")).to_be_visible()
    await _change(page, desk, second, "/question-bars?only=appealed")
    await expect(page.get_by_text("申诉待处理", exact=True).last).to_be_visible()
    await _look(page, "question-bars")
    await page.goto(desk.url + address)
    await _look(page, "question-bar")
    await page.get_by_role("button", name="申诉成立，解除限制").click()
    await dialog.get_by_label("理由（对方会看到）").fill("情况属实。")
    await dialog.get_by_role("button", name="申诉成立，解除限制").click()
    await expect(page.get_by_text("已提前解除", exact=True)).to_be_visible()
    assert (await asker.get("/question-bar"))["is_barred"] is False


async def test_absences_are_told_by_oneself_and_for_others(page: Page, desk: Desk) -> None:
    worker = await desk.account(Role.SPECIALIST, name="曹休假")
    manager = await desk.account(Role.MANAGER, name="林主管")
    await sign_in(page, desk, worker, "/profile")
    own = page.get_by_role("region", name="不在岗登记")
    await own.get_by_role("button", name="登记不在岗").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_text("培训", exact=True).click()
    await _look(page, "absence-new")
    await dialog.get_by_role("button", name="登记", exact=True).click()
    await expect(own.get_by_text("培训", exact=True)).to_be_visible()
    await _look(page, "absence-own")

    await _change(page, desk, manager, "/absences")
    row = page.get_by_role("row", name=re.compile("^曹休假"))
    await expect(row.get_by_text("不在岗", exact=True)).to_be_visible()
    await _look(page, "absences")
    await page.get_by_role("button", name="代为登记").click()
    await dialog.get_by_role("combobox", name="同事").fill("曹休假")
    await page.get_by_role("option", name="曹休假").click()
    await dialog.get_by_role("button", name="登记", exact=True).click()
    await expect(dialog.get_by_text("这几天中已登记过不在岗")).to_be_visible()
    await dialog.get_by_role("button", name="返回").click()
    await page.get_by_role("button", name="撤回：曹休假").click()
    await dialog.get_by_role("button", name="撤回登记").click()
    await expect(row).to_have_count(0)


async def test_what_somebody_knows_is_noted(page: Page, desk: Desk) -> None:
    person = await desk.database.fetchval(_STAFF, await desk.account(Role.SPECIALIST, name="曹专长"))
    await sign_in(page, desk, await desk.account(Role.MANAGER), f"/staff/{person}")
    card = page.get_by_role("region", name="专长")
    await card.get_by_role("button", name="登记专长").click()
    await _look(page, "skills")
    await card.get_by_role("combobox", name="全部专长").fill("知识产权")
    await page.get_by_role("option", name=re.compile("知识产权")).click()
    await card.get_by_role("combobox", name="全部专长").press("Tab")
    await card.get_by_role("button", name="保存").click()
    await expect(card.get_by_role("button", name="登记专长")).to_be_visible()
    await expect(card.get_by_text("知识产权")).to_be_visible()


async def test_a_problem_is_found_by_whom_it_concerns_and_given_to_another(page: Page, desk: Desk) -> None:
    manager, worker = await desk.account(Role.MANAGER), await desk.account(Role.SPECIALIST, name="曹整治")
    await desk.account(Role.SPECIALIST, name="钱接手")
    problem = {"title": "灭火器过期", "responsible_id": await desk.database.fetchval(_STAFF, worker), "days": 5}
    async with await desk.client(manager) as client:
        (await client.post("/problem-lists", json={"title": "消防检查", "problems": [problem]})).raise_for_status()
    await sign_in(page, desk, worker, "/problems")
    await _look(page, "problems")
    await page.get_by_role("link", name="灭火器过期").click()
    await expect(page.get_by_role("button", name="报告第 1 项整改完成")).to_be_visible()
    await expect(page.get_by_role("button", name="调整第 1 项")).to_have_count(0)

    await _change(page, desk, manager, page.url.removeprefix(desk.url))
    await page.get_by_role("button", name="调整第 1 项").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("理由").fill("原责任人出差。")
    await dialog.get_by_role("button", name="调整", exact=True).click()
    await expect(dialog.get_by_text("至少调整一项")).to_be_visible()
    await _look(page, "problem-change")
    await dialog.get_by_role("combobox", name="整改责任人").fill("钱接手")
    await page.get_by_role("option", name="钱接手").click()
    await dialog.get_by_role("button", name="调整", exact=True).click()
    await expect(page.get_by_text(re.compile("钱接手 负责"))).to_be_visible()
    await expect(page.get_by_text("原责任人出差。")).to_be_visible()
