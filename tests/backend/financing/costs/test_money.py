"""Money is exact and its unit is in its name."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.financing.costs.money import fen, is_amount_wan, yuan_of


@given(st.integers(1, 1_000_000_000))
def test_whole_yuan_go_there_and_back(yuan: int) -> None:
    assert yuan_of(Decimal(yuan) / 10_000) == yuan


def test_halves_of_a_fen_go_up() -> None:
    assert (fen(Decimal("0.005")), fen(Decimal("0.015")), fen(Decimal("2.674999"))) == (
        Decimal("0.01"),
        Decimal("0.02"),
        Decimal("2.67"),
    )


@pytest.mark.parametrize("value", ["0", "-1", "NaN", "Infinity", "0.00001", "100000.0001", "1E+40", "1E-40"])
def test_what_is_no_amount(value: str) -> None:
    assert not is_amount_wan(Decimal(value))


@pytest.mark.parametrize("value", ["0.0001", "30", "1E+2", "12.50000", "100000"])
def test_what_is_an_amount(value: str) -> None:
    assert is_amount_wan(Decimal(value))
