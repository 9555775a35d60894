"""A bank of the demo with its desk and product, so that whoever takes the tour can ask, sign, offer and compare."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from backend.access import SYSTEM, Actor
from backend.financing.banks import institutions
from backend.financing.banks.institutions import Assessment
from backend.financing.catalogue import products
from backend.financing.catalogue.products import Content
from backend.foundation import clock, db

BANK: Final = "湖州演示银行"
_IS_THERE: Final = "SELECT EXISTS (SELECT FROM financing_institutions WHERE name = $1)"
_CITATION: Final = {
    "document": "演示产品说明书",
    "article": "一",
    "sentence": "面向小型、微型企业和个体工商户。",
}
_RULE: Final = {"fact": "is_small_or_micro", "op": "eq", "value": True, "citation": _CITATION}


async def seed_financing(partner: Actor, author: Actor, reviewer: Actor) -> None:
    """Open a bank with a desk for the whole city and a product; what is there already stays."""
    if partner.id is None or await db.fetch_value(_IS_THERE, BANK):
        return
    async with db.transaction():
        bank = await institutions.add(BANK, "bank", "演示电话 0572-0000000", actor=SYSTEM)
        until = clock.today() + timedelta(days=365)
        told = Assessment("演示：融资对接", "演示：资料外泄", "演示：逐项授权、查看留痕、随时撤回", "middle", until)
        await institutions.assess(bank, told, actor=SYSTEM)
        desk = await institutions.open_desk(bank, "普惠金融部", [], actor=SYSTEM)
        await institutions.join(desk, partner.id, actor=SYSTEM)
        made = await products.draft(bank, _content(), actor=author)
        await products.publish(made.id, actor=reviewer, version=made.version)


def _content() -> Content:
    return Content(
        name="演示小微信用贷",
        summary="演示数据，不代表任何银行的真实产品。",
        collateral=("credit", "patent_pledge"),
        repayments=("interest_first", "equal_instalment"),
        amount_min_wan=Decimal(5),
        amount_max_wan=Decimal(300),
        months_min=6,
        months_max=36,
        rate_kind="lpr",
        lpr_tenor="one_year",
        bp_min=20,
        bp_max=120,
        rule=_RULE,
        source="演示数据",
        valid_from=date(2026, 1, 1),
    )
