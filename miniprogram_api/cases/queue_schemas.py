"""What the lists of cases take and give: queues, exports, figures, an owner's own."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from backend.cases.desk.narrowing import Filter
from backend.cases.states import CaseState
from miniprogram_api.schema import At, Out, PageQuery, Query

QueueName = Literal[
    "mine",
    "my_unit",
    "overdue",
    "at_risk",
    "unassigned",
    "not_reached",
    "awaiting_decision",
    "appeals",
    "supervised",
    "tasks",
    "all",
]
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))]
Code = Annotated[str, Field(min_length=1, max_length=42, pattern=r"^[0-9A-Za-z_]+$")]


class _Narrowed(Query):
    queue: QueueName = Field("all", description="队列；待核内容见 moderation")
    sort: Literal["due", "newest"] = Field("due", description="due 先到期的在前，newest 新收到的在前")
    q: Annotated[str | None, Field(max_length=100, description="编号、标题、内容、企业名称中的词，每个至少两个字")] = (
        None
    )
    state: CaseState | Literal["open", "closed"] | None = Field(None, description="状态；open 未办结，closed 已办结")
    category: Code | None = Field(None, description="类别，含其下级")
    district: Code | None = Field(None, description="属地代码，含其下级")
    unit: UUID | None = Field(None, description="承办单位编号")
    handler: UUID | None = Field(None, description="经办人编号")
    enterprise: UUID | None = Field(None, description="企业编号")
    channel: Code | None = Field(None, description="来源渠道")
    urgency: Literal["normal", "urgent", "critical"] | None = Field(None, description="紧急程度")
    origin: Code | None = Field(None, description="来源模块")
    since: Day | None = Field(None, alias="from", description="收到日期自（含）")
    until: Day | None = Field(None, alias="to", description="收到日期至（含）")

    def narrower(self) -> Filter:
        names = ("q", "state", "category", "district", "unit", "handler", "enterprise", "channel", "urgency", "origin")
        return Filter(**{name: getattr(self, name) for name in names}, since=self.since, until=self.until)


class QueueQuery(PageQuery, _Narrowed):
    pass


class CaseExportQuery(_Narrowed):
    format: Literal["csv", "xlsx"] = Field("csv", description="文件格式")


class FiguresQuery(Query):
    since: Day = Field(alias="from", description="收到日期自（含）")
    until: Day = Field(alias="to", description="收到日期至（含）")
    by: Literal["category", "unit", "district"] | None = Field(None, description="按什么分组")
    category: Code | None = Field(None, description="只统计该类别，含其下级")
    district: Code | None = Field(None, description="只统计该属地，含其下级")
    unit: UUID | None = Field(None, description="只统计该单位")
    channel: Code | None = Field(None, description="只统计该渠道")
    origin: Code | None = Field(None, description="只统计该来源模块")


class OwnersCasesQuery(PageQuery):
    which: Literal["open", "closed"] | None = Field(None, description="open 未办结，closed 已办结；不填为全部")


class CaseRowOut(Out):
    """What decides which case to take."""

    id: UUID
    number: str
    title: str
    excerpt: str = Field(description="内容开头")
    origin: str = Field(description="来源模块")
    category: str
    category_title: str
    category_kind: str = Field(description="consult 咨询、help 求助、suggestion 建议、complaint 投诉、service 服务事项")
    channel: str = Field(description="来源渠道")
    urgency: str = Field(description="紧急程度：normal 一般、urgent 紧急、critical 特急")
    state: str
    state_word: str = Field(description="状态的中文")
    received_at: At = Field(description="收到时间")
    due_at: At | None = Field(description="应在何时前办理；无须办理时为空")
    level: int = Field(description="时限已用的档次：0、50、80、100（已超期）")
    is_overdue: bool = Field(description="已超期")
    is_provisional: bool = Field(description="期限跨入尚未公布工作日历的年份，届时重算")
    is_paused: bool = Field(description="暂停计时")
    awaits_decision: bool = Field(description="等待上级决定")
    is_supervised: bool = Field(description="已挂牌督办")
    is_reached: bool = Field(description="答复已确认送达")
    answered_at: At | None = Field(description="答复时间")
    closed_at: At | None
    refusals: int = Field(description="退回次数")
    hand_overs: int = Field(description="转交次数")
    enterprise_id: UUID | None
    enterprise: str | None
    district: str | None
    unit_id: UUID | None
    unit: str | None
    handler_id: UUID | None = Field(description="经办人编号")
    handler: str | None = Field(description="经办人")
    offered_to: UUID | None = Field(description="已转交、尚未接办的人的编号")
    offered: str | None = Field(description="已转交、尚未接办的人")
    version: int
    task: str | None = Field(description="call_back 差评回访，rectification 差评整改；仅 tasks 队列")
    task_due_at: At | None = Field(description="任务到期时间；仅 tasks 队列")
    task_tries: int | None = Field(description="未接通的回访次数")


class QueueCountOut(Out):
    queue: str = Field(description="队列代码")
    word: str = Field(description="名称")
    count: int
    is_at_least: bool = Field(description="为真时至少有这么多")


class QueueCountsOut(Out):
    items: list[QueueCountOut]


class FigureOut(Out):
    name: str
    word: str = Field(description="名称")
    formula: str = Field(description="计算口径")
    is_rate: bool = Field(description="为真时值是 count ÷ of")


class ValueOut(Out):
    count: int
    of: int | None = Field(description="分母；计数项为空")


class FigureGroupOut(Out):
    key: str | None
    word: str | None = Field(description="分组名称")
    values: dict[str, ValueOut]


class CaseFiguresOut(Out):
    since: date = Field(description="收到日期自（含）")
    until: date
    by: str | None = Field(description="分组方式")
    figures: list[FigureOut] = Field(description="各项统计的名称和口径")
    total: dict[str, ValueOut] = Field(description="合计，按统计项")
    groups: list[FigureGroupOut] = Field(description="各组的值")


class OwnersRowOut(Out):
    id: UUID
    number: str
    title: str
    category: str
    category_title: str
    channel: str = Field(description="来源渠道")
    enterprise_id: UUID | None
    enterprise: str | None
    state: str
    state_word: str = Field(description="状态的中文")
    sentence: str = Field(description="现在到哪一步、下一步和日期")
    received_at: At = Field(description="收到时间")
    answered_at: At | None = Field(description="答复时间")
    due_at: At | None = Field(description="应在何时前办理；无须办理时为空")
    closed_at: At | None
    is_mine: bool = Field(description="本人提出的")
    is_rated: bool = Field(description="已评价")


def given(query: Any) -> dict[str, Any]:
    """Return what figures are narrowed by."""
    return {name: getattr(query, name) for name in ("category", "district", "unit", "channel", "origin")}
