"""From a need to a loan, over HTTP: two banks, one refuses and is overturned, offers compared, drawn, renewed."""

from datetime import date, timedelta
from typing import Any

from backend.access import Actor, ActorKind, Role
from backend.financing.referrals import renewing
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.ids import token
from miniprogram_api.auth import PARTNER_COOKIE, STAFF_COOKIE
from tests.backend.financing.people import bank, neighbours, product
from tests.factories.people import add_binding, add_person, add_staff
from tests.support.api import Api
from tests.support.matrix import CSRF, World

OWNER = "/api/owner/v1"
STANDARDS = {
    key: {"is_met": True, "evidence": "见登记信息"} for key in ("operating", "premises", "need", "credit", "lawful_use")
}


class Walk:
    """Who asks, as whom."""

    def __init__(self, api: Api, world: World) -> None:
        self.api, self.world = api, world

    async def ask(self, method: str, path: str, by: Actor, body: Any = None, version: int | None = None) -> Any:
        headers = {"Idempotency-Key": token()} if method == "POST" else {}
        if by.kind is ActorKind.OWNER:
            headers["Authorization"] = f"Bearer {by.id}"
        else:
            cookie = PARTNER_COOKIE if by.kind is ActorKind.PARTNER else STAFF_COOKIE
            headers |= {"Cookie": f"{cookie}={by.id}", "X-CSRF-Token": CSRF}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        answer = await self.api.request(method, path, json=body, headers=headers)
        assert answer.is_success, (method, path, answer.text)
        return answer.json() if answer.content else None

    async def bank(self, referral: Any, verb: str, by: Actor, body: Any = None) -> Any:
        path = f"/api/partner/v1/referrals/{referral['id']}"
        seen = await self.ask("GET", path, by)
        return await self.ask("POST", f"{path}/{verb}", by, body, seen["version"])


async def _desks(world: World) -> list[Any]:
    """Two banks at whose desks the world's partner and his rival work."""
    versions = []
    for one, name in ((world.partner, "甲银行"), (world.rival, "乙银行")):
        institution, desk, _ = await bank(name)
        await add_staff(staff_id=one.id)
        sql = "INSERT INTO financing_desk_people (id, desk_id, staff_id, added_at) VALUES (uuidv7(), $1, $2, $3)"
        await db.execute(sql, desk, one.id, clock_module.now())
        versions.append(await product(institution, f"{name}快贷"))
    return versions


async def _owner(world: World) -> Any:
    assert world.owner.id
    await neighbours(6)
    await add_person(world.runtime, "13905720001", person_id=world.owner.id)
    sql = "UPDATE enterprises SET is_small_or_micro = TRUE, is_small_or_micro_source = 3, is_small_or_micro_on = $1"
    await db.execute(sql, clock_module.today())
    place = await db.fetch_value("SELECT id FROM enterprises ORDER BY id LIMIT 1")
    await add_binding(world.owner, place, "representative")
    return place


def _offer(rate: str, **more: Any) -> dict[str, Any]:
    until = str(clock_module.today() + timedelta(days=10))
    terms = {"amount_wan": "50", "months": 12, "repayment": "interest_first", "collateral": "credit"}
    return {**terms, "rate_percent": rate, "valid_until": until, **more}


async def test_a_need_becomes_a_loan(known: Api, world: World, clock: clock_module.Frozen) -> None:
    walk, (owner, first, second) = Walk(known, world), (world.owner, world.partner, world.rival)
    versions, place = await _desks(world), await _owner(world)
    staff = world.staff[Role.SPECIALIST]
    await add_staff(staff_id=staff.id)
    need = {"amount_wan": "50", "months": 12, "purpose": "materials", "collateral": ["credit"], "standards": STANDARDS}
    made = await walk.ask("POST", f"{OWNER}/financing-applications", owner, {**need, "enterprise_id": str(place)})
    mine = f"{OWNER}/financing-applications/{made['id']}"
    await walk.ask("POST", f"{mine}/submit", owner, version=made["version"])
    shown = await walk.ask("GET", mine, owner)
    assert [one["answer"] for one in shown["matches"]] == ["yes", "yes"]
    listing = (await walk.ask("GET", "/api/partner/v1/listings", first))["items"][0]
    assert listing["industry"] == "F52"
    terms = {
        "amount_wan": "50", "months": 12, "rate_min_percent": "3.6", "rate_max_percent": "4.2",
        "repayment": "interest_first",
    }  # fmt: skip
    await walk.ask("POST", f"/api/partner/v1/listings/{listing['listing_id']}/signal", first, terms)
    assert (await walk.ask("GET", "/api/partner/v1/referrals", first))["items"] == []
    choices = await walk.ask("GET", f"{OWNER}/financing-choices", owner)
    for version in versions:
        consent = {
            "version_id": str(version),
            "kinds": ["need", "registration", "contact"],
            "text_version": choices["text_version"],
            "separate_version": choices["separate_version"],
            "expires_on": str(clock_module.today() + timedelta(days=60)),
        }
        await walk.ask("POST", f"{mine}/consents", owner, consent)
    sent = [(await walk.ask("GET", "/api/partner/v1/referrals", one))["items"][0] for one in (first, second)]
    read = await walk.ask("POST", f"/api/partner/v1/referrals/{sent[0]['id']}/reading", first)
    assert {one["field"]: one["value"] for one in read["fields"]}["phone"] == "13905720001"
    assert len((await walk.ask("GET", f"{mine}/reads", owner))["items"]) == 1
    await walk.bank(sent[0], "accept", first)
    refusal = {"code": "collateral_short", "words": "缺少抵押物", "remedy": "增加担保"}
    await walk.bank(sent[0], "refuse", first, refusal)
    await walk.bank(sent[1], "accept", second)
    guarantee = {"kind": "guarantee", "basis": "percent_of_principal", "amount": "1", "when": "yearly"}
    await walk.bank(sent[1], "offer", second, _offer("3.5", fees=[guarantee]))
    again = await walk.ask(
        "POST", f"{OWNER}/financing-referrals/{sent[0]['id']}/second-look", owner, {"words": "已增加担保"}
    )
    await walk.ask(
        "POST", f"/api/staff/v1/financing-referrals/{sent[0]['id']}/mediate", staff, version=again["version"]
    )
    await walk.bank(sent[0], "second-look", first, {"words": "同意", "offer": _offer("4")})
    compared = await walk.ask("GET", f"{mine}/offers", owner)
    costs = [(one["institution"], one["cost"]["apr_percent"]) for one in compared["items"]]
    assert costs == [("甲银行", "4.0742"), ("乙银行", "4.6197")]
    today = clock_module.today()
    drawing = {"drawn_on": str(today), "drawn_wan": "50", "due_on": str(date(2027, 11, 23))}
    await walk.bank(sent[0], "draw", first, drawing)
    over = await walk.ask("GET", mine, owner)
    assert (over["state"], [one["state"] for one in over["referrals"]]) == ("closed", ["drawn", "given_up"])
    clock.set(clock_module.day_start(date(2027, 10, 1)))
    assert await renewing.remind() == 1
    renewal = await walk.ask("POST", f"{OWNER}/financing-referrals/{sent[0]['id']}/renewal", owner)
    draft = await walk.ask("GET", f"{OWNER}/financing-applications/{renewal['id']}", owner)
    assert (draft["state"], draft["purpose"], draft["amount_wan"]) == ("draft", "renewal", "50")
