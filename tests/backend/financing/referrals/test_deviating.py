"""What a bank offers otherwise than it published is told beside the offer; better terms are no deviation."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from backend.financing.referrals import offers, referring
from backend.financing.referrals.offers import Offer
from backend.foundation import clock
from backend.runtime import Runtime
from tests.backend.financing.people import bank, owner, product, referred

FEE = {"kind": "service", "basis": "yuan", "amount": "900", "when": "start"}
UNSURE = {**FEE, "is_conditional": True}
OTHER_FEE = "服务费的金额或收取方式与公布的不同"
LPR: dict[str, Any] = {
    "rate_kind": "lpr", "rate_min_percent": None, "rate_max_percent": None, "lpr_tenor": "one_year",
    "bp_min": 0, "bp_max": 80,
}  # fmt: skip


async def _told(running: Runtime, published: dict[str, Any], **terms: Any) -> list[str]:
    institution, _, desk = await bank()
    person, _ = await owner(running)
    sent = await referred(person, await product(institution, **published))
    taken = await referring.accept(sent.id, actor=desk, version=sent.version)
    plain = {"amount_wan": Decimal(50), "months": 12, "repayment": "interest_first", "collateral": "credit"}
    made = Offer(**{**plain, "valid_until": clock.today() + timedelta(days=9), **terms})
    await referring.offer(sent.id, made, actor=desk, version=taken.version)
    (one,) = (await offers.compared(sent.application_id, actor=person))["items"]
    told: list[str] = one["deviations"]
    return told


@pytest.mark.parametrize(
    ("published", "terms", "words"),
    [
        ({}, {"rate_percent": Decimal("4.5")}, ""),
        ({}, {"rate_percent": Decimal("2.9")}, ""),
        ({}, {"rate_percent": Decimal("4.6")}, "年利率高于公布的上限 4.5%"),
        ({}, {"rate_percent": Decimal(4), "amount_wan": Decimal(301)}, "金额不在公布的 5 至 300 万元之内"),
        ({}, {"rate_percent": Decimal(4), "months": 37}, "期限不在公布的 6 至 36 个月之内"),
        ({}, {"rate_percent": Decimal(4), "repayment": "bullet"}, "没有公布的还款方式：到期一次还本付息"),
        ({}, {"rate_percent": Decimal(4), "collateral": "mortgage"}, "没有公布的担保方式：抵押"),
        ({}, {"rate_percent": Decimal(4), "fees": (FEE,)}, "没有公布的费用：服务费"),
        ({"fees": (FEE,)}, {"rate_percent": Decimal(4), "fees": (FEE,)}, ""),
        ({"fees": (FEE,)}, {"rate_percent": Decimal(4), "fees": ({**FEE, "amount": "899.99"},)}, ""),
        ({"fees": (FEE,)}, {"rate_percent": Decimal(4), "fees": ({**FEE, "amount": "900.01"},)}, OTHER_FEE),
        ({"fees": (FEE,)}, {"rate_percent": Decimal(4), "fees": ({**FEE, "when": "yearly"},)}, OTHER_FEE),
        ({"fees": (FEE,)}, {"rate_percent": Decimal(4), "fees": (FEE, FEE)}, OTHER_FEE),
        ({"fees": (UNSURE,)}, {"rate_percent": Decimal(4), "fees": (FEE,)}, OTHER_FEE),
        ({"fees": (FEE,)}, {"rate_percent": Decimal(4), "fees": (UNSURE,)}, ""),
        (
            {},
            {"rate_percent": Decimal(4), "day_count": "actual_360"},
            "计息方式与公布的不同，公布的是按月计息（月利率＝年利率÷12）",
        ),
        (LPR, {"lpr_tenor": "one_year", "bp": 80}, ""),
        (LPR, {"lpr_tenor": "one_year", "bp": 81}, "点差高于公布的上限 80 个基点"),
        (LPR, {"rate_percent": Decimal("3.2")}, "公布的是按LPR加减点，报价所依的利率与之不同"),
    ],
)
async def test_only_what_is_otherwise_and_no_better_is_told(
    running: Runtime, published: dict[str, Any], terms: dict[str, Any], words: str
) -> None:
    assert await _told(running, published, **terms) == ([words] if words else [])


async def test_a_published_range_that_becomes_a_rate_that_moves_is_told(running: Runtime) -> None:
    assert await _told(running, {}, lpr_tenor="one_year", bp=90) == [
        "最坏情形的年利率高于公布的上限 4.5%",
        "公布的不随LPR变动，报价随LPR变动",
    ]
