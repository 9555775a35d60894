"""What an owner reads: wording, own values, near misses, what is missing."""

import json
import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.eligibility import Clause, Explanation, Group, Source, Verdict, evaluate, explain, parse
from backend.eligibility.evaluate import program
from backend.eligibility.tree import leaves as leaves_of
from backend.enterprises.catalogue import CATALOGUE as REAL_CATALOGUE
from tests.backend.eligibility.examples import AS_OF, CATALOGUE, CITATION, known, leaf, random_facts, rules


def explained(rule_json: Any, as_of: date = AS_OF, **facts: Any) -> Explanation:
    return explain(parse(rule_json, CATALOGUE), facts, as_of, CATALOGUE)


def clause(rule_json: Any, as_of: date = AS_OF, **facts: Any) -> Clause:
    root = explained(rule_json, as_of, **facts).root
    assert isinstance(root, Clause)
    return root


@pytest.mark.parametrize(
    ("written", "text", "denied"),
    [
        (leaf("employees", "le", 300), "从业人数不超过300人", "从业人数超过300人"),
        (leaf("employees", "lt", 300), "从业人数少于300人", "从业人数不少于300人"),
        (leaf("revenue", "ge", "10.50"), "年营业收入不少于10.5万元", "年营业收入少于10.5万元"),
        (leaf("employees", "between", [1, 9]), "从业人数在1人至9人之间（含两端）", "从业人数低于1人或高于9人"),
        (leaf("entity_type", "eq", "individual_business"), "主体类型为个体工商户", "主体类型不为个体工商户"),
        (
            leaf("entity_type", "in", ["enterprise", "cooperative"]),
            "主体类型为以下之一：企业、农民专业合作社",
            "主体类型不为以下任何一种：企业、农民专业合作社",
        ),
        (leaf("industry", "prefix", ["C13", "C14"]), "行业代码以C13、C14开头", "行业代码不以C13、C14开头"),
        (leaf("founded", "before", "2020-01-01"), "成立日期早于2020-01-01", "成立日期不早于2020-01-01"),
        (leaf("founded", "after", "as_of"), "成立日期晚于判定当日", "成立日期不晚于判定当日"),
        (
            leaf("founded", "within", {"months": 6, "years": 5}),
            "成立日期在最近5年6个月内",
            "成立日期不在最近5年6个月内",
        ),
        (leaf("high_tech", "eq", yes := True), "高新技术企业：是", "高新技术企业：否"),
        (leaf("high_tech", "ne", yes), "高新技术企业：否", "高新技术企业：是"),
        (leaf("exporter", "eq", not yes), "有出口业务：否", "有出口业务：是"),
        (leaf("licence", "exists"), "已登记食品经营许可证", "没有登记食品经营许可证"),
        (
            leaf("founded", "between", ["2020-01-01", "2020-12-31"]),
            "成立日期在2020-01-01至2020-12-31之间（含两端）",
            "成立日期早于2020-01-01或晚于2020-12-31",
        ),
        (leaf("qualifications", "has_tag", "专精特新"), "资质包括专精特新", "资质不包括专精特新"),
        (
            leaf("qualifications", "has_tag", ["专精特新", "小巨人"]),
            "资质至少包括以下一项：专精特新、小巨人",
            "资质不包括以下任何一项：专精特新、小巨人",
        ),
        (
            leaf("name", "in", [f"{number:02}" for number in range(14)]),
            "名称为以下之一：00、01、02、03、04、05、06、07、08、09、10等14项",
            "名称不为以下任何一种：00、01、02、03、04、05、06、07、08、09、10等14项",
        ),
        (leaf("employees", "le", 300, say="人数不多"), "人数不多", "不属于以下情形：人数不多"),
    ],
)
def test_wording_of_a_condition_and_its_denial(written: Any, text: str, denied: str) -> None:
    assert clause(written).text == text
    assert clause({"not": written}).text == denied
    assert clause({"not": {"not": written}}).text == text


@pytest.mark.parametrize(
    ("written", "text", "denied"),
    [
        (leaf("industry", "prefix", "F522"), "行业为食品、饮料及烟草制品专门零售（F522）", "行业不为"),
        (
            leaf("industry", "prefix", ["C", "F52"]),
            "行业为以下之一：制造业（C）、零售业（F52）",
            "行业不为以下任何一种：",
        ),
        (
            leaf("industry", "in", ["F5212", "H6210"]),
            "行业为以下之一：超级市场零售（F5212）、正餐服务（H6210）",
            "行业不为",
        ),
        (leaf("region", "prefix", "3305"), "所在地区为湖州市", "所在地区不为湖州市"),
        (leaf("region", "prefix", ["33", "330502100"]), "所在地区为以下之一：浙江省、吴兴区织里镇", "所在地区不为以下"),
        (leaf("region", "prefix", "330111"), "所在地区为330111", "所在地区不为330111"),
        (leaf("district", "eq", "3305NTH"), "属地为湖州南太湖新区", "属地不为湖州南太湖新区"),
    ],
)
def test_codes_are_read_by_name(written: Any, text: str, denied: str) -> None:
    assert parse(written, REAL_CATALOGUE).normal.text == text  # type: ignore[union-attr]
    assert parse({"not": written}, REAL_CATALOGUE).normal.text.startswith(denied)  # type: ignore[union-attr]


def test_an_own_code_is_read_by_name_and_one_that_nobody_knows_as_it_is() -> None:
    rule = parse(leaf("industry", "prefix", "C"), REAL_CATALOGUE)
    for code, text in (("F5212", "超级市场零售（F5212）"), ("Z9", "Z9")):
        told = explain(rule, {"industry": known(code)}, AS_OF, REAL_CATALOGUE).root
        assert isinstance(told, Clause)
        assert told.own
        assert told.own.text == text


@pytest.mark.parametrize(
    ("written", "employees", "say", "amount"),
    [
        (leaf("employees", "ge", 10), 8, "还差 2 人", "2"),
        (leaf("employees", "gt", 10), 10, "还差 1 人", "1"),
        (leaf("employees", "le", 300), 302, "超出 2 人", "2"),
        (leaf("employees", "lt", 300), 300, "超出 1 人", "1"),
        ({"not": leaf("employees", "le", 300)}, 300, "还差 1 人", "1"),
        ({"not": leaf("employees", "between", [10, 20])}, 19, "还差 2 人", "2"),
        ({"not": leaf("employees", "between", [10, 20])}, 11, "超出 2 人", "2"),
    ],
)
def test_near_miss_by_number(written: Any, employees: int, say: str, amount: str) -> None:
    near = clause(written, employees=known(employees)).near_miss
    assert near is not None
    assert (near.say, near.amount, near.unit) == (say, amount, "人")


def test_near_miss_of_money_keeps_fractions_and_knows_the_open_bound() -> None:
    over = clause(leaf("revenue", "le", 300), revenue=known(Decimal("300.50"), Source.BANK)).near_miss
    assert over
    assert over.say == "超出 0.5 万元"
    on_it = clause(leaf("revenue", "gt", 300), revenue=known(Decimal(300), Source.BANK)).near_miss
    assert on_it
    assert on_it.say == "刚好在界线上"


@pytest.mark.parametrize(
    ("written", "founded", "on"),
    [
        ({"not": leaf("founded", "within", {"years": 1})}, date(2026, 2, 28), date(2027, 3, 1)),
        (leaf("founded", "on_or_before", "as_of"), date(2027, 3, 1), date(2027, 3, 1)),
        (leaf("founded", "before", "as_of"), AS_OF, date(2026, 11, 23)),
        (leaf("founded", "within", {"years": 5}), date(2027, 3, 1), date(2027, 3, 1)),
        (leaf("founded", "within", {"years": 5}), date(2010, 1, 1), None),
        (leaf("founded", "before", "2020-01-01"), date(2020, 1, 1), None),
        (leaf("founded", "before", "as_of"), date(9999, 12, 31), None),
    ],
)
def test_near_miss_by_time(written: Any, founded: date, on: date | None) -> None:
    near = clause(written, founded=known(founded)).near_miss
    assert (near and near.on) == on
    assert near is None or near.say == f"{on} 起满足"


def test_own_value_with_source_and_day_and_why_it_does_not_count() -> None:
    told = clause(leaf("employees", "le", 300), employees=known(12, Source.BANK, date(2026, 1, 5)))
    assert told.own
    assert (told.own.text, told.own.source, told.own.on) == ("12人", "银行", date(2026, 1, 5))
    assert told.because == "source"
    assert told.note == "“从业人数”目前来自银行，这一条须以企业自行填报或登记机关或主管部门的信息为准"
    old = clause(leaf("employees", "le", 300), employees=known(12, on=date(2020, 1, 5)))
    assert (old.because, old.verdict) == ("stale", Verdict.UNKNOWN)
    assert old.note == "“从业人数”是2020-01-05的信息，已过有效期，需要更新"
    nothing = clause(leaf("employees", "le", 300))
    assert (nothing.because, nothing.note, nothing.own) == ("missing", "还没有“从业人数”的信息", None)
    assert nothing.citation.document == CITATION["document"]


def test_missing_names_only_what_could_still_settle_it() -> None:
    rule = {
        "all": [
            {"any": [leaf("employees", "le", 300), leaf("revenue", "le", 10)]},
            {"any": [leaf("founded", "before", "2020-01-01"), leaf("industry", "prefix", "C")]},
        ]
    }
    open_ = explained(rule, industry=known("C13"))
    assert open_.verdict is Verdict.UNKNOWN
    assert [fact.key for fact in open_.missing] == ["employees", "revenue"]
    closed = explained(rule, industry=known("A01"), founded=known(AS_OF))
    assert (closed.verdict, closed.missing) == (Verdict.NO, ())


def test_near_misses_are_those_that_decided() -> None:
    rule = {"all": [leaf("employees", "ge", 10), {"any": [leaf("revenue", "ge", 5), leaf("industry", "prefix", "C")]}]}
    facts = {"employees": known(8), "revenue": known(Decimal(1), Source.BANK), "industry": known("C1")}
    assert [one.fact.key for one in explained(rule, AS_OF, **facts).near_misses] == ["employees"]


def test_dictionary_is_plain_json() -> None:
    told = explained({"all": [leaf("employees", "le", 300), leaf("founded", "before", "as_of")]}, founded=known(AS_OF))
    plain = json.loads(json.dumps(told.to_dict()))
    assert plain["verdict"] == "no"
    assert plain["root"]["text"] == "以下条件须全部满足"
    assert plain["root"]["parts"][1]["near_miss"]["on"] == "2026-11-23"
    assert plain["near_misses"] == [plain["root"]["parts"][1]["near_miss"]]
    assert plain["missing"] == []


def test_values_can_be_hidden_from_a_reader() -> None:
    told = explained({"all": [leaf("employees", "ge", 10), leaf("founded", "before", "as_of")]}, employees=known(8))
    hidden = told.without_values({"employees"})
    plain = json.dumps(hidden.to_dict(), ensure_ascii=False)
    assert "8人" in json.dumps(told.to_dict(), ensure_ascii=False)
    assert "8人" not in plain
    assert "还差" not in plain
    assert hidden.verdict is told.verdict


def _clauses(part: Clause | Group) -> list[Clause]:
    return [part] if isinstance(part, Clause) else [one for inner in part.parts for one in _clauses(inner)]


@given(rules(), st.integers(0, 2**32))
def test_explanation_and_evaluation_agree_and_near_days_are_exact(rule_json: Any, seed: int) -> None:
    rng, rule = random.Random(seed), parse(rule_json, CATALOGUE)
    for _ in range(5):
        facts = random_facts(rng)
        told = explain(rule, facts, AS_OF, CATALOGUE)
        assert told.verdict is evaluate(rule, facts, AS_OF)
        json.dumps(told.to_dict())
        for one, written in zip(_clauses(told.root), leaves_of(rule.normal), strict=True):
            assert (one.because is not None) is (one.verdict is Verdict.UNKNOWN)
            if one.near_miss and one.near_miss.on:
                on = one.near_miss.on
                assert program(written, on)(facts) is Verdict.YES
                assert program(written, on - timedelta(days=1))(facts) is not Verdict.YES
