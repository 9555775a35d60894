"""Where an offer leaves what its bank published of the product: told beside it, for an owner signed on that word.

A bank may offer otherwise, and better terms are no deviation; which it did, its owner and the bureau read.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from backend.financing.catalogue.matching import plain
from backend.financing.codes import COLLATERAL
from backend.financing.costs.terms import DAY_COUNTS, FEES, REPAYMENTS, DayCount, Repayment

PUBLISHED: Final = """
v.amount_min_wan AS p_amount_min_wan, v.amount_max_wan AS p_amount_max_wan, v.months_min AS p_months_min,
v.months_max AS p_months_max, v.rate_max_percent AS p_rate_max_percent, v.lpr_tenor AS p_lpr_tenor,
v.bp_max AS p_bp_max, v.repayments AS p_repayments, v.collateral AS p_collateral, v.fees::text AS p_fees,
v.day_count AS p_day_count
"""


def deviations(offer: Mapping[str, Any], fees: Any, published_fees: Any) -> list[str]:
    """Return in words what is not as published; `offer` is a row with `PUBLISHED`."""
    return [*_terms(offer), *_rate(offer), *_fees(fees, published_fees)]


def _terms(row: Mapping[str, Any]) -> Iterator[str]:
    low, high = row["p_amount_min_wan"], row["p_amount_max_wan"]
    if not low <= row["amount_wan"] <= high:
        yield f"金额不在公布的 {plain(low)} 至 {plain(high)} 万元之内"
    if not row["p_months_min"] <= row["months"] <= row["p_months_max"]:
        yield f"期限不在公布的 {row['p_months_min']} 至 {row['p_months_max']} 个月之内"
    if row["repayment"] not in row["p_repayments"]:
        yield f"没有公布的还款方式：{REPAYMENTS[Repayment(row['repayment'])]}"
    if row["collateral"] not in row["p_collateral"]:
        yield f"没有公布的担保方式：{COLLATERAL[row['collateral']]}"
    if row["day_count"] != row["p_day_count"]:
        yield f"计息方式与公布的不同，公布的是{DAY_COUNTS[DayCount(row['p_day_count'])]}"


def _rate(row: Mapping[str, Any]) -> Iterator[str]:
    if row["p_lpr_tenor"] is None:
        if row["rate_percent"] > row["p_rate_max_percent"]:
            yield f"年利率高于公布的上限 {plain(row['p_rate_max_percent'])}%"
        elif row["worst_rate_percent"] > row["p_rate_max_percent"]:
            yield f"最坏情形的年利率高于公布的上限 {plain(row['p_rate_max_percent'])}%"
        if row["lpr_tenor"] is not None:
            yield "公布的不随LPR变动，报价随LPR变动"
    elif row["lpr_tenor"] != row["p_lpr_tenor"]:
        yield "公布的是按LPR加减点，报价所依的利率与之不同"
    elif row["bp"] > row["p_bp_max"]:
        yield f"点差高于公布的上限 {row['p_bp_max']} 个基点"


def _fees(fees: Any, published: Any) -> Iterator[str]:
    """Compare each fee with those of its kind; the same basis and moment at no more is as published."""
    known = sorted({one["kind"] for one in published})
    for kind in sorted({one["kind"] for one in fees}):
        asked, told = ([one for one in some if one["kind"] == kind] for some in (fees, published))
        if kind not in known:
            yield f"没有公布的费用：{FEES[kind]}"
        elif len(asked) > len(told) or not all(any(_covers(one, fee) for one in told) for fee in asked):
            yield f"{FEES[kind]}的金额或收取方式与公布的不同"


def _covers(published: Mapping[str, Any], fee: Mapping[str, Any]) -> bool:
    is_surer = published.get("is_conditional", False) and not fee.get("is_conditional", False)
    is_alike = all(published[name] == fee[name] for name in ("basis", "when"))
    return is_alike and not is_surer and Decimal(fee["amount"]) <= Decimal(published["amount"])
