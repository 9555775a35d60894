"""A bank stands by its offer until the day it named: what it offers again meanwhile is worse in nothing.

Both are reckoned anew, as drawn today at the LPR of today by the method of today, so that neither the calendar nor the
LPR makes one of them dearer; nor do bounds that were drawn closer since keep a bank from bettering what it offered.
Whatever lapsed meanwhile, its day for drawing too, its word holds.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend.financing import errors, values
from backend.financing.catalogue.matching import plain
from backend.financing.costs.apr import Cost
from backend.financing.costs.money import yuan_of
from backend.financing.referrals.offers import Offer, Reckoned
from backend.foundation import clock, db
from backend.foundation.errors import FieldError

_STANDS: Final = """
SELECT amount_wan, months, repayment, collateral, valid_until, rate_percent, lpr_tenor, bp, day_count,
    fees::text AS fees
FROM financing_offers WHERE referral_id = $1 AND valid_until >= $2 ORDER BY edition DESC LIMIT 1
"""
_ROUNDING: Final = Decimal(1)
"""元: instalments are rounded to the fen each, and a larger loan rounds otherwise."""


async def check_no_worse(referral_id: UUID, made: Reckoned) -> None:
    """Raise ContentWrong where an offer that still holds was better.

    Worse is what costs more by the year or in all, as agreed or at worst, asks for more at a time, lends less, for a
    shorter time, against more, or holds for fewer days; repayment and day count stay as they were. For a larger loan
    its 元 are compared in proportion.
    """
    row = await db.fetch_one(_STANDS, referral_id, clock.today())
    if row is None:
        return
    latest = clock.today() + timedelta(days=await values.of("offer_days"))
    wrong = tuple(_terms(row, made.offer, latest)) or tuple(_costs(row, await _offer(row).reckoned_anew(), made))
    if wrong:
        raise errors.ContentWrong(fields=wrong)


def _offer(row: Record) -> Offer:
    rate = None if row["lpr_tenor"] else row["rate_percent"]
    terms = (row["repayment"], row["collateral"], row["valid_until"], rate, row["lpr_tenor"], row["bp"])
    return Offer(row["amount_wan"], row["months"], *terms, row["day_count"], tuple(orjson.loads(row["fees"])))


def _terms(row: Record, now: Offer, latest: date) -> Iterator[FieldError]:
    until = f"原报价在 {row['valid_until'].isoformat()} 前有效，"
    if now.amount_wan < row["amount_wan"]:
        yield FieldError("amount_wan", "worse", f"{until}新的金额不能少于 {plain(row['amount_wan'])} 万元。")
    if now.months < row["months"]:
        yield FieldError("months", "worse", f"{until}新的期限不能短于 {row['months']} 个月。")
    if now.collateral not in (row["collateral"], "credit"):
        yield FieldError("collateral", "worse", f"{until}担保方式不能另提，只能不变或改为信用。")
    if now.repayment != row["repayment"]:
        yield FieldError("repayment", "worse", f"{until}还款方式不能更改。")
    if now.day_count != row["day_count"]:
        yield FieldError("day_count", "worse", f"{until}计息方式不能更改。")
    if now.valid_until < min(row["valid_until"], latest):
        yield FieldError("valid_until", "worse", f"{until}有效期不能缩短。")


def _costs(row: Record, before: Reckoned, now: Reckoned) -> Iterator[FieldError]:
    until = f"原报价在 {row['valid_until'].isoformat()} 前有效，"
    share = yuan_of(now.offer.amount_wan) / yuan_of(before.offer.amount_wan)
    for words, then, new in (("按约定", before.cost, now.cost), ("最坏情形", before.worst, now.worst)):
        if new.apr_percent > then.apr_percent:
            sentence = f"{until}新的报价{words}的年化成本不能高于 {then.apr_percent}%。"
            yield FieldError("rate_percent", "worse", sentence)
        elif new.cost_yuan > then.cost_yuan * share + _ROUNDING:
            path = "months" if now.offer.months > before.offer.months else "fees"
            yield FieldError(path, "worse", f"{until}新的报价{words}的全部成本不能多于{_yuan(then, share, 'cost')}。")
        elif new.largest_payment_yuan > then.largest_payment_yuan * share + _ROUNDING:
            most = _yuan(then, share, "largest_payment")
            yield FieldError("fees", "worse", f"{until}新的报价{words}的最大一期还款不能多于{most}。")


def _yuan(then: Cost, share: Decimal, name: str) -> str:
    value: Decimal = getattr(then, f"{name}_yuan")
    return f" {value * share:.2f} 元"
