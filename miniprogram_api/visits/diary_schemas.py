"""What calendars and the day's route take and give."""

from datetime import date
from uuid import UUID

from pydantic import Field

from miniprogram_api.schema import At, Out, Query
from miniprogram_api.visits.schemas import PLACE, Day, VisitorOut


class CalendarQuery(Query):
    unit: UUID | None = Field(None, description="哪个单位，不填为全部走访人员")
    since: Day = Field(alias="from", description="从哪一天起", examples=["2026-11-23"])
    until: Day = Field(description="到哪一天，含当天，最多42天", examples=["2026-11-29"])


class DayOut(Out):
    day: date = Field(description="日期")
    is_workday: bool = Field(description="是否工作日，含调休")


class ShiftOut(Out):
    staff_id: UUID
    day: date = Field(description="日期")
    spans: list[list[int]] = Field(description="可走访的时间段，自零点起的分钟数")
    is_absent: bool = Field(description="当天是否请假或外出")


class CalendarVisitOut(Out):
    """Where its reader may not see the visit itself, all but times and people is null."""

    id: UUID | None = Field(description="走访编号（内部），无权查看时为空")
    number: str | None = Field(description="走访编号", examples=["FW-20261123-0001"])
    reason_title: str | None = Field(description="事由", examples=["政策讲解"])
    place: str | None = Field(description=PLACE, examples=["on_site"])
    place_word: str | None = Field(description="走访方式", examples=["上门"])
    address: str | None = Field(description="地点")
    district: str | None
    starts_at: At = Field(description="开始时间")
    ends_at: At = Field(description="结束时间")
    state: str | None = Field(description="状态代码", examples=["confirmed"])
    state_word: str = Field(description="状态，无权查看时为“忙”", examples=["已确认"])
    awaits: str | None = Field(description="等谁答复：staff 走访方，owner 企业")
    staff: list[UUID] = Field(description="本日历中前往的走访人员，第一位牵头")
    enterprises: list[str] = Field(description="企业名称")
    is_open: bool = Field(description="是否有权查看详情")
    version: int | None


class CalendarOut(Out):
    staff: list[VisitorOut] = Field(description="走访人员")
    days: list[DayOut] = Field(description="各天")
    shifts: list[ShiftOut] = Field(description="各人各天可走访的时间，没有安排的不列出")
    visits: list[CalendarVisitOut] = Field(description="已约的走访，不含预留和已取消的")


class RouteQuery(Query):
    day: Day = Field(description="哪一天", examples=["2026-11-25"])


class StopPartyOut(Out):
    id: UUID = Field(description="企业编号")
    name: str = Field(description="企业名称", examples=["演示湖州织里张记小吃店（虚构）"])
    note: str = Field(description="想谈的事情")
    phone: str | None = Field(description="预约人的手机号，已打码；没有账号时为空", examples=["138****0001"])


class StopOut(Out):
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
    awaits: str | None = Field(description="等谁答复：staff 走访方，owner 企业")
    is_lead: bool = Field(description="是否由本人牵头")
    way_from: str | None = Field(description="从哪里过去；当天第一处为空", examples=["织里镇"])
    way_minutes: int = Field(description="路上多少分钟")
    leave_at: At | None = Field(description="最早何时可以出发：上一次走访结束；当天第一处为空")
    leave_by: At = Field(description="最迟何时出发才能准时到")
    spare_minutes: int | None = Field(description="上一次结束到这一次开始，除去路上还余多少分钟；负数为赶不到")
    is_tight: bool = Field(description="路上时间加上前后的准备、整理时间已排不下")
    parties: list[StopPartyOut] = Field(description="被走访的企业")


class RouteOut(Out):
    day: date = Field(description="日期")
    is_workday: bool = Field(description="是否工作日，含调休")
    items: list[StopOut] = Field(description="按时间先后排列的走访")
