"""What passes between a bank and its borrower, month by month: the cash flows that every comparison rests on.

Instalments are rounded to the fen; the last one pays whatever is still owed, so that a loan is always paid off exactly.
A revolving loan is reckoned as drawn in full on the first day and kept to the last: no use of it costs more money.
Where fees fall due at the drawing a shorter use costs less money and yet a higher rate; how long it is kept is its
borrower's choice, so that rate is nobody's offer.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal, localcontext
from typing import Final

from backend.financing.costs.money import EXACT, FEN, fen
from backend.financing.costs.terms import DayCount, Fee, FeeBasis, FeeWhen, Loan, Repayment

_HUNDRED: Final = Decimal(100)
_MONTHS: Final = 12
_DAYS: Final = {DayCount.ACTUAL_360: Decimal(360), DayCount.ACTUAL_365: Decimal(365)}


@dataclass(frozen=True, slots=True)
class Payment:
    """What is paid at the end of a month: `balance_yuan` is what is owed behind it."""

    month: int
    principal_yuan: Decimal
    interest_yuan: Decimal
    fees_yuan: Decimal
    balance_yuan: Decimal

    @property
    def total_yuan(self) -> Decimal:
        return self.principal_yuan + self.interest_yuan + self.fees_yuan


@dataclass(frozen=True, slots=True)
class Schedule:
    """A loan from its drawing to its end; `flows` are the borrower's, what he receives above zero."""

    received_yuan: Decimal
    payments: tuple[Payment, ...]

    @property
    def flows(self) -> tuple[Decimal, ...]:
        return (self.received_yuan, *(-payment.total_yuan for payment in self.payments))

    @property
    def interest_yuan(self) -> Decimal:
        return sum((payment.interest_yuan for payment in self.payments), Decimal(0))

    @property
    def cost_yuan(self) -> Decimal:
        """All that the loan costs: what is paid beyond what was received."""
        return -sum(self.flows, Decimal(0))


def schedule(loan: Loan, *, with_conditional: bool = False) -> Schedule:
    """Return the payments of a loan with the fees that fall due; with the conditional ones too when asked for."""
    fees = [fee for fee in loan.fees if with_conditional or not fee.is_conditional]
    with localcontext(EXACT):
        parts = list(_parts(loan))
        balances = [loan.principal_yuan]
        for principal, _ in parts:
            balances.append(balances[-1] - principal)
        payments = tuple(
            Payment(month, principal, interest, _fees_at(fees, loan, balances, month), balances[month])
            for month, (principal, interest) in enumerate(parts, 1)
        )
        return Schedule(loan.principal_yuan - _fees_at(fees, loan, balances, 0), payments)


def _parts(loan: Loan) -> Iterable[tuple[Decimal, Decimal]]:
    """Give principal and interest of every month."""
    if loan.repayment is Repayment.EQUAL_INSTALMENT:
        return _equal_instalments(loan)
    if loan.repayment is Repayment.EQUAL_PRINCIPAL:
        share = (loan.principal_yuan / loan.months).quantize(FEN, rounding=ROUND_DOWN)
        return _paid_off(loan, [share] * (loan.months - 1))
    if loan.repayment is Repayment.BULLET:
        return _bullet(loan)
    return _paid_off(loan, [Decimal(0)] * (loan.months - 1))


def _equal_instalments(loan: Loan) -> Iterable[tuple[Decimal, Decimal]]:
    balance, instalment = loan.principal_yuan, _instalment(loan)
    for month in range(1, loan.months + 1):
        interest = _interest(loan, balance, month)
        principal = balance if month == loan.months else min(balance, max(instalment - interest, Decimal(0)))
        balance -= principal
        yield principal, interest


def _instalment(loan: Loan) -> Decimal:
    monthly = loan.rate_percent / _HUNDRED / _MONTHS
    if not monthly:
        return fen(loan.principal_yuan / loan.months)
    return fen(loan.principal_yuan * monthly / (1 - (1 + monthly) ** -loan.months))


def _paid_off(loan: Loan, principals: Sequence[Decimal]) -> Iterable[tuple[Decimal, Decimal]]:
    """Give what is repaid before the end, and then all the rest, each with the interest on what was owed."""
    balance = loan.principal_yuan
    for month in range(1, loan.months + 1):
        principal = principals[month - 1] if month < loan.months else balance
        yield principal, _interest(loan, balance, month)
        balance -= principal


def _bullet(loan: Loan) -> Iterable[tuple[Decimal, Decimal]]:
    """All at the end; interest is simple, none is paid on interest."""
    for month in range(1, loan.months):
        del month
        yield Decimal(0), Decimal(0)
    share = sum((_share_of_year(loan, month) for month in range(1, loan.months + 1)), Decimal(0))
    yield loan.principal_yuan, fen(loan.principal_yuan * loan.rate_percent / _HUNDRED * share)


def _interest(loan: Loan, balance: Decimal, month: int) -> Decimal:
    return fen(balance * loan.rate_percent / _HUNDRED * _share_of_year(loan, month))


def _share_of_year(loan: Loan, month: int) -> Decimal:
    """Return which part of a year's interest falls into a month."""
    if loan.day_count is DayCount.MONTHS or loan.drawn_on is None:
        return Decimal(1) / _MONTHS
    days = (months_later(loan.drawn_on, month) - months_later(loan.drawn_on, month - 1)).days
    return days / _DAYS[loan.day_count]


def months_later(day: date, months: int) -> date:
    """Return the same day of a later month, its last one where there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _fees_at(fees: Iterable[Fee], loan: Loan, balances: Sequence[Decimal], month: int) -> Decimal:
    """Return the fees that fall due at the end of a month; month 0 is the drawing."""
    return sum((_fee(fee, loan, balances, month) for fee in fees if _is_due(fee, loan, month)), Decimal(0))


def _is_due(fee: Fee, loan: Loan, month: int) -> bool:
    if fee.when is FeeWhen.YEARLY:
        return month < loan.months and month % _MONTHS == 0
    return {FeeWhen.START: month == 0, FeeWhen.END: month == loan.months}.get(fee.when, month > 0)


def _fee(fee: Fee, loan: Loan, balances: Sequence[Decimal], month: int) -> Decimal:
    """A share of the balance is of what is owed for the time it pays for: the year to come, the month gone by."""
    if fee.basis is FeeBasis.YUAN:
        return fen(fee.amount)
    owed = balances[month if fee.when is FeeWhen.YEARLY else month - 1]
    base = loan.principal_yuan if fee.basis is FeeBasis.PERCENT_OF_PRINCIPAL else owed
    return fen(base * fee.amount / _HUNDRED)
