"""What goes in and out of the list of alerts."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from miniprogram_api.schema import At, Out, PageQuery


class AlertsQuery(PageQuery):
    state: Literal["open", "all"] = Field("open", description="open 未结束的，all 全部")


class AlertOut(Out):
    id: UUID
    kind: str = Field(description="告警种类", examples=["channel_paused"])
    key: str = Field(description="告警对象：通道、模板、错误代码或待办名称")
    severity: str = Field(description="critical 需立即处理，warning 可在工作时间处理", examples=["critical"])
    title: str = Field(description="告警标题")
    action: str = Field(description="建议的处理办法")
    runbook: str = Field(description="处置手册中的位置")
    detail: dict[str, Any] = Field(description="详情，不含个人信息")
    times: int = Field(description="本次告警期间发生的次数")
    opened_at: At = Field(description="开始时间")
    last_at: At = Field(description="最近一次发生的时间")
    acknowledged_at: At | None = Field(description="有人接手的时间")
    acknowledged_by: UUID | None = Field(description="接手的工作人员；由命令行接手时为空")
    acknowledged_by_name: str | None = Field(description="接手人的姓名")
    cleared_at: At | None = Field(description="结束时间")
