"""What tests of policies arrange by the API, and how they fill in its forms on the screen."""

from typing import Any, Final
from uuid import uuid4

import httpx
from playwright.async_api import Locator, Page, expect

from tests.console.audience import CITATION, CONTENT
from tests.console.desk import WITHIN, Desk


def leaf(fact: str, op: str, value: Any) -> dict[str, Any]:
    return {"fact": fact, "op": op, "value": value, "citation": CITATION}


RULE: Final[dict[str, Any]] = {
    "all": [
        leaf("status", "eq", "active"),
        leaf("employees", "le", 10),
        {"any": [leaf("industry", "prefix", ["F52", "H62"]), leaf("founded_on", "within", {"years": 3})]},
        {"not": leaf("listings", "has_tag", ["abnormal"])},
    ]
}
BODY: Final = "## 说明\n\n* 按年 **减免**\n* 详见《演示文件》\n\n| 人数 | 减免 |\n|---|---|\n| 1–10 | 一半 |\n"


async def drafted(desk: Desk, login: str, title: str, **given: Any) -> str:
    """Write a draft as somebody; returns its id."""
    async with await desk.client(login) as writer:
        body = {**CONTENT, "title": title, "body": BODY, "rule": RULE, **given}
        return str((await writer.post("/policies", json=body)).raise_for_status().json()["id"])


async def act(desk: Desk, login: str, policy: str, name: str, body: dict[str, Any] | None = None) -> None:
    """Do something with a policy as it stands now: submit, publish, …; `draft` rewrites it."""
    async with await desk.client(login) as client:
        now = (await client.get(f"/policies/{policy}")).raise_for_status()
        headers = {"If-Match": now.headers["etag"]}
        if name == "draft":
            body = {**now.json()["versions"][0]["content"], **(body or {})}
            answer = await client.put(f"/policies/{policy}/draft", json=body, headers=headers)
        else:
            answer = await client.post(f"/policies/{policy}/{name}", json=body, headers=headers)
        answer.raise_for_status()


async def released(desk: Desk, title: str, **given: Any) -> str:
    """Publish a policy, written and released by two of the demo's people."""
    policy = await drafted(desk, "jingban", title, **given)
    await act(desk, "jingban", policy, "submit")
    await act(desk, "fuhe", policy, "publish", {})
    return policy


async def choose(page: Page, field: Locator, option: str) -> None:
    """Pick an option of one of Element Plus' selects by typing and Enter; what cannot be typed into is clicked."""
    box = field.get_by_role("combobox")
    await field.locator(".el-select").click()
    if await box.get_attribute("readonly") is None:
        await box.fill(option)
    await page.locator(".el-select-dropdown__item:visible").filter(has_text=option).first.click()


def field(part: Locator | Page, label: str) -> Locator:
    """A field with its label, as FormField draws it."""
    page = part.page if isinstance(part, Locator) else part
    return part.locator(".el-form-item").filter(has=page.get_by_text(label, exact=True))


async def fill_day(part: Locator | Page, label: str, day: str) -> None:
    """Type a day, or a day with its time, into a date field."""
    box = field(part, label).get_by_role("combobox")
    await box.fill(day)
    await box.press("Enter")


async def write(page: Page, title: str, *, summary: str, benefit: str) -> None:
    """Fill in the form of a new policy but for its rule."""
    texts = {
        "标题": title,
        "发文机关": "湖州市演示局",
        "摘要": summary,
        "能得到什么": benefit,
        "怎么办理": "自行申报。",
    }
    for label, text in texts.items():
        await field(page, label).get_by_role("textbox").fill(text)
    await choose(page, field(page, "类别"), "税费")
    await fill_day(page, "生效日期", "2026-01-01")


async def condition(page: Page, form: Locator, fact: str, comparison: str, value: str) -> None:
    """Fill in a condition, its citation aside."""
    for label, option in (("信息项", fact), ("比较方式", comparison), ("值", value)):
        await choose(page, field(form, label), option)


async def cite(form: Locator) -> None:
    await field(form, "文件名称或文号").get_by_role("textbox").fill("演示文件〔2026〕1号")
    await field(form, "条款").get_by_role("textbox").fill("第一条")
    await field(form, "原文").get_by_role("textbox").fill("从业人数不超过十人的。")


async def confirm(page: Page, label: str) -> None:
    """Press the dialog's button, having read what it will do."""
    await page.get_by_role("dialog").get_by_role("button", name=label, exact=True).click()
    await expect(page.get_by_role("dialog")).to_be_hidden()


async def phones(desk: Desk, openid: str) -> list[dict[str, Any]]:
    """What the stand-in's phone of an owner received."""
    async with httpx.AsyncClient(timeout=WITHIN) as http:
        answer = await http.get(f"{desk.running.sandbox}/control/messages", params={"openid": openid})
    found: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
    return found


def named(words: str) -> str:
    """A title of its own, so that tests never find each other's policies."""
    return f"{words}{uuid4().hex[:6]}"
