"""What commands are given is checked in one manner: every wrong place is named at once, alike wherever it is met."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from backend.eligibility import promises
from backend.financing.costs.money import is_amount_wan
from backend.foundation.errors import FieldError, Invalid


def amount_wan(path: str, wan: Decimal) -> Iterator[FieldError]:
    if not is_amount_wan(wan):
        yield FieldError(path, "amount", "金额须大于 0，以万元计，至多四位小数。")


def words(path: str, text: str, sentence: str) -> Iterator[FieldError]:
    """Give an error where a bank says nothing but blanks, or promises what its owner will read as sure."""
    if not text.strip():
        yield FieldError(path, "missing", sentence)
    yield from (FieldError(one.path, one.code, one.sentence) for one in promises.in_text(path, text))


def refuse(kind: type[Invalid], wrong: Iterable[FieldError]) -> None:
    """Raise a kind of error that names every wrong place, nothing where there is none."""
    if fields := tuple(wrong):
        raise kind(fields=fields)
