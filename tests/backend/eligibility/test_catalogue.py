"""The fact catalogue's shape."""

from datetime import date

import pytest

from backend.eligibility import CatalogueInvalid, Source, Value, facts_from_row, load_catalogue
from tests.backend.eligibility.examples import CATALOGUE

ENTRY = {"key": "x", "title": "某项", "type": "integer", "sources": ["registry"]}


def test_keeps_order_and_columns() -> None:
    assert list(CATALOGUE)[:2] == ["employees", "revenue"]
    fact = CATALOGUE["employees"]
    assert (fact.column, fact.source_column, fact.on_column) == ("employees", "employees_source", "employees_on")
    assert fact.sources == (Source.REGISTRY, Source.BUREAU, Source.SELF_DECLARED)


@pytest.mark.parametrize("choices", [{"a": "a", "b": "乙"}, ["a", ["b", "乙"]]])
def test_choices_may_be_written_in_three_ways(choices: object) -> None:
    fact = load_catalogue([{**ENTRY, "type": "enum", "choices": choices}])["x"]
    assert dict(fact.choices) == {"a": "a", "b": "乙"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "X"},
        {"key": "x; drop"},
        {"title": ""},
        {"type": "float"},
        {"sources": []},
        {"sources": ["registry", "registry"]},
        {"sources": ["rumour"]},
        {"sources": None},
        {"absence": "maybe"},
        {"holds_for_days": 0},
        {"askable": True},
        {"colour": "red"},
    ],
)
def test_refuses_a_bad_entry(wrong: dict[str, object]) -> None:
    with pytest.raises(CatalogueInvalid):
        load_catalogue([{**ENTRY, **wrong}])


@pytest.mark.parametrize("keys", [("x", "x"), ("founded", "founded_on"), ("x", "x_source")])
def test_refuses_colliding_columns(keys: tuple[str, str]) -> None:
    with pytest.raises(CatalogueInvalid):
        load_catalogue([{**ENTRY, "key": key} for key in keys])


def test_row_to_facts_leaves_out_what_has_no_value_source_or_date() -> None:
    row = {
        "employees": 5,
        "employees_source": 3,
        "employees_on": date(2026, 1, 1),
        "revenue": None,
        "revenue_source": 2,
        "revenue_on": date(2026, 1, 1),
        "name": "甲",
        "name_source": None,
        "name_on": date(2026, 1, 1),
        "exporter": False,
        "exporter_source": 1,
        "exporter_on": date(2026, 1, 1),
    }
    assert facts_from_row(row, CATALOGUE.values()) == {
        "employees": Value(5, 3, date(2026, 1, 1)),
        "exporter": Value(value=False, source=1, on=date(2026, 1, 1)),
    }
