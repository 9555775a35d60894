"""Registry files on the screen: handed over, watched, stopped, their refused rows fetched."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

from playwright.async_api import FilePayload, Page, expect

from backend.access import Role
from tests.backend.enterprises.builders import code
from tests.console.browser import axe, fits, shot, sign_in
from tests.console.desk import WITHIN, Desk

BAD = "91330502MA2B000000"
PILOT = "91350211M00013FA1N"
_OTHER = """
INSERT INTO registry_imports (id, file_name, sha256, size_bytes, bytes_read, as_of, state, resume_row, rows_new,
    actor_kind, started_at, updated_at, leased_until)
VALUES ($1::uuid, '全市登记2026-11.xlsx', sha256($1::uuid::text::bytea), 52428800, 22020096, current_date, 'running',
    412000, 412000, 'system', now(), now(), now() + interval '1 hour')
"""
_ENDED = "UPDATE registry_imports SET state = 'cancelled', leased_until = NULL, finished_at = now() WHERE id = $1"


def _csv(*rows: tuple[str, str]) -> FilePayload:
    """Return a file as a browser's field takes it; no two are alike."""
    lines = ["统一社会信用代码,名称,备注", *(f"{one},{name}," for one, name in rows)]
    return {
        "name": "登记 11月.csv",
        "mimeType": "text/csv",
        "buffer": "\r\n".join([*lines, ""]).encode(),
    }


@asynccontextmanager
async def _another_running(desk: Desk) -> AsyncIterator[None]:
    """Let the command line be importing meanwhile, so that what is uploaded waits."""
    other = uuid4()
    await desk.database.execute(_OTHER, other)
    try:
        yield
    finally:
        await desk.database.execute(_ENDED, other)


async def _upload(page: Page, file: FilePayload) -> None:
    await page.get_by_label("选择文件，或拖到这里").set_input_files(file)
    await page.get_by_role("button", name="上传并导入").click()


async def test_a_file_comes_in_its_bad_rows_are_fetched_and_again_it_changes_nothing(page: Page, desk: Desk) -> None:
    file = _csv((code(900_001), f"甲店{uuid4().hex[:6]}"), (code(900_002), "乙店"), (BAD, "丙店"))
    session = await sign_in(page, desk, "zhuren", "/registry-imports")
    await page.get_by_label("选择文件，或拖到这里").set_input_files(
        {"name": "旧.xls", "mimeType": "application/vnd.ms-excel", "buffer": b"x"}
    )
    await page.get_by_role("button", name="上传并导入").click()
    await expect(page.get_by_text("须先用 Excel 另存为 xlsx")).to_be_visible()
    await _upload(page, {"name": "甲.csv", "mimeType": "text/csv", "buffer": "没有代码的表头\r\n甲\r\n".encode()})
    await expect(page.get_by_role("alert")).to_contain_text("首行须为表头")

    await _upload(page, file)
    await expect(page.get_by_role("heading", level=1, name="登记 11月.csv")).to_be_visible()
    await expect(page.get_by_text("已完成", exact=True)).to_be_visible(timeout=WITHIN * 1000)
    await expect(page.get_by_role("heading", name="结果")).to_be_visible()
    figures = page.locator("dl.figures dd")
    await expect(figures).to_have_text(["3", "2", "0", "0", "1"])
    await expect(page.get_by_text("备注")).to_be_visible()
    await shot(page, "registry-import")
    await axe(page)
    await fits(page)
    async with page.expect_download() as begun:
        await page.get_by_role("link", name="下载错误文件").click()
    told = await asyncio.to_thread((await (await begun.value).path()).read_text, "utf-8-sig")
    assert BAD in told

    await page.get_by_role("link", name="登记数据导入").first.click()
    await _upload(page, file)
    await expect(page.get_by_text("完全相同")).to_be_visible()
    await expect(page.get_by_text("已完成", exact=True)).to_be_visible(timeout=WITHIN * 1000)
    await expect(figures).to_have_text(["3", "0", "0", "2", "1"])
    await desk.aged(session, timedelta(minutes=31))
    await page.get_by_role("link", name="下载错误文件").click()
    await expect(page.get_by_role("heading", name="登录")).to_be_visible()


async def test_what_waits_is_seen_with_what_runs_and_can_be_cancelled(page: Page, desk: Desk) -> None:
    file = _csv((code(900_003), f"丁店{uuid4().hex[:6]}"))
    async with _another_running(desk):
        await sign_in(page, desk, "zhuren", "/registry-imports")
        await _upload(page, file)
        await expect(page.get_by_role("heading", level=1, name="登记 11月.csv")).to_be_visible()
        await expect(page.get_by_text("等待导入", exact=True)).to_be_visible()
        await page.get_by_role("link", name="登记数据导入").first.click()
        running = page.get_by_role("row", name="全市登记2026-11.xlsx")
        await expect(running.get_by_role("progressbar")).to_have_attribute("value", "42")
        await expect(running.get_by_text("412,000").first).to_be_visible()
        await shot(page, "registry-imports")
        await axe(page)
        await fits(page)
        await _upload(page, file)
        await expect(page.get_by_text("内容相同的文件已在导入或等待导入")).to_be_visible()
        await page.get_by_role("link", name="登记 11月.csv").first.click()
        await page.get_by_role("button", name="取消导入").click()
        dialog = page.get_by_role("dialog", name="取消这次导入")
        await expect(dialog.get_by_text("还没有处理任何行")).to_be_visible()
        await dialog.get_by_role("button", name="取消导入").click()
        await expect(page.get_by_text("已取消", exact=True)).to_be_visible()
        await expect(page.get_by_role("button", name="取消导入")).to_have_count(0)


async def test_a_code_of_the_pilot_years_is_admitted_with_a_reason(page: Page, desk: Desk) -> None:
    await sign_in(page, desk, "zhuren", "/registry-imports")
    await page.get_by_role("button", name="准入").click()
    await expect(page.get_by_text("应为 18 位数字和大写字母")).to_be_visible()
    await page.get_by_role("textbox", name="统一社会信用代码").fill(PILOT)
    await page.get_by_role("textbox", name="理由").fill("2015 年试点发放，已核对营业执照")
    await page.get_by_role("button", name="准入").click()
    dialog = page.get_by_role("dialog", name="准入试点信用代码")
    await expect(dialog.get_by_text(PILOT)).to_be_visible()
    await axe(page)
    await dialog.get_by_role("button", name="准入").click()
    await expect(dialog).to_be_hidden()
    reason = await desk.database.fetchval("SELECT reason FROM admitted_uscc WHERE uscc = $1", PILOT)
    assert reason == "2015 年试点发放，已核对营业执照"


async def test_who_may_not_import_finds_no_way_to_it(page: Page, desk: Desk) -> None:
    await sign_in(page, desk, await desk.account(Role.AUDITOR), "/enterprises")
    await expect(page.get_by_role("link", name="登记数据导入")).to_have_count(0)
    await page.goto(f"{desk.url}/registry-imports")
    await expect(page.get_by_role("heading", name="没有权限打开这个页面")).to_be_visible()


async def test_a_newcomer_finds_the_columns_and_an_empty_file(page: Page, desk: Desk) -> None:
    await sign_in(page, desk, "zhuren", "/registry-imports")
    await page.get_by_text("文件可以有哪些列").click()
    await expect(page.get_by_role("row", name="统一社会信用代码")).to_contain_text("必有")
    await shot(page, "registry-columns")
    await axe(page)
    await fits(page)
    async with page.expect_download() as begun:
        await page.get_by_role("link", name="下载模板").click()
    file = await begun.value
    assert file.suggested_filename == "登记数据模板.csv"
    assert (await asyncio.to_thread((await file.path()).read_text, "utf-8-sig")).startswith("统一社会信用代码,名称,")
