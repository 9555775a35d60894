"""What the endpoints take and give by which owners answer, say what a policy was to them, and ask to be reminded."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, model_validator

from backend.policies.reading.feedback import MOST_SEEN, MOST_WORDS
from backend.policies.telling.reminders import MOST_DAYS, USUAL_DAYS
from miniprogram_api.policies.schemas import CitationOut
from miniprogram_api.schema import At, In, Out, PageQuery, Query, Readable, Text

FactKey = Annotated[str, Field(min_length=1, max_length=60)]
Path = Annotated[str, Field(min_length=1, max_length=500)]


class QuestionQuery(Query):
    own_wish: bool = Field(False, description="本人主动要求提问；已选择“不要按我的画像推送”的，只有主动要求才提问")


class NamedPolicyOut(Out):
    id: UUID
    title: str


class NextQuestionOut(Out):
    fact: str
    title: str
    question: str
    type: str = Field(description="integer、decimal、boolean、date、enum、text")
    unit: str
    choices: dict[str, str]
    is_sensitive: bool
    can_be_used_once: bool = Field(description="可以只用于本次判断、不保存")
    settles: int = Field(description="无论怎么回答，都能随之确定的政策项数")
    policies: list[NamedPolicyOut] = Field(description="其中最新的至多二十项")


class AskedOut(Out):
    question: NextQuestionOut | None = Field(description="没有需要问的为 null")


class AnswerIn(In):
    fact: FactKey
    value: Any = Field(description="整数、真假、文字（金额和比例可为数字或文字）或日期")


class SettledOut(Out):
    yes: list[NamedPolicyOut] = Field(description="由此变为可能符合的政策")
    no: list[NamedPolicyOut] = Field(description="由此确定目前不符合的政策")
    still_open: int = Field(description="仍缺少其他信息的政策项数")


class PutOffIn(In):
    fact: FactKey
    how: Literal["later", "unwilling"] = Field(
        description="later 以后再说（30 天后再问）；unwilling 不想回答（有效期内不再问）"
    )


class PutOffOut(Out):
    fact: str
    until: date = Field(description="到这一天为止不再询问")


class SeenIn(In):
    """Both lists together hold at most fifty policies; what was opened was shown, too."""

    shown: list[UUID] = Field(default_factory=list, max_length=MOST_SEEN, description="列表中显示过的政策编号")
    opened: list[UUID] = Field(default_factory=list, max_length=MOST_SEEN, description="点开看过的政策编号")

    @model_validator(mode="after")
    def _bounded(self) -> "SeenIn":
        if not 0 < len(self.shown) + len(self.opened) <= MOST_SEEN:
            raise ValueError(f"一次上报 1 至 {MOST_SEEN} 项")
        return self


class SeenOut(Out):
    noted: int = Field(description="其中首次看到或首次点开的项数")


class MisfitIn(In):
    path: Path = Field(description="政策详情中该条件的 path", examples=["$.all[0]"])
    words: Annotated[Readable, Field(max_length=MOST_WORDS)] = Field("", description="补充说明，可不填")


class FeedbackIn(In):
    answer: Literal["fits", "applied", "not_for_me"] = Field(
        description="fits 确实适合；applied 已经申报；not_for_me 不适用于我（须指出条件）；以最后一次为准"
    )
    result: Literal["got", "refused", "pending"] | None = Field(
        None, description="已申报的结果，可不填；仅随 applied 保留，改答或重答时未填即视为撤回"
    )
    clauses: list[MisfitIn] = Field(
        default_factory=list, max_length=MOST_SEEN, description="不适用的条件；未列出的视为撤回"
    )


class MisfitOut(Out):
    path: str
    words: str = Field(description="补充说明")


class FeedbackOut(Out):
    answer: str | None = Field(description="fits、applied、not_for_me，未作答为 null")
    result: str | None = Field(
        description="申报结果：got 已获得，refused 未通过，pending 办理中；仅 answer 为 applied 时有"
    )
    clauses: list[MisfitOut] = Field(description="认为不适用的条件")


class ClosingIn(In):
    days_before: Annotated[int, Field(ge=1, le=MOST_DAYS)] = Field(USUAL_DAYS, description="截止前几天提醒")


class ReminderOut(Out):
    policy_id: UUID
    kind: str = Field(description="closing 截止前提醒；reached 随时间满足条件之日提醒")
    due_on: date = Field(description="提醒日期")
    days_before: int | None = Field(description="截止前几天")


class MyReminderOut(ReminderOut):
    title: str


class MyRemindersOut(Out):
    items: list[MyReminderOut]


class PrecisionQuery(PageQuery):
    paused: bool | None = Field(None, description="true 只看推送已暂停的，false 只看未暂停的")


class EditionQuery(Query):
    edition: Annotated[int, Field(ge=1, le=100_000)] | None = Field(None, description="第几版，默认最新发布的一版")


class FiguresOut(Out):
    """Precision of one version over the enterprises that answered since its pushes were last resumed."""

    id: UUID
    number: str
    title: str
    edition: int
    state: str
    answers: int = Field(description="作答企业数")
    fits: int = Field(description="认为确实适合的企业数")
    applied: int = Field(description="已申报的企业数")
    not_for_me: int = Field(description="认为不适用的企业数")
    precision_percent: float | None = Field(description="（确实适合＋已申报）÷ 作答企业数，百分数")
    paused_at: At | None = Field(description="推送暂停的时间")


class PauseOut(Out):
    paused_at: At = Field(description="暂停时间")
    answers: int = Field(description="当时的作答企业数")
    fitting: int = Field(description="其中认为适合或已申报的企业数")
    resumed_at: At | None = Field(description="恢复时间")
    resumed_by: UUID | None = Field(description="恢复人")
    reason: str = Field(description="恢复理由")


class ClauseOut(Out):
    path: str
    text: str
    citation: CitationOut
    not_for_me: int = Field(description="认为此条不适用的企业数")
    words: list[str] = Field(description="企业的补充说明，最近的至多二十条，不署名")


class PrecisionOut(FiguresOut):
    counted_since: At | None = Field(description="自上次恢复推送起重新计算")
    shown: int = Field(description="看到过的企业数")
    opened: int = Field(description="点开过的企业数")
    told_as_applied: int = Field(description="目前告知已申报的企业数；改答后不再计入")
    results: dict[str, int] = Field(description="申报结果：got、refused、pending 各多少家")
    pauses: list[PauseOut] = Field(description="历次暂停和恢复")
    clauses: list[ClauseOut] = Field(description="逐条的反馈")


class ResumeIn(In):
    reason: Annotated[Text, Field(max_length=500, description="恢复理由，记入审计")]


class ResumedOut(Out):
    id: UUID
    resumed_at: At = Field(description="恢复时间")
