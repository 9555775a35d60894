"""What the rule language refuses, where it says so, and that nothing else ever comes out."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.eligibility import RuleInvalid, compile_rule, needed_facts, parse, rule_hash
from backend.eligibility.operands import MAX_LISTED
from backend.eligibility.parse import MAX_DEPTH, MAX_LISTED_IN_ALL, MAX_NODES
from tests.backend.eligibility.examples import AS_OF, CATALOGUE, CITATION, junk, leaf, rules


def refused(rule_json: Any) -> list[tuple[str, str]]:
    with pytest.raises(RuleInvalid) as caught:
        parse(rule_json, CATALOGUE)
    assert caught.value.detail == caught.value.fields[0].sentence
    return [(field.path, field.code) for field in caught.value.fields]


@pytest.mark.parametrize(
    ("written", "path", "code"),
    [
        ([], "$", "not_a_node"),
        (None, "$", "not_a_node"),
        ("{}", "$", "not_a_node"),
        ({"all": []}, "$.all", "no_parts"),
        ({"any": {}}, "$.any", "no_parts"),
        ({"not": []}, "$.not", "not_a_node"),
        ({"all": [leaf("employees", "le", 1)], "any": []}, "$", "mixed_node"),
        ({"at_least": {"of": [leaf("employees", "le", 1)]}}, "$.at_least", "bad_at_least"),
        ({"at_least": {"count": 2, "of": [leaf("employees", "le", 1)]}}, "$.at_least.count", "bad_count"),
        ({"at_least": {"count": 0, "of": [leaf("employees", "le", 1)]}}, "$.at_least.count", "bad_count"),
        ({"at_least": {"count": True, "of": [leaf("employees", "le", 1)]}}, "$.at_least.count", "bad_count"),
        (leaf("headcount", "le", 1), "$.fact", "unknown_fact"),
        (leaf("employees", "like", 1), "$.op", "unknown_operator"),
        (leaf("employees", "prefix", "1"), "$.op", "operator_not_for_type"),
        (leaf("founded", "le", "2020-01-01"), "$.op", "operator_not_for_type"),
        (leaf("employees", "exists"), "$.op", "absence_unknown"),
        (leaf("employees", "le"), "$.value", "bad_value"),
        (leaf("licence", "exists", 1), "$.value", "bad_value"),
        (leaf("employees", "le", 1, colour="red"), "$", "unknown_key"),
        (leaf("employees", "le", 1, say=""), "$.say", "bad_value"),
        (leaf("employees", "le", 1, say="a\x00"), "$.say", "bad_value"),
        (leaf("employees", "le", 1, sources=["bank"]), "$.sources", "bad_sources"),
        (leaf("employees", "le", 1, sources=[]), "$.sources", "bad_sources"),
        (leaf("employees", "le", 1, sources=[{}]), "$.sources", "bad_sources"),
        (leaf("employees", "le", 1, citation=None), "$.citation", "missing_citation"),
        (leaf("employees", "le", 1, citation={"document": "x"}), "$.citation", "missing_citation"),
        (leaf("employees", "le", 1, citation={**CITATION, "article": " "}), "$.citation.article", "bad_value"),
        ({"all": [leaf("employees", "le", 1), leaf("x", "le", 1)]}, "$.all[1].fact", "unknown_fact"),
        ({"not": {"any": [leaf("x", "le", 1)]}}, "$.not.any[0].fact", "unknown_fact"),
    ],
)
def test_names_the_place_and_the_mistake(written: Any, path: str, code: str) -> None:
    assert refused(written) == [(path, code)]


@pytest.mark.parametrize(
    ("fact", "op", "operand"),
    [
        *(("employees", "le", operand) for operand in (True, 1.0, "1", None, 10**16, float("nan"), [1])),
        *(("revenue", "le", operand) for operand in (True, float("inf"), float("nan"), 1e300, 1e-7, 10**400)),
        *(("revenue", "le", operand) for operand in ("1e5", "NaN", "Infinity", "１", " 1", "1.0000001", "")),
        *(("founded", "before", operand) for operand in ("20200101", "2020-02-30", "1899-12-31", "9999-12-31", 1)),
        *(("founded", "within", operand) for operand in ({}, {"years": 0}, {"years": True}, {"weeks": 1}, 5)),
        *(("founded", "within", operand) for operand in ({"years": 101}, {"years": 100, "months": 1}, {"days": 1.5})),
        *(("founded", "between", operand) for operand in (["2021-01-01", "2020-01-01"], ["2020-01-01"], "x")),
        *(("industry", "prefix", operand) for operand in ("C%", "C_", "", "'", [], ["C", 1], "C" * 33, "Ｃ")),
        *(("industry", "prefix", operand) for operand in ("'; DROP TABLE x", "C\x00", "C\\", ["%"])),
        *(("industry", "prefix", operand) for operand in (5, {"C": 1}, None)),
        *(("exporter", "eq", operand) for operand in (1, 0, "true", None)),
        *(("entity_type", "in", operand) for operand in ("enterprise", ["company"], [["enterprise"]], [])),
        *(("name", "eq", operand) for operand in ("a\x00", "\ud800", "", "x" * 201, 5)),
        ("name", "in", ["x"] * 501),
        ("qualifications", "has_tag", [None]),
    ],
)
def test_refuses_operands_of_the_wrong_kind(fact: str, op: str, operand: Any) -> None:
    assert refused(leaf(fact, op, operand)) == [("$.value", "bad_value")]


def test_tells_all_mistakes_at_once() -> None:
    wrong = {"all": [leaf("x", "le", 1), leaf("employees", "le", "1", citation=None), leaf("name", "lt", "a")]}
    assert refused(wrong) == [
        ("$.all[0].fact", "unknown_fact"),
        ("$.all[1].value", "bad_value"),
        ("$.all[1].citation", "missing_citation"),
        ("$.all[2].op", "operator_not_for_type"),
    ]


def test_bounds_depth_and_size() -> None:
    deep: Any = leaf("employees", "le", 1)
    for _ in range(MAX_DEPTH - 1):
        deep = {"not": deep}
    parse(deep, CATALOGUE)
    assert refused({"not": deep}) == [("$", "too_deep")]
    for _ in range(5_000):
        deep = {"all": [deep]}
    assert refused(deep) == [("$", "too_deep")]
    wide = [leaf("employees", "le", 1)] * (MAX_NODES - 1)
    parse({"any": wide}, CATALOGUE)
    assert refused({"any": [*wide, wide[0]]}) == [("$", "too_many")]
    assert refused({"any": wide[:1] * 10_000}) == [("$", "too_many")]
    assert refused({"any": [{"all": wide}] * 25}) == [("$", "too_many")]


def test_bounds_what_is_listed_in_all() -> None:
    names = [f"店{number}" for number in range(MAX_LISTED)]
    full = [leaf("name", "in", names)] * (MAX_LISTED_IN_ALL // MAX_LISTED)
    parse({"any": full}, CATALOGUE)
    assert refused({"any": [*full, leaf("industry", "prefix", ["C"])]}) == [("$", "too_many_values")]
    assert refused({"any": full * 99}) == [("$", "too_many_values")]
    branches = [f"C{number}" for number in range(MAX_LISTED)]
    assert refused({"any": [leaf("industry", "prefix", branches)] * (MAX_NODES - 1)}) == [("$", "too_many_values")]


def test_an_object_that_holds_itself_is_refused_at_once() -> None:
    for group in ("all", "any"):
        node: dict[str, Any] = {}
        node[group] = [node] * 300
        assert refused(node)[0][1] in {"too_deep", "too_many"}
    denied: dict[str, Any] = {}
    denied["not"] = denied
    assert refused(denied) == [("$", "too_deep")]
    counted: dict[str, Any] = {"at_least": {"count": 1}}
    counted["at_least"]["of"] = [counted]
    assert refused(counted) == [("$", "too_deep")]
    listed: list[Any] = []
    listed.append(listed)
    assert refused(leaf("name", "in", listed)) == [("$.value", "bad_value")]
    cited = leaf("employees", "le", 1)
    cited["citation"] = cited
    assert refused(cited) == [("$.citation", "missing_citation")]


def test_hash_and_needed_facts_do_not_depend_on_spelling() -> None:
    written = {"all": [leaf("revenue", "le", 1.50), leaf("industry", "prefix", ["C2", "C1"], say="制造")]}
    same = {
        "all": [
            leaf("revenue", "le", "1.5"),
            dict(reversed(leaf("industry", "prefix", ["C1", "C2", "C1"], say=" 制造 ").items())),
        ]
    }
    assert rule_hash(parse(written, CATALOGUE)) == rule_hash(parse(same, CATALOGUE))
    other = {"all": [leaf("revenue", "lt", 1.5), written["all"][1]]}
    assert rule_hash(parse(written, CATALOGUE)) != rule_hash(parse(other, CATALOGUE))
    assert needed_facts(parse(written, CATALOGUE)) == ("revenue", "industry")


@given(rules())
def test_a_rule_survives_its_own_spelling(rule_json: Any) -> None:
    rule = parse(rule_json, CATALOGUE)
    again = parse(json.loads(json.dumps(rule.document)), CATALOGUE)
    assert again.root == rule.root
    assert again.hash == rule.hash


@given(junk())
def test_junk_is_refused_and_nothing_else_happens(rule_json: Any) -> None:
    with pytest.raises(RuleInvalid):
        parse(rule_json, CATALOGUE)


@given(rules(), junk(), st.data())
def test_a_damaged_rule_is_refused_or_still_sound(rule_json: Any, put: Any, data: st.DataObject) -> None:
    damaged = copy.deepcopy(rule_json)
    damage(damaged, put, data)
    try:
        rule = parse(damaged, CATALOGUE)
    except RuleInvalid as refusal:
        json.dumps([field.sentence for field in refusal.fields], ensure_ascii=False).encode()
        return
    compiled = compile_rule(rule, CATALOGUE, AS_OF)
    assert "\x00" not in compiled.surely.sql
    assert not any("\x00" in str(param) for param in compiled.surely.params)


def damage(node: Any, put: Any, data: st.DataObject) -> None:
    """Walk to some place of the rule and put junk there, or take the place away."""
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = data.draw(st.sampled_from(keys))
        inside = node[key]
        if isinstance(inside, dict | list) and inside and data.draw(st.booleans()):
            node = inside
            continue
        if data.draw(st.booleans()):
            node[key] = put
        else:
            del node[key]
        return


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ({}, "条件缺少要比较的信息项。"),
        ({"fact": {}, "op": "eq", "value": 1}, "事实目录中没有“对象”。"),
        ({"fact": "employees", "op": 3, "value": 1}, "不认识的比较方式“数字”。"),
    ],
)
def test_what_is_no_text_is_named_in_words(raw: Any, sentence: str) -> None:
    with pytest.raises(RuleInvalid) as caught:
        parse(raw, CATALOGUE)
    assert sentence in [one.sentence for one in caught.value.fields]
