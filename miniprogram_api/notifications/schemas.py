"""Shapes of the inbox and of subscriptions."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from miniprogram_api.schema import At, In, Out

TemplateId = Annotated[str, Field(min_length=1, max_length=64)]


class EntryOut(Out):
    id: UUID
    kind: str = Field(description="消息种类", examples=["policy_matched"])
    title: str
    body: str
    page: str | None = Field(description="点击后打开的小程序页面")
    at: At
    is_read: bool


class ReadEntries(In):
    ids: Annotated[list[UUID], Field(min_length=1, max_length=100)] = Field(description="打开过的消息")


class ReadOut(Out):
    read: int = Field(description="其中刚由未读变为已读的条数")


class UnreadOut(Out):
    unread: int | str = Field(description="未读条数，超过一千为“1000+”", examples=[3, "1000+"])


class SubscriptionOut(Out):
    template_id: str = Field(description="传给 wx.requestSubscribeMessage 的模板编号")
    title: str
    kind: Literal["one_time", "long_term"]
    remaining: int | None = Field(description="一次性订阅还可发送的条数；长期订阅为空")
    is_allowed: bool = Field(description="现在能否发送")


class SubscriptionsOut(Out):
    items: list[SubscriptionOut]


class ReportSubscriptions(In):
    accepted: Annotated[list[TemplateId], Field(max_length=5)] = Field([], description="用户点了“允许”的模板")
    refused: Annotated[list[TemplateId], Field(max_length=5)] = Field([], description="用户点了“取消”的模板")
