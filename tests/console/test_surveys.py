"""A survey on the screen: written by one, released by another, its results drawn, what is needed made a case."""

import re
from uuid import UUID, uuid4

import orjson
from playwright.async_api import Page, expect

from backend.access import Role
from tests.console.browser import axe, fits, shot, sign_in
from tests.console.desk import Desk
from tests.console.policy_desk import choose, confirm, field

_ANSWERS = """
INSERT INTO survey_answers
    (id, survey_id, enterprise_id, answers, district, size, writes, saved_at, answered_at, written_at)
SELECT gen_random_uuid(), $1, e.id, ($2::text[])[1 + (e.place % 2)::int]::jsonb, e.district, e.statistical_size, 1,
    now(), now(), now()
FROM (SELECT id, district, statistical_size, row_number() OVER (ORDER BY id) AS place FROM enterprises LIMIT 60) e
"""


async def _answered(desk: Desk, survey: UUID) -> None:
    """Let sixty enterprises have answered, half of them that they lack people."""
    rows = await desk.database.fetchval("SELECT questions FROM surveys WHERE id = $1", survey)
    first, second = orjson.loads(rows)
    told = [{first["key"]: one["code"], second["key"]: f"请帮忙：{one['words']}"} for one in first["choices"][:2]]
    await desk.database.execute(_ANSWERS, survey, [orjson.dumps(one).decode() for one in told])


async def test_from_a_blank_page_to_a_case(page: Page, desk: Desk) -> None:
    title = f"用工调查{uuid4().hex[:6]}"
    writer, reviewer = (
        await desk.account(Role.PUBLISHER, name="李起草"),
        await desk.account(Role.REVIEWER, name="王审核"),
    )
    await sign_in(page, desk, writer, "/surveys/new")
    await page.get_by_role("button", name="保存草稿").click()
    await expect(page.get_by_text("请填写“标题”。")).to_be_visible()
    await field(page, "标题").get_by_role("textbox").fill(title)
    await field(page, "调查原因").get_by_role("textbox").fill("了解小店的用工困难")
    await field(page, "题目").get_by_role("textbox").fill("最大的困难是什么？")
    await field(page, "选项，一行一个").get_by_role("textbox").fill("用工\n资金\n没有困难")
    await page.get_by_role("button", name="增加一题").click()
    second = page.get_by_role("listitem").filter(has_text="第 2 题")
    await choose(page, field(second, "题型"), "文字")
    await field(second, "题目").get_by_role("textbox").fill("需要我们做什么？")
    await second.get_by_text("告知企业：答复可能转为事项").click()
    await page.get_by_role("button", name="未填写的条件").click()
    form = page.get_by_role("group", name="编辑条件")
    await choose(page, field(form, "信息项"), "登记状态")
    await expect(field(form, "原文")).to_have_count(0)
    await choose(page, field(form, "值"), "存续")
    await form.get_by_role("button", name="完成").click()
    await shot(page, "survey-edit")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="保存草稿").click()
    await expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()

    await page.get_by_text("对象", exact=True).click()
    await expect(page.get_by_text("将通知")).to_be_visible()
    await shot(page, "survey-audience")
    await axe(page)
    await page.get_by_role("button", name="提交审核").click()
    await confirm(page, "提交审核")
    await expect(page.get_by_text("待审核")).to_be_visible()
    await expect(page.get_by_role("button", name="审核并发放")).to_have_count(0)

    address = page.url.removeprefix(desk.url)
    await page.context.clear_cookies()
    await sign_in(page, desk, reviewer, address)
    await page.get_by_role("button", name="审核并发放").click()
    await confirm(page, "发放")
    await expect(page.get_by_text("答卷还不足以公布结果", exact=False)).to_be_visible()
    survey = UUID(address.rsplit("/", 1)[1])
    await _answered(desk, survey)
    await page.get_by_role("button", name="提前结束").click()
    await page.get_by_role("dialog").get_by_role("textbox").fill("答卷已足够")
    await confirm(page, "结束")
    await expect(page.get_by_role("heading", name="最终结果")).to_be_visible()
    await expect(page.get_by_text(re.compile("统计了 60 份答卷"))).to_be_visible()
    await page.get_by_text("按属地").click()
    await page.get_by_text("最大的困难是什么？的答复数：数据表").click()
    await expect(page.get_by_role("row", name=re.compile("用工"))).to_contain_text("30")
    await shot(page, "survey-results")
    await axe(page)
    await fits(page)
    async with page.expect_download() as begun:
        await page.get_by_role("link", name="导出 CSV").click()
    assert (await begun.value).suggested_filename == f"survey-{survey}.csv"

    await page.context.clear_cookies()
    await sign_in(page, desk, writer, address)
    await page.get_by_text("文字和需求").click()
    await expect(page.get_by_text("请帮忙：用工").first).to_be_visible()
    await page.get_by_role("button", name="转为事项").first.click()
    await confirm(page, "转为事项")
    await expect(page.get_by_role("link", name=re.compile("WW-"))).to_be_visible()
    await shot(page, "survey-needs")
    await axe(page)


async def test_the_list_keeps_its_filter_and_offers_only_what_one_may(page: Page, desk: Desk) -> None:
    auditor = await desk.account(Role.AUDITOR, name="赵审计")
    await sign_in(page, desk, auditor, "/surveys?state=withdrawn")
    await expect(page.get_by_text("没有符合筛选条件的内容。")).to_be_visible()
    await expect(page.get_by_role("button", name="起草需求调查")).to_have_count(0)
    await page.get_by_role("button", name="清除筛选", exact=True).click()
    await page.get_by_role("link", name="演示：小微企业冬季需求调查").click()
    await expect(page.get_by_role("heading", level=1, name="演示：小微企业冬季需求调查")).to_be_visible()
    await page.get_by_text("题目", exact=True).click()
    await expect(page.get_by_text("需要我们帮您办一件什么事？")).to_be_visible()
    await expect(page.get_by_role("button", name="撤回")).to_have_count(0)
    await shot(page, "survey-content")
    await axe(page)
