"""What a loan costs, as its bank tells it: amount, months, rate, way of repayment, fees; wrong terms are refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from backend.financing.costs.money import FEN
from backend.financing.errors import TermsWrong
from backend.foundation.errors import FieldError

MOST_MONTHS: Final = 360
HIGHEST_PERCENT: Final = Decimal(36)
"""No rate above it is entered, nor fees that come to more a year begun; it is a guard against slips of the hand, not a
measure of what is fair."""
_PLACES: Final = -4
_MONTHS: Final = 12


class Repayment(StrEnum):
    EQUAL_INSTALMENT = "equal_instalment"
    EQUAL_PRINCIPAL = "equal_principal"
    INTEREST_FIRST = "interest_first"
    BULLET = "bullet"
    REVOLVING = "revolving"


REPAYMENTS: Final = {
    Repayment.EQUAL_INSTALMENT: "等额本息",
    Repayment.EQUAL_PRINCIPAL: "等额本金",
    Repayment.INTEREST_FIRST: "先息后本",
    Repayment.BULLET: "到期一次还本付息",
    Repayment.REVOLVING: "随借随还",
}


class DayCount(StrEnum):
    """How a period's interest is reckoned from the yearly rate."""

    MONTHS = "months"
    ACTUAL_360 = "actual_360"
    ACTUAL_365 = "actual_365"


DAY_COUNTS: Final = {
    DayCount.MONTHS: "按月计息（月利率＝年利率÷12）",
    DayCount.ACTUAL_360: "按实际天数计息（日利率＝年利率÷360）",
    DayCount.ACTUAL_365: "按实际天数计息（日利率＝年利率÷365）",
}


class FeeBasis(StrEnum):
    YUAN = "yuan"
    PERCENT_OF_PRINCIPAL = "percent_of_principal"
    PERCENT_OF_BALANCE = "percent_of_balance"


class FeeWhen(StrEnum):
    """When a fee falls due: once at the drawing or the end; yearly ones in advance, monthly ones with the payment."""

    START = "start"
    YEARLY = "yearly"
    MONTHLY = "monthly"
    END = "end"


FEES: Final = {
    "guarantee": "担保费",
    "assessment": "评估费",
    "insurance": "保险费",
    "registration": "登记费",
    "service": "服务费",
    "other": "其他费用",
}


FEE_BASES: Final = {
    FeeBasis.YUAN: "固定金额（元）",
    FeeBasis.PERCENT_OF_PRINCIPAL: "按本金（%）",
    FeeBasis.PERCENT_OF_BALANCE: "按余额（%）",
}
FEE_WHENS: Final = {
    FeeWhen.START: "放款时一次",
    FeeWhen.YEARLY: "每年预收",
    FeeWhen.MONTHLY: "每月",
    FeeWhen.END: "到期时一次",
}


@dataclass(frozen=True, slots=True)
class Fee:
    """One cost besides interest, whoever receives it. A conditional one falls due only in some cases."""

    kind: str
    basis: FeeBasis
    amount: Decimal
    when: FeeWhen
    is_conditional: bool = False


@dataclass(frozen=True, slots=True)
class Loan:
    """The terms of one loan. `drawn_on` is needed where interest goes by actual days.

    Raises TermsWrong naming every term that can't be.
    """

    principal_yuan: Decimal
    months: int
    rate_percent: Decimal
    repayment: Repayment
    fees: tuple[Fee, ...] = ()
    day_count: DayCount = DayCount.MONTHS
    drawn_on: date | None = None

    def __post_init__(self) -> None:
        wrong = tuple(self._wrong())
        if wrong:
            raise TermsWrong(fields=wrong)

    def _wrong(self) -> Iterator[FieldError]:
        if not self.principal_yuan.is_finite() or self.principal_yuan <= 0 or self.principal_yuan % FEN:
            yield FieldError("principal_yuan", "amount", "本金须大于 0，精确到分。")
        if not 1 <= self.months <= MOST_MONTHS:
            yield FieldError("months", "range", f"期限须为 1 至 {MOST_MONTHS} 个月。")
        if not is_percent(self.rate_percent):
            yield FieldError("rate_percent", "range", f"年利率须为 0 至 {HIGHEST_PERCENT}（%），至多四位小数。")
        if self.day_count is not DayCount.MONTHS and self.drawn_on is None:
            yield FieldError("drawn_on", "needed", "按实际天数计息的，须给出放款日期。")
        for number, fee in enumerate(self.fees):
            yield from _wrong_fee(number, fee)
            if fee.basis is FeeBasis.YUAN and fee.amount.is_finite() and fee.amount > self.principal_yuan:
                yield FieldError(f"fees.{number}.amount", "range", "一项费用不能高于本金。")

    def check_entered(self) -> None:
        """Raise TermsWrong for fees that nobody means: as they are entered, while what was entered before is read."""
        years = -(-self.months // _MONTHS)
        times = {FeeWhen.YEARLY: years, FeeWhen.MONTHLY: self.months}
        most = sum((self._each(fee) * times.get(fee.when, 1) for fee in self.fees), Decimal(0))
        if most > self.principal_yuan * HIGHEST_PERCENT / 100 * years:
            sentence = f"各项费用合计每年不能高于本金的 {HIGHEST_PERCENT}%，请核对数额和收取方式。"
            raise TermsWrong(fields=(FieldError("fees", "range", sentence),))

    def _each(self, fee: Fee) -> Decimal:
        return fee.amount if fee.basis is FeeBasis.YUAN else self.principal_yuan * fee.amount / 100


def is_percent(value: Decimal) -> bool:
    """Tell whether a number can be a yearly rate in percent."""
    if not value.is_finite() or not 0 <= value <= HIGHEST_PERCENT:
        return False
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= _PLACES


def _wrong_fee(number: int, fee: Fee) -> Iterator[FieldError]:
    if fee.kind not in FEES:
        yield FieldError(f"fees.{number}.kind", "unknown", f"费用种类只能是：{'、'.join(FEES)}。")
    if not fee.amount.is_finite() or fee.amount < 0:
        yield FieldError(f"fees.{number}.amount", "range", "费用不能小于 0。")
    elif fee.basis is not FeeBasis.YUAN and fee.amount >= 100:  # noqa: PLR2004  percent
        yield FieldError(f"fees.{number}.amount", "range", "按比例收取的费用须小于 100（%）。")
    if fee.basis is FeeBasis.PERCENT_OF_BALANCE and fee.when not in (FeeWhen.YEARLY, FeeWhen.MONTHLY):
        yield FieldError(f"fees.{number}.when", "basis", "按余额收取的费用只能按年或按月收取。")
