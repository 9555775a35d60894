"""The bureau keeps banks, their desks, products and rates, and looks on at needs and referrals."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from backend.access import Role
from backend.financing.banks import clients, institutions
from backend.financing.catalogue import products
from backend.financing.costs import lprs
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from tests.backend.financing import people
from tests.backend.financing.people import MANAGER, content
from tests.factories.people import add_staff
from tests.miniprogram_api.matrix.financing import _asked_again, _call, _show
from tests.support.matrix import Call, Row, World

READERS = frozenset(
    {Role.FRONT_DESK, Role.SPECIALIST, Role.PUBLISHER, Role.REVIEWER, Role.MANAGER, Role.AUDITOR},
)
EDITORS = frozenset({Role.PUBLISHER, Role.REVIEWER})
MANAGERS = frozenset({Role.MANAGER})
MEDIATORS = frozenset({Role.SPECIALIST, Role.MANAGER})
ADD = {"name": "甲银行", "kind": "bank", "contact": "0572-1234567"}


async def _add_bank(world: World) -> Call:
    return Call(body={**ADD, "name": f"银行{new_id().hex[-6:]}"})


async def _new_bank() -> UUID:
    return (await people.bank(f"银行{new_id().hex[-6:]}"))[0]


async def _edit_bank(world: World) -> Call:
    return _call(1, {"name": "新名称", "contact": "0572-7654321", "is_open": False}, institution_id=await _new_bank())


async def _assess(world: World) -> Call:
    body = {"purpose": "对接", "risks": "泄露", "measures": "留痕", "level": "low", "valid_until": "2099-01-01"}
    return Call(params={"institution_id": await _new_bank()}, body=body)


async def _assessed(world: World) -> Call:
    return Call(params={"institution_id": await _new_bank()})


async def _typical(world: World) -> Call:
    loan = {"amount_wan": "50", "months": 12, "repayment": "interest_first", "rate_percent": "3.45"}
    return Call(body=loan)


async def _open_desk(world: World) -> Call:
    return Call(params={"institution_id": await _new_bank()}, body={"name": "安吉支行", "districts": ["330523"]})


async def _desk(world: World) -> Call:
    _, desk, _ = await people.bank(f"银行{new_id().hex[-6:]}")
    return Call(params={"desk_id": desk})


async def _join(world: World) -> Call:
    _, desk, someone = await people.bank(f"银行{new_id().hex[-6:]}")
    assert someone.id
    await institutions.part(desk, someone.id, actor=MANAGER)
    return Call(params={"desk_id": desk}, body={"staff_id": str(someone.id)})


async def _part(world: World) -> Call:
    _, desk, someone = await people.bank(f"银行{new_id().hex[-6:]}")
    assert someone.id
    return Call(params={"desk_id": desk, "staff_id": someone.id})


async def _rate(world: World) -> Call:
    day = clock.today() + timedelta(days=30)
    return Call(body={"tenor": "one_year", "effective_on": str(day), "rate_percent": "2.95", "source": "公告"})


async def _noted_rate(world: World) -> Call:
    """A rate of a day of its own: one test asks for several."""
    await _staffed(world)
    day = await db.fetch_value("SELECT greatest(max(effective_on), $1) + 1 FROM financing_lprs", date(2091, 1, 1))
    await lprs.note("one_year", day, Decimal("2.95"), "网页摘录", actor=MANAGER)
    body = {"tenor": "one_year", "effective_on": str(day), "rate_percent": "2.95", "source": "公告"}
    return Call(body=body)


async def _value(world: World) -> Call:
    row = await db.fetch_one("SELECT value, version FROM financing_terms WHERE key = 'open_days'")
    assert row
    return _call(row["version"], {"value": row["value"]}, key="open_days")


def _told() -> dict[str, Any]:
    made = content()
    return {
        "name": made.name,
        "summary": made.summary,
        "collateral": ["credit"],
        "repayments": ["interest_first"],
        "amount_min_wan": "5",
        "amount_max_wan": "300",
        "months_min": 6,
        "months_max": 36,
        "rate_kind": "lpr",
        "lpr_tenor": "one_year",
        "bp_min": 10,
        "bp_max": 80,
        "rule": made.rule,
        "source": made.source,
        "valid_from": "2026-01-01",
        "fees": [{"kind": "guarantee", "basis": "percent_of_principal", "amount": "0.8", "when": "yearly"}],
    }


async def _staffed(world: World) -> None:
    for one in world.staff.values():
        await add_staff(staff_id=one.id)


async def _draft_product(world: World) -> Call:
    await _staffed(world)
    return Call(body={**_told(), "institution_id": str(await _new_bank())})


async def _product(world: World, *, is_out: bool = False) -> tuple[UUID, int]:
    await _staffed(world)
    made = await products.draft(await _new_bank(), content(), actor=await people.editor())
    if is_out:
        made = await products.publish(made.id, actor=await people.editor(), version=made.version)
    return made.id, made.version


async def _show_product(world: World) -> Call:
    return Call(params={"product_id": (await _product(world))[0]})


async def _edit_product(world: World) -> Call:
    product_id, version = await _product(world)
    return _call(version, _told(), product_id=product_id)


async def _publish(world: World) -> Call:
    product_id, version = await _product(world)
    return _call(version, product_id=product_id)


async def _take_down(world: World) -> Call:
    product_id, version = await _product(world, is_out=True)
    return _call(version, {"reason": "停办"}, product_id=product_id)


async def _mediate(world: World) -> Call:
    await _staffed(world)
    sent = await _asked_again(world)
    return _call(sent.version, referral_id=sent.id)


async def _funnel(world: World) -> Call:
    return Call(query={"quarter": "2025-Q4", "by": "bank"})


async def _year(world: World) -> Call:
    return Call(query={"year": "2026"})


async def _issue(world: World) -> Call:
    _, _, someone = await people.bank(f"银行{new_id().hex[-6:]}")
    return Call(body={"staff_id": str(someone.id), "name": "信贷系统", "webhook_url": "https://bank.example/hook"})


async def _client(world: World) -> Call:
    _, _, someone = await people.bank(f"银行{new_id().hex[-6:]}")
    assert someone.id
    return Call(params={"client_id": (await clients.issue(someone.id, "信贷系统", None, actor=MANAGER)).id})


_ONE = "/api/staff/v1/financing-applications/<application_id:uuid>"
_BANK = "/api/staff/v1/financing-institutions/<institution_id:uuid>"
_DESK = "/api/staff/v1/financing-desks/<desk_id:uuid>"
_PRODUCT = "/api/staff/v1/financing-products/<product_id:uuid>"
_BANKS = "/api/staff/v1/financing-institutions"
ROWS = (
    Row("POST", "/api/staff/v1/financing-referrals/<referral_id:uuid>/mediate", MEDIATORS, arrange=_mediate),
    Row("GET", "/api/staff/v1/financing-applications", READERS),
    Row("GET", _ONE, READERS, arrange=_show),
    Row("GET", f"{_ONE}/offers", READERS, arrange=_show),
    Row("GET", f"{_ONE}/reads", READERS, arrange=_show),
    Row("GET", f"{_ONE}/order", READERS, arrange=_show),
    Row("GET", "/api/staff/v1/financing-referrals", READERS),
    Row("POST", "/api/staff/v1/financing-typical-costs", READERS, arrange=_typical),
    Row("GET", "/api/staff/v1/financing-figures", READERS, arrange=_funnel),
    Row("GET", "/api/staff/v1/financing-neutrality", READERS, arrange=_year),
    Row("GET", "/api/staff/v1/financing-ip-pledges", READERS, arrange=_year),
    Row("GET", _BANKS, READERS),
    Row("POST", _BANKS, MANAGERS, arrange=_add_bank),
    Row("PUT", _BANK, MANAGERS, arrange=_edit_bank),
    Row("GET", f"{_BANK}/assessments", READERS, arrange=_assessed),
    Row("POST", f"{_BANK}/assessments", MANAGERS, arrange=_assess),
    Row("POST", f"{_BANK}/desks", MANAGERS, arrange=_open_desk),
    Row("POST", f"{_DESK}/close", MANAGERS, arrange=_desk),
    Row("POST", f"{_DESK}/people", MANAGERS, arrange=_join),
    Row("DELETE", f"{_DESK}/people/<staff_id:uuid>", MANAGERS, arrange=_part),
    Row("GET", "/api/staff/v1/financing-clients", MANAGERS),
    Row("POST", "/api/staff/v1/financing-clients", MANAGERS, arrange=_issue),
    Row("DELETE", "/api/staff/v1/financing-clients/<client_id:uuid>", MANAGERS, arrange=_client),
    Row("GET", "/api/staff/v1/financing-lprs", READERS),
    Row("POST", "/api/staff/v1/financing-lprs", MANAGERS, arrange=_rate),
    Row("POST", "/api/staff/v1/financing-lprs/verify", MANAGERS, arrange=_noted_rate),
    Row("GET", "/api/staff/v1/financing-terms", READERS),
    Row("PUT", "/api/staff/v1/financing-terms/<key:str>", MANAGERS, arrange=_value),
    Row("GET", "/api/staff/v1/financing-products", READERS),
    Row("POST", "/api/staff/v1/financing-products", EDITORS, arrange=_draft_product),
    Row("GET", _PRODUCT, READERS, arrange=_show_product),
    Row("PUT", _PRODUCT, EDITORS, arrange=_edit_product),
    Row("POST", f"{_PRODUCT}/publish", EDITORS, arrange=_publish),
    Row("POST", f"{_PRODUCT}/withdraw", EDITORS, arrange=_take_down),
)
