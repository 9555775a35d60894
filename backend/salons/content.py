"""What is written in a salon: its words, times and place, whom it is for, its seats and its form."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from backend.eligibility import RuleInvalid, with_citation
from backend.enterprises import divisions
from backend.enterprises.rules import parse_stored
from backend.foundation.texts import readable, seen
from backend.salons.seats import forms

RULE_MARK: Final = "x-rule"
"""Marks a field that holds a rule, so that the API's description says there what a rule is."""
TOPICS: Final[Mapping[str, str]] = {
    "policy": "政策解读",
    "finance": "融资对接",
    "quality": "质量标准",
    "property": "知识产权",
    "labour": "用工社保",
    "tax": "财税",
    "digital": "数字化",
    "market": "市场拓展",
    "compliance": "合规经营",
    "other": "其他",
}
WAYS: Final[Mapping[str, str]] = {"hall": "现场参加", "online": "线上参加"}
FIRST_TIMERS_UNTIL: Final = timedelta(days=3)
"""Seats for first-timers are everybody's from so long before the salon."""
LONGEST: Final = timedelta(days=14)
_YEARS: Final = range(2000, 2200)


def _of_our_time(moment: datetime) -> datetime:
    if moment.year not in _YEARS:
        raise ValueError("时间须在 2000 年至 2199 年之间")
    return moment


def _district(code: str) -> str:
    if code not in divisions.DISTRICTS:
        raise ValueError("没有这个区县代码")
    return code


def _url(text: str) -> str:
    if text and not text.startswith(("https://", "http://")):
        raise ValueError("网址应以 https:// 开头")
    return text


Text = Annotated[str, AfterValidator(readable)]
Line = Annotated[str, StringConstraints(min_length=1, pattern=r"^[^\x00-\x1f\x7f]*$"), AfterValidator(seen)]
Moment = Annotated[AwareDatetime, AfterValidator(_of_our_time)]
Way = Literal["hall", "online"]
Topic = Literal[
    "policy", "finance", "quality", "property", "labour", "tax", "digital", "market", "compliance", "other"
]  # fmt: skip

_MODEL: Final = ConfigDict(extra="forbid", frozen=True, strict=True, str_strip_whitespace=True)


class QuotaContent(BaseModel):
    """Seats of one kind. `id` names one that is there already; `hard_limit` is what the place can hold at most."""

    model_config = _MODEL

    id: UUID | None = Field(None, description="已有名额的编号；新增时不填")
    title: Annotated[Line, Field(max_length=20, description="名额名称", examples=["现场席位"])]
    way: Way = Field(description="参加方式：hall 现场，online 线上")
    seats: Annotated[int, Field(ge=0, le=100_000, description="席位数")]
    hard_limit: Annotated[int, Field(ge=0, le=200_000)] | None = Field(
        None, description="场地能容纳的上限，超额邀请也不会超过；不填即等于席位数"
    )
    is_for_first_timers: bool = Field(default=False, description="活动前3天之前只留给没参加过沙龙的企业")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.hard_limit is not None and self.hard_limit < self.seats:
            raise ValueError("容纳上限不能少于席位数")
        return self


class SessionContent(BaseModel):
    """One part of the salon, as its programme says."""

    model_config = _MODEL

    title: Annotated[Line, Field(max_length=60, description="环节名称", examples=["首违不罚讲解"])]
    speaker: Annotated[Text, Field(max_length=60, description="主讲人")] = ""
    starts_at: Moment = Field(description="开始时间", examples=["2026-12-10T14:00:00+08:00"])
    ends_at: Moment = Field(description="结束时间", examples=["2026-12-10T15:00:00+08:00"])

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends_at <= self.starts_at:
            raise ValueError("环节的结束时间须晚于开始时间")
        return self


class SalonContent(BaseModel):
    """Everything a person writes about a salon."""

    model_config = _MODEL

    title: Annotated[Line, Field(max_length=40, description="标题", examples=["首违不罚讲解"])]
    topic: Topic = Field(description="主题")
    intro: Annotated[Text, Field(max_length=4000, description="介绍")] = ""
    organisers: Annotated[list[Annotated[Line, Field(max_length=40)]], Field(max_length=10, description="主办方")] = []
    series_id: UUID | None = Field(None, description="所属系列")
    unit_id: UUID | None = Field(None, description="承办单位")
    district: Annotated[str, AfterValidator(_district)] | None = Field(None, description="区县代码；不填即全市")
    address: Annotated[Text, Field(max_length=200, description="地点")] = ""
    online_url: Annotated[Text, Field(max_length=500), AfterValidator(_url)] = Field("", description="线上参加的网址")
    starts_at: Moment = Field(description="开始时间", examples=["2026-12-10T14:00:00+08:00"])
    ends_at: Moment = Field(description="结束时间", examples=["2026-12-10T16:00:00+08:00"])
    opens_at: Moment = Field(description="报名开始时间", examples=["2026-11-25T09:00:00+08:00"])
    closes_at: Moment = Field(description="报名截止时间", examples=["2026-12-09T18:00:00+08:00"])
    rule: Annotated[dict[str, Any], Field(json_schema_extra={RULE_MARK: True})] | None = Field(
        None, description="面向哪些企业的条件规则，据此邀请；不填即面向所有企业"
    )
    reason: Annotated[Text, Field(max_length=200, description="邀请理由，被邀请的企业可见")] = ""
    is_limited: bool = Field(default=False, description="只允许符合条件的企业报名；情况未知的须审核")
    per_enterprise: Annotated[int, Field(ge=1, le=20, description="每家企业最多报名几人")] = 2
    needs_approval: bool = Field(default=False, description="报名须审核")
    approval_days: Annotated[int, Field(ge=1, le=10, description="几个工作日内审核，逾期视为通过")] = 2
    form: dict[str, Any] = Field(
        default_factory=dict,
        description="报名表，JSON Schema；字段可用 x-fact 指明询问企业的哪项信息，已掌握的不再询问",
    )
    sessions: Annotated[list[SessionContent], Field(max_length=20, description="环节安排")] = []
    quotas: Annotated[list[QuotaContent], Field(min_length=1, max_length=10, description="名额")]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.starts_at < self.ends_at <= self.starts_at + LONGEST:
            raise ValueError("结束时间须晚于开始时间，且不超过14天")
        if not self.opens_at < self.closes_at <= self.ends_at:
            raise ValueError("报名截止须晚于报名开始，且不晚于活动结束")
        if any(one.starts_at < self.starts_at or one.ends_at > self.ends_at for one in self.sessions):
            raise ValueError("环节须在活动时间之内")
        named = [one.id for one in self.quotas if one.id is not None]
        if len(set(named)) < len(named):
            raise ValueError("同一名额不能填写两次")
        if self.rule is not None and not self.reason:
            raise ValueError("设了条件就要写明邀请理由")
        if self.is_limited and self.rule is None:
            raise ValueError("限定企业报名须设条件")
        return self

    def columns(self, fixed_form: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the columns of a salon; raises RuleInvalid, FormWrong with every wrong place.

        `fixed_form` is that of a salon that is out: it stands, though the fact catalogue may have left it behind.
        """
        told = self.model_dump(exclude={"rule", "form", "sessions", "quotas"})
        sessions = [one.model_dump(mode="json") for one in self.sessions]
        form = forms.check(self.form) if fixed_form is None or self.form != fixed_form else dict(fixed_form)
        return {**told, "rule": self._rule(), "form": form, "sessions": sessions}

    def _rule(self) -> dict[str, Any] | None:
        if self.rule is None:
            return None
        cited = {"document": "小微沙龙", "article": self.title, "sentence": self.reason}
        try:
            return dict(parse_stored(with_citation(self.rule, cited)).document)
        except RuleInvalid as refusal:
            fields = tuple(replace(one, path=f"rule{one.path.removeprefix('$')}") for one in refusal.fields)
            raise RuleInvalid(refusal.detail, fields) from None

    def quota_rows(self) -> list[dict[str, Any]]:
        """Return the columns of its quotas, in their order."""
        kept_until = self.starts_at - FIRST_TIMERS_UNTIL
        return [
            {
                "id": one.id,
                "position": position,
                "title": one.title,
                "way": one.way,
                "seats": one.seats,
                "hard_limit": one.seats if one.hard_limit is None else one.hard_limit,
                "kept_until": kept_until if one.is_for_first_timers else None,
            }
            for position, one in enumerate(self.quotas)
        ]
