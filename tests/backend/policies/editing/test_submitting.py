"""What no reviewer is asked about: promises that are no quotations, and places and policies that do not exist."""

from typing import Any

import orjson
import pytest

from backend.policies import rules, service
from backend.policies.editing.content import Exclusion, NumberedPolicy
from backend.policies.editing.imports import REAL, import_policies
from backend.policies.editing.promises import promises
from backend.policies.errors import NotReady
from backend.policies.models import Policy
from backend.policies.states import VersionState
from tests.backend.policies.people import CITATION, UP_TO_TEN, WRITER, content, leaf
from tests.backend.policies.real import ENTRIES, RULES

pytestmark = pytest.mark.usefixtures("running", "clock")

_PROMISING = {**leaf("has_ip", "eq", True), "say": "保证通过审批"}


async def _refused(**given: Any) -> list[tuple[str, str]]:
    """Submit a draft and return what is wrong with it: place and code."""
    made = await service.draft(content(**given), actor=WRITER)
    try:
        await service.submit(made.id, actor=WRITER)
    except NotReady as refusal:
        return [(one.path, one.code) for one in refusal.fields]
    return []


async def test_promises_are_refused_with_the_words_and_their_places() -> None:
    promising = content(
        rule={"all": [UP_TO_TEN, _PROMISING]},
        summary="确保获得补贴。",
        body="符合条件的可以申请。\n材料齐全的百分百获批，一律发放。",
    )
    made = await service.draft(promising, actor=WRITER)
    with pytest.raises(NotReady) as refused:
        await service.submit(made.id, actor=WRITER)
    told = [(one.path, one.code, one.sentence.partition("像是")[0]) for one in refused.value.fields]
    assert told == [
        ("summary", "promise", "“确保获”"),
        ("body", "promise", "第2行的“百分百获”"),
        ("body", "promise", "第2行的“一律发放”"),
        ("rule.all[1].say", "promise", "“保证通过”"),
    ]
    mended = await service.edit(made.id, content(), actor=WRITER, version=made.version)
    assert (await service.submit(made.id, actor=WRITER, version=mended.version)).state is VersionState.IN_REVIEW


async def test_what_corrects_an_edition_promises_nothing_either() -> None:
    assert await _refused(correction="更正：符合条件的一定能拿到补贴。") == [("correction", "promise")]


@pytest.mark.parametrize(
    ("text", "is_promise"),
    [
        ("依照《湖州市示例办法》第三条，“初次违法且及时改正的，一律不予处罚”。", False),
        ("《关于一律免罚事项的通知》所列情形，依法可以不予处罚。", False),
        ("依照「一律免罚」的规定，可能符合。", True),
        ("“初次违法的，一律不予处罚”。\n依照《湖州市示例办法》。", True),
        ("依照《湖州市示例办法》，一律免罚。", True),
        ("保证《申报表》发放到位。", False),
        ("贷款保证保险，确保资金安全。", False),
    ],
)
def test_a_quotation_names_its_document_on_the_same_line(text: str, *, is_promise: bool) -> None:
    written = content(benefit=text)
    found = list(promises(written.model_dump(), rules.parse_stored(UP_TO_TEN)))
    assert [one.path for one in found] == ["benefit"] * is_promise


_WORDS = "您一定能拿到补贴"


def _said(text: str) -> list[str]:
    found = promises({**content().model_dump(), "benefit": text}, rules.parse_stored(UP_TO_TEN))
    return [one.sentence.partition("像是")[0] for one in found]


@pytest.mark.parametrize(
    "between", [" ", "\u3000", "\u200b", "\ufeff", "\u0332", "·", ".", "_", "，", "、", " ， ", "*"]
)
def test_words_pulled_apart_are_read_as_one(between: str) -> None:
    assert _said(between.join(_WORDS)) == ["“一定能拿”"]


@pytest.mark.parametrize(
    "text",
    [
        "您一，定能拿到",
        "您一定 能拿到",
        "您一定\u200b能 拿到",
        "“一”定能拿到",
        "⼀定能拿到",
        "一律 免罚",
        "材料齐全的１００％能获得",
        "包 过",
    ],
)
def test_one_gap_hides_no_promise(text: str) -> None:
    assert len(_said(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "作出书面承诺，给予补贴。",
        "作出书面承诺（给予期限另定）。",
        "作出承诺……给予补贴。",
        "按担保、保证；获批后公布。",
        "一、定期发放表格。",
        "经专家肯定。发放证书。",
        "大礼包 通过小程序领取。",
        "打包、批发企业。",
    ],
)
def test_what_divides_clauses_makes_no_promise_of_them(text: str) -> None:
    assert _said(text) == []


def test_the_real_policies_promise_nothing() -> None:
    for number, entry in ENTRIES.items():
        written = NumberedPolicy.model_validate_json(orjson.dumps(entry)).model_dump()
        assert list(promises(written, RULES[number])) == [], number


def test_the_words_of_a_clause_may_quote_for_its_citation_stands_beside_them() -> None:
    for say, many in (("“保证通过审批”的项目", 0), ("保证通过审批", 1)):
        rule = rules.parse_stored({**UP_TO_TEN, "say": say})
        assert len(list(promises(content().model_dump(), rule))) == many


@pytest.mark.parametrize("region", ["000000", "330000", "330500", "330502", "3305NTH", "330111", "340100"])
async def test_a_place_is_known_here_and_has_the_form_elsewhere(region: str) -> None:
    assert await _refused(region=region) == []


@pytest.mark.parametrize("region", ["330599", "330501", "3305XXX", "3401ABC", "999999", "012345", "ABCDEF"])
async def test_a_place_that_does_not_exist_is_refused(region: str) -> None:
    assert await _refused(region=region) == [("region", "place_unknown")]


async def test_a_rule_names_places_that_exist() -> None:
    rule = {
        "any": [
            leaf("region", "prefix", ["33", "3305", "330502", "3305NTH", "330502100", "3401", "330111"]),
            {"not": leaf("region", "prefix", ["330599", "330500"])},
            leaf("town", "eq", "330502999"),
            leaf("district", "eq", "330521"),
        ]
    }
    wrong = [("rule.any[1].not.value", "place_unknown")] * 2 + [("rule.any[2].value", "place_unknown")]
    assert await _refused(rule=rule) == wrong


async def test_what_it_excludes_exists() -> None:
    known = await service.draft(content("已有"), actor=WRITER)
    given = [{"number": number, "citation": CITATION} for number in (known.number, "ZC-NONE")]
    exclusions = [Exclusion.model_validate(one) for one in given]
    assert await _refused(exclusions=exclusions) == [("exclusions.1.number", "policy_unknown")]


async def test_the_real_policies_are_all_taken_for_review() -> None:
    await import_policies(REAL, actor=WRITER)
    for policy in await Policy.all():
        assert (await service.submit(policy.id, actor=WRITER)).state is VersionState.IN_REVIEW
