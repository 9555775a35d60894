"""年化成本 (APR): the one rate by which offers are compared, the internal rate of return of a loan's cash flows.

The method (docs/financing-apr.md): the yearly rate r at which all that the borrower pays is worth, on the day of
drawing, what he receives, Σ Fₖ · (1 + r)^(−tₖ) = 0, with interest on interest. Time is counted in months, a month being
a twelfth of a year whatever days it has. Interest, guarantee and every other fee that the loan can't be had without are
among the flows. Source: 中国人民银行公告〔2021〕第3号 (the annualised rate is reckoned from all that is charged on what
was really used; compounded it is the internal rate of return); the same equation is Annex I of Directive 2008/48/EC.

Why not a library: numpy-financial finds the roots of a polynomial in binary floats, fails on long terms and brings
numpy along; two rates that differ in the sixth place must be told apart on every machine. Halving an interval of exact
decimals is slower (a few ms for 30 years) and can't miss: what is paid back is worth less the higher the rate, so there
is one root.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Final

from backend.financing.costs.flows import Schedule, schedule
from backend.financing.costs.money import EXACT
from backend.financing.costs.terms import Loan
from backend.financing.errors import NoRate

METHOD: Final = "irr-12-2026-11"
"""Under this name the method is published; offers keep it, so that an older figure is not compared with a newer one."""
PLACES: Final = Decimal("0.0001")
_NARROW: Final = Decimal("1e-30")
_HUNDRED: Final = Decimal(100)
_MONTHS: Final = 12
_WIDEST: Final = Decimal(2) ** 40


@dataclass(frozen=True, slots=True)
class Cost:
    """What an offer costs, in the figures that are shown side by side."""

    apr_percent: Decimal
    received_yuan: Decimal
    interest_yuan: Decimal
    fees_yuan: Decimal
    cost_yuan: Decimal
    first_payment_yuan: Decimal
    largest_payment_yuan: Decimal


def apr_percent(flows: Sequence[Decimal]) -> Decimal:
    """Return the yearly rate in percent, to four places, halves up, of monthly flows beginning with the drawing.

    `flows` are in 元 as the borrower sees them: first what he receives (above zero), then what he pays (at or below).
    Raises NoRate when nothing is received or nothing paid back, or where a later flow comes to him.
    """
    if not flows or flows[0] <= 0 or any(flow > 0 for flow in flows[1:]) or not any(flows[1:]):
        raise NoRate
    with localcontext(EXACT):
        low, high = _bracket(flows)
        while high - low > _NARROW * high:
            middle = (low + high) / 2
            low, high = (middle, high) if _worth(flows, middle) > 0 else (low, middle)
        return _yearly((low + high) / 2).quantize(PLACES, rounding=ROUND_HALF_UP)


def _bracket(flows: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
    """Return two discount factors of a month between which the flows come to nothing."""
    high = Decimal(1)
    while _worth(flows, high) > 0:
        high *= 2
        if high > _WIDEST:
            raise NoRate
    return Decimal(0), high


def _worth(flows: Sequence[Decimal], factor: Decimal) -> Decimal:
    """Return what flows are worth at the drawing, a 元 a month later being worth `factor`; falls as that grows."""
    total = Decimal(0)
    for flow in reversed(flows):
        total = total * factor + flow
    return total


def _yearly(factor: Decimal) -> Decimal:
    return ((1 / factor) ** _MONTHS - 1) * _HUNDRED


def cost(loan: Loan) -> Cost:
    """Return what a loan costs when all goes as agreed: without the fees that fall due only in some cases."""
    return _cost(schedule(loan))


def worst(loan: Loan) -> Cost:
    """Return what it costs at worst: `loan` at the highest rate it may come to, every conditional fee falling due."""
    return _cost(schedule(loan, with_conditional=True))


def _cost(made: Schedule) -> Cost:
    payments = [payment.total_yuan for payment in made.payments]
    return Cost(
        apr_percent(made.flows),
        made.received_yuan,
        made.interest_yuan,
        made.cost_yuan - made.interest_yuan,
        made.cost_yuan,
        payments[0],
        max(payments),
    )
