"""What a bank offers, reckoned by the one method when it is made, and all offers of an application side by side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend.access import Actor
from backend.financing import checking, errors, values
from backend.financing.catalogue.products import fees_of
from backend.financing.codes import COLLATERAL
from backend.financing.costs import apr, lprs
from backend.financing.costs.apr import Cost
from backend.financing.costs.flows import schedule
from backend.financing.costs.money import yuan_of
from backend.financing.costs.terms import REPAYMENTS, DayCount, Loan, Repayment, is_percent
from backend.financing.models import Referral
from backend.financing.referrals.deviating import PUBLISHED, deviations
from backend.financing.visibility import visible_to
from backend.foundation import clock, db
from backend.foundation.errors import FieldError

_BP: Final = Decimal(100)
_INSERT: Final = """
INSERT INTO financing_offers (referral_id, edition, amount_wan, months, rate_percent, lpr_tenor, bp, repayment,
    day_count, fees, collateral, valid_until, method, cost, worst, worst_rate_percent, made_by, made_at, behind,
    differences)
SELECT $1, 1 + coalesce(max(edition), 0), $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11, $12, $13::jsonb,
    $14::jsonb, $15, $16, $17, $18, $19
FROM financing_offers WHERE referral_id = $1 RETURNING edition
"""
_TERMS: Final = f"""
r.id AS referral_id, r.number, r.state, i.name AS institution, v.name AS product, o.edition, o.amount_wan, o.months,
o.rate_percent, o.lpr_tenor, o.bp, o.repayment, o.day_count, o.fees::text AS fees, o.collateral, o.valid_until,
o.method, o.cost::text AS cost, o.worst::text AS worst, o.worst_rate_percent, o.made_at, o.differences, o.agreed_at,
{PUBLISHED}
"""
_FROM: Final = """
financing_offers o JOIN financing_referrals r ON r.id = o.referral_id
JOIN financing_applications a ON a.id = r.application_id
JOIN financing_institutions i ON i.id = r.institution_id JOIN financing_product_versions v ON v.id = r.version_id
"""
_OFFERED: Final = f"""
SELECT DISTINCT ON (r.position) {_TERMS} FROM {_FROM}
WHERE a.id = $1 AND {{visible}} ORDER BY r.position, o.edition DESC
"""
_EDITIONS: Final = f"SELECT {_TERMS} FROM {_FROM} WHERE r.id = $1 ORDER BY o.edition DESC"
"""Of one bank alone: by its referral, never by its application."""

_NEWEST: Final = """
SELECT amount_wan, months, differences <> '{}' AND agreed_at IS NULL AS waits
FROM financing_offers WHERE referral_id = $1 ORDER BY edition DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Offer:
    """Terms that a bank stands by until `valid_until`: a fixed rate, or an LPR and so many basis points."""

    amount_wan: Decimal
    months: int
    repayment: str
    collateral: str
    valid_until: date
    rate_percent: Decimal | None = None
    lpr_tenor: str | None = None
    bp: int | None = None
    day_count: str = "months"
    fees: tuple[Mapping[str, Any], ...] = ()

    async def reckoned(self) -> "Reckoned":
        """Return it with its figures, as it is entered; raises ContentWrong, TermsWrong, NoRate, NoLpr."""
        checking.refuse(errors.ContentWrong, self._wrong(await values.of("offer_days")))
        self.loan(Decimal(0), clock.today()).check_entered()
        return await self.reckoned_anew()

    async def reckoned_anew(self) -> "Reckoned":
        """Return it with its figures of today, though it might not be entered so any more."""
        today = clock.today()
        rate = worst = self.rate_percent or Decimal(0)
        if self.lpr_tenor is not None:
            points = Decimal(self.bp or 0) / _BP
            rate = max(Decimal(0), await lprs.on(self.lpr_tenor, today) + points)
            worst = max(rate, (await lprs.highest(today))[self.lpr_tenor] + points)
        return Reckoned(self, rate, worst, apr.cost(self.loan(rate, today)), apr.worst(self.loan(worst, today)))

    def _wrong(self, most_days: int) -> Iterator[FieldError]:
        yield from checking.amount_wan("amount_wan", self.amount_wan)
        if self.repayment not in REPAYMENTS:
            yield FieldError("repayment", "unknown", f"还款方式只能是：{'、'.join(REPAYMENTS)}。")
        if self.collateral not in COLLATERAL:
            yield FieldError("collateral", "unknown", f"担保方式只能是：{'、'.join(COLLATERAL)}。")
        if (self.rate_percent is None) is (self.lpr_tenor is None) or (self.bp is None) is not (self.lpr_tenor is None):
            yield FieldError("rate_percent", "one_of", "请填写固定年利率，或者LPR期限和点差，二者选一。")
        elif self.rate_percent is not None and not is_percent(self.rate_percent):
            yield FieldError("rate_percent", "range", "年利率须为 0 至 36（%），至多四位小数。")
        if self.valid_until < clock.today():
            yield FieldError("valid_until", "past", "报价有效期不能早于今天。")
        elif self.valid_until > (latest := clock.today() + timedelta(days=most_days)):
            yield FieldError("valid_until", "late", f"报价有效期最长 {most_days} 天，不能晚于 {latest}。")

    def loan(self, rate: Decimal, day: date) -> Loan:
        """Return the loan at a rate, drawn on a day; raises TermsWrong."""
        try:
            fees = fees_of(self.fees)
        except (KeyError, ValueError, ArithmeticError):
            raise errors.TermsWrong(fields=(FieldError("fees", "malformed", "费用填写有误。"),)) from None
        principal, repayment = yuan_of(self.amount_wan), Repayment(self.repayment)
        return Loan(principal, self.months, rate, repayment, fees, DayCount(self.day_count), day)


@dataclass(frozen=True, slots=True)
class Reckoned:
    """An offer with what it costs as agreed and at worst."""

    offer: Offer
    rate_percent: Decimal
    worst_rate_percent: Decimal
    cost: Cost
    worst: Cost

    def told(self) -> dict[str, Any]:
        """Return the figures with the method by which they were reckoned."""
        rates = {"rate_percent": f"{self.rate_percent:f}", "worst_rate_percent": f"{self.worst_rate_percent:f}"}
        return {"method": apr.METHOD, **rates, "cost": figures(self.cost), "worst": figures(self.worst)}


@dataclass(frozen=True, slots=True)
class Behind:
    """Which earlier edition an offer falls behind, and wherein, in the words that its owner is to agree to."""

    edition: int
    differences: tuple[str, ...]


async def keep(referral: Referral, made: Reckoned, actor: Actor, behind: Behind | None = None) -> int:
    """Keep an offer of a locked referral as its next edition and return that."""
    one = made.offer
    edition: int = await db.fetch_value(
        _INSERT,
        referral.id,
        one.amount_wan,
        one.months,
        made.rate_percent,
        one.lpr_tenor,
        one.bp,
        one.repayment,
        one.day_count,
        orjson.dumps([dict(fee) for fee in one.fees], default=str).decode(),
        one.collateral,
        one.valid_until,
        apr.METHOD,
        orjson.dumps(figures(made.cost)).decode(),
        orjson.dumps(figures(made.worst)).decode(),
        made.worst_rate_percent,
        actor.id,
        clock.now(),
        behind.edition if behind else None,
        list(behind.differences) if behind else [],
    )
    return edition


def figures(of: Cost) -> dict[str, str]:
    """Return a cost with money as text: JSON knows no exact numbers."""
    return {name: f"{value:f}" for name, value in asdict(of).items()}


async def compared(application_id: UUID, *, actor: Actor) -> dict[str, Any]:
    """Return the newest offer of each bank side by side, cheapest first by the one method, and what differs.

    `cheapest` names the least by cost as agreed and at worst: two figures that may point to two banks. Offers that were
    reckoned by an older method stand last and are not compared.
    """
    visible = visible_to(actor)
    rows = await db.fetch(_OFFERED.format(visible=visible.render(2)), application_id, *visible.params)
    told = sorted((_told(row) for row in rows), key=_by_cost)
    good = [one for one in told if one["is_comparable"] and one["is_valid"]]
    least = min(good, key=lambda one: Decimal(one["worst"]["apr_percent"]), default=None)
    return {
        "method": apr.METHOD,
        "items": told,
        "cheapest": good[0]["referral_id"] if good else None,
        "cheapest_at_worst": least["referral_id"] if least else None,
        "rests_on_unverified_lpr": await rest_on_unverified(told),
    }


async def rest_on_unverified(made: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether an offer floats with a rate that nobody has compared with its announcement."""
    return any(one["lpr_tenor"] for one in made) and await lprs.are_unverified(clock.today())


async def drawable(referral_id: UUID) -> tuple[Decimal, int] | None:
    """Return what the newest offer of a referral lends, in 万元, and for how many months; None where there is none.

    Raises NotAgreed where it waits for its owner to agree to what is worse in it.
    """
    row = await db.fetch_one(_NEWEST, referral_id)
    if row is not None and row["waits"]:
        raise errors.NotAgreed
    return (row["amount_wan"], row["months"]) if row else None


async def editions(referral_id: UUID) -> list[dict[str, Any]]:
    """Return every offer of one referral that its reader was found to see, the newest first; only that one can hold."""
    told = [_told(row) for row in await db.fetch(_EDITIONS, referral_id)]
    over = {"is_valid": False, "waits_for_owner": False}
    return [one if nth == 0 else {**one, **over} for nth, one in enumerate(told)]


def payments(loan: Loan) -> list[str]:
    """Return what is paid at the end of each month as agreed, fees of that day included, in 元."""
    return [f"{one.total_yuan:f}" for one in schedule(loan).payments]


def _loan_of(row: Record) -> Loan:
    made_on = row["made_at"].astimezone(clock.SHANGHAI).date()
    fees, day_count = fees_of(orjson.loads(row["fees"])), DayCount(row["day_count"])
    terms = (row["months"], row["rate_percent"], Repayment(row["repayment"]))
    return Loan(yuan_of(row["amount_wan"]), *terms, fees, day_count, made_on)


def _is_valid(row: Record) -> bool:
    """While its drawing waits for its owner's word it stands, whatever the day: that is what he is asked about."""
    holds: bool = row["state"] == "approved" and row["valid_until"] >= clock.today()
    return holds or row["state"] == "drawing"


def _by_cost(one: Mapping[str, Any]) -> tuple[bool, bool, Decimal]:
    return not one["is_comparable"], not one["is_valid"], Decimal(one["cost"]["apr_percent"])


def _told(row: Record) -> dict[str, Any]:
    numbers = ("amount_wan", "rate_percent", "worst_rate_percent")
    fees = orjson.loads(row["fees"])
    return {
        **{name: value for name, value in row.items() if not name.startswith("p_")},
        **{name: f"{row[name].normalize():f}" for name in numbers},
        "fees": fees,
        "deviations": deviations(dict(row), fees, orjson.loads(row["p_fees"])),
        "cost": orjson.loads(row["cost"]),
        "worst": orjson.loads(row["worst"]),
        "repayment_word": REPAYMENTS[row["repayment"]],
        "collateral_word": COLLATERAL[row["collateral"]],
        "payments_yuan": payments(_loan_of(row)),
        "is_comparable": row["method"] == apr.METHOD,
        "is_valid": _is_valid(row),
        "waits_for_owner": row["state"] == "approved" and bool(row["differences"]) and row["agreed_at"] is None,
    }
