"""What the endpoints of cases take and give."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from miniprogram_api.schema import At, In, Line, Out, Text

Words = Annotated[Text, Field(max_length=2000)]
Reason = Annotated[Text, Field(max_length=500)]
Files = Annotated[list[UUID], Field(max_length=9, description="先上传的附件编号")]


class CitationIn(In):
    source: Literal["policies", "knowledge", "law"]
    words: Annotated[Line, Field(max_length=300, description="文件、条款，如“促进个体工商户发展条例第三十二条”")]
    ref_id: UUID | None = Field(None, description="政策或知识库文章的编号；法律法规不填")
    ref_version: UUID | None = Field(None, description="所依据的版本")


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
    take: bool = Field(default=False, description="登记后由本人直接接办")
    files: Files = Field(default_factory=list)


class ReplyToCase(In):
    text: Words
    files: Files = Field(default_factory=list)


class NoteCase(In):
    text: Words


class WantedIn(In):
    words: Annotated[Line, Field(max_length=100, description="需要补充的材料")]
    why: Annotated[str, Field(max_length=200)] = ""
    citation: Annotated[str, Field(max_length=200)] = ""


class AskForMaterial(In):
    items: Annotated[list[WantedIn], Field(min_length=1, max_length=20)]
    reason: Annotated[str, Field(max_length=500, description="再次要求补充时必填")] = ""


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


class SupplyCase(In):
    text: Words
    files: Files = Field(default_factory=list)


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


class OwnersCaseOut(Out):
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
    handler: str | None
    unit: str | None
    timeline: list[EventOut]


class PersonOut(Out):
    id: UUID
    name: str


class StaffCaseOut(OwnersCaseOut):
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
    statutory_due_at: At | None
    is_provisional: bool = Field(description="期限跨入尚未公布工作日历的年份，届时重算")
    supervised_at: At | None
    merged_into: UUID | None
    merged_number: str | None
    terms: dict[str, int | None]
    helpers: list[PersonOut]
    version: int
