"""Somebody of a bank at his own door: his session, his pages, and needs that are shown without a name."""

from typing import Final
from uuid import UUID

import httpx
from playwright.async_api import Page

from tests.console.browser import settled
from tests.console.desk import WITHIN, Desk, Session
from tests.console.financing_desk import Bank, Need

_LOGIN: Final = "SELECT login FROM staff WHERE id = $1"


async def come_in(page: Page, desk: Desk, of: Bank, path: str = "/") -> Session:
    """Be the one who works at a bank's desk, and open a page of it."""
    session = await desk.session(await login_of(desk, of))
    await page.context.add_cookies(
        [
            {
                "name": "wuwei_partner",
                "value": session.token,
                "httpOnly": True,
                "domain": "127.0.0.1",
                "path": "/api/partner",
            }
        ]
    )
    await page.goto(f"{desk.url}/icon.svg")
    await page.evaluate("token => localStorage.setItem('wuwei.csrf.bank', token)", session.csrf)
    await page.goto(f"{desk.url}/bank{path}")
    await settled(page)
    return session


async def login_of(desk: Desk, of: Bank) -> str:
    return str(await desk.database.fetchval(_LOGIN, of.person_id))


async def client(desk: Desk, of: Bank) -> httpx.AsyncClient:
    """A bank's way to the API without a browser."""
    session = await desk.session(await login_of(desk, of))
    headers = {"Cookie": f"wuwei_partner={session.token}", "X-CSRF-Token": session.csrf}
    return httpx.AsyncClient(base_url=f"{desk.api}/api/partner/v1", headers=headers, timeout=WITHIN)


async def revoke(of: Need) -> None:
    """The owner takes back every consent of his need."""
    told = await of.keeper.get(of.path)
    for one in told["consents"]:
        await of.keeper.send(f"/financing-consents/{one['id']}/revoke", {"reason": "不需要了"})


async def number_of(desk: Desk, referral: str) -> str:
    return str(await desk.database.fetchval("SELECT number FROM financing_referrals WHERE id = $1", UUID(referral)))
