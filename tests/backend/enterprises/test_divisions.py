"""Places by code and name."""

import pytest

from backend.enterprises import divisions


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("330502", "330502"),
        ("吴兴区", "330502"),
        ("湖州市长兴县", "330522"),
        ("南太湖新区", "3305NTH"),
        ("杭州市", None),
    ],
)
def test_districts(text: str, code: str | None) -> None:
    assert divisions.district(text) == code


def test_towns_by_name_or_statistical_code() -> None:
    assert divisions.town("湖东街道") == "330502013"
    assert divisions.town("湖东街道", "330502") == "330502013"
    assert divisions.town("湖东街道", "330503") is None
    assert divisions.town("湖东街道", "3305NTH") == "330502013"
    assert divisions.town("不存在镇") is None
    assert len(divisions.TOWNS) == 72


@pytest.mark.parametrize(
    ("code", "begins"),
    [("33", True), ("3305", True), ("330521", True), ("330502100", True), ("3401", True), ("11", True), ("", False)]
    + [(code, False) for code in ("330500", "33050", "330000", "3300", "330599", "330521999", "3305NT", "湖州", "33a")],
)
def test_what_codes_of_places_begin_with(code: str, *, begins: bool) -> None:
    assert divisions.is_branch(code) is begins


def test_a_region_is_as_exact_as_known_and_a_zone_stands_for_itself() -> None:
    assert divisions.region("330502", "330502013") == "330502013"
    assert divisions.region("330502", None) == "330502"
    assert divisions.region("3305NTH", "330502013") == "3305NTH"
    assert divisions.region(None, "330502013") is None
    assert divisions.label("3305NTH") == "湖州南太湖新区"
