"""What the broadcast endpoints take and give."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from miniprogram_api.schema import At, In, Line, Moment, Out, PageQuery, Query

State = Literal["draft", "frozen", "release_wanted", "released", "sending", "paused", "done", "cancelled"]


class BroadcastQuery(PageQuery):
    state: State | None = Field(None, description="只看处于该状态的")


class CreateBroadcast(In):
    origin: Annotated[Line, Field(max_length=40)] = Field(
        description="事项所属业务，目前为 policies", examples=["policies"]
    )
    origin_id: UUID = Field(description="事项编号；政策为政策编号，群发其已发布的版本")
    starts_at: Moment | None = Field(None, description="发送时间，最多提前 180 天；不填则放行后立即发送")
    rrule: Annotated[Line, Field(max_length=200)] | None = Field(
        None,
        description="重复规则（iCalendar RRULE），从 starts_at 起按同一时刻重复",
        examples=["FREQ=WEEKLY;BYDAY=MO"],
    )


class ReleaseBroadcast(In):
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = Field(
        None, description="放行人核对的名单校验值；重复群发不填"
    )


class CancelBroadcast(In):
    reason: Annotated[Line, Field(max_length=200)] = Field(description="取消的原因")


class ReportQuery(Query):
    format: Literal["csv", "xlsx"] = Field("csv", description="文件格式")
    only_missed: bool = Field(False, description="只列未收到的人和原因")


class ForecastOut(Out):
    long_term: int = Field(description="有长期订阅，可发微信")
    certain: int = Field(description="有经微信确认的一次性授权")
    presumed: int = Field(description="只有小程序上报的一次性授权，可能发不出")
    service: int = Field(description="可发服务号消息")
    sms: int = Field(description="可发短信")
    inbox_only: int = Field(description="只有站内消息")
    total: int = Field(description="名单人数")
    at: str = Field(description="计算时间")


class ActualOut(Out):
    subscribe: int = Field(description="微信订阅消息送达")
    service: int = Field(description="服务号消息送达")
    sms: int = Field(description="短信送达")
    unknown: int = Field(description="结果无法确认")
    inbox_only: int = Field(description="只有站内消息")
    not_told: int = Field(description="未通知")
    total: int = Field(description="名单人数")
    at: str = Field(description="计算时间")


class BroadcastOut(Out):
    id: UUID
    series_id: UUID | None = Field(description="所属的重复群发")
    kind: str = Field(description="消息种类", examples=["policy_matched"])
    origin: str = Field(description="事项所属业务", examples=["policies"])
    origin_id: UUID = Field(description="事项编号；政策为版本编号")
    title: str
    fields: dict[str, str] = Field(description="各人相同的内容")
    schedule: Literal["now", "at", "recurring"] = Field(description="立即、定时、重复")
    rrule: str | None = Field(description="重复规则")
    state: State
    reason: str | None = Field(description="暂停或取消的原因")
    recipients: int | None = Field(description="名单人数")
    told: int = Field(description="已通知人数")
    digest: str | None = Field(description="名单和内容的校验值（SHA-256），放行时填写")
    forecast: ForecastOut | None = Field(description="发送前预计")
    actual: ActualOut | None = Field(description="发送后实际")
    created_by: UUID | None = Field(description="准备人")
    created_by_name: str | None = Field(description="准备人姓名；系统准备的为空")
    released_by: UUID | None = Field(description="放行人")
    released_by_name: str | None = Field(description="放行人姓名")
    starts_at: At | None = Field(description="发送时间")
    next_at: At | None = Field(description="下一次发送时间")
    not_after: At | None = Field(description="过此时间不再发送")
    created_at: At
    frozen_at: At | None = Field(description="冻结名单时间")
    released_at: At | None = Field(description="放行时间")
    began_at: At | None = Field(description="开始发送时间")
    ended_at: At | None


class BroadcastDetailOut(BroadcastOut):
    may: list[Literal["freeze", "test", "release", "pause", "resume", "cancel", "resend", "report"]] = Field(
        description="现在可以做的事"
    )


class ProgressOut(Out):
    state: State
    recipients: int | None = Field(description="名单人数")
    told: int = Field(description="已通知人数")
    left_out: int = Field(description="轮到时不再通知的人数")
    untold: int = Field(description="还未通知的人数")
    by_state: dict[str, int] = Field(description="各送达状态的发送次数；一人经两种渠道各计一次")
    per_minute: int = Field(description="最近一分钟完成的发送次数；与 by_state 一样计次，不计人")
    ends_at: At | None = Field(description="预计完成时间")
    at: At = Field(description="统计时间，最多晚两秒")


class TrialOut(Out):
    id: UUID = Field(description="试发编号")
    at: At = Field(description="试发时间")
    state: Literal["waiting", "sent", "not_sent", "unknown", "none"] = Field(
        description="waiting 正在或稍后发送，请稍后再查；sent 已发送，not_sent 未发送，unknown 结果未知，none 没有记录"
    )
    channel: Literal["subscribe", "service", "sms"] | None = Field(description="渠道")
    sentence: str = Field(description="说明", examples=["未推送：没有订阅"])
    reason: str | None = Field(description="原因代码", examples=["no_credit"])
    reason_name: str | None = Field(description="原因的名称", examples=["未授权接收此类消息"])
    errcode: int | None = Field(description="微信或短信平台的错误代码")
    due_at: At | None = Field(description="等待发送的，最早何时发送")


class ResentOut(Out):
    recipients: int = Field(description="补发的人数")


Outcome = Literal["reached", "waiting", "inbox_only", "not_reached", "left_out", "untold"]


class RecipientQuery(PageQuery):
    outcome: Outcome | None = Field(None, description="只列此结果的人")
    reason: Annotated[str | None, Field(max_length=200, description="只列此原因的人，如送达情况所给")] = None


class RecipientOut(Out):
    person_id: UUID
    name: str = Field(description="姓氏，其余隐去；全名见报告")
    enterprise: str | None
    told_at: At | None = Field(description="通知时间")
    channel: Literal["subscribe", "service", "sms"] | None = Field(description="渠道")
    state: str | None = Field(description="送达状态")
    outcome: Outcome
    outcome_name: str = Field(description="结果的名称")
    reason: str | None = Field(description="原因代码")
    reason_name: str | None = Field(description="原因的名称")
    errcode: int | None = Field(description="微信或短信平台的错误代码")
    sending_at: At | None = Field(description="发送时间")
    confirmed_at: At | None = Field(description="回执时间")


class OutcomeOut(Out):
    outcome: Outcome
    outcome_name: str = Field(description="结果的名称")
    reason: str | None = Field(description="原因代码")
    reason_name: str | None = Field(description="原因的名称")
    people: int = Field(description="人数")


class OutcomesOut(Out):
    items: list[OutcomeOut]
