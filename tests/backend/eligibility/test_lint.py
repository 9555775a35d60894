"""What a reviewer is warned of, and that a warning about contradiction is never wrong."""

import random
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.eligibility import Verdict, evaluate, lint, load_catalogue, parse
from backend.eligibility.lint import _Reach
from backend.foundation.clock import Frozen
from tests.backend.eligibility.examples import AS_OF, CATALOGUE, leaf, random_facts, rules


def found(rule_json: Any, **more: Any) -> list[tuple[str, str]]:
    return [(one.code, one.path) for one in lint(rule_json, CATALOGUE, as_of=AS_OF, **more)]


def test_a_sound_rule_has_no_findings() -> None:
    rule = {"all": [leaf("employees", "between", [1, 300]), {"not": leaf("employees", "eq", 5)}]}
    assert found(rule) == []


def test_mistakes_of_the_language_are_errors() -> None:
    findings = lint({"all": [leaf("x", "le", 1), leaf("employees", "le", 1, citation=None)]}, CATALOGUE)
    assert [(one.code, one.level) for one in findings] == [
        ("unknown_fact", "error"),
        ("missing_citation", "error"),
    ]


@pytest.mark.parametrize(
    "pair",
    [
        (leaf("employees", "ge", 300), leaf("employees", "lt", 300)),
        (leaf("employees", "gt", 299), leaf("employees", "lt", 300)),
        (leaf("employees", "eq", 3), leaf("employees", "ne", 3)),
        (leaf("employees", "between", [3, 3]), leaf("employees", "ne", 3)),
        (leaf("employees", "le", 3, sources=["registry"]), leaf("employees", "le", 3, sources=["bureau"])),
        (leaf("revenue", "gt", 3), leaf("revenue", "le", 3)),
        (leaf("revenue", "between", [3, 3]), leaf("revenue", "gt", 3)),
        (leaf("revenue", "between", [1, 3]), leaf("revenue", "lt", 1)),
        (leaf("founded", "within", {"years": 5}), leaf("founded", "before", "2021-11-22")),
        (leaf("founded", "after", "as_of"), leaf("founded", "on_or_before", "as_of")),
        (leaf("entity_type", "eq", "enterprise"), leaf("entity_type", "eq", "cooperative")),
        (
            leaf("entity_type", "not_in", ["enterprise", "cooperative"]),
            leaf("entity_type", "ne", "individual_business"),
        ),
        (leaf("exporter", "eq", yes := True), leaf("exporter", "ne", yes)),
        (leaf("industry", "prefix", "C13"), leaf("industry", "prefix", ["C14", "A"])),
        (leaf("industry", "prefix", "C13"), {"not": leaf("industry", "prefix", "C")}),
        (leaf("industry", "eq", "C13"), leaf("industry", "prefix", "A")),
        (leaf("qualifications", "has_tag", "a"), leaf("qualifications", "lacks_tag", ["a", "b"])),
        (leaf("qualifications", "has_tag", "a"), leaf("qualifications", "absent")),
        (leaf("licence", "exists"), leaf("licence", "absent")),
    ],
)
def test_contradiction(pair: tuple[Any, Any]) -> None:
    assert found({"all": list(pair)}) == [("contradiction", "$")]
    assert found({"not": {"any": [{"not": pair[0]}, {"not": pair[1]}]}}) == [("contradiction", "$.not")]


def test_unreachable_branch() -> None:
    rule = {
        "all": [
            leaf("employees", "le", 300),
            {"any": [leaf("employees", "gt", 1000), leaf("industry", "prefix", "C")]},
            {"at_least": {"count": 1, "of": [leaf("employees", "le", 5), leaf("employees", "ge", 400)]}},
        ]
    }
    assert found(rule) == [
        ("unreachable_branch", "$.all[1].any[0]"),
        ("unreachable_branch", "$.all[2].at_least.of[1]"),
    ]


def test_a_rule_whose_every_branch_is_dead_is_a_contradiction() -> None:
    rule = {"all": [leaf("employees", "le", 3), {"any": [leaf("employees", "gt", 5), leaf("employees", "gt", 9)]}]}
    assert found(rule) == [("contradiction", "$")]


def test_past_window(clock: Frozen) -> None:
    rule = leaf("employees", "le", 300)
    assert found(rule, window_ends=date(2026, 11, 21)) == [("past_window", "$")]
    assert found(rule, window_ends=AS_OF) == []
    assert clock is not None
    assert [one.code for one in lint(rule, CATALOGUE, window_ends=date(2026, 11, 22))] == ["past_window"]


def test_discriminatory_fact() -> None:
    catalogue = load_catalogue(
        [
            {"key": "ownership", "title": "所有制", "type": "text", "sources": ["registry"]},
            {"key": "employees", "title": "从业人数", "type": "integer", "sources": ["registry"]},
        ]
    )
    rule = {"all": [leaf("employees", "le", 3), leaf("ownership", "ne", "民营")]}
    findings = lint(rule, catalogue, as_of=AS_OF)
    assert [(one.code, one.path, one.level) for one in findings] == [("discriminatory_fact", "$.all[1]", "warning")]


@given(rules(), rules(), st.integers(0, 2**32))
def test_what_is_called_impossible_never_holds(one: Any, other: Any, seed: int) -> None:
    rng, rule = random.Random(seed), parse({"all": [one, other]}, CATALOGUE)
    if _Reach(AS_OF).possible(rule.normal, ()):
        return
    for _ in range(30):
        assert evaluate(rule, random_facts(rng), AS_OF) is not Verdict.YES
