"""Cases on the screen: taken, asked for what is missing, answered, refused, rated, and shown to whom they concern."""

import re
from datetime import UTC, datetime, timedelta

from playwright.async_api import Page, expect

from backend.access import Role
from tests.console.browser import axe, fits, settled, shot, sign_in
from tests.console.case_desk import CITATION, act, answered, assigned, claimed, hurried, taken_down
from tests.console.desk import Desk
from tests.console.policy_desk import released


async def _do(page: Page, label: str) -> None:
    """Press an act's button and then the dialog's."""
    await page.get_by_role("group", name="办理").get_by_role("button", name=label, exact=True).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name=label, exact=True).click()
    await expect(dialog).to_be_hidden()


async def _begin(page: Page, label: str) -> None:
    await page.get_by_role("group", name="办理").get_by_role("button", name=label, exact=True).click()


async def test_taken_asked_supplied_answered_with_a_policy_and_confirmed(page: Page, desk: Desk) -> None:
    clerk = await desk.account(Role.SPECIALIST, name="陈专员")
    case = await taken_down(desk, await desk.account(Role.FRONT_DESK, name="吴窗口"), "小店想申请减费")
    asker = await claimed(desk, case)
    await assigned(desk, case, clerk)
    await released(desk, "答复引用的小店减费办法")
    await sign_in(page, desk, clerk, f"/cases/{case}")
    await shot(page, "case-received")
    await _do(page, "接办")
    await expect(page.get_by_text("办理中", exact=True)).to_be_visible()

    await _begin(page, "一次性告知")
    await shot(page, "case-ask")
    await axe(page)
    await page.get_by_role("button", name="告知", exact=True).click()
    await expect(page.get_by_text("请至少写明一项需要补充的材料。")).to_be_visible()
    await page.get_by_label("需要补充的材料").fill("近三个月的用工名册")
    await page.get_by_label("为什么需要").fill("核对从业人数")
    await page.get_by_role("button", name="告知", exact=True).click()
    await expect(page.get_by_text("等待补充材料", exact=True)).to_be_visible()
    timeline = page.get_by_role("region", name="办理经过")
    await expect(timeline.get_by_text("近三个月的用工名册")).to_be_visible()

    await asker.send(f"/cases/{case}/supply", {"text": "名册在此，一共七个人。"})
    await page.reload()
    await expect(timeline.get_by_text("名册在此，一共七个人。")).to_be_visible()
    await _begin(page, "答复")
    await page.get_by_label("答复内容").fill("可以按减费办法申报，减免一半。")
    await page.get_by_role("combobox", name="查找政策或知识库作为依据").fill("答复引用的小店")
    await page.get_by_role("option", name=re.compile("答复引用的小店减费办法")).click()
    await expect(page.get_by_label("依据 1（政策）")).to_have_value("《答复引用的小店减费办法》")
    await page.get_by_role("button", name="填写法律法规").click()
    await page.get_by_label("依据 2（法律法规）").fill(CITATION["words"])
    await shot(page, "case-answer")
    await axe(page)
    await fits(page)
    await page.get_by_role("region", name="答复", exact=True).get_by_role("button", name="答复", exact=True).click()
    await expect(page.get_by_text("已答复，待确认", exact=True)).to_be_visible()
    await expect(timeline.get_by_role("link", name="《答复引用的小店减费办法》")).to_be_visible()

    shown = await asker.get(f"/cases/{case}")
    cited = next(one["citations"] for one in shown["timeline"] if one["kind"] == "answered")
    assert [one["ref_version"] is not None for one in cited] == [True, False]
    await asker.send(f"/cases/{case}/confirm", {"rating": {"level": 5, "text": "很快"}})
    await page.reload()
    await expect(page.get_by_text("已办结（本人确认）", exact=True)).to_be_visible()
    await expect(page.get_by_role("region", name="评价").get_by_text("非常满意")).to_be_visible()
    await shot(page, "case-closed")
    await axe(page)
    await fits(page)


async def test_who_was_slower_is_told_what_happened_and_keeps_his_words(page: Page, desk: Desk) -> None:
    first, second = await desk.account(Role.MANAGER, name="甲主管"), await desk.account(Role.MANAGER, name="乙主管")
    case = await taken_down(desk, first, "两人同时办的事")
    await sign_in(page, desk, second, f"/cases/{case}")
    await _begin(page, "答复")
    await page.get_by_label("答复内容").fill("乙写的答复，不能丢。")
    await act(desk, first, case, "reply", {"text": "甲先回复了一句。"})
    send = page.get_by_role("region", name="答复", exact=True).get_by_role("button", name="答复", exact=True)
    await send.click()
    await expect(page.get_by_role("alert").get_by_text(re.compile("甲主管回复"))).to_be_visible()
    await expect(page.get_by_text("甲先回复了一句。")).to_be_visible()
    await expect(page.get_by_label("答复内容")).to_have_value("乙写的答复，不能丢。")
    await shot(page, "case-conflict")
    await axe(page)

    await act(desk, first, case, "answer", {"text": "甲答复了。", "citations": []})
    await send.click()
    await expect(page.get_by_text("现在不能答复")).to_be_visible()
    await expect(page.get_by_label("答复内容")).to_have_value("乙写的答复，不能丢。")
    await expect(send).to_be_disabled()


async def test_a_question_in_a_dialog_is_answered_for_what_stands_there_by_then(page: Page, desk: Desk) -> None:
    first, second = await desk.account(Role.MANAGER, name="甲主管"), await desk.account(Role.MANAGER, name="乙主管")
    case = await taken_down(desk, first, "两人同时督办的事")
    await sign_in(page, desk, second, f"/cases/{case}")
    await _begin(page, "挂牌督办")
    await act(desk, first, case, "supervise", {"reason": "甲认为久拖不决。"})
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("理由").fill("乙认为久拖不决。")
    await dialog.get_by_role("button", name="挂牌督办").click()
    await expect(dialog.get_by_text(re.compile("甲主管挂牌督办"))).to_be_visible()
    await dialog.get_by_role("button", name="挂牌督办").click()
    await expect(dialog.get_by_text("已经挂牌督办")).to_be_visible()
    await expect(dialog.get_by_label("理由")).to_have_value("乙认为久拖不决。")
    await dialog.get_by_role("button", name="返回").click()
    await expect(page.get_by_text("甲认为久拖不决。")).to_be_visible()
    await expect(page.get_by_role("button", name="挂牌督办")).to_have_count(0)


async def test_who_only_reads_is_offered_nothing_and_an_auditor_no_words(page: Page, desk: Desk) -> None:
    case = await taken_down(desk, await desk.account(Role.SPECIALIST), "只读的人看的事")
    await sign_in(page, desk, await desk.account(Role.PUBLISHER), f"/cases/{case}")
    await expect(page.get_by_role("heading", level=1, name="只读的人看的事")).to_be_visible()
    await expect(page.get_by_role("group", name="办理")).to_have_count(0)
    await page.context.clear_cookies()
    await sign_in(page, desk, await desk.account(Role.AUDITOR), f"/cases/{case}")
    await expect(page.get_by_role("heading", level=1, name="（已隐去）")).to_be_visible()
    await expect(page.get_by_text("店里情况如此")).to_have_count(0)


async def test_notes_stand_apart_and_owners_never_see_them(page: Page, desk: Desk) -> None:
    clerk = await desk.account(Role.SPECIALIST, name="陈专员")
    case = await taken_down(desk, clerk, "有内部备注的事")
    asker = await claimed(desk, case)
    await sign_in(page, desk, clerk, f"/cases/{case}")
    await _begin(page, "内部备注")
    await page.get_by_label("备注", exact=True).fill("此户去年来过。")
    await page.get_by_role("button", name="记下").click()
    await expect(page.get_by_text("内部，经营者看不到")).to_be_visible()
    await expect(page.get_by_role("region", name="办理经过").get_by_text("此户去年来过。")).to_be_visible()
    await shot(page, "case-note")
    await axe(page)
    assert "此户去年来过" not in str(await asker.get(f"/cases/{case}"))


async def test_an_answer_by_the_keyboard_alone(page: Page, desk: Desk) -> None:
    clerk = await desk.account(Role.SPECIALIST, name="陈专员")
    case = await taken_down(desk, clerk, "只用键盘答复的事")
    await sign_in(page, desk, clerk, f"/cases/{case}")
    await page.get_by_role("group", name="办理").get_by_role("button", name="答复", exact=True).focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("答复内容")).to_be_focused()
    await page.keyboard.type("用键盘写的答复。")
    for _ in range(12):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.innerText.trim() === '填写法律法规'"):
            break
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("依据 1（法律法规）")).to_be_focused()
    await page.keyboard.type(CITATION["words"])
    for _ in range(12):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.innerText.trim() === '答复'"):
            break
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("已答复，待确认", exact=True)).to_be_visible()
    await expect(page.get_by_role("group", name="办理")).to_be_focused()


async def test_a_bad_rating_is_called_back_rectified_and_appealed(page: Page, desk: Desk) -> None:
    clerk = await desk.account(Role.SPECIALIST, name="陈专员")
    case = await taken_down(desk, clerk, "评价很差的事")
    asker = await claimed(desk, case)
    await answered(desk, clerk, case)
    await asker.send(f"/cases/{case}/confirm", {"rating": {"level": 1, "text": "等得太久"}})
    await sign_in(page, desk, clerk, f"/cases/{case}")
    rating = page.get_by_role("region", name="评价", exact=True)
    await expect(rating.get_by_text("非常不满意")).to_be_visible()
    await shot(page, "case-rated-bad")
    await axe(page)
    await _begin(page, "对评价申诉")
    await page.get_by_label("申诉理由").fill("当天就答复了，见办理经过。")
    await page.get_by_role("dialog").get_by_role("button", name="提出申诉").click()
    await expect(rating.get_by_text("当天就答复了")).to_be_visible()

    manager = await desk.account(Role.MANAGER, name="林主管")
    await page.context.clear_cookies()
    await sign_in(page, desk, manager, f"/cases/{case}")
    await _begin(page, "完成回访")
    await page.get_by_label("回访结果").fill("已致歉并说明。")
    await page.get_by_role("dialog").get_by_role("button", name="完成回访").click()
    await expect(rating.get_by_text("已致歉并说明。")).to_be_visible()
    await _begin(page, "决定申诉")
    await page.get_by_text("申诉不成立：评价照常计入").click()
    await page.get_by_label("理由", exact=True).fill("首次答复已超期，评价属实。")
    await shot(page, "case-appeal")
    await page.get_by_role("button", name="作出决定").click()
    await expect(rating.get_by_text("申诉不成立", exact=True)).to_be_visible()


async def test_a_queue_counts_filters_finds_and_is_exported(page: Page, desk: Desk) -> None:
    clerk = await desk.account(Role.SPECIALIST, name="陈专员")
    late = await taken_down(desk, clerk, "茭白滞销要找销路")
    other = await desk.account(Role.SPECIALIST)
    await taken_down(desk, other, "年报不会填", category="consult_licence", urgency="urgent")
    past = datetime.now(UTC) - timedelta(days=2)
    await hurried(desk, late, due_at=past, alarm_level=100)
    await sign_in(page, desk, clerk, "/cases")
    await expect(page.get_by_role("link", name="茭白滞销要找销路")).to_be_visible()
    await expect(page.get_by_role("cell").get_by_text("已超期2天", exact=True)).to_be_visible()
    await page.get_by_role("navigation", name="队列").get_by_role("link", name=re.compile("^全部事项")).click()
    await page.get_by_label("检索编号、标题、内容和企业名称").fill("年报不会")
    await expect(page.get_by_role("link", name="年报不会填")).to_be_visible()
    await expect(page).to_have_url(re.compile("queue=all"))
    await expect(page.get_by_role("link", name="茭白滞销要找销路")).to_have_count(0)
    await page.reload()
    await expect(page.get_by_text("共 1 条")).to_be_visible()
    async with page.expect_download() as begun:
        await page.get_by_role("link", name="导出 CSV").click()
    assert (await begun.value).suggested_filename.endswith(".csv")
    await page.get_by_role("button", name=re.compile("^清除筛选")).first.click()
    await settled(page)
    await shot(page, "cases")
    await axe(page)
    await fits(page)


async def test_a_matter_is_taken_down_and_its_receipt_printed(page: Page, desk: Desk) -> None:
    clerk = await desk.account(Role.FRONT_DESK, name="吴窗口")
    await sign_in(page, desk, clerk, "/cases/new")
    await page.get_by_role("button", name="登记", exact=True).click()
    await expect(page.get_by_text("请选择类别。")).to_be_visible()
    await page.get_by_role("combobox", name="企业").fill(desk.demo.enterprise[:6])
    await page.get_by_role("option", name=re.compile(re.escape(desk.demo.enterprise))).click()
    await page.locator(".el-select", has=page.get_by_label("类别", exact=True)).click()
    await page.get_by_role("option", name=re.compile("^经营困难")).click()
    await page.get_by_label("标题").fill("摊位被要求搬走")
    await page.get_by_label("反映的内容").fill("市场要改造，通知月底前搬走，没有说搬到哪里。")
    await shot(page, "case-new")
    await axe(page)
    await fits(page)
    await page.get_by_role("button", name="登记", exact=True).click()
    await expect(page.get_by_role("heading", name=re.compile("^已登记：WW-"))).to_be_visible()
    await page.get_by_role("button", name="打印回执").click()
    await expect(page.get_by_role("heading", name="事项回执")).to_be_visible()
    await shot(page, "case-receipt")
    await axe(page)
    await page.get_by_role("button", name="打开事项").click()
    await expect(page.get_by_role("heading", level=1, name="摊位被要求搬走")).to_be_visible()
