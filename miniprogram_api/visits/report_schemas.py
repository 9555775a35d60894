"""What the endpoints take and give once a visit was confirmed: passes, arrivals, minutes, words on them, ratings."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from backend.visits.afterwards.minutes import SERVICE_PROMISE
from miniprogram_api.cases.list_schemas import Day, ProblemIn
from miniprogram_api.cases.schemas import CaseFileOut, RateCase
from miniprogram_api.schema import At, In, Line, Moment, Out, Query, Readable, Text
from miniprogram_api.visits.schemas import Words

Party = Annotated[UUID | None, Field(description="哪一家企业；只有一家时可不填")]
HOW = "scanned 扫码，told 走访人员登记，back_filled 事后补登，missed 未到场"
KINDS = "policy 政策，difficulty 困难，quality 质量，finance 融资，advice 建议，other 其他"


class PassQuery(Query):
    enterprise_id: Party = None


class ComingOut(Out):
    id: UUID
    name: str = Field(description="姓名", examples=["张演示"])
    unit: str | None = Field(description="单位")


class PassOut(Out):
    """Who comes and why, and the pass to be shown at the door."""

    visit_id: UUID
    enterprise_id: UUID
    number: str | None = Field(description="走访编号", examples=["FW-20261123-0001"])
    reason_title: str = Field(description="事由", examples=["政策讲解"])
    hint: str = Field(description="事由说明")
    legal_basis: str = Field(description="依据")
    notice: str = Field(description="走访是服务、不是检查的说明")
    starts_at: At = Field(description="约定的开始时间")
    place_word: str = Field(description="走访方式", examples=["上门"])
    visitors: list[ComingOut] = Field(description="谁来走访，第一位牵头")
    opens_at: At = Field(description="何时起可以出示")
    shuts_at: At = Field(description="何时起不能再出示")
    has_arrived: bool = Field(description="到访是否已登记")
    token: str | None = Field(description="到访码的内容，一次有效；不在可出示的时间内或已登记时为空")
    expires_at: At | None = Field(description="到访码何时失效，失效前重新获取")
    svg: str | None = Field(description="到访码图形，SVG")
    png: str | None = Field(description="到访码图形，PNG，可直接作为图片地址")


class ScanPass(In):
    token: Annotated[str, Field(min_length=1, max_length=300, description="扫到的到访码")]


class TellArrival(In):
    enterprise_id: Party = None
    reason: Words = Field(description="为何没有扫码，企业可见", examples=["企业人员未带手机"])


class BackFill(In):
    enterprises: Annotated[list[UUID], Field(max_length=100, description="到场的企业；不填为全部预约的企业")] = Field(
        default_factory=list
    )
    arrived_at: Moment = Field(description="到访时间", examples=["2026-11-25T09:05:00+08:00"])
    reason: Words = Field(description="为何补登，企业可见", examples=["当天现场没有网络"])


class ObjectToArrival(In):
    enterprise_id: Party = None
    reason: Words


class DecideArrival(In):
    enterprise_id: UUID
    verdict: Words
    is_upheld: bool = Field(description="异议是否成立；成立则该登记不计入")


class FindingIn(In):
    kind: Literal["policy", "difficulty", "quality", "finance", "advice", "other"] = Field(description=KINDS)
    words: Annotated[Text, Field(max_length=1000, description="发现的情况；走访不是检查，不能写检查、处罚一类的用语")]
    enterprise_id: UUID | None = Field(None, description="只与哪一家企业有关，只有该企业可见；不填为全体")
    photos: Annotated[list[UUID], Field(max_length=9, description="先上传的照片")] = Field(default_factory=list)


class PromiseIn(In):
    text: Annotated[Text, Field(max_length=500, description="答应办的事")]
    due_on: Day = Field(description="答应的日期，一年以内")
    category: Annotated[Line, Field(max_length=41, description="事项类别的代码")] = SERVICE_PROMISE
    enterprise_id: Party = None
    takes: bool = Field(default=False, description="由填写人自己办理；否则自动分派")


class FileReport(In):
    text: Annotated[Readable, Field(max_length=4000, description="走访记录；没有时至少填一条发现")] = ""
    findings: Annotated[list[FindingIn], Field(max_length=30, description="发现的情况")] = Field(default_factory=list)
    promises: Annotated[list[PromiseIn], Field(max_length=20, description="承诺，每条立为一个事项")] = Field(
        default_factory=list
    )
    problems: Annotated[list[ProblemIn], Field(max_length=30, description="列入问题清单、逐件销号的问题")] = Field(
        default_factory=list
    )


class AmendReport(FileReport):
    why: Words = Field(description="为何更正，企业可见")


class ReachReport(In):
    enterprise_id: Party = None
    how: Literal["call", "counter"] = Field(description="call 电话，counter 窗口")
    note: Words = Field(description="告知的经过", examples=["已电话读给负责人听"])


class HearReport(ReachReport):
    word: Literal["confirmed", "objected"] = Field(description="confirmed 同意，objected 有异议")


class DecideReport(In):
    enterprise_id: UUID
    reason: Words


class ConfirmReport(In):
    enterprise_id: Party = None
    edition: Annotated[int, Field(ge=1, description="所确认的记录版本")]
    rating: RateCase | None = Field(None, description="可以同时评价")


class ObjectToReport(In):
    enterprise_id: Party = None
    edition: Annotated[int, Field(ge=1, description="所看的记录版本")]
    reason: Words


class RateVisit(RateCase):
    enterprise_id: Party = None


class AttendanceOut(Out):
    enterprise_id: UUID
    enterprise: str = Field(description="企业名称")
    how: str = Field(description=HOW, examples=["scanned"])
    how_word: str = Field(description="登记方式", examples=["扫码到访"])
    arrived_at: At | None = Field(description="到访时间")
    noted_at: At = Field(description="登记时间")
    noted_by: str | None = Field(description="登记人")
    reason: str = Field(description="未扫码或补登的理由")
    objected_at: At | None = Field(description="提出异议的时间")
    objection: str = Field(description="异议理由")
    decided_at: At | None = Field(description="决定时间")
    verdict: str = Field(description="决定的理由")
    is_set_aside: bool = Field(description="异议成立，该登记不计入")


class FindingOut(Out):
    nr: int = Field(description="第几条")
    kind: str = Field(description=KINDS, examples=["difficulty"])
    kind_word: str = Field(description="类型", examples=["困难"])
    words: str = Field(description="发现的情况")
    enterprise_id: UUID | None = Field(description="只与哪一家企业有关")
    photos: list[CaseFileOut] = Field(description="照片")


class EditionOut(Out):
    edition: int = Field(description="版本，从1起")
    text: str = Field(description="走访记录")
    why: str = Field(description="更正的理由")
    filed_at: At = Field(description="填写时间")
    filed_by: str = Field(description="填写人")
    findings: list[FindingOut] = Field(description="发现的情况")


class PromiseCaseOut(Out):
    id: UUID = Field(description="事项编号（内部）")
    number: str = Field(description="事项编号", examples=["WW-20261125-0001"])
    state: str = Field(description="事项状态代码", examples=["received"])
    state_word: str = Field(description="事项状态")
    sentence: str = Field(description="现在怎样、下一步是什么")
    due_at: At | None
    closed_at: At | None = Field(description="办结时间")


class PromiseOut(Out):
    id: UUID
    nr: int = Field(description="第几条")
    edition: int = Field(description="写入哪一版记录")
    enterprise_id: UUID
    enterprise: str = Field(description="企业名称")
    text: str = Field(description="答应办的事")
    category: str = Field(description="事项类别的代码", examples=["service_promise"])
    category_title: str
    due_on: date = Field(description="答应的日期")
    made_at: At = Field(description="承诺时间")
    kept_at: At | None = Field(description="对应事项办结的时间")
    case: PromiseCaseOut = Field(description="对应的事项")


class VisitRatingOut(Out):
    level: int = Field(description="1 非常不满意 … 5 非常满意")
    level_word: str = Field(description="评价等次", examples=["满意"])
    words: str = Field(description="评价内容")
    rated_at: At
    later_level: int | None
    later_level_word: str | None = Field(description="追加评价等次")
    later_words: str
    added_at: At | None


class ConfirmationOut(Out):
    enterprise_id: UUID
    enterprise: str = Field(description="企业名称")
    edition: int = Field(description="所问的记录版本")
    state: str = Field(description="waiting 待确认，confirmed 已确认，objected 有异议，silent 逾期，decided 已决定")
    state_word: str = Field(description="企业意见", examples=["待确认"])
    reached_at: At | None = Field(description="知悉记录的时间")
    reached_how: str | None = Field(description="opened 本人打开，call 电话，counter 窗口")
    silence_at: At | None = Field(description="到何时未答复视为无异议")
    words: str = Field(description="意见的内容")
    said_at: At | None = Field(description="答复时间")
    objections: int = Field(description="提出异议的次数")
    rating: VisitRatingOut | None


class ReportOut(Out):
    visit_id: UUID
    number: str | None = Field(description="走访编号", examples=["FW-20261123-0001"])
    state: str = Field(description="走访状态代码", examples=["reported"])
    state_word: str = Field(description="走访状态")
    edition: int = Field(description="现行的记录版本；尚未填写时为0")
    closed_by: str | None = Field(description="如何完成：confirmed 企业确认，silence 逾期无异议，decision 决定")
    version: int
    attendances: list[AttendanceOut] = Field(description="到访登记；经营者只看到自己的")
    editions: list[EditionOut] = Field(description="各版记录，最新的在前")
    promises: list[PromiseOut] = Field(description="承诺和对应的事项")
    confirmations: list[ConfirmationOut] = Field(description="企业对记录的意见和评价")
    problem_list_id: UUID | None = Field(description="问题清单编号，仅工作人员可见")
