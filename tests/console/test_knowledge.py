"""The knowledge base on the screen: written with what it rests on, reviewed, corrected when that ends, its gaps."""

import asyncio
import re

from playwright.async_api import Page, expect

from backend.access import Role
from tests.console.browser import axe, fits, settled, shot, sign_in
from tests.console.desk import WITHIN, Desk
from tests.console.policy_desk import act, choose, confirm, field, named, released

_CASE = """
INSERT INTO cases (id, number, origin, origin_id, category, channel, title, body, urgency, state, terms, received_at,
                   moved_at, opened_by_kind)
VALUES (uuidv7(), 'WW-T-' || $1, 'cases', uuidv7(), 'help_rights', 'counter', $2, $2, 'normal', 'received', '{}', now(),
        now(), 'system') RETURNING id
"""
_REPORT = """
WITH report AS (
    INSERT INTO knowledge_gap_reports (id, made_at, since, questions, is_cut, categories)
    VALUES (uuidv7(), now(), now() - interval '90 days', 2, FALSE, '[{"category": "help_rights", "questions": 2}]')
    RETURNING id
)
INSERT INTO knowledge_gaps (id, report_id, category, size, shared, case_ids)
SELECT uuidv7(), id, 'help_rights', 2, '{会员,退钱}', $1::uuid[] FROM report
"""


async def _seen(page: Page, words: str | re.Pattern[str]) -> None:
    """Wait for what a worker does, with the page asked again."""
    async with asyncio.timeout(WITHIN):
        while not await page.get_by_text(words).count():
            await asyncio.sleep(0.5)
            await page.reload()
            await page.wait_for_load_state("networkidle")


async def test_an_article_is_written_reviewed_and_corrected_when_its_policy_ends(page: Page, desk: Desk) -> None:
    policy_title, title = named("被引用的政策"), named("小店减费怎么申请")
    policy = await released(desk, policy_title)
    writer = await desk.account(Role.SPECIALIST, name="李撰写")
    await sign_in(page, desk, writer, "/knowledge/new")
    await field(page, "标题").get_by_role("textbox").fill(title)
    await choose(page, field(page, "类别"), "政策咨询")
    await field(page, "常见问法").get_by_role("textbox").fill("小店能减多少费\n十人以下怎么减")
    await page.get_by_role("textbox", name="正文", exact=True).fill("## 办法\n\n- **自行**申报")
    await expect(page.get_by_role("region", name="正文的预览").get_by_text("自行")).to_be_visible()
    await page.get_by_role("combobox", name="引用政策库中的政策").fill(policy_title)
    await page.locator(".el-select-dropdown__item:visible").filter(has_text=policy_title).click()
    await page.get_by_role("textbox", name="第 1 处依据引用的内容").fill("第一条：十人以下减费")
    await shot(page, "article-editor")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="保存草稿").click()
    await expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    await page.get_by_role("button", name="提交审核").click()
    await confirm(page, "提交审核")
    await expect(page.get_by_text("第 1 版 待审核")).to_be_visible()
    address = page.url.removeprefix(desk.url)

    await page.context.clear_cookies()
    await sign_in(page, desk, await desk.account(Role.REVIEWER, name="王复核"), address)
    await expect(page.get_by_role("link", name=f"《{policy_title}》")).to_be_visible()
    await page.get_by_role("button", name="审核通过，发布").click()
    await confirm(page, "审核通过，发布")
    await expect(page.get_by_text("第 1 版 已发布")).to_be_visible()
    await shot(page, "article")
    await axe(page)
    await fits(page)

    await act(desk, "fuhe", policy, "withdraw", {"reason": "依据被废止"})
    await page.context.clear_cookies()
    await sign_in(page, desk, writer, address)
    await _seen(page, "依据已变更，待核对")
    await page.goto(f"{desk.url}/knowledge/corrections")
    row = page.get_by_role("row").filter(has_text=title)
    await expect(row.get_by_text(re.compile("已撤回：依据被废止"))).to_be_visible()
    await shot(page, "corrections")
    await axe(page)
    await fits(page)
    await row.locator(".el-checkbox").click()
    await page.get_by_role("button", name="注明不受影响").first.click()
    await page.get_by_role("dialog").get_by_role("textbox").fill("只是文号变了")
    await confirm(page, "注明不受影响")
    await expect(page.get_by_role("row").filter(has_text=title)).to_have_count(0)


async def test_a_gap_begins_an_article_with_its_questions(page: Page, desk: Desk) -> None:
    said = ("健身房会员卡怎么退钱，电话13812345678", "健身房的会员卡能退钱吗")
    cases = [await desk.database.fetchval(_CASE, str(number), text) for number, text in enumerate(said)]
    await desk.database.execute(_REPORT, cases)
    await sign_in(page, desk, await desk.account(Role.SPECIALIST), "/knowledge/gaps")
    await expect(page.get_by_text("2 个相近的问题 · 权益受损")).to_be_visible()
    await expect(page.get_by_text(re.compile(r"138\*{4}5678"))).to_be_visible()
    await shot(page, "gaps")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="起草条目").click()
    await expect(page.get_by_role("heading", name="大家这样问（2 个问题）")).to_be_visible()
    await expect(field(page, "常见问法").get_by_role("textbox")).to_have_value(re.compile("会员卡能退钱吗"))


async def test_the_list_is_searched_and_shows_who_may_only_read_no_acts(page: Page, desk: Desk) -> None:
    await sign_in(page, desk, await desk.account(Role.FRONT_DESK), "/knowledge")
    await expect(page.get_by_role("heading", level=1, name="知识库")).to_be_visible()
    await expect(page.get_by_role("button", name="起草条目")).to_have_count(0)
    await page.get_by_role("textbox", name="检索编号、标题和正文").fill("残疾人就业保障金")
    await expect(page).to_have_url(re.compile(r"[?&]q="))  # what was found before stays there, dim, until then
    await settled(page)
    await expect(page.get_by_role("link", name="三十人以下的企业要交残疾人就业保障金吗")).to_be_visible()
    await shot(page, "knowledge")
    await axe(page)
    await fits(page)
