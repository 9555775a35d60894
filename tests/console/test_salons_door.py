"""The door of a salon on the screen: the camera, a typed code, the list; without a network too."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
import segno
from playwright.async_api import BrowserContext, Page, async_playwright, expect

from tests.console.browser import CHROMIUM, FLAGS, PATIENCE, WIDE, Faults, axe, fits, shot, sign_in
from tests.console.desk import Desk
from tests.console.owners import Owner
from tests.console.salon_desk import begun, comes, editor, hall, online, published, shops
from tests.console.visit_desk import Shop

# as a browser answers where its user said no
_REFUSE: Final = """
() => {
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'))
}
"""


@dataclass(frozen=True)
class Door:
    """A salon under way with two who hold tickets for the hall, and one for online."""

    login: str
    salon: str
    places: tuple[Shop, Shop]
    tickets: tuple[dict[str, Any], dict[str, Any]]
    online: dict[str, Any]


async def _door(desk: Desk) -> Door:
    login = await editor(desk)
    salon = await published(desk, login, hall(5), online(5))
    first, second, third = await shops(desk, 3)
    comers: list[tuple[Owner, str]] = [await comes(desk, salon, one, attendee="赵小微") for one in (first, second)]
    comers.append(await comes(desk, salon, third, way="online"))
    await begun(desk, salon)
    one, other, far = [await keeper.get(f"/salon-signups/{signup}/ticket") for keeper, signup in comers]
    return Door(login, salon, (first, second), (one, other), far)


async def _type(page: Page, text: str) -> None:
    field = page.get_by_role("textbox", name="手工码")
    await field.fill(text)
    await field.press("Enter")


async def test_who_comes_is_read_goes_and_is_taken_back(page: Page, desk: Desk) -> None:
    door = await _door(desk)
    one, other = door.tickets
    await sign_in(page, desk, door.login, f"/salons/{door.salon}/door")
    result, counts = page.get_by_role("status", name="签到结果"), page.get_by_role("group", name="人数")
    await expect(counts).to_contain_text("应到 2")
    await _type(page, "不是码")
    await expect(page.get_by_text("手工码是 8 位字母和数字", exact=False)).to_be_visible()
    await _type(page, f" {one['code'].lower()[:4]} {one['code'].lower()[4:]} ")
    await expect(result).to_contain_text("进场")
    await expect(result).to_contain_text(door.places[0].name)
    await expect(counts).to_contain_text("场内 1")
    await _type(page, one["token"])
    await expect(result).to_contain_text("重复扫码")
    await _type(page, "AAAAAAAA")
    await expect(result).to_contain_text("没有找到这个入场码")
    await shot(page, "salon-door")
    await axe(page)
    await fits(page)

    # somebody else holds the same ticket at the other entrance
    async with await desk.client(door.login) as client:
        scan = {"id": str(uuid4()), "token": one["token"], "scanned_at": "", "direction": "in"}
        scan["scanned_at"] = (await client.get(f"/salons/{door.salon}/check-in-bundle")).json()["made_at"]
        (await client.post(f"/salons/{door.salon}/scans", json={"device": "东门", "scans": [scan]})).raise_for_status()
    conflicts = page.get_by_role("region", name="一票多次进场")
    await expect(conflicts.get_by_text("东门")).to_be_visible()

    await page.get_by_role("textbox", name="企业名称或参加人").fill(door.places[1].name)
    await page.get_by_role("button", name=re.compile(f"进场：{re.escape(door.places[1].name)}")).click()
    await expect(result).to_contain_text(door.places[1].name)
    await expect(counts).to_contain_text("场内 2")
    await page.get_by_role("radiogroup", name="进场还是离场").get_by_text("离场").click()
    await _type(page, other["code"])
    await expect(result).to_contain_text("离场")
    await expect(counts).to_contain_text("场内 1")

    recent = page.get_by_role("region", name="最近的扫码")
    await recent.get_by_role("button", name=f"撤销：离场 {door.places[1].name}　赵小微").click()
    await page.get_by_role("dialog").get_by_role("textbox").fill("点错了方向")
    await page.get_by_role("dialog").get_by_role("button", name="撤销", exact=True).click()
    await expect(counts).to_contain_text("场内 2")
    await expect(recent.get_by_text("已撤销")).to_be_visible()


async def test_without_a_network_tickets_are_verified_here_and_sent_later(
    page: Page, context: BrowserContext, desk: Desk
) -> None:
    door = await _door(desk)
    one, other = door.tickets
    await sign_in(page, desk, door.login, f"/salons/{door.salon}/door")
    result = page.get_by_role("status", name="签到结果")
    await expect(page.get_by_text("可用公钥离线验证入场码", exact=False)).to_be_visible()
    await page.get_by_role("textbox", name="本设备的名称").fill("西门")
    await page.get_by_role("textbox", name="本设备的名称").press("Enter")
    await context.set_offline(True)
    await expect(page.get_by_text("连不上服务器，签到照常进行", exact=False)).to_be_visible()
    await _type(page, one["token"])
    await expect(result).to_contain_text("已用公钥验证")
    await expect(result).to_contain_text(door.places[0].name)
    await _type(page, one["token"])
    await expect(result).to_contain_text("重复扫码")
    forged = one["token"][:-4] + ("AAAA" if one["token"][-4:] != "AAAA" else "BBBB")
    await _type(page, forged)
    await expect(result).to_contain_text("入场码无效，不是本系统签发的")
    await _type(page, door.online["token"])
    await expect(result).to_contain_text("该报名是线上参加，没有现场席位")
    await _type(page, other["code"])
    await expect(result).to_contain_text("待核对")
    await expect(page.get_by_text("本机还有 5 次扫码未上传。")).to_be_visible()
    await shot(page, "salon-door-offline")
    await axe(page)
    await fits(page)

    # meanwhile the other entrance, which has a network, let the same ticket in
    async with await desk.client(door.login) as client:
        at = (await client.get(f"/salons/{door.salon}/check-in-bundle")).json()["made_at"]
        scan = {"id": str(uuid4()), "token": one["token"], "scanned_at": at, "direction": "in"}
        (await client.post(f"/salons/{door.salon}/scans", json={"device": "东门", "scans": [scan]})).raise_for_status()
    # the counts cannot be had at once: said so, and asked for again
    behind = page.get_by_text("人数是上次联网时的。")
    await page.route("**/attendance", lambda route: route.fulfill(status=500, body="{}"))
    await context.set_offline(False)
    await expect(page.get_by_text("本机的扫码都已上传。")).to_be_visible()
    await expect(behind).to_be_visible()
    await page.unroute("**/attendance")
    await expect(page.get_by_role("region", name="一票多次进场").get_by_text("东门")).to_be_visible()
    await expect(behind).to_have_count(0)
    counts = page.get_by_role("group", name="人数")
    await expect(counts).to_contain_text("场内 2")
    async with await desk.client(door.login) as client:
        told = (await client.get(f"/salons/{door.salon}/attendance")).json()
    assert (told["inside"], told["came"], len(told["conflicts"])) == (2, 2, 1)
    assert {scan["device"] for scan in told["recent"]} == {"西门", "东门"}
    assert [scan["refusal"] for scan in told["refused"]] == ["online", "forged"]


def _film(folder: Path, text: str) -> Path:
    """A film of a QR code as a camera in front of it would see it (YUV4MPEG2, five frames)."""
    wide, high, scale = 640, 480, 6
    rows = [list(row) for row in segno.make(text, error="m", micro=False).matrix_iter(scale=scale, border=4)]
    left, top = (wide - len(rows[0])) // 2, (high - len(rows)) // 2
    luma = bytearray(b"\xc8" * (wide * high))
    for y, row in enumerate(rows):
        at = (top + y) * wide + left
        luma[at : at + len(row)] = bytes(16 if dark else 235 for dark in row)
    frame = b"FRAME\n" + bytes(luma) + b"\x80" * (wide * high // 2)
    film = folder / "camera.y4m"
    film.write_bytes(f"YUV4MPEG2 W{wide} H{high} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 5)
    return film


@pytest.fixture
async def filming(desk: Desk, tmp_path: Path) -> AsyncIterator[tuple[Page, Door]]:
    """A browser whose camera looks at the first one's ticket."""
    door = await _door(desk)
    film = _film(tmp_path, door.tickets[0]["token"])
    camera = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
    flags = (*FLAGS, *camera, f"--use-file-for-fake-video-capture={film}")
    async with async_playwright() as started:
        browser = await started.chromium.launch(executable_path=CHROMIUM, args=flags)
        context = await browser.new_context(viewport=WIDE, locale="zh-CN", reduced_motion="reduce")
        context.set_default_timeout(PATIENCE)
        page, faults = await context.new_page(), Faults()
        await faults.watch(page)
        yield page, door
        await browser.close()
    assert faults.found == []


async def test_the_camera_reads_a_ticket(filming: tuple[Page, Door], desk: Desk) -> None:
    page, door = filming
    await sign_in(page, desk, door.login, f"/salons/{door.salon}/door")
    await page.evaluate(_REFUSE)
    await page.get_by_role("button", name="打开摄像头").click()
    await expect(page.get_by_role("alert").filter(has_text="浏览器没有允许本页使用摄像头")).to_be_visible()
    await page.evaluate("() => { delete navigator.mediaDevices.getUserMedia }")
    await page.get_by_role("button", name="打开摄像头").click()
    await expect(page.get_by_role("status", name="签到结果")).to_contain_text("进场")
    await expect(page.get_by_role("status", name="签到结果")).to_contain_text(door.places[0].name)
    await expect(page.get_by_role("group", name="人数")).to_contain_text("场内 1")
    await shot(page, "salon-door-camera")
    await axe(page)
    await page.get_by_role("button", name="关闭摄像头").click()
    async with await desk.client(door.login) as client:
        told = (await client.get(f"/salons/{door.salon}/attendance")).json()
    assert [scan["outcome"] for scan in told["recent"]] == ["entered"]
