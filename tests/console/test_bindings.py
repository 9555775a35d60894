"""Claims on the screen: the queue by district, the claim beside the registry, the licence photo, one decision."""

from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser, Locator, Page, expect

from backend.access import Role
from tests.console.browser import axe, fits, shot, sign_in
from tests.console.desk import Desk
from tests.console.owners import Owner, licence, owner

WUXING, ANJI = "330502", "330523"
_SHOPS = """
SELECT uscc, name FROM enterprises e WHERE district = $1 AND status = 'active' AND name LIKE '%演示%'
AND NOT EXISTS (SELECT FROM binding_reviews r WHERE r.uscc = e.uscc) AND uscc <> $2 ORDER BY uscc LIMIT 1
"""


@dataclass(frozen=True)
class Claim:
    """A claim that waits, and who made it."""

    owner: Owner
    id: str
    uscc: str
    name: str

    async def bound(self) -> list[Any]:
        return list((await self.owner.get("/bindings"))["bindings"])


_DOUBLED = "([picture, before]) => picture.getBoundingClientRect().width === before * 2"


async def _width(picture: Locator) -> float:
    box = await picture.bounding_box()
    assert box
    return box["width"]


async def _claim(desk: Desk, browser: Browser | None = None, role: str = "manager") -> Claim:
    """Somebody claims a shop of 吴兴 by a name that the registry does not know; with a photo, where a browser is."""
    shop = await desk.database.fetchrow(_SHOPS, WUXING, desk.demo.uscc)
    assert shop
    uscc, name = shop
    person = await owner(desk, "13900001234")
    body = {"uscc": uscc, "representative_name": "王不符", "role": role}
    if browser is not None:
        body["licence_file_id"] = await person.upload(await licence(browser, uscc, name, "王不符"))
    made = await person.send("/bindings", body)
    assert made["state"] == "pending"
    return Claim(person, made["review_id"], uscc, name)


async def test_a_clerk_compares_looks_at_the_photo_and_lets_the_owner_in(
    page: Page, desk: Desk, browser: Browser
) -> None:
    claim = await _claim(desk, browser)
    clerk = await desk.account(Role.FRONT_DESK, name="吴兴窗口", districts=(WUXING,))
    await sign_in(page, desk, clerk, f"/bindings?text={claim.uscc}")
    await expect(page.get_by_text("共 1 条")).to_be_visible()
    await expect(page.get_by_role("row", name=claim.name).get_by_text("与登记不符")).to_be_visible()
    await shot(page, "bindings")
    await axe(page)
    await fits(page)
    await page.get_by_role("link", name=claim.name).click()
    await expect(page.get_by_role("row", name="法定代表人或经营者").get_by_text("不一致")).to_be_visible()
    await expect(page.get_by_role("row", name="手机号").get_by_text("139****1234")).to_be_visible()

    await page.get_by_role("button", name="查看证照照片").click()
    photo = page.get_by_role("img", name="证照照片")
    await expect(photo).to_be_visible()
    await page.wait_for_function("() => document.querySelector('img')?.naturalWidth === 900")
    before = await _width(photo)
    await page.get_by_role("button", name="放大").click()
    await page.get_by_role("group", name="营业执照.png").press("+")
    await page.wait_for_function(_DOUBLED, arg=[await photo.element_handle(), before])
    await page.get_by_role("button", name="还原").click()
    await shot(page, "binding-review")
    await axe(page)
    await fits(page)
    looked = "SELECT count(*) FROM audit_entries WHERE row_id = $1::uuid AND action = 'identity.licence_opened'"
    assert await desk.database.fetchval(looked, claim.id) == 1

    await page.get_by_role("button", name="通过", exact=True).click()
    dialog = page.get_by_role("dialog", name="通过绑定申请")
    await expect(dialog.get_by_text("已绑定的人可以提出异议")).to_be_visible()
    await shot(page, "binding-approve")
    await dialog.get_by_role("button", name="通过", exact=True).click()
    await expect(page.get_by_role("status").get_by_text("吴兴窗口办理：已通过")).to_be_visible()
    await expect(page.get_by_role("button", name="通过", exact=True)).to_have_count(0)
    assert [(one["uscc"], one["state"]) for one in await claim.bound()] == [(claim.uscc, "active")]


async def test_a_refusal_needs_a_reason_and_a_colleague_who_was_first_is_named(page: Page, desk: Desk) -> None:
    claim = await _claim(desk)
    await sign_in(page, desk, await desk.account(Role.FRONT_DESK), f"/bindings/{claim.id}")
    await expect(page.get_by_text("申请人没有上传证照照片。")).to_be_visible()
    await page.get_by_role("button", name="不通过", exact=True).click()
    dialog = page.get_by_role("dialog", name="不通过绑定申请")
    await dialog.get_by_role("button", name="不通过", exact=True).click()
    await expect(dialog.get_by_text("请填写理由。")).to_be_visible()
    await dialog.get_by_role("textbox").fill("姓名与执照不符")

    colleague = await desk.account(Role.MANAGER, name="先到的同事")
    async with await desk.client(colleague) as first:
        answer = await first.post(f"/bindings/{claim.id}/refuse", json={"reason": "请上传执照照片"})
        answer.raise_for_status()
    await dialog.get_by_role("button", name="不通过", exact=True).click()
    await expect(dialog.get_by_text("已由同事办结或已撤回")).to_be_visible()
    await shot(page, "binding-too-late")
    await axe(page)
    await dialog.get_by_role("button", name="返回").click()
    await expect(page.get_by_role("status").get_by_text("先到的同事办理：未通过。请上传执照照片")).to_be_visible()
    await expect(page.get_by_role("button", name="不通过", exact=True)).to_have_count(0)
    assert await claim.bound() == []


async def test_an_objection_is_decided_about_the_binding(page: Page, desk: Desk) -> None:
    claim = await _claim(desk)
    async with await desk.client(await desk.account(Role.MANAGER)) as first:
        (await first.post(f"/bindings/{claim.id}/approve", json={})).raise_for_status()
    objection = await desk.database.fetchval(
        "INSERT INTO binding_reviews (id, kind, state, person_id, uscc, role, binding_id, objector_id, created_at) "
        "SELECT uuidv7(), 'objection', 'pending', r.person_id, r.uscc, r.role, r.binding_id, "
        "(SELECT p.id FROM persons p WHERE p.id <> r.person_id LIMIT 1), now() "
        "FROM binding_reviews r WHERE r.id = $1::uuid RETURNING id",
        claim.id,
    )
    await desk.database.execute(
        "UPDATE bindings SET state = 'pending' WHERE id = (SELECT binding_id FROM binding_reviews WHERE id = $1)",
        objection,
    )
    await sign_in(page, desk, await desk.account(Role.MANAGER), f"/bindings/{objection}")
    await expect(page.get_by_text("有异议，暂停")).to_be_visible()
    await shot(page, "binding-objection")
    await axe(page)
    await page.get_by_role("button", name="解除绑定").click()
    dialog = page.get_by_role("dialog", name="解除这项绑定")
    await dialog.get_by_role("textbox").fill("非本企业人员")
    await dialog.get_by_role("button", name="解除绑定").click()
    await expect(page.get_by_role("status").get_by_text("非本企业人员")).to_be_visible()
    assert await claim.bound() == []


async def test_nobody_else_s_district_and_no_queue_for_whom_may_not_review(page: Page, desk: Desk) -> None:
    claim = await _claim(desk)
    await sign_in(page, desk, await desk.account(Role.FRONT_DESK, districts=(ANJI,)), f"/bindings?text={claim.uscc}")
    await expect(page.get_by_text("没有符合筛选条件的内容。")).to_be_visible()
    await page.goto(f"{desk.url}/bindings/{claim.id}")
    await expect(page.get_by_role("alert")).to_contain_text("没有找到")
    await page.context.clear_cookies()
    await sign_in(page, desk, await desk.account(Role.VISITOR), "/bindings")
    await expect(page.get_by_role("heading", name="没有权限打开这个页面")).to_be_visible()
    await expect(page.get_by_role("link", name="绑定审核")).to_have_count(0)
