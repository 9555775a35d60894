"""What the endpoints of visits take and give."""

from datetime import date
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field

from backend.visits.availability.planning import LATEST
from miniprogram_api.schema import At, In, Line, Moment, Out, PageQuery, Query, Readable, Text

Words = Annotated[Text, Field(max_length=500, description="理由或说明，对方可见")]
Note = Annotated[Readable, Field(max_length=2000, description="想谈的事情，可不填")]
Place = Literal["on_site", "office", "phone", "video"]
Key = Annotated[Line, Field(max_length=41, description="走访事由的代码")]
State = Literal[
    "requested", "confirmed", "arrived", "reported", "closed", "declined", "cancelled_by_owner",
    "cancelled_by_bureau", "expired", "no_show_owner", "no_show_staff",
]  # fmt: skip
PLACE: Final = "on_site 上门，office 到窗口，phone 电话，video 视频"
Minute = Annotated[int, Field(ge=0, le=LATEST)]
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))]
Spans = Annotated[
    list[Annotated[list[Minute], Field(min_length=2, max_length=2)]],
    Field(max_length=10, description="时间段，自零点起的分钟数，[[540, 720]] 即9至12点", examples=[[[540, 720]]]),
]


class ReasonOut(Out):
    key: str = Field(description="代码")
    title: str = Field(description="走访事由", examples=["政策讲解"])
    hint: str = Field(description="说明", examples=["讲清您可能符合哪些政策、怎么申请。"])
    legal_basis: str = Field(description="依据")
    places: list[str] = Field(description=f"可选的走访方式：{PLACE}")
    duration_minutes: int = Field(description="时长（分钟）")
    notice_minutes: int = Field(description="至少提前多少分钟预约")
    horizon_days: int = Field(description="可预约今后多少天")
    change_minutes: int = Field(description="开始前多少分钟以内取消会被计为临近取消，双方相同")
    capacity: int = Field(description="可容纳的企业数")


class StaffReasonOut(ReasonOut):
    buffer_before: int = Field(description="走访前的准备时间（分钟）")
    buffer_after: int = Field(description="走访后的整理时间（分钟）")
    step_minutes: int = Field(description="时段间隔（分钟）")
    units_needed: int = Field(description="须几个单位同去")
    who_may: list[str] = Field(description="谁可预约：owner 经营者，staff 工作人员")
    skill: str | None = Field(description="所需专长的代码", examples=["quality"])
    position: int = Field(description="排序")
    is_open: bool = Field(description="是否开放预约")
    version: int = Field(description="版本，修改时放在 If-Match 中")


class EditReason(In):
    title: Annotated[Line, Field(max_length=20)] | None = Field(None, description="走访事由", examples=["政策讲解"])
    hint: Annotated[Line, Field(max_length=200)] | None = Field(None, description="说明")
    legal_basis: Annotated[Line, Field(max_length=200)] | None = Field(None, description="依据")
    places: Annotated[list[Place], Field(min_length=1, max_length=4)] | None = Field(None, description=PLACE)
    duration_minutes: Annotated[int, Field(ge=10, le=480)] | None = Field(None, description="时长（分钟）")
    buffer_before: Annotated[int, Field(ge=0, le=120)] | None = Field(None, description="走访前的准备时间（分钟）")
    buffer_after: Annotated[int, Field(ge=0, le=120)] | None = Field(None, description="走访后的整理时间（分钟）")
    notice_minutes: Annotated[int, Field(ge=0, le=43_200)] | None = Field(None, description="至少提前多少分钟")
    horizon_days: Annotated[int, Field(ge=1, le=180)] | None = Field(None, description="可预约今后多少天")
    change_minutes: Annotated[int, Field(ge=0, le=43_200)] | None = Field(None, description="临近取消的界限（分钟）")
    capacity: Annotated[int, Field(ge=1, le=100)] | None = Field(None, description="可容纳的企业数")
    is_open: bool | None = Field(None, description="是否开放预约")


class ReasonsOut(Out):
    items: list[ReasonOut]


class StaffReasonsOut(Out):
    items: list[StaffReasonOut]


class SlotsQuery(Query):
    enterprise_id: UUID
    reason: Key
    place: Annotated[Place, Field(description=PLACE)]
    first: Day = Field(description="从哪一天起", examples=["2026-11-25"])
    last: Day = Field(description="到哪一天，含当天，最多31天", examples=["2026-12-20"])


class SlotOut(Out):
    starts_at: At = Field(description="开始时间")
    visitors: int = Field(description="该时段有空的走访人员数")


class SeatOut(Out):
    id: UUID = Field(description="场次的走访编号，加入时使用")
    starts_at: At = Field(description="开始时间")
    ends_at: At = Field(description="结束时间")
    address: str = Field(description="地点")
    seats: int = Field(description="剩余名额")


class RemovalOut(Out):
    rule: str = Field(description="规则代码", examples=["taken"])
    times: int = Field(description="去掉了多少个时段或班次")
    people: int = Field(description="涉及多少位走访人员")


class SlotsOut(Out):
    slots: list[SlotOut] = Field(description="可预约的时段")
    sessions: list[SeatOut] = Field(description="可加入的多企业场次")
    why_none: list[str] = Field(description="没有可预约时段的原因，逐条说明；有时段时为空", examples=[[]])
    removals: list[RemovalOut] = Field(description="各条规则去掉了多少时段")


class BookVisit(In):
    enterprise_id: UUID
    reason: Key
    place: Annotated[Place, Field(description=PLACE)]
    starts_at: Moment = Field(description="所选时段的开始时间", examples=["2026-11-25T09:00:00+08:00"])
    note: Note = ""
    is_hold: bool = Field(default=False, description="只预留5分钟，之后再提交")


class ArrangeVisit(In):
    """What staff book for somebody: agreed with him already, or proposed for him to accept."""

    enterprise_id: UUID
    reason: Key
    place: Annotated[Place, Field(description=PLACE)]
    starts_at: Moment = Field(description="所选时段的开始时间", examples=["2026-11-25T09:00:00+08:00"])
    channel: Literal["counter", "phone", "visit", "staff"] = Field(description="渠道")
    person_id: UUID | None = Field(None, description="经营者账号；没有账号时不填")
    is_agreed: bool = Field(description="经营者已当面或电话同意；否则等其在小程序中接受")
    is_wished: bool = Field(default=False, description="企业自己提出的；不占用年度次数上限，企业在账本中看得到")
    note: Note = ""
    staff: Annotated[list[UUID], Field(max_length=5, description="指定走访人员；不填则自动分派")] = Field(
        default_factory=list
    )


class SubmitVisit(In):
    note: Note = ""


class JoinVisit(In):
    enterprise_id: UUID
    note: Note = ""


class MoveVisit(In):
    starts_at: Moment = Field(description="新的开始时间", examples=["2026-11-26T09:00:00+08:00"])


class GiveReason(In):
    reason: Words


class ReassignVisit(In):
    staff: Annotated[list[UUID], Field(max_length=5, description="改派给谁；不填则自动分派")] = Field(
        default_factory=list
    )


class DecideContest(In):
    verdict: Words
    is_upheld: bool = Field(description="异议是否成立；成立则该记录不计入")


class VisitorOut(Out):
    id: UUID
    name: str = Field(description="姓名", examples=["张演示"])


class PartyOut(Out):
    id: UUID = Field(description="企业编号")
    name: str = Field(description="企业名称", examples=["演示湖州织里张记小吃店（虚构）"])
    note: str = Field(description="想谈的事情")


class VisitCardOut(Out):
    id: UUID = Field(description="走访编号（内部）")
    number: str | None = Field(description="走访编号", examples=["FW-20261123-0001"])
    reason: str = Field(description="事由代码", examples=["policy_talk"])
    reason_title: str = Field(description="事由", examples=["政策讲解"])
    place: str = Field(description=PLACE, examples=["on_site"])
    place_word: str = Field(description="走访方式", examples=["上门"])
    address: str = Field(description="地点")
    starts_at: At = Field(description="开始时间")
    ends_at: At = Field(description="结束时间")
    state: str = Field(description="状态代码", examples=["confirmed"])
    state_word: str = Field(description="状态", examples=["已确认"])
    sentence: str = Field(description="现在怎样、下一步是什么")
    awaits: str | None = Field(description="等谁答复：staff 走访方，owner 企业")
    held_until: At | None = Field(description="预留到何时")
    expires_at: At | None = Field(description="最迟何时答复")
    capacity: int = Field(description="可容纳的企业数")
    taken: int = Field(description="已占名额")
    district: str | None
    moved: int = Field(description="改期次数")
    is_late: bool = Field(description="是否临近取消")
    version: int
    visitors: list[VisitorOut] = Field(description="走访人员，第一位牵头")
    parties: list[PartyOut] = Field(description="被走访的企业；经营者只看到自己的")


class VisitEventOut(Out):
    seq: int = Field(description="第几条")
    at: At
    kind: str = Field(description="经过的代码", examples=["requested"])
    word: str = Field(description="经过", examples=["提交预约"])
    by: str = Field(description="owner 经营者，staff 工作人员，system 系统")
    who: str | None = Field(description="经办人")
    body: str = Field(description="说明")
    data: dict[str, Any] = Field(description="其他信息")


class VisitOut(VisitCardOut):
    channel: str = Field(description="渠道")
    requested_at: At | None = Field(description="提交时间")
    confirmed_at: At | None = Field(description="确认时间")
    ended_at: At | None
    end_reason: str = Field(description="取消或未能安排的理由")
    contested_at: At | None = Field(description="提出异议的时间")
    contest_reason: str = Field(description="异议理由")
    contest_verdict: str = Field(description="异议的决定")
    contest_decided_at: At | None = Field(description="决定时间")
    is_set_aside: bool = Field(description="未到记录是否因异议成立而不计入")
    sequence: int = Field(description="日程序号，每次改动加一")
    unit_id: UUID | None
    unit: str | None = Field(description="单位")
    why: str = Field(description="为何由这些人走访，仅工作人员可见")
    legal_basis: str = Field(description="依据")
    hint: str = Field(description="事由说明")
    may: list[str] = Field(description="现在可以办理的操作", examples=[["cancel"]])
    events: list[VisitEventOut] = Field(description="经过")


class MovedOut(Out):
    id: UUID
    number: str | None = Field(description="走访编号", examples=["FW-20261123-0001"])
    state: str = Field(description="状态代码", examples=["requested"])
    state_word: str = Field(description="状态", examples=["待确认"])
    starts_at: At = Field(description="开始时间")
    ends_at: At = Field(description="结束时间")
    held_until: At | None = Field(description="预留到何时")
    expires_at: At | None = Field(description="最迟何时答复")
    version: int


class MyVisitsQuery(PageQuery):
    is_coming: bool = Field(True, description="true 将来的，false 已结束的")


class VisitsQuery(PageQuery):
    first: Day = Field(description="从哪一天起", examples=["2026-11-23"])
    last: Day = Field(description="到哪一天，含当天", examples=["2026-12-31"])
    state: Annotated[list[State], Field(max_length=11, description="状态，可多选")] = Field(default_factory=list)
    staff_id: UUID | None = Field(None, description="只看一个人的")
    unit_id: UUID | None = Field(None, description="只看一个单位的")


class DayPlanIn(In):
    weekday: Annotated[int, Field(ge=1, le=7, description="星期，1 为星期一")]
    spans: Spans
    places: Annotated[list[Place], Field(min_length=1, max_length=4, description=PLACE)]


class PlanWeek(In):
    valid_from: date = Field(description="从哪一天起", examples=["2026-11-24"])
    valid_until: date | None = Field(None, description="到哪一天，含当天；不填为长期")
    week: Annotated[list[DayPlanIn], Field(max_length=7, description="各日的安排，未列出的不走访")]


class PlanDay(In):
    spans: Spans
    note: Annotated[Readable, Field(max_length=200, description="备注")] = ""


class DayPlanOut(Out):
    weekday: int = Field(description="星期，1 为星期一")
    valid_from: date = Field(description="开始日期")
    valid_until: date | None = Field(description="结束日期，空为长期")
    spans: list[list[int]] = Field(description="时间段，自零点起的分钟数")
    places: list[str] = Field(description=PLACE)


class ExceptionOut(Out):
    day: date = Field(description="日期")
    spans: list[list[int]] = Field(description="时间段，空为当天不走访")
    note: str


class OutsideOut(Out):
    id: UUID
    number: str | None = Field(description="走访编号", examples=["FW-20261123-0001"])
    starts_at: At = Field(description="开始时间")
    ends_at: At = Field(description="结束时间")
    state: str = Field(description="状态代码", examples=["confirmed"])
    reason_title: str = Field(description="事由", examples=["政策讲解"])
    enterprise: str = Field(description="企业名称")
    staff_id: UUID = Field(description="走访人员的编号")
    staff: str = Field(description="走访人员", examples=["张演示"])
    why: str = Field(
        description="left 离岗，absent 请假，exception 当天另有安排，day_off 休息日，place 走访方式，plan 时间安排",
        examples=["plan"],
    )
    why_word: str = Field(description="哪里不再合适", examples=["不在走访人员现在的时间安排内"])


class MisfitsOut(Out):
    items: list[OutsideOut] = Field(description="按开始时间排列，最多200条")


class PlanOut(Out):
    staff_id: UUID
    version: int = Field(description="版本，修改时放在 If-Match 中；尚无安排时为 0")
    plans: list[DayPlanOut] = Field(description="现在和今后的每周安排")
    exceptions: list[ExceptionOut] = Field(description="单日调整")
    outside: list[OutsideOut] = Field(description="不在安排时间内的已约走访，须另行处理")


class PeakIn(In):
    weekday: Annotated[int, Field(ge=1, le=7, description="星期，1 为星期一")]
    spans: Spans


class TellPeaks(In):
    peaks: Annotated[list[PeakIn], Field(max_length=7, description="每周的繁忙时间，未列出的日子不限")]


class PeakOut(Out):
    weekday: int = Field(description="星期，1 为星期一")
    spans: list[list[int]] = Field(description="时间段，自零点起的分钟数")


class PeaksOut(Out):
    items: list[PeakOut]


class TellWay(In):
    one: Annotated[Line, Field(max_length=12, description="区县或乡镇街道的代码", examples=["330502100"])]
    other: Annotated[Line, Field(max_length=12, description="区县或乡镇街道的代码", examples=["330503100"])]
    minutes: Annotated[int, Field(ge=0, le=240)] | None = Field(None, description="路上多少分钟；不填则按直线距离估算")


class WayOut(Out):
    one: str = Field(description="区县或乡镇街道的代码", examples=["330502100"])
    other: str = Field(description="区县或乡镇街道的代码", examples=["330503100"])
    minutes: int = Field(description="路上多少分钟")


class WaysOut(Out):
    items: list[WayOut]


class MonthOut(Out):
    month: str = Field(description="月份", examples=["2026-11"])
    confirmed: int = Field(description="确认的走访")
    cancelled_by_bureau: int = Field(description="走访方取消")
    late_by_bureau: int = Field(description="其中临近取消")
    missed_by_bureau: int = Field(description="走访人员未到")
    unanswered: int = Field(description="逾期未答复的预约")
    took_place: int = Field(description="已到访的走访")
    back_filled: int = Field(description="其中事后补登到访的")
    closed_confirmed: int = Field(description="企业确认记录后完成的")
    closed_by_silence: int = Field(description="企业逾期未提出异议而完成的")
    closed_by_decision: int = Field(description="企业有异议、经决定完成的")
    promises: int = Field(description="走访中的承诺")
    promises_kept: int = Field(description="其中已办结的")


class FiguresOut(Out):
    items: list[MonthOut]
