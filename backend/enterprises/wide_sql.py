"""Pieces of SQL over the wide row, made from the catalogue: typed values, and the facts derived from others.

Derived facts: `statistical_size`, `is_sme` and `is_small_or_micro` after the table of `size.py` (a missing indicator
leaves the size open, but may still tell that it isn't large), `region` from district and town. A derived value has the
least source and the oldest day of what it rests on; the industry's day does not count, for that never goes stale.
"""

from collections.abc import Iterable, Sequence

from backend.eligibility import SQL_TYPES, Fact
from backend.enterprises import industry, size
from backend.enterprises.catalogue import CATALOGUE, columns

INDICATORS = ("employees", "revenue_wan", "assets_wan")
SIZE_INPUTS = ("industry", *INDICATORS)
PLACE_INPUTS = ("district", "town")
DERIVED_SIZES = ("statistical_size", "is_sme", "is_small_or_micro")
_SPLIT = tuple(sorted({code[:2] for row in size.ROWS for code in row.codes if len(code) > 2 and code.isdigit()}))  # noqa: PLR2004


def typed(fact: Fact, value: str, today: str) -> str:
    """A stored JSON value as the column's type; tags whose last valid day is over are left out."""
    if fact.type == "tags":
        return (
            f"ARRAY(SELECT t.key FROM jsonb_each_text({value}) t"
            f" WHERE t.value IS NULL OR t.value::date >= {today} ORDER BY t.key)"
        )
    return f"({value} #>> '{{}}')::{SQL_TYPES[fact.type]}"


def all_columns(keys: Iterable[str]) -> list[str]:
    """The three columns of each fact, in order."""
    return [column for key in keys for column in columns(CATALOGUE[key])]


def _bounds(row: size.SizeRow) -> str:
    given = {one.name: (one.large_min, one.medium_min, one.small_min) for one in row.indicators}
    return ", ".join(str(bound) for name in INDICATORS for bound in given.get(name, ("NULL",) * 3))


def _expanded() -> dict[str, size.SizeRow]:
    """Every division, or group where a division is split, to its row."""
    found = {}
    for division, section in industry.SECTION_OF.items():
        row = size.row_of(section + division)
        if row is not None:
            found[division] = row
    return {**found, **{code: row for row in size.ROWS for code in row.codes if code.isdigit()}}


def _size_bounds() -> str:
    head = ", ".join(f"{name}_{tier}" for name in INDICATORS for tier in ("large", "medium", "small"))
    first, *rest = sorted(_expanded().items())
    types = "::numeric, ".join(_bounds(first[1]).split(", ")) + "::numeric"
    rows = [f"('{first[0]}', {types})", *(f"('{code}', {_bounds(row)})" for code, row in rest)]
    return f"size_bounds (code, {head}) AS (VALUES {', '.join(rows)})"


SIZE_BOUNDS = _size_bounds()
"""A common table expression: the lower bounds of each division or group."""


def _tier(name: str) -> str:
    return (
        f"CASE WHEN n.{name} >= b.{name}_large THEN 0 WHEN n.{name} >= b.{name}_medium THEN 1"
        f" WHEN n.{name} >= b.{name}_small THEN 2"
        f" WHEN n.{name} IS NOT NULL AND b.{name}_small IS NOT NULL THEN 3 END"
    )


def _of_used(column: str) -> list[str]:
    return [f"CASE WHEN b.{name}_small IS NOT NULL THEN n.{name}{column} END" for name in INDICATORS]


_SIZE_VALUES = {
    "statistical_size": "CASE WHEN t.worst = 3 OR NOT t.missing THEN"
    f" (ARRAY[{', '.join(repr(str(tier)) for tier in size.TIERS)}])[t.worst + 1] END",
    "is_sme": "CASE WHEN t.worst >= 1 THEN TRUE WHEN t.worst = 0 AND NOT t.missing THEN FALSE END",
    "is_small_or_micro": "CASE WHEN t.worst >= 2 THEN TRUE WHEN t.worst < 2 AND NOT t.missing THEN FALSE END",
}


def _sizes_join() -> str:
    split = ", ".join(f"'{division}'" for division in _SPLIT)
    code = f"substr(n.industry, 2, CASE WHEN substr(n.industry, 2, 2) IN ({split}) THEN 3 ELSE 2 END)"
    missing = " OR ".join(f"(b.{name}_small IS NOT NULL AND n.{name} IS NULL)" for name in INDICATORS)
    return (
        f"LEFT JOIN size_bounds b ON b.code = {code} CROSS JOIN LATERAL (SELECT"
        f" greatest({', '.join(_tier(name) for name in INDICATORS)}) AS worst, ({missing}) AS missing,"
        f" least(n.industry_source, {', '.join(_of_used('_source'))}) AS source,"
        f" least({', '.join(_of_used('_on'))}) AS on_day OFFSET 0) t"
        f" CROSS JOIN LATERAL (SELECT {', '.join(f'{sql} AS {key}' for key, sql in _SIZE_VALUES.items())} OFFSET 0) v"
    )


_REGION = "CASE WHEN left(n.town, length(n.district)) = n.district THEN n.town ELSE n.district END"


def derived_keys(touched: Iterable[str]) -> tuple[str, ...]:
    """Which derived facts may change when these facts do."""
    known = set(touched)
    sizes = DERIVED_SIZES if known.intersection(SIZE_INPUTS) else ()
    return (*sizes, *(("region",) if known.intersection(PLACE_INPUTS) else ()))


def derived_inputs(derived: Sequence[str]) -> tuple[str, ...]:
    """The facts that the derived ones rest on."""
    sizes = SIZE_INPUTS if set(derived).intersection(DERIVED_SIZES) else ()
    return (*sizes, *(PLACE_INPUTS if "region" in derived else ()))


def with_derived(derived: Sequence[str]) -> str:
    """`SELECT n.*, <derived columns> FROM n …`; `n`, best MATERIALIZED, must hold all columns of the inputs.

    OFFSET 0 keeps the planner from writing each expression out again wherever it is used.
    """
    values = [
        f"v.{key}, CASE WHEN v.{key} IS NOT NULL THEN t.source END AS {key}_source,"
        f" CASE WHEN v.{key} IS NOT NULL THEN t.on_day END AS {key}_on"
        for key in DERIVED_SIZES
        if key in derived
    ]
    if "region" in derived:
        values.append(f"{_REGION} AS region, n.district_source AS region_source, n.district_on AS region_on")
    join = _sizes_join() if set(derived).intersection(DERIVED_SIZES) else ""
    return f"SELECT {', '.join(['n.*', *values])} FROM n {join}"
