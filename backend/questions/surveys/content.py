"""What is written in a survey: its words, whom it is for, and its typed questions."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from backend.eligibility import Fact, Rule, RuleInvalid, with_citation
from backend.enterprises.catalogue import CATALOGUE
from backend.enterprises.rules import parse_stored
from backend.foundation.texts import one_line, readable

RULE_MARK: Final = "x-rule"
"""Marks a field that holds a rule, so that the API's description says there what a rule is."""
LONGEST: Final = timedelta(days=180)
MOST_TEXT: Final = 500
_MOST: Final = Decimal(10**12)


Text = Annotated[str, AfterValidator(readable)]
Line = Annotated[Text, Field(min_length=1), AfterValidator(one_line)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,29}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]{0,39}$")]
Number = Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,13}(\.[0-9]{1,4})?$")]

_MODEL: Final = ConfigDict(extra="forbid", frozen=True, strict=True, str_strip_whitespace=True)


class Kind(StrEnum):
    SINGLE = "single"
    MULTIPLE = "multiple"
    NUMBER = "number"
    MONEY = "money"  # 万元, exact
    DATE = "date"
    SCALE = "scale"
    TEXT = "text"
    NEED = "need"  # what is written becomes a case


KIND_WORDS: Final = {
    Kind.SINGLE: "单选",
    Kind.MULTIPLE: "多选",
    Kind.NUMBER: "数字",
    Kind.MONEY: "金额（万元）",
    Kind.DATE: "日期",
    Kind.SCALE: "评分",
    Kind.TEXT: "文字",
    Kind.NEED: "需求（转为事项）",
}
CHOSEN: Final = (Kind.SINGLE, Kind.MULTIPLE)
COUNTED: Final = (Kind.NUMBER, Kind.MONEY)
WRITTEN: Final = (Kind.TEXT, Kind.NEED)
# What belongs to which kind of question alone.
_OWN: Final[Mapping[str, tuple[Kind, ...]]] = {
    "choices": CHOSEN,
    "most": (Kind.MULTIPLE,),
    "unit": (Kind.NUMBER,),
    "places": (Kind.NUMBER,),
    "least": COUNTED,
    "greatest": COUNTED,
    "steps": (Kind.SCALE,),
    "low": (Kind.SCALE,),
    "high": (Kind.SCALE,),
    "may_open_case": (Kind.TEXT,),
}
_OWN_WORDS: Final = {
    "choices": "选项",
    "most": "最多选几项",
    "unit": "单位",
    "places": "小数位数",
    "least": "最小值",
    "greatest": "最大值",
    "steps": "分数级数",
    "low": "最低分说明",
    "high": "最高分说明",
    "may_open_case": "可转为事项",
}
MONEY_UNIT: Final = "万元"
TRUTHS: Final = {"yes": "是", "no": "否"}


class Choice(BaseModel):
    model_config = _MODEL

    code: Annotated[Code, Field(description="选项代码，答复中即用此代码", examples=["people"])]
    words: Annotated[Line, Field(max_length=60, description="选项文字")]


class Question(BaseModel):
    """One question. `fact` names what of the catalogue it asks: what is known of it is prefilled, or not asked at all.

    `may_open_case`: its reader is told that staff may make a case of what he writes, and get in touch.
    """

    model_config = _MODEL

    key: Annotated[Key, Field(description="题目编号，答复中即用此编号", examples=["q1"])]
    kind: Annotated[Kind, Field(strict=False, description="题型", examples=["text"])]
    text: Annotated[Line, Field(max_length=200, description="题目")]
    hint: Annotated[Text, Field(max_length=200, description="填写提示")] = ""
    is_required: Annotated[bool, Field(description="是否必答")] = False
    choices: Annotated[list[Choice], Field(max_length=30, description="选项，限单选和多选")] = []
    most: Annotated[int, Field(ge=1, le=30)] | None = Field(None, description="多选最多几项")
    unit: Annotated[Text, Field(max_length=10, description="数字的单位")] = ""
    places: Annotated[int, Field(ge=0, le=4, description="数字的小数位数")] = 0
    least: Number | None = Field(None, description="最小值")
    greatest: Number | None = Field(None, description="最大值")
    steps: Annotated[int, Field(ge=3, le=10)] | None = Field(None, description="评分的级数")
    low: Annotated[Text, Field(max_length=20, description="最低分的说明")] = ""
    high: Annotated[Text, Field(max_length=20, description="最高分的说明")] = ""
    may_open_case: Annotated[bool, Field(description="文字题：告知答复者其答复可能转为事项并有人联系")] = False
    fact: Annotated[str, Field(max_length=60)] | None = Field(None, description="询问的是企业的哪一项信息，见信息目录")
    when_known: Literal["prefill", "skip"] = Field("prefill", description="已掌握时：prefill 预先填好，skip 不再询问")

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        for name, kinds in _OWN.items():
            if self.kind not in kinds and getattr(self, name) != type(self).model_fields[name].get_default(
                call_default_factory=True
            ):
                raise ValueError(f"“{KIND_WORDS[self.kind]}”题不能设置“{_OWN_WORDS[name]}”")
        if self.kind is Kind.SCALE and self.steps is None:
            raise ValueError("评分题须写明分数级数")
        if self.least is not None and self.greatest is not None and Decimal(self.least) > Decimal(self.greatest):
            raise ValueError("最小值不能大于最大值")
        self._check_choices()
        self._check_fact()
        return self

    def _check_choices(self) -> None:
        if self.kind not in CHOSEN or (self.fact and not self.choices):
            return
        if len(self.choices) < 2:  # noqa: PLR2004  one is no choice
            raise ValueError("选择题至少要有两个选项")
        if len({one.code for one in self.choices}) < len(self.choices):
            raise ValueError("选项的代码不能重复")
        if len({one.words for one in self.choices}) < len(self.choices):
            raise ValueError("选项的文字不能重复")
        if self.most is not None and self.most > len(self.choices):
            raise ValueError("最多可选的项数不能多于选项数")

    def _check_fact(self) -> None:
        if self.fact is None:
            return
        fact = CATALOGUE.get(self.fact)
        if fact is None or not fact.askable or fact.sensitive:
            raise ValueError("事实目录中没有此项，或此项不向企业询问")
        if _kind_of(fact) is not self.kind:
            raise ValueError(f"“{fact.title}”不能用“{KIND_WORDS[self.kind]}”题询问")
        if self.choices and {one.code for one in self.choices} != choices_of(fact).keys():
            raise ValueError(f"选项须与事实目录中“{fact.title}”的选项相同；不填则自动采用")

    @property
    def options(self) -> Mapping[str, str]:
        """What may be chosen, by code; a question about a fact has that fact's choices."""
        if self.choices or self.fact is None:
            return {one.code: one.words for one in self.choices}
        return choices_of(CATALOGUE[self.fact])

    @property
    def measure(self) -> str:
        """The unit of a number."""
        if self.kind is Kind.MONEY:
            return MONEY_UNIT
        return self.unit or (CATALOGUE[self.fact].unit if self.fact else "")


def _kind_of(fact: Fact) -> Kind | None:
    """Return how a fact can be asked; None when no question here fits it."""
    if fact.type == "decimal":
        return Kind.MONEY if fact.unit == MONEY_UNIT else Kind.NUMBER
    kinds = {"integer": Kind.NUMBER, "date": Kind.DATE, "enum": Kind.SINGLE, "boolean": Kind.SINGLE}
    return kinds.get(fact.type)


def choices_of(fact: Fact) -> Mapping[str, str]:
    """Return the choices of a fact; a truth is chosen between yes and no."""
    return TRUTHS if fact.type == "boolean" else dict(fact.choices)


def _keys_once(questions: list[Question]) -> list[Question]:
    if len({one.key for one in questions}) < len(questions):
        raise ValueError("两道题不能用同一个编号")
    facts = [one.fact for one in questions if one.fact]
    if len(set(facts)) < len(facts):
        raise ValueError("同一项企业信息只能问一次")
    return questions


_EXAMPLE: Final = [
    {
        "key": "q1",
        "kind": "single",
        "text": "眼下最大的困难是什么？",
        "choices": [{"code": "people", "words": "用工"}, {"code": "money", "words": "资金"}],
    }
]


class SurveyContent(BaseModel):
    """Everything a person writes about a survey.

    `reason` is what owners read about why they are asked. A condition of the rule that cites nothing rests on it.
    """

    model_config = _MODEL

    title: Annotated[Line, Field(max_length=40, description="标题")]
    intro: Annotated[Text, Field(max_length=1000, description="开头的说明")] = ""
    reason: Annotated[Line, Field(max_length=200, description="调查原因，告知被调查的企业为什么找它")]
    rule: Annotated[dict[str, Any], Field(json_schema_extra={RULE_MARK: True}, description="面向哪些企业的条件规则")]
    questions: Annotated[list[Question], Field(min_length=1, max_length=50, description="题目", examples=[_EXAMPLE])]
    opens_on: Annotated[date, Field(description="开始日期", examples=["2026-12-01"])]
    closes_on: Annotated[date, Field(description="截止日期（含当日），最长 180 天", examples=["2026-12-15"])]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.closes_on < self.opens_on:
            raise ValueError("截止日期不能早于开始日期")
        if self.closes_on - self.opens_on > LONGEST:
            raise ValueError(f"调查最长{LONGEST.days}天")
        _keys_once(self.questions)
        return self

    def parsed_rule(self) -> Rule:
        """Return the rule over our fact catalogue; raises RuleInvalid with every wrong place under `rule`."""
        cited = {"document": "需求调查", "article": self.title, "sentence": self.reason}
        try:
            return parse_stored(with_citation(self.rule, cited))
        except RuleInvalid as refusal:
            fields = tuple(replace(field, path=f"rule{field.path.removeprefix('$')}") for field in refusal.fields)
            raise RuleInvalid(refusal.detail, fields) from None

    def columns(self) -> dict[str, Any]:
        """Return the columns of a survey; the rule goes in its one spelling."""
        told = self.model_dump(mode="json", exclude={"rule", "opens_on", "closes_on"})
        return {
            **told,
            "rule": dict(self.parsed_rule().document),
            "opens_on": self.opens_on,
            "closes_on": self.closes_on,
        }


def read(stored: list[Mapping[str, Any]]) -> list[Question]:
    """Return the questions of a survey as they were stored; a release may have taken a fact from the catalogue.

    Such a question is still answered, by its own choices: what was released stays answerable.
    """
    return [Question.model_construct(**_typed(one)) for one in stored]


def _typed(stored: Mapping[str, Any]) -> dict[str, Any]:
    fact = stored["fact"] if stored["fact"] in CATALOGUE else None
    choices = [Choice.model_construct(**one) for one in stored["choices"]]
    return {**stored, "kind": Kind(stored["kind"]), "choices": choices, "fact": fact}
