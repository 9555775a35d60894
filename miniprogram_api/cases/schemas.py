"""What the endpoints of cases take and give."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from miniprogram_api.schema import At, In, Line, Out, Readable, Text

Words = Annotated[Text, Field(max_length=2000)]
Reason = Annotated[Text, Field(max_length=500)]
Files = Annotated[list[UUID], Field(max_length=9, description="先上传的附件编号")]


class CitationIn(In):
    source: Literal["policies", "knowledge", "law"]
    words: Annotated[Line, Field(max_length=300, description="文件、条款，如“促进个体工商户发展条例第三十二条”")]
    ref_id: UUID | None = Field(None, description="政策或知识库文章的编号；法律法规不填")
    ref_version: UUID | None = Field(None, description="所依据的版本")


class ContactIn(In):
    """Whoever has no account, as he told it."""

    name: Annotated[Line, Field(max_length=30)]
    phone: Annotated[Line, Field(max_length=20)] | None = None


class ContactOut(Out):
    name: str
    phone: str | None


class OpenCase(In):
    """A matter that staff take down for somebody at the counter, on the phone or on a visit."""

    category: Annotated[Line, Field(max_length=42)]
    title: Annotated[Line, Field(max_length=60)]
    text: Words
    channel: Literal["counter", "phone", "visit", "staff"]
    enterprise_id: UUID | None = None
    person_id: UUID | None = None
    district: Annotated[Line, Field(max_length=12)] | None = None
    urgency: Literal["normal", "urgent", "critical"] = "normal"
    contact: ContactIn | None = Field(None, description="没有账号的经营者的姓名和电话，加密保存")
    take: bool = Field(default=False, description="登记后由本人直接接办")
    files: Files = Field(default_factory=list)


class ReplyToCase(In):
    text: Words
    files: Files = Field(default_factory=list)


class WriteBack(ReplyToCase):
    is_unsolved: bool | None = Field(
        default=None,
        description="已答复的事项（见 is_word_wanted）必填：true 表示认为没有解决，按退回重办处理并继续计时；"
        "false 表示只作补充说明，不改变办理状态。办理中的事项不必填",
    )


class NoteCase(In):
    text: Words


class WantedIn(In):
    words: Annotated[Line, Field(max_length=100, description="需要补充的材料")]
    why: Annotated[Readable, Field(max_length=200)] = ""
    citation: Annotated[Readable, Field(max_length=200)] = ""


class AskForMaterial(In):
    items: Annotated[list[WantedIn], Field(min_length=1, max_length=20)]
    reason: Annotated[Readable, Field(max_length=500, description="再次要求补充时必填")] = ""


class AnswerCase(In):
    text: Words
    citations: Annotated[list[CitationIn], Field(max_length=10)] = Field(default_factory=list)
    files: Files = Field(default_factory=list)


class DeclineCase(In):
    reason: Words
    citations: Annotated[list[CitationIn], Field(max_length=10)]


class PauseCase(In):
    reason: Annotated[Line, Field(max_length=40, description="暂停理由代码")]
    text: Reason


class PromiseCase(In):
    on: date = Field(description="承诺办结日期，须为工作日")


class ExtendCase(In):
    days: Annotated[int, Field(ge=1, le=60, description="延长的工作日数")]
    reason: Reason
    is_statutory: bool = Field(default=False, description="依法同时延长法定期限")


class SupplyCase(In):
    text: Words
    files: Files = Field(default_factory=list)


class RateCase(In):
    level: Annotated[int, Field(ge=1, le=5, description="1 非常不满意 … 5 非常满意；没有默认值")]
    text: Annotated[Readable, Field(max_length=500)] = ""


class ConfirmCase(In):
    rating: RateCase | None = Field(None, description="可以同时评价")


class RefuseCase(In):
    text: Words


class ClaimReceipt(In):
    number: Annotated[Line, Field(max_length=30)]
    code: Annotated[Line, Field(max_length=20)]


class ClaimedOut(Out):
    id: UUID


class RecordReach(In):
    how: Literal["call", "counter"]
    note: Reason


class HearOwner(In):
    word: Literal["confirmed", "refused", "supplied"] = Field(description="确认解决、认为未解决、已补充材料")
    how: Literal["call", "counter"]
    note: Reason


class DecideCase(In):
    reason: Words
    ends: bool = Field(description="真：维持答复并办结；假：退回重新办理")


class WithReason(In):
    reason: Words


class FinishTask(In):
    result: Words


class DecideAppeal(In):
    verdict: Reason
    is_upheld: bool


class ReceiptOut(Out):
    number: str
    code: str = Field(description="只显示这一次，请打印后交给本人")


class CaseMovedOut(Out):
    """Where a case stands after a command; `version` is also the ETag."""

    id: UUID
    number: str
    state: str
    state_word: str
    version: int


class OpenedOut(Out):
    id: UUID
    number: str
    state: str
    is_new: bool


class CitationOut(Out):
    source: str
    ref_id: UUID | None
    ref_version: UUID | None
    words: str


class CaseFileOut(Out):
    id: UUID
    name: str
    media_type: str
    size: int
    link: str = Field(description="十分钟内有效")


class EventOut(Out):
    seq: int
    at: At
    kind: str
    word: str = Field(description="发生了什么")
    by: str = Field(description="owner 经营者、staff 工作人员、system 系统")
    who: str | None = Field(description="工作人员姓名")
    whom: str | None = Field(description="涉及的工作人员")
    body: str
    data: dict[str, Any]
    citations: list[CitationOut]
    files: list[CaseFileOut]


class RatingOut(Out):
    level: int
    words: str
    rated_at: At
    later_level: int | None
    later_words: str
    added_at: At | None
    verdict: str = Field(description="对评价申诉的决定")
    decided_at: At | None
    set_aside: bool = Field(description="申诉成立，不计入统计")


class StaffRatingOut(RatingOut):
    appeal: str
    appealed_at: At | None


class TaskOut(Out):
    kind: str = Field(description="call_back 回访、rectification 整改")
    state: str
    due_at: At
    tries: int
    result: str
    ended_at: At | None


class NoteOut(Out):
    id: UUID
    at: At
    kind: str
    body: str
    data: dict[str, Any]
    who: str | None


class CaseOut(Out):
    id: UUID
    number: str
    category: str
    category_title: str
    category_kind: str
    channel: str
    title: str
    body: str
    enterprise_id: UUID | None
    enterprise: str | None
    urgency: str
    state: str
    state_word: str
    sentence: str = Field(description="现在到哪一步、下一步和日期")
    received_at: At
    promised_on: date | None
    answered_at: At | None
    due_at: At | None
    solution_due_at: At | None
    is_paused: bool
    closed_at: At | None
    silence_at: At | None = Field(description="到这时仍未收到意见，视为办结")
    handler: str | None
    unit: str | None
    timeline: list[EventOut]


class OwnersCaseOut(CaseOut):
    is_word_wanted: bool = Field(description="留言时是否须说明问题有没有解决，见留言的 is_unsolved")
    waits_for: list[str] = Field(description="为什么暂停计时")
    paused_until: At | None = Field(description="最迟到这时恢复计时")
    rating: RatingOut | None


class PersonOut(Out):
    id: UUID
    name: str


class ClockOut(Out):
    clock: str = Field(description="accept 接办、answer 首次答复、solution 办结")
    stands: str = Field(
        description="running 正在计时、paused 暂停、merged 随并入的事项、stopped 已停止、void 无人办到即终结，未计"
    )
    due_at: At
    stopped_at: At | None
    is_late: bool = Field(description="是否超过了当时的期限，后来重新计时的也算")
    level: int = Field(description="已用到时限的百分之几：0、50、80、100")


class StaffCaseOut(CaseOut):
    origin: str
    origin_id: UUID
    person_id: UUID | None
    district: str | None
    unit_id: UUID | None
    handler_id: UUID | None
    answerable_id: UUID | None
    answerable: str | None = Field(description="首接负责人")
    offered_to: UUID | None
    offered: str | None = Field(description="已转交、尚未接办的人")
    hand_overs: int
    refusals: int
    accept_due_at: At | None
    answer_due_at: At | None
    accepted_at: At | None = Field(description="第一次接办的时间")
    level: int = Field(description="最近的期限已用到百分之几：0、50、80、100")
    is_overdue: bool
    clocks: list[ClockOut] = Field(description="各项时限现在怎样")
    pause_used: int = Field(description="已暂停的办公分钟数")
    pause_left: int = Field(description="还可以暂停的办公分钟数")
    paused_until: At | None = Field(description="最迟到这时恢复计时")
    waits_for: list[str] = Field(description="暂停计时的理由代码")
    statutory_due_at: At | None
    is_provisional: bool = Field(description="期限跨入尚未公布工作日历的年份，届时重算")
    supervised_at: At | None
    merged_into: UUID | None
    merged_number: str | None
    terms: dict[str, int | None]
    helpers: list[PersonOut]
    version: int
    reached_at: At | None = Field(description="答复确认送达的时间")
    awaits_decision: bool
    rating: StaffRatingOut | None
    tasks: list[TaskOut]
    contact: ContactOut | None = Field(description="没有账号的经营者，已打码")
    notes: list[NoteOut]
    may: list[str] = Field(description="我现在可以办理的操作")
