"""The rate by which offers are compared: published examples, another way of reckoning, and what must always hold."""

import math
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.financing.costs import apr
from backend.financing.costs.flows import months_later, schedule
from backend.financing.costs.terms import DayCount, Fee, FeeBasis, FeeWhen, Loan, Repayment
from backend.financing.errors import NoRate, TermsWrong
from tests.support.sizes import scaled

PAGE = (Path(__file__).parents[4] / "docs" / "financing-apr.md").read_text("utf-8")


def _rows(title: str) -> list[list[str]]:
    """The rows of the table behind a heading of the docs."""
    lines = PAGE.partition(f"### {title}")[2].partition("\n#")[0].splitlines()
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return table[2:]


def _flows(text: str) -> list[Decimal]:
    told = {
        int(month): Decimal(yuan.replace("−", "-")) for month, yuan in (one.split("：") for one in text.split("；"))
    }
    return [told.get(month, Decimal(0)) for month in range(max(told) + 1)]


def _fee(text: str) -> tuple[Fee, ...]:
    if not text:
        return ()
    kind, basis, amount, when = text.split()
    return (Fee(kind, FeeBasis(basis), Decimal(amount), FeeWhen(when)),)


def _loan(row: list[str]) -> Loan:
    principal, months, rate, repayment, fees, _ = row
    return Loan(Decimal(principal), int(months), Decimal(rate), Repayment(repayment), _fee(fees))


def _another_way(flows: list[Decimal]) -> float:
    """The same rate in binary floats, by Newton's method over its logarithm: nothing in common with halving."""
    parts = [(month / 12, float(flow)) for month, flow in enumerate(flows)]
    log = 0.0
    for _ in range(200):
        worth = sum(flow * math.exp(-log * at) for at, flow in parts)
        slope = sum(-at * flow * math.exp(-log * at) for at, flow in parts)
        step = max(-1.0, min(1.0, worth / slope))
        log -= step
        if abs(step) < 1e-15:
            break
    return math.expm1(log) * 100


@pytest.mark.parametrize("row", _rows("已公布的算例"), ids=lambda row: row[0])
def test_published_examples(row: list[str]) -> None:
    flows = _flows(row[0])
    assert apr.apr_percent(flows) == Decimal(row[1])
    assert _another_way(flows) == pytest.approx(float(row[1]), abs=5.1e-5)


@pytest.mark.parametrize("row", _rows("常见报价"), ids=" ".join)
def test_offers_as_the_docs_tell_them(row: list[str]) -> None:
    assert apr.cost(_loan(row)).apr_percent == Decimal(row[-1])
    assert _another_way(list(schedule(_loan(row)).flows)) == pytest.approx(float(row[-1]), abs=5.1e-5)


def test_the_page_tells_the_method_that_offers_keep() -> None:
    assert f"`{apr.METHOD}`" in PAGE
    assert len(_rows("已公布的算例")) == 4
    assert len(_rows("常见报价")) >= 6


percents = st.decimals(0, 36, places=4)
repayments = st.sampled_from(Repayment)
fees = st.lists(
    st.builds(
        Fee,
        st.sampled_from(["guarantee", "assessment"]),
        st.sampled_from([FeeBasis.YUAN, FeeBasis.PERCENT_OF_PRINCIPAL]),
        st.decimals(0, 5, places=2),
        st.sampled_from(FeeWhen),
        st.booleans(),
    ),
    max_size=3,
).map(tuple)
days = st.dates(date(2026, 1, 1), date(2030, 12, 31))
loans = st.builds(
    Loan,
    st.integers(1_000_000, 10_000_000_000).map(lambda fen: Decimal(fen) / 100),
    st.integers(1, 60),
    percents,
    repayments,
    fees,
    st.sampled_from(DayCount),
    days,
)


@settings(max_examples=scaled(40))
@given(loans)
def test_any_loan_is_paid_off_to_the_fen(loan: Loan) -> None:
    made = schedule(loan)
    assert len(made.payments) == loan.months
    assert sum(one.principal_yuan for one in made.payments) == loan.principal_yuan
    assert made.payments[-1].balance_yuan == 0
    amounts = [(one.principal_yuan, one.interest_yuan, one.fees_yuan) for one in made.payments]
    assert all(value >= 0 and value == round(value, 2) for parts in amounts for value in parts)


@settings(max_examples=scaled(40))
@given(loans)
def test_the_rate_is_the_one_at_which_the_flows_come_to_nothing(loan: Loan) -> None:
    flows = list(schedule(loan).flows)
    found = apr.apr_percent(flows)
    assert isinstance(found, Decimal)
    assert found == found.quantize(apr.PLACES)
    assert float(found) == pytest.approx(_another_way(flows), abs=5.1e-5)
    # half a last place to either side the sign is another: it is not just near, it is the nearest
    below, above = (_worth(flows, found + step) for step in (Decimal("-0.00006"), Decimal("0.00006")))
    assert below < 0 < above


def _worth(flows: list[Decimal], percent: Decimal) -> Decimal:
    factor = (1 + percent / 100) ** (Decimal(-1) / 12)
    return sum((flow * factor**month for month, flow in enumerate(flows)), Decimal(0))


@settings(max_examples=scaled(30))
@given(loans, st.decimals("0.01", 5, places=2))
def test_whatever_costs_more_has_a_higher_rate(loan: Loan, more: Decimal) -> None:
    dearer = (*loan.fees, Fee("other", FeeBasis.PERCENT_OF_PRINCIPAL, more, FeeWhen.START))
    told: dict[str, Any] = {name: getattr(loan, name) for name in loan.__slots__}
    costlier = Loan(**{**told, "fees": dearer})
    assert apr.cost(costlier).apr_percent > apr.cost(loan).apr_percent
    assert apr.worst(loan).apr_percent >= apr.cost(loan).apr_percent
    assert apr.cost(loan).apr_percent >= 0


@settings(max_examples=scaled(40))
@given(loans)
def test_size_alone_changes_no_rate(loan: Loan) -> None:
    flows = schedule(loan).flows
    assert apr.apr_percent([flow * 7 for flow in flows]) == apr.apr_percent(flows)


@settings(max_examples=scaled(30))
@given(st.integers(1, 60), percents)
def test_without_fees_monthly_interest_compounds_to_the_rate(months: int, rate: Decimal) -> None:
    loan = Loan(Decimal(1_000_000_000), months, rate, Repayment.INTEREST_FIRST)
    expected = ((1 + rate / 1200) ** 12 - 1) * 100
    assert abs(apr.cost(loan).apr_percent - expected) <= Decimal("0.0001")


def test_what_comes_back_is_less_than_was_lent() -> None:
    assert apr.apr_percent([Decimal(100), Decimal(0), Decimal(-99)]) == Decimal("-5.8520")


@pytest.mark.parametrize("flows", [[], [0, -1], [-5, -1], [100], [100, 0], [100, -50, 10]])
def test_what_has_no_rate_is_refused(flows: list[int]) -> None:
    with pytest.raises(NoRate):
        apr.apr_percent([Decimal(flow) for flow in flows])


def test_fees_that_swallow_the_loan_leave_no_rate() -> None:
    swallowed = (Fee("service", FeeBasis.YUAN, Decimal(100), FeeWhen.START),)
    with pytest.raises(NoRate):
        apr.cost(Loan(Decimal(100), 12, Decimal(3), Repayment.BULLET, swallowed))


def test_actual_days_over_360_cost_more_than_months() -> None:
    by_month = Loan(Decimal(1_000_000), 12, Decimal(6), Repayment.INTEREST_FIRST)
    by_day = Loan(
        Decimal(1_000_000), 12, Decimal(6), Repayment.INTEREST_FIRST, (), DayCount.ACTUAL_360, date(2026, 1, 15)
    )
    assert schedule(by_month).interest_yuan == Decimal(60_000)
    assert schedule(by_day).interest_yuan == Decimal("60833.36")


def test_a_guarantee_by_the_balance_falls_with_it() -> None:
    fee = Fee("guarantee", FeeBasis.PERCENT_OF_BALANCE, Decimal(1), FeeWhen.YEARLY)
    made = schedule(Loan(Decimal(360_000), 36, Decimal(4), Repayment.EQUAL_PRINCIPAL, (fee,)))
    assert made.received_yuan == Decimal(360_000) - 3_600
    assert [made.payments[month - 1].fees_yuan for month in (12, 24, 36)] == [2_400, 1_200, 0]


def test_the_last_day_of_a_short_month() -> None:
    assert months_later(date(2027, 1, 31), 1) == date(2027, 2, 28)
    assert months_later(date(2026, 12, 31), 14) == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"principal_yuan": Decimal(0)}, "principal_yuan"),
        ({"principal_yuan": Decimal("NaN")}, "principal_yuan"),
        ({"principal_yuan": Decimal("0.001")}, "principal_yuan"),
        ({"months": 0}, "months"),
        ({"months": 361}, "months"),
        ({"rate_percent": Decimal("36.0001")}, "rate_percent"),
        ({"rate_percent": Decimal("1.00001")}, "rate_percent"),
        ({"rate_percent": Decimal("Infinity")}, "rate_percent"),
        ({"day_count": DayCount.ACTUAL_360}, "drawn_on"),
        ({"fees": (Fee("gift", FeeBasis.YUAN, Decimal(1), FeeWhen.START),)}, "fees.0.kind"),
        ({"fees": (Fee("other", FeeBasis.YUAN, Decimal(-1), FeeWhen.START),)}, "fees.0.amount"),
        ({"fees": (Fee("other", FeeBasis.YUAN, Decimal("100.01"), FeeWhen.MONTHLY),)}, "fees.0.amount"),
        ({"fees": (Fee("other", FeeBasis.PERCENT_OF_PRINCIPAL, Decimal(100), FeeWhen.START),)}, "fees.0.amount"),
        ({"fees": (Fee("other", FeeBasis.PERCENT_OF_BALANCE, Decimal(1), FeeWhen.END),)}, "fees.0.when"),
    ],
)
def test_wrong_terms_are_named(wrong: dict[str, Any], path: str) -> None:
    terms = {"principal_yuan": Decimal(100), "months": 12, "rate_percent": Decimal(3), "repayment": Repayment.BULLET}
    with pytest.raises(TermsWrong) as refusal:
        Loan(**{**terms, **wrong})
    assert [one.path for one in refusal.value.fields] == [path]
