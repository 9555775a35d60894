"""Three banks of the demo with desks, and products in every form of rate, so that whoever takes the tour can ask."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from backend.access import SYSTEM, Actor
from backend.financing.banks import institutions
from backend.financing.banks.institutions import Assessment
from backend.financing.catalogue import products
from backend.financing.catalogue.products import Content
from backend.foundation import clock, db
from backend.foundation.clock import Frozen

BANK: Final = "湖州演示银行"
SECOND: Final = "南太湖演示农商银行"
THIRD: Final = "安吉演示村镇银行"
_BEGAN: Final = timedelta(days=330)
"""Before today: their loans of this year need banks that were there."""
_IS_THERE: Final = "SELECT EXISTS (SELECT FROM financing_institutions WHERE name = $1)"
_CITATION: Final = {
    "document": "演示产品说明书",
    "article": "一",
    "sentence": "面向小型、微型企业和个体工商户。",
}
_RULE: Final = {"fact": "is_small_or_micro", "op": "eq", "value": True, "citation": _CITATION}
_GUARANTEE: Final = {"kind": "guarantee", "basis": "percent_of_principal", "amount": "0.8", "when": "yearly"}
_ASSESSMENT: Final = {"kind": "assessment", "basis": "yuan", "amount": "1500", "when": "start"}
_SAME: Final[Mapping[str, Any]] = {
    "summary": "演示数据，不代表任何银行的真实产品。",
    "repayments": ("interest_first", "equal_instalment"),
    "amount_min_wan": Decimal(5),
    "amount_max_wan": Decimal(300),
    "months_min": 6,
    "months_max": 36,
    "materials": ("营业执照", "近六个月流水"),
    "rule": _RULE,
    "source": "演示数据",
    "valid_from": date(2026, 1, 1),
}
# A range, the LPR and so many basis points, the LPR below itself, with and without fees, for renewals alone.
PRODUCTS: Final[Mapping[str, Sequence[Mapping[str, Any]]]] = {
    BANK: (
        {
            "name": "演示小微信用贷",
            "collateral": ("credit", "patent_pledge"),
            "rate_kind": "lpr",
            "lpr_tenor": "one_year",
            "bp_min": 20,
            "bp_max": 120,
        },
        {
            "name": "演示知识产权质押贷",
            "collateral": ("patent_pledge", "trademark_pledge"),
            "rate_kind": "range",
            "rate_min_percent": Decimal("3.2"),
            "rate_max_percent": Decimal("4.35"),
            "amount_max_wan": Decimal(1000),
            "fees": (_ASSESSMENT,),
        },
    ),
    SECOND: (
        {
            "name": "演示惠商贷",
            "collateral": ("credit", "guarantee", "patent_pledge"),
            "rate_kind": "range",
            "rate_min_percent": Decimal("3.45"),
            "rate_max_percent": Decimal("5.2"),
            "repayments": ("equal_instalment", "equal_principal", "bullet", "interest_first"),
            "fees": (_GUARANTEE,),
        },
        {
            "name": "演示设备贷",
            "collateral": ("mortgage",),
            "rate_kind": "lpr",
            "lpr_tenor": "five_years",
            "bp_min": -20,
            "bp_max": 60,
            "months_min": 36,
            "months_max": 120,
            "amount_max_wan": Decimal(2000),
            "day_count": "actual_360",
        },
        {
            "name": "演示无还本续贷",
            "collateral": ("credit", "mortgage"),
            "rate_kind": "range",
            "rate_min_percent": Decimal("3.1"),
            "rate_max_percent": Decimal("3.9"),
            "repayments": ("revolving", "interest_first"),
            "is_follow_on": True,
        },
    ),
    THIRD: (
        {
            "name": "演示村镇小微贷",
            "collateral": ("credit", "guarantee"),
            "rate_kind": "range",
            "rate_min_percent": Decimal("3.9"),
            "rate_max_percent": Decimal("5.6"),
            "amount_min_wan": Decimal(1),
            "amount_max_wan": Decimal(200),
        },
    ),
}


async def seed_financing(partners: Sequence[Actor], author: Actor, reviewer: Actor) -> None:
    """Open each bank with a desk for the whole city and its products; what is there already stays."""
    until = clock.today() + timedelta(days=365)
    with clock.use(Frozen(clock.now() - _BEGAN)):
        for name, partner in zip(PRODUCTS, partners, strict=True):
            if partner.id is not None and not await db.fetch_value(_IS_THERE, name):
                async with db.transaction():
                    bank = await _open(name, partner.id, until)
                    for told in PRODUCTS[name]:
                        made = await products.draft(bank, Content(**{**_SAME, **told}), actor=author)
                        await products.publish(made.id, actor=reviewer, version=made.version)


async def _open(name: str, partner_id: UUID, until: date) -> UUID:
    bank = await institutions.add(name, "bank", "演示电话 0572-0000000", actor=SYSTEM)
    told = Assessment("演示：融资对接", "演示：资料外泄", "演示：逐项授权、查看留痕、随时撤回", "middle", until)
    await institutions.assess(bank, told, actor=SYSTEM)
    desk = await institutions.open_desk(bank, "普惠金融部", [], actor=SYSTEM)
    await institutions.join(desk, partner_id, actor=SYSTEM)
    return bank
