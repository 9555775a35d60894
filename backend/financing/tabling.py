"""Tables of outcomes that tell of no few: of parts as they are, or of products within banks beside their banks' own.

One table keeps its secrets by itself (`foundation/suppressing.py`). Products are parts of banks, so they are told
within what is told of their bank: its line stays as it is without them, small products are put together within it, and
only where nothing of that line is kept back are its outcomes told product by product, a table of its own whose sums are
known. So what one view keeps back is never the difference between it and the other.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from backend.foundation.suppressing import REST, hidden, merged

OTHERS: Final = "其他（合并）"
OTHER_PRODUCTS: Final = "其他产品（合并）"


class Counted(NamedTuple):
    """One referral as it is counted: of which part, of which product in it, and what became of it."""

    part: str
    outcome: str
    product: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """One line that is told: its count, and by outcome how many, None where that is kept back."""

    part: str
    count: int
    cells: Mapping[str, int | None]

    def told(self) -> dict[str, Any]:
        return {"part": self.part, "count": self.count, "cells": dict(self.cells)}


@dataclass(frozen=True, slots=True)
class Tabled:
    """Referrals under the names by which they are told.

    `rows` and `columns` name each part's and each outcome's, `products` those of each part that is told by itself.
    """

    rows: Mapping[str, str]
    columns: Mapping[str, str]
    products: Mapping[str, Mapping[str, str]]
    every: Sequence[Counted]

    def groups(self) -> list[Group]:
        """Return the lines of the parts."""
        return [Group(_name(part), count, cells) for part, count, cells in self._lines()]

    def _lines(self) -> Iterator[tuple[str, int, dict[str, int | None]]]:
        counts = Counter((self.rows[one.part], self.columns[one.outcome]) for one in self.every)
        parts = _ordered(self.rows)
        table = [[counts.get((part, outcome), 0) for outcome in self.outcomes] for part in parts]
        for part, line, cells in zip(parts, table, _kept(table, self.outcomes), strict=True):
            yield part, sum(line), cells

    def product_groups(self) -> list[Group]:
        """Return the lines of the parts' products, each within what is told of its part."""
        return [group for line in self._lines() for group in self._within(*line)]

    def _within(self, part: str, count: int, cells: dict[str, int | None]) -> Iterator[Group]:
        if part == REST:
            yield Group(OTHERS, count, cells)
            return
        names = self.products[part]
        own = [one for one in self.every if one.part == part]
        found = Counter((names[one.product], self.columns[one.outcome]) for one in own)
        products = _ordered(names)
        table = [[found.get((product, outcome), 0) for outcome in self.outcomes] for product in products]
        told = _kept(table, self.outcomes)
        if len(products) > 1 and None in cells.values():
            told = [dict.fromkeys(self.outcomes) for _ in products]
        elif len(products) == 1:
            told = [cells]
        for product, line, within in zip(products, table, told, strict=True):
            yield Group(_product(part, product), sum(line), within)

    def name_of(self, one: Counted, *, is_by_product: bool) -> str:
        """Return under which line a referral is told."""
        part = self.rows[one.part]
        if not is_by_product or part == REST:
            return _name(part)
        return _product(part, self.products[part][one.product])

    @property
    def outcomes(self) -> list[str]:
        return _ordered(self.columns)


def tabled(every: Sequence[Counted]) -> Tabled | None:
    """Put small parts and outcomes together; None where all of them are too few to be told."""
    rows, columns = merged(Counter(one.part for one in every)), merged(Counter(one.outcome for one in every))
    if rows is None or columns is None:
        return None
    found: dict[str, Counter[str]] = {}
    for one in every:
        if rows[one.part] != REST:
            found.setdefault(one.part, Counter())[one.product] += 1
    products = {part: merged(counts) or {} for part, counts in found.items()}
    return Tabled(rows, columns, products, every)


def _kept(table: Sequence[Sequence[int]], outcomes: Sequence[str]) -> list[dict[str, int | None]]:
    kept = hidden(table)
    return [
        {name: None if (row, column) in kept else line[column] for column, name in enumerate(outcomes)}
        for row, line in enumerate(table)
    ]


def _ordered(names: Mapping[str, str]) -> list[str]:
    return sorted(set(names.values()), key=lambda name: (name == REST, name))


def _name(part: str) -> str:
    return OTHERS if part == REST else part


def _product(part: str, product: str) -> str:
    return f"{part} {OTHER_PRODUCTS if product == REST else product}"
