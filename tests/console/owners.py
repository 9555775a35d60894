"""Owners as they come in through the mini-program's door, with their phones, photos and claims."""

from typing import Any, Final
from uuid import uuid4

import httpx
from playwright.async_api import Browser

from backend.consents import text
from tests.console.desk import WITHIN, Desk

_LICENCE: Final = """
<body style="margin:0;width:900px;height:640px;font:28px/1.9 'WenQuanYi Micro Hei';background:#fdf6e3">
<div style="padding:40px;margin:20px;border:6px double #a33">
<h1 style="text-align:center;margin:0">营业执照（演示）</h1>
<p>统一社会信用代码：{uscc}<br>名称：{name}<br>经营者：{who}<br>注册日期：2024年03月18日</p></div>
"""


class Owner:
    """One owner who is signed in; whatever is refused fails the test."""

    def __init__(self, desk: Desk, token: str = "") -> None:
        self._base, self._token = f"{desk.api}/api/owner/v1", token

    async def _ask(self, method: str, path: str, **more: Any) -> Any:
        headers = {
            "Idempotency-Key": uuid4().hex,
            **({"Authorization": f"Bearer {self._token}"} if self._token else {}),
        }
        async with httpx.AsyncClient(base_url=self._base, headers=headers, timeout=WITHIN) as http:
            answer = (await http.request(method, path, **more)).raise_for_status()
            return answer.json() if answer.content else None

    async def send(self, path: str, body: dict[str, Any] | None = None, *, version: int | None = None) -> Any:
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        return await self._ask("POST", path, json=body, headers=headers)

    async def get(self, path: str) -> Any:
        return await self._ask("GET", path)

    async def upload(self, photo: bytes) -> str:
        """Upload a licence photo and return what a claim names it by."""
        made = await self._ask("POST", "/files?purpose=licence_photo", files={"file": ("营业执照.png", photo)})
        return str(made["id"])


async def owner(desk: Desk, phone: str) -> Owner:
    """Sign somebody in who has never been here, and verify his phone."""
    body = {"code": f"demo-{uuid4().hex[:10]}", "consent_version": text("privacy").version}
    made = Owner(desk, (await Owner(desk).send("/sessions", body))["token"])
    await made.send("/phone", {"code": f"phone-{phone}"})
    return made


async def licence(browser: Browser, uscc: str, name: str, who: str) -> bytes:
    """Return a picture of a made-up licence."""
    page = await browser.new_page(viewport={"width": 900, "height": 640})
    await page.set_content(_LICENCE.format(uscc=uscc, name=name, who=who))
    photo = await page.screenshot(type="png")
    await page.close()
    return photo
