"""What a reviewer is warned of, and that a warning about contradiction is never wrong."""

import random
import time
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


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        # Two of three that no enterprise can meet at once.
        (
            {
                "at_least": {
                    "count": 2,
                    "of": [
                        leaf("employees", "lt", 10),
                        leaf("employees", "between", [10, 20]),
                        leaf("employees", "gt", 20),
                    ],
                }
            },
            [("contradiction", "$")],
        ),
        # The third branch never helps, for whoever meets it meets neither of the others.
        (
            {
                "at_least": {
                    "count": 2,
                    "of": [leaf("employees", "lt", 10), leaf("revenue", "lt", 5), leaf("employees", "gt", 20)],
                }
            },
            [],
        ),
        (
            {
                "at_least": {
                    "count": 2,
                    "of": [leaf("employees", "lt", 10), leaf("employees", "lt", 15), leaf("employees", "gt", 20)],
                }
            },
            [("unreachable_branch", "$.at_least.of[2]")],
        ),
        # Denied: at least two of three must fail.
        (
            {
                "all": [
                    leaf("employees", "le", 5),
                    {
                        "not": {
                            "at_least": {
                                "count": 2,
                                "of": [
                                    leaf("employees", "le", 9),
                                    leaf("employees", "le", 8),
                                    leaf("revenue", "le", 1),
                                ],
                            }
                        }
                    },
                ]
            },
            [("contradiction", "$")],
        ),
        (
            {
                "all": [
                    {"not": {"any": [leaf("employees", "gt", 9), leaf("revenue", "gt", 9)]}},
                    {"any": [leaf("employees", "ge", 10), leaf("industry", "prefix", "C")]},
                ]
            },
            [("unreachable_branch", "$.all[1].any[0]")],
        ),
        (
            {"at_least": {"count": 2, "of": [leaf("employees", "lt", 3), leaf("employees", "gt", 3)]}},
            [("contradiction", "$")],
        ),
        (
            {"all": [{"any": [leaf("employees", "lt", 3)]}, {"all": [leaf("employees", "gt", 3)]}]},
            [("contradiction", "$")],
        ),
        ({"any": [leaf("employees", "lt", 3), leaf("employees", "gt", 3)]}, []),
        ({"at_least": {"count": 1, "of": [leaf("employees", "lt", 3), leaf("employees", "gt", 3)]}}, []),
    ],
)
def test_branches_counted_and_denied(written: Any, expected: list[tuple[str, str]]) -> None:
    assert found(written) == expected


def test_more_combinations_than_are_tried_are_passed_over_in_silence() -> None:
    apart = [leaf("employees", "eq", number) for number in range(40)]
    assert found({"at_least": {"count": 20, "of": apart}}) == []


def _branches(number: int) -> Any:
    return leaf("industry", "prefix", [f"A{one:031d}" for one in range(500 * number, 500 * number + 500)])


@pytest.mark.parametrize(
    "heavy",
    [
        {"at_least": {"count": 299, "of": [leaf("employees", "ge", number) for number in range(300)]}},
        {"all": [*map(_branches, (0, 0, 0, 0)), {"any": [leaf("industry", "prefix", "A")] * 390}]},
        {
            "all": [
                *({"not": leaf("employees", "between", [10 * gap, 10 * gap + 5])} for gap in range(150)),
                {"any": [leaf("employees", "ge", number) for number in range(90)]},
            ]
        },
    ],
    ids=["combinations", "prefixes", "gaps"],
)
def test_no_rule_is_weighed_for_long(heavy: Any) -> None:
    """Each of these took from eight seconds to a minute, in which the process answered nobody."""
    began = time.process_time()
    lint(heavy, CATALOGUE, as_of=AS_OF)
    assert time.process_time() - began < 2


def test_past_window(clock: Frozen) -> None:
    rule = leaf("employees", "le", 300)
    assert found(rule, window_ends=date(2026, 11, 21)) == [("past_window", "$")]
    assert found(rule, window_ends=AS_OF) == []
    assert clock is not None
    assert [one.code for one in lint(rule, CATALOGUE, window_ends=date(2026, 11, 22))] == ["past_window"]


OWNED = load_catalogue(
    [
        {"key": "ownership", "title": "所有制", "type": "text", "sources": ["registry"]},
        {"key": "employees", "title": "从业人数", "type": "integer", "sources": ["registry"]},
    ]
)


@pytest.mark.parametrize(
    "document",
    [
        "《中小微企业贷款贴息》（财政部等五部门通知）",
        "湖政办发〔2026〕3号",
        "浙政发〔2026〕3号",
        "《湖州市绿色金融促进条例》",
        "《浙江省民营企业发展促进条例》",
        "财政部《中小企业发展专项资金管理办法》",
        "《中小企业划型标准规定》（工信部联企业〔2011〕300号）",
        "国家税务总局公告2023年第12号",
        "国务院促进中小企业发展工作领导小组办公室通知",
    ],
)
def test_a_discriminatory_fact_without_a_legal_basis(document: str) -> None:
    cited = {"document": document, "article": "第三条", "sentence": "面向民营企业。"}
    rule = {
        "all": [leaf("employees", "le", 3, citation=cited), {"not": leaf("ownership", "eq", "国有", citation=cited)}]
    }
    findings = lint(rule, OWNED, as_of=AS_OF)
    assert [(one.code, one.path, one.level) for one in findings] == [("discriminatory_fact", "$.all[1].not", "warning")]
    assert "公平竞争审查条例" in findings[0].sentence


@pytest.mark.parametrize(
    "document",
    [
        "《中华人民共和国民营经济促进法》",
        "中华人民共和国企业所得税法（2018年修正）",
        "企业所得税法第二十八条",
        "《促进个体工商户发展条例》",
        "《促进个体工商户发展条例》（国务院令第755号）",
        "《保障中小企业款项支付条例》",
        "国发〔2023〕10号",
        "国办发〔2019〕55号",
        "国办函〔2026〕12号",
        "《国务院关于推动经济平稳健康发展的意见》",
        "中共中央 国务院《关于促进民营经济发展壮大的意见》",
    ],
)
def test_a_law_or_the_state_council_may_distinguish(document: str) -> None:
    cited = {"document": document, "article": "第三条", "sentence": "面向民营企业。"}
    assert lint(leaf("ownership", "eq", "民营", citation=cited), OWNED, as_of=AS_OF) == ()


def test_other_facts_need_no_legal_basis() -> None:
    assert lint(leaf("employees", "le", 3), OWNED, as_of=AS_OF) == ()


@given(rules(), rules(), st.integers(0, 2**32))
def test_what_is_called_impossible_never_holds(one: Any, other: Any, seed: int) -> None:
    rng, rule = random.Random(seed), parse({"all": [one, other]}, CATALOGUE)
    if _Reach(AS_OF).possible(rule.normal, ()):
        return
    for _ in range(30):
        assert evaluate(rule, random_facts(rng), AS_OF) is not Verdict.YES
