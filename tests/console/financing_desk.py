"""Banks with desks and products, owners in need of money, and referrals at the point where a test begins."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
from playwright.async_api import Page

from backend.access import Role
from backend.foundation.clock import SHANGHAI
from backend.foundation.secrets import hash_token
from tests.console.desk import WITHIN, Desk
from tests.console.owners import Owner
from tests.console.visit_desk import Shop, shop, shopkeeper

_STANDARDS: Final = ("operating", "premises", "need", "credit", "lawful_use")
_SESSION: Final = """
INSERT INTO staff_sessions (id, staff_id, token_hash, csrf_hash, created_at, seen_at, client)
VALUES ($1, $2, $3, $4, now(), now(), 'test')
"""
SOURCE: Final = "演示产品说明书"
RULE: Final = {
    "all": [
        {
            "fact": "status",
            "op": "eq",
            "value": "active",
            "citation": {"document": SOURCE, "article": "一", "sentence": "面向正常经营的经营主体。"},
        }
    ]
}


def day(ahead: int) -> str:
    """A day in China, so many days from now."""
    return str(datetime.now(SHANGHAI).date() + timedelta(days=ahead))


@dataclass(frozen=True)
class Bank:
    """An institution with one desk at which one person works."""

    id: str
    name: str
    desk_id: str
    person_id: UUID
    person: str


@dataclass(frozen=True)
class Need:
    """An owner's submitted need; `path` is where he reads it."""

    id: str
    path: str
    keeper: Owner
    shop: Shop


async def pick(page: Page, name: str, option: str) -> None:
    """Choose of a select what its option's text contains."""
    await page.locator(".el-select").filter(has=page.get_by_role("combobox", name=name, exact=True)).click()
    await page.get_by_role("option", name=option).click()


async def _done(client: httpx.AsyncClient, method: str, path: str, **more: Any) -> Any:
    headers = {"Idempotency-Key": uuid4().hex, **more.pop("headers", {})}
    answer = (await client.request(method, path, headers=headers, **more)).raise_for_status()
    return answer.json() if answer.content else None


async def bank(desk: Desk, name: str = "", *, is_assessed: bool = True) -> Bank:
    """A bank as a manager registers it, with a partner's account at its desk."""
    name = name or f"演示银行{secrets.token_hex(3)}"
    login = await desk.account(Role.PARTNER, name=f"{name}客户经理")
    person = await desk.database.fetchval("SELECT id FROM staff WHERE login = $1", login)
    async with await desk.client(await desk.account(Role.MANAGER)) as client:
        body = {"name": name, "kind": "bank", "contact": "0572-0000000"}
        made = (await _done(client, "POST", "/financing-institutions", json=body))["id"]
        if is_assessed:
            told = {"purpose": "融资对接", "risks": "资料外泄", "measures": "逐项授权、留痕", "level": "middle"}
            path = f"/financing-institutions/{made}/assessments"
            await _done(client, "POST", path, json={**told, "valid_until": day(365)})
        path = f"/financing-institutions/{made}/desks"
        seat = (await _done(client, "POST", path, json={"name": "普惠金融部", "districts": []}))["id"]
        await _done(client, "POST", f"/financing-desks/{seat}/people", json={"staff_id": str(person)})
    return Bank(made, name, seat, person, f"{name}客户经理")


def terms(**given: Any) -> dict[str, Any]:
    """What a product is, as its drafter writes it."""
    return {
        "name": "小微信用贷",
        "summary": "面向小微企业的信用贷款。",
        "collateral": ["credit", "patent_pledge"],
        "repayments": ["interest_first", "equal_instalment"],
        "amount_min_wan": "5",
        "amount_max_wan": "300",
        "months_min": 6,
        "months_max": 36,
        "rate_kind": "range",
        "rate_min_percent": "3.2",
        "rate_max_percent": "4.5",
        "rule": RULE,
        "source": SOURCE,
        "valid_from": "2026-01-01",
        **given,
    }


async def drafted(desk: Desk, of: Bank, login: str, **given: Any) -> str:
    """A product that somebody drafted, its id."""
    async with await desk.client(login) as client:
        body = {**terms(**given), "institution_id": of.id}
        return str((await _done(client, "POST", "/financing-products", json=body))["id"])


async def published(desk: Desk, of: Bank, **given: Any) -> str:
    """The same, brought out by somebody else; the id of its version."""
    made = await drafted(desk, of, await desk.account(Role.PUBLISHER), **given)
    async with await desk.client(await desk.account(Role.REVIEWER)) as client:
        version = (await client.get(f"/financing-products/{made}")).headers["etag"]
        await _done(client, "POST", f"/financing-products/{made}/publish", headers={"If-Match": version})
        told = (await client.get(f"/financing-products/{made}")).json()
    return str(told["editions"][0]["version_id"])


async def need(desk: Desk, **given: Any) -> Need:
    """What an owner asks for and submits."""
    place = await shop(desk)
    keeper, _ = await shopkeeper(desk, place)
    body = {
        "enterprise_id": str(place.id),
        "amount_wan": "50",
        "months": 12,
        "purpose": "materials",
        "collateral": ["credit"],
        "standards": {key: {"is_met": True, "evidence": "见登记信息"} for key in _STANDARDS},
        **given,
    }
    made = await keeper.send("/financing-applications", body)
    path = f"/financing-applications/{made['id']}"
    await keeper.send(f"{path}/submit", version=made["version"])
    return Need(made["id"], path, keeper, place)


async def consented(of: Need, version_id: str) -> str:
    """The owner lets one bank read his need; the referral's id."""
    texts = await of.keeper.get("/financing-choices")
    body = {
        "version_id": version_id,
        "kinds": ["need", "registration", "contact"],
        "text_version": texts["text_version"],
        "separate_version": texts["separate_version"],
        "expires_on": day(30),
    }
    await of.keeper.send(f"{of.path}/consents", body)
    told = await of.keeper.get(of.path)
    return next(str(one["id"]) for one in told["referrals"] if one["version_id"] == version_id)


async def at_desk(desk: Desk, of: Bank, referral: str, verb: str, body: dict[str, Any] | None = None) -> None:
    """Do at a bank's desk what its person does: accept, offer, refuse, …"""
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    await desk.database.execute(_SESSION, uuid4(), of.person_id, hash_token(token), hash_token(csrf))
    headers = {"Cookie": f"wuwei_partner={token}", "X-CSRF-Token": csrf}
    async with httpx.AsyncClient(base_url=f"{desk.api}/api/partner/v1", headers=headers, timeout=WITHIN) as client:
        told = (await client.get(f"/referrals/{referral}")).raise_for_status()
        version = {"If-Match": told.headers["etag"]}
        more = {"json": body} if body is not None else {}
        await _done(client, "POST", f"/referrals/{referral}/{verb}", headers=version, **more)


def offer(rate: str, **given: Any) -> dict[str, Any]:
    """What a bank offers."""
    loan = {"amount_wan": "50", "months": 12, "repayment": "interest_first", "collateral": "credit"}
    return {**loan, "rate_percent": rate, "valid_until": day(20), **given}


GUARANTEE: Final = {"kind": "guarantee", "basis": "percent_of_principal", "amount": "1", "when": "yearly"}
REFUSAL: Final = {"code": "collateral_short", "words": "缺少可以处置的抵押物", "remedy": "增加担保后可再申请"}


async def answer_drawing(of: Need, referral: str, verb: str, body: dict[str, str] | None = None) -> None:
    """The owner confirms, or contests, that his bank paid out."""
    told = await of.keeper.get(of.path)
    version = next(one["version"] for one in told["referrals"] if one["id"] == referral)
    await of.keeper.send(f"/financing-referrals/{referral}/{verb}-drawing", body, version=version)


async def second_look(of: Need, referral: str) -> None:
    """The owner asks that a refusal be looked at once more."""
    await of.keeper.send(f"/financing-referrals/{referral}/second-look", {"words": "已找到担保公司担保。"})
