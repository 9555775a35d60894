"""Money as exact decimals, the unit always in the name: 元 to the fen in what is paid, 万元 in what is asked for."""

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Final

FEN: Final = Decimal("0.01")
_WAN: Final = Decimal(10_000)
_PLACES: Final = 4
"""万元 to four places are whole 元: finer amounts are nobody's loan."""
LARGEST_WAN: Final = Decimal(100_000)
EXACT: Final = Context(prec=60, rounding=ROUND_HALF_EVEN)
"""In which rates and sums are reckoned, so that nothing is lost before the last rounding."""


def fen(yuan: Decimal) -> Decimal:
    """Return 元 rounded to the fen, halves up: as instalments are paid."""
    with localcontext(EXACT):
        return yuan.quantize(FEN, rounding=ROUND_HALF_UP)


def yuan_of(amount_wan: Decimal) -> Decimal:
    """Return 万元 as 元, exactly."""
    with localcontext(EXACT):
        return (amount_wan * _WAN).quantize(FEN)


def is_amount_wan(value: Decimal) -> bool:
    """Tell whether a number can be the amount of a loan: finite, above nothing, whole 元, not beyond all measure."""
    if not value.is_finite() or not 0 < value <= LARGEST_WAN:
        return False
    return value == value.quantize(Decimal(1).scaleb(-_PLACES), context=EXACT)
