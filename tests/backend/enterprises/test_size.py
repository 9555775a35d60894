"""The table of sizes: every boundary case, and what a missing indicator may still become."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.enterprises import industry, size
from backend.enterprises.size import NOT_APPLICABLE, TIERS, Tier, statistical_size

CASES = json.loads(Path(__file__).with_name("size_cases.json").read_text(encoding="utf-8"))["boundary_cases"]
CODES = [industry.canonical(code) for code in industry._NAMES if len(code) == 4]
NUMBERS = {
    "employees": st.one_of(st.none(), st.integers(0, 2500)),
    "revenue_wan": st.one_of(st.none(), st.decimals(0, 250_000, places=2)),
    "assets_wan": st.one_of(st.none(), st.decimals(0, 250_000, places=2)),
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_boundary_cases(case: dict[str, Any]) -> None:
    given_values = {name: case[name] for name in NUMBERS if name in case}
    found = statistical_size(case["code"], **given_values)
    assert found.word in case["expect"].split("_or_")


@pytest.mark.parametrize("row", size.ROWS, ids=lambda row: row.key)
@pytest.mark.parametrize("tier", ["large", "medium", "small"])
def test_every_lower_bound_belongs_to_its_tier_and_one_less_does_not(row: size.SizeRow, tier: str) -> None:
    bounds = {one.name: getattr(one, f"{tier}_min") for one in row.indicators}
    code = next(one for one in CODES if size.row_of(one) is row)
    assert statistical_size(code, **bounds).tier == tier
    for name, bound in bounds.items():
        less = statistical_size(code, **{**bounds, name: bound - Decimal("0.01")})
        assert less.tier == TIERS[TIERS.index(Tier(tier)) + 1]


@pytest.mark.parametrize(("code", "key"), [("5910", "transport"), ("5920", "warehouse"), ("7010", "realestate_dev"),
                                           ("7020", "property_mgmt"), ("7030", "other"), ("7090", "other"),
                                           ("8512", "other"), ("5310", None)])  # fmt: skip
def test_split_divisions_go_by_group(code: str | None, key: str | None) -> None:
    row = size.row_of(industry.canonical(code) or "")
    assert (row.key if row else None) == key


@pytest.mark.parametrize("code", ["J6610", "P8310", "Q8411", "S9221", "K7040", "G5310", "J"])
def test_what_the_table_does_not_cover_has_no_size(code: str | None) -> None:
    assert statistical_size(code, employees=1, revenue_wan=1, assets_wan=1) is NOT_APPLICABLE
    assert NOT_APPLICABLE.word == "not_applicable"


@pytest.mark.parametrize("code", [None, "", "F", "G59", "K70", "Q", "不是代码"])
def test_an_unknown_or_too_coarse_industry_leaves_all_open(code: str | None) -> None:
    found = statistical_size(code, employees=1, revenue_wan=1, assets_wan=1)
    assert (found.tier, found.possible, found.word) == (None, TIERS, "undetermined")


@given(code=st.sampled_from(CODES), values=st.fixed_dictionaries(NUMBERS), more=st.fixed_dictionaries(NUMBERS))
def test_completing_lands_in_the_possible_tiers(code: str, values: dict[str, Any], more: dict[str, Any]) -> None:
    before = statistical_size(code, **values)
    completed = {name: more[name] if value is None else value for name, value in values.items()}
    after = statistical_size(code, **completed)
    assert set(after.possible) <= set(before.possible)
    if before.tier is not None:
        assert after.tier == before.tier


def test_every_class_has_a_section_and_a_name() -> None:
    assert all(code is not None and industry.is_class(code) and industry.name(code) for code in CODES)
    assert industry.path("F5212")[0] == ("F", "批发和零售业")
    assert industry.canonical("f5212") == industry.canonical("5212") == "F5212"
    assert industry.canonical("C5212") is None
    assert industry.canonical("5219") == "F5219"
    assert industry.canonical("0000") is None
