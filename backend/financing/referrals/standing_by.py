"""A bank stands by its offer until the day it named: what it offers again meanwhile is worse in nothing.

Both are reckoned anew, as drawn today at the LPR of today by the method of today, so that neither the calendar nor the
LPR makes one of them dearer; nor do bounds that were drawn closer since keep a bank from bettering what it offered.
Whatever lapsed meanwhile, its day for drawing too, its word holds: an offer that names its day can't be taken back
before it (民法典 art. 476), a refusal in between takes back nothing either.

Where its day has passed it may offer less, also where it overturns a refusal; but then its owner is told wherein, and
until he has agreed (`agreeing`) nothing is drawn on it. What he has not agreed to sets no new mark.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend.financing import errors, values
from backend.financing.catalogue.matching import plain
from backend.financing.codes import COLLATERAL
from backend.financing.costs.money import yuan_of
from backend.financing.costs.terms import DAY_COUNTS, REPAYMENTS, DayCount, Repayment
from backend.financing.referrals.offers import Behind, Offer, Reckoned
from backend.foundation import clock, db
from backend.foundation.errors import FieldError

_OFFER: Final = """
SELECT o.edition, o.amount_wan, o.months, o.repayment, o.collateral, o.valid_until, o.rate_percent, o.lpr_tenor, o.bp,
    o.day_count, o.fees::text AS fees
FROM financing_offers o WHERE o.referral_id = $1
"""
_STANDS: Final = f"{_OFFER} AND o.valid_until >= $2 ORDER BY o.edition DESC LIMIT 1"
# Against what its owner is told: the last one that was worse in nothing, or to whose differences he has agreed.
_BEFORE: Final = f"""
{_OFFER} AND o.edition = (
    SELECT CASE WHEN n.agreed_at IS NULL THEN coalesce(n.behind, n.edition) ELSE n.edition END
    FROM financing_offers n WHERE n.referral_id = $1 ORDER BY n.edition DESC LIMIT 1)
"""
_ROUNDING: Final = Decimal(1)
"""元: instalments are rounded to the fen each, and a larger loan rounds otherwise."""


@dataclass(frozen=True, slots=True)
class Worse:
    """Where an offer is worse than another: the place, what would not be, and in the words of its owner what is."""

    path: str
    bound: str
    told: str


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
    wrong = tuple(_terms(row, made.offer)) + tuple(_days(row, made.offer, latest))
    wrong = wrong or tuple(_costs(await _offer(row).reckoned_anew(), made))
    if wrong:
        until = f"原报价在 {row['valid_until'].isoformat()} 前有效，"
        raise errors.ContentWrong(fields=tuple(FieldError(one.path, "worse", until + one.bound) for one in wrong))


async def behind(referral_id: UUID, made: Reckoned) -> Behind | None:
    """Return wherein an offer falls behind what its owner was offered before, None where in nothing."""
    row = await db.fetch_one(_BEFORE, referral_id)
    if row is None:
        return None
    worse = (*_terms(row, made.offer), *_costs(await _offer(row).reckoned_anew(), made))
    return Behind(row["edition"], tuple(one.told for one in worse)) if worse else None


def _offer(row: Record) -> Offer:
    rate = None if row["lpr_tenor"] else row["rate_percent"]
    terms = (row["repayment"], row["collateral"], row["valid_until"], rate, row["lpr_tenor"], row["bp"])
    return Offer(row["amount_wan"], row["months"], *terms, row["day_count"], tuple(orjson.loads(row["fees"])))


def _terms(row: Record, now: Offer) -> Iterator[Worse]:
    if now.amount_wan < row["amount_wan"]:
        wan = plain(row["amount_wan"])
        told = f"金额由 {wan} 万元减为 {plain(now.amount_wan)} 万元"
        yield Worse("amount_wan", f"新的金额不能少于 {wan} 万元。", told)
    if now.months < row["months"]:
        told = f"期限由 {row['months']} 个月缩短为 {now.months} 个月"
        yield Worse("months", f"新的期限不能短于 {row['months']} 个月。", told)
    if now.collateral not in (row["collateral"], "credit"):
        told = f"担保方式由{COLLATERAL[row['collateral']]}改为{COLLATERAL[now.collateral]}"
        yield Worse("collateral", "担保方式不能另提，只能不变或改为信用。", told)
    if now.repayment != row["repayment"]:
        told = f"还款方式由{REPAYMENTS[Repayment(row['repayment'])]}改为{REPAYMENTS[Repayment(now.repayment)]}"
        yield Worse("repayment", "还款方式不能更改。", told)
    if now.day_count != row["day_count"]:
        told = f"计息方式由{DAY_COUNTS[DayCount(row['day_count'])]}改为{DAY_COUNTS[DayCount(now.day_count)]}"
        yield Worse("day_count", "计息方式不能更改。", told)


def _days(row: Record, now: Offer, latest: date) -> Iterator[Worse]:
    if now.valid_until < min(row["valid_until"], latest):
        yield Worse("valid_until", "有效期不能缩短。", "有效期缩短")


def _costs(before: Reckoned, now: Reckoned) -> Iterator[Worse]:
    share = yuan_of(now.offer.amount_wan) / yuan_of(before.offer.amount_wan)
    for words, then, new in (("按约定", before.cost, now.cost), ("最坏情形", before.worst, now.worst)):
        if new.apr_percent > then.apr_percent:
            told = f"{words}的年化成本由 {then.apr_percent}% 升为 {new.apr_percent}%"
            yield Worse("rate_percent", f"新的报价{words}的年化成本不能高于 {then.apr_percent}%。", told)
        elif new.cost_yuan > (most := then.cost_yuan * share) + _ROUNDING:
            path = "months" if now.offer.months > before.offer.months else "fees"
            yield _dearer(path, f"{words}的全部成本", most, new.cost_yuan)
        elif new.largest_payment_yuan > (most := then.largest_payment_yuan * share) + _ROUNDING:
            yield _dearer("fees", f"{words}的最大一期还款", most, new.largest_payment_yuan)


def _dearer(path: str, what: str, most: Decimal, now: Decimal) -> Worse:
    bound = f"新的报价{what}不能多于 {most:.2f} 元。"
    return Worse(path, bound, f"同等金额下{what}由 {most:.2f} 元升为 {now:.2f} 元")
