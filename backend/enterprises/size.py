"""Statistical size after 《统计上大中小微型企业划分办法（2017）》(国统字〔2017〕213号).

An enterprise has the worst tier that any indicator of its row gives it, so a missing indicator can only lower the
answer: the possible tiers run from the worst known one down to micro. Tax status (小型微利) and entity type are facts
of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from backend.enterprises import industry
from backend.enterprises.reference import load

Number = int | Decimal | float


class Tier(StrEnum):
    """From the best to the worst."""

    LARGE = "large"
    MEDIUM = "medium"
    SMALL = "small"
    MICRO = "micro"


TIERS: tuple[Tier, ...] = tuple(Tier)


@dataclass(frozen=True, slots=True)
class Indicator:
    """One column of the table: lower bounds, each included in its tier; people, or 万元."""

    name: str
    large_min: int
    medium_min: int
    small_min: int

    def tier(self, value: Number) -> Tier:
        bounds = (self.large_min, self.medium_min, self.small_min)
        return next((tier for tier, bound in zip(TIERS, bounds, strict=False) if value >= bound), Tier.MICRO)


@dataclass(frozen=True, slots=True)
class SizeRow:
    """One row of the table. `codes` are sections, divisions or groups without their letter."""

    key: str
    name: str
    codes: tuple[str, ...]
    indicators: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """`tier` None: undetermined when tiers are still possible, not covered by the table when none is."""

    tier: Tier | None
    possible: tuple[Tier, ...]

    @property
    def word(self) -> str:
        if self.tier is not None:
            return self.tier.value
        return "undetermined" if self.possible else "not_applicable"


NOT_APPLICABLE = Size(None, ())


def _rows() -> tuple[SizeRow, ...]:
    return tuple(
        SizeRow(
            row["key"],
            row["name"],
            tuple(row["codes"]),
            tuple(
                Indicator(one["indicator"], one["large_min"], one["medium_min"], one["small_min"])
                for one in row["indicators"]
            ),
        )
        for row in load("size")["rows"]
    )


ROWS = _rows()
_BY_CODE: Mapping[str, SizeRow] = MappingProxyType({code: row for row in ROWS for code in row.codes})


def row_of(code: str) -> SizeRow | None:
    """The row for a canonical industry code: the group's (divisions 59, 70), the division's or the section's."""
    for key in (code[1:4], code[1:3], code[:1]):
        if key and key in _BY_CODE:
            return _BY_CODE[key]
    return None


def statistical_size(
    code: str | None,
    *,
    employees: Number | None = None,
    revenue_wan: Number | None = None,
    assets_wan: Number | None = None,
) -> Size:
    """The size of an enterprise of this industry (canonical code); what is missing is never taken as 0."""
    canonical = industry.canonical(code) if code else None
    if canonical is None:
        return Size(None, TIERS)
    row = row_of(canonical)
    if row is None:
        return NOT_APPLICABLE if _is_settled(canonical) else Size(None, TIERS)
    given = {"employees": employees, "revenue_wan": revenue_wan, "assets_wan": assets_wan}
    values = [(indicator, given[indicator.name]) for indicator in row.indicators]
    worst = max((TIERS.index(one.tier(value)) for one, value in values if value is not None), default=0)
    is_complete = all(value is not None for _, value in values)
    possible = TIERS[worst : worst + 1] if is_complete else TIERS[worst:]
    return Size(possible[0] if len(possible) == 1 else None, possible)


def _is_settled(canonical: str) -> bool:
    """A coarse code whose branches have rows of their own (F, G, 59, 70 …) decides nothing yet."""
    section, digits = canonical[0], canonical[1:]
    branches = [one for one in _BY_CODE if not one.isalpha() and industry.SECTION_OF[one[:2]] == section]
    return not any(one.startswith(digits) and len(one) > len(digits) for one in branches)
