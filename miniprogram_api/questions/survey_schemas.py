"""What the survey endpoints take and give; a survey's own fields are those of `backend.questions.surveys.content`."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from backend.questions.surveys.content import Question
from miniprogram_api.notifications.broadcast_schemas import ForecastOut
from miniprogram_api.policies.audience_schemas import AudienceGroupOut, CountsOut, LackingOut, PlaceOut
from miniprogram_api.policies.schemas import FindingOut
from miniprogram_api.schema import At, CountedPage, In, Out, PageQuery, Query, Text

State = Literal["draft", "in_review", "released", "closed", "withdrawn"]


class SurveyQuery(PageQuery):
    state: State | None = Field(None, description="调查的状态")


class TextsQuery(PageQuery):
    question: Annotated[str, Field(min_length=1, max_length=30, description="题目编号，须为文字题或需求题")]


class ExportQuery(Query):
    format: Literal["csv", "xlsx"] = Field("xlsx", description="文件格式")


class EndSurvey(In):
    reason: Annotated[Text, Field(max_length=500)]


class PickNeeds(In):
    texts: Annotated[list[UUID], Field(min_length=1, max_length=100, description="文字答复的编号")]


class GivenAnswers(In):
    answers: Annotated[dict[str, Any], Field(max_length=50)] = Field(
        description="题目编号 → 答复：单选为代码，多选为代码列表，数字和金额为整数或文字，日期为 年-月-日，评分为整数"
    )


class SurveyHandledOut(Out):
    """Where a survey stands after a command; `version` is also the ETag."""

    id: UUID
    number: str
    version: int
    state: str


class SurveyCardOut(Out):
    id: UUID
    number: str
    version: int
    state: str
    title: str
    opens_on: date
    closes_on: date
    questions: int = Field(description="题目数")
    answers: int = Field(description="已提交的答卷数")
    edited_at: At
    released_at: At | None


class SurveyOut(Out):
    id: UUID
    number: str
    version: int
    state: str
    title: str
    intro: str
    reason: str
    rule: dict[str, Any]
    questions: list[Question]
    opens_on: date
    closes_on: date
    answers: int = Field(description="已提交的答卷数")
    follows: UUID | None = Field(description="上一期的编号")
    follows_number: str | None
    sent_back: str = Field(description="退回的原因")
    end_reason: str = Field(description="提前结束或撤回的原因")
    author_id: UUID | None
    edited_by: UUID | None
    reviewer_id: UUID | None
    author: str | None
    editor: str | None
    reviewer: str | None
    created_at: At
    edited_at: At
    submitted_at: At | None
    released_at: At | None
    ended_at: At | None
    may: list[str] = Field(description="您现在可以办理的事")


class SurveyAudienceOut(CountsOut):
    as_of: date
    by_district: list[PlaceOut]
    groups: list[AudienceGroupOut] = Field(description="按属地、主体类型、统计规模统计")
    missing: list[LackingOut] = Field(description="不能判断的企业缺少什么，多的在前")
    findings: list[FindingOut] = Field(description="发放前请核对")
    forecast: ForecastOut = Field(description="名单按今天的企业信息和您可见的属地计算")
    release_above: int = Field(description="超过这个人数的，发放后还须另一人放行才通知")
    needs_release: bool


class ResultGroupOut(Out):
    name: str = Field(description="属地或规模的代码；* 为合并的各组，空为不明")
    codes: list[str] = Field(description="包含的代码")
    answers: int = Field(description="答卷数")


class ResultRowOut(Out):
    codes: list[str] = Field(description="选项、分数或年份；空为已答此题，- 为未答此题；多个为合并统计")
    words: str
    count: int | None = Field(description="人数；不显示的为 null：不足 5，或由它可推算出不足 5 的数")
    district: list[int | None] = Field(description="按属地，次序同 groups；不显示的为 null")
    size: list[int | None] = Field(description="按统计规模，次序同 groups；不显示的为 null")


class ResultQuestionOut(Out):
    key: str
    kind: str
    text: str
    unit: str
    may_open_case: bool = Field(description="答复可以转为事项")
    median: str | None = Field(description="中位数")
    quartiles: list[str] | None = Field(description="上下四分位数，答复不少于 20 份时才有")
    medians: dict[str, list[str | None]] = Field(description="按属地、按统计规模的中位数，次序同 groups")
    rows: list[ResultRowOut]


class SurveyResultsOut(Out):
    survey_id: UUID
    title: str
    state: str
    is_final: bool = Field(description="调查已结束，不再变化")
    counted_at: At | None = Field(description="统计时间；每多 5 份答卷更新一次，且总比最新答卷晚一些")
    floor: int = Field(description="少于这个数的不显示")
    answers: int | None = Field(description="统计所含的答卷数；还不足以公布时为 null")
    groups: dict[str, list[ResultGroupOut]] = Field(description="district 属地、size 统计规模；不分组时没有")
    questions: list[ResultQuestionOut]


class TextCaseOut(Out):
    id: UUID
    number: str
    state: str


class SurveyTextOut(Out):
    id: UUID = Field(description="这条文字答复的编号，与企业和答卷无关")
    words: str
    case: TextCaseOut | None = Field(description="已转成的事项")


class SurveyTextsOut(CountedPage[SurveyTextOut]):
    is_withheld: bool = Field(description="暂不显示：答复不足 5 条、随结果一起更新，或您只能查看统计")


class NeedsOut(Out):
    cases: list[str] = Field(description="新转成的事项编号；已转过的不再转")


class MySurveyOut(Out):
    id: UUID
    number: str
    title: str
    reason: str = Field(description="为什么找贵企业")
    opens_on: date
    closes_on: date
    version: int = Field(description="本企业答复的版本，未填写为 0，即 If-Match 的值")
    standing: str = Field(description="open 待填写，begun 已暂存，answered 已提交，over 已结束")
    can_be_answered: bool
    answered_at: At | None


class MySurveysOut(Out):
    items: list[MySurveyOut]


class SurveyChoiceOut(Out):
    code: str
    words: str


class SurveyKnownOut(Out):
    value: Any = Field(description="可直接作为答复的值")
    told: str
    source: str
    on: date


class MyQuestionOut(Out):
    key: str
    kind: str = Field(description="single、multiple、number、money（万元）、date、scale、text、need")
    text: str
    hint: str
    is_required: bool
    choices: list[SurveyChoiceOut]
    most: int | None = Field(description="多选最多几项")
    unit: str
    places: int = Field(description="小数位数")
    least: str | None
    greatest: str | None
    steps: int | None = Field(description="评分的级数")
    low: str
    high: str
    becomes_case: str = Field(description="never 只作统计，perhaps 可能转为事项并有人联系，always 提交即转为事项")
    known: SurveyKnownOut | None = Field(description="已掌握的信息，预先填好")
    is_skipped: bool = Field(description="已掌握，不必再问")


class MySurveyDetailOut(MySurveyOut):
    intro: str
    questions: list[MyQuestionOut]
    draft: dict[str, Any] | None = Field(description="暂存的内容，本企业的同事可以接着填")
    answers: dict[str, Any] | None = Field(description="已提交的答复")


class WrittenOut(Out):
    version: int = Field(description="下一次修改的 If-Match")
    is_first: bool
    cases: list[str] = Field(description="由此建立的事项编号")
