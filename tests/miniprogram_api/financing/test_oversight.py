"""What the bureau's screens of financing are told: clocks, the lot, keys, assessments, a typical cost, what one may."""

import hashlib
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from backend.access import Actor, Role
from backend.financing.banks import clients
from backend.financing.catalogue import products
from backend.financing.consent import consenting
from backend.financing.models import Referral
from backend.financing.referrals import referring, second_look
from backend.foundation import clock as clock_module
from backend.foundation.ids import token
from miniprogram_api.auth import STAFF_COOKIE
from tests.backend.financing import people
from tests.backend.financing.people import MANAGER, content, opened, owner, product, signing
from tests.factories.people import add_staff
from tests.support.api import Api
from tests.support.matrix import CSRF, World

STAFF = "/api/staff/v1"


async def _ask(api: Api, method: str, path: str, by: Actor, body: Any = None) -> Any:
    headers = {"Cookie": f"{STAFF_COOKIE}={by.id}", "X-CSRF-Token": CSRF}
    if method == "POST":
        headers["Idempotency-Key"] = token()
    answer = await api.request(method, f"{STAFF}{path}", json=body, headers=headers)
    assert answer.is_success, (method, path, answer.text)
    return answer.json()


async def _referred(world: World, name: str = "甲银行", number: int = 1) -> tuple[Referral, Actor, Actor]:
    institution, _, partner = await people.bank(name)
    version = await product(institution, f"{name}快贷")
    person, _ = await owner(world.runtime, number)
    made = await opened(person)
    return await consenting.sign(made.id, signing(version), actor=person), partner, person


async def _refused(world: World) -> Referral:
    sent, partner, person = await _referred(world)
    sent = await referring.accept(sent.id, actor=partner, version=sent.version)
    refusal = referring.Refusal("collateral_short", "缺少抵押物", "增加担保")
    sent = await referring.refuse(sent.id, refusal, actor=partner, version=sent.version)
    return await second_look.ask(sent.id, "已增加担保", actor=person)


async def test_referrals_are_found_by_bank_and_by_what_needs_attention(
    known: Api, world: World, clock: clock_module.Frozen
) -> None:
    first, _, _ = await _referred(world)
    await _referred(world, "乙银行", 2)
    staff = world.staff[Role.SPECIALIST]
    told = await _ask(known, "GET", "/financing-referrals", staff)
    assert (told["count"], [one["state"] for one in told["items"]]) == (2, ["routed", "routed"])
    mine = await _ask(known, "GET", f"/financing-referrals?institution_id={first.institution_id}", staff)
    assert [one["id"] for one in mine["items"]] == [str(first.id)]
    assert (await _ask(known, "GET", "/financing-referrals?attention=running", staff))["count"] == 2
    assert (await _ask(known, "GET", "/financing-referrals?attention=due_soon", staff))["count"] == 0
    assert first.accept_by
    clock.set(first.accept_by - timedelta(hours=20))
    assert (await _ask(known, "GET", "/financing-referrals?attention=due_soon", staff))["count"] == 2
    page = await _ask(known, "GET", "/financing-referrals?limit=1", staff)
    rest = await _ask(known, "GET", f"/financing-referrals?limit=1&cursor={page['next']}", staff)
    assert (page["count"], rest["count"], rest["next"]) == (2, None, None)
    assert {one["id"] for some in (page, rest) for one in some["items"]} == {one["id"] for one in told["items"]}


async def test_a_second_look_is_offered_to_who_mediates_until_he_was_in_touch(
    known: Api, world: World, clock: clock_module.Frozen
) -> None:
    sent = await _refused(world)
    staff, auditor = world.staff[Role.SPECIALIST], world.staff[Role.AUDITOR]
    await add_staff(staff_id=staff.id)
    path = "/financing-referrals?attention=look_open"
    open_one = (await _ask(known, "GET", path, staff))["items"][0]
    assert (open_one["may"], open_one["second_look"]["contacted_at"]) == (["mediate"], None)
    assert (await _ask(known, "GET", path, auditor))["items"][0]["may"] == []
    assert (await _ask(known, "GET", "/financing-referrals?attention=look_late", staff))["count"] == 0
    clock.set(clock.now() + timedelta(hours=49))
    late = (await _ask(known, "GET", "/financing-referrals?attention=look_late", staff))["items"][0]
    await second_look.contact(sent.id, actor=staff, version=late["version"])
    after = (await _ask(known, "GET", path, staff))["items"][0]
    assert (after["may"], after["second_look"]["contacted_at"] is not None) == ([], True)
    assert (await _ask(known, "GET", "/financing-referrals?attention=look_late", staff))["count"] == 0


async def test_the_lot_can_be_drawn_again(known: Api, world: World) -> None:
    sent, _, _ = await _referred(world)
    told = await _ask(
        known, "GET", f"/financing-applications/{sent.application_id}/order", world.staff[Role.FRONT_DESK]
    )
    one = told["items"][0]
    assert one["lot"] == hashlib.sha256(f"{told['seed']}:{one['institution_id']}".encode()).hexdigest()
    assert one["product_lot"] == hashlib.sha256(f"{told['seed']}:{one['product_id']}".encode()).hexdigest()


async def test_keys_and_assessments_are_listed_without_a_secret(known: Api, world: World) -> None:
    institution, _, partner = await people.bank()
    assert partner.id
    made = await clients.issue(partner.id, "信贷系统", "https://bank.example/hook", actor=MANAGER)
    manager = world.staff[Role.MANAGER]
    told = (await _ask(known, "GET", "/financing-clients", manager))["items"]
    assert [(one["id"], one["institution_id"], one["used_at"]) for one in told] == [
        (str(made.id), str(institution), None)
    ]
    assert made.key not in str(told)
    kept = (await _ask(known, "GET", f"/financing-institutions/{institution}/assessments", manager))["items"]
    assert [(one["purpose"], one["level"]) for one in kept] == [("融资对接", "middle")]


@pytest.mark.parametrize("terms", [{"rate_percent": "3.45"}, {"lpr_tenor": "one_year", "bp": 45}])
async def test_a_typical_loan_costs_what_the_published_method_says(
    known: Api, world: World, terms: dict[str, Any]
) -> None:
    body = {"amount_wan": "50", "months": 12, "repayment": "interest_first", **terms}
    told = await _ask(known, "POST", "/financing-typical-costs", world.staff[Role.PUBLISHER], body)
    assert (told["cost"]["apr_percent"], told["payments_yuan"]) == ("3.5051", 11 * ["1437.50"] + ["501437.50"])


async def test_nobody_is_offered_to_publish_what_he_wrote(known: Api, world: World) -> None:
    author, other = world.staff[Role.PUBLISHER], world.staff[Role.REVIEWER]
    for one in (author, other):
        await add_staff(staff_id=one.id)
    institution, _, _ = await people.bank()
    made = await products.draft(institution, content(), actor=author)
    path = f"/financing-products/{made.id}"
    told = [(await _ask(known, "GET", path, one))["may"] for one in (author, other, world.staff[Role.MANAGER])]
    assert told == [["edit"], ["edit", "publish"], []]
    await products.publish(made.id, actor=other, version=made.version)
    assert (await _ask(known, "GET", path, author))["may"] == ["edit", "withdraw"]


async def test_an_offer_tells_what_is_paid_month_by_month(known: Api, world: World) -> None:
    sent, partner, _ = await _referred(world)
    sent = await referring.accept(sent.id, actor=partner, version=sent.version)
    until = clock_module.today() + timedelta(days=9)
    terms = referring.Offer(Decimal(50), 12, "equal_instalment", "credit", until, Decimal("3.45"))
    await referring.offer(sent.id, terms, actor=partner, version=sent.version)
    path = f"/financing-applications/{sent.application_id}/offers"
    one = (await _ask(known, "GET", path, world.staff[Role.SPECIALIST]))["items"][0]
    assert len(one["payments_yuan"]) == 12
    assert one["payments_yuan"][0] == one["cost"]["first_payment_yuan"]
    paid = sum(Decimal(each) for each in one["payments_yuan"])
    assert paid - Decimal(one["cost"]["received_yuan"]) == Decimal(one["cost"]["cost_yuan"])
