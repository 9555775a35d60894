"""Shapes of the inbox, of what a person wants to be told, and of subscriptions."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from miniprogram_api.schema import At, In, Line, Out, PageQuery, Query

TemplateId = Annotated[str, Field(min_length=1, max_length=64)]
Ids = Annotated[list[UUID], Field(min_length=1, max_length=100)]
GroupName = Annotated[str | None, Field(max_length=40, description="消息分组，见“我的接收设置”", examples=["policies"])]


class InboxQuery(PageQuery):
    box: Literal["current", "archived", "muted"] = Field(
        "current", description="current 当前消息，archived 已收起的，muted 已关闭的种类"
    )
    group: GroupName = None
    unread: bool = Field(False, description="只看未读")


class UnreadQuery(Query):
    group: GroupName = None


class PushOut(Out):
    state: str = Field(
        description="sent 已推送，waiting 正在或稍后推送，not_sent 未推送，unknown 结果未知，none 没有记录",
        examples=["not_sent"],
    )
    channel: str | None = Field(description="推送方式：subscribe、service、sms", examples=["subscribe"])
    sentence: str = Field(description="给本人看的说明", examples=["未推送：没有订阅"])


class GoneOut(Out):
    because: str = Field(
        description="cancelled 已取消，withdrawn 已撤回，superseded 已有新版本", examples=["withdrawn"]
    )
    sentence: str = Field(description="给本人看的说明", examples=["此消息所说的内容已撤回，请勿再据此办理。"])


class EntryOut(Out):
    id: UUID
    kind: str = Field(description="消息种类", examples=["policy_matched"])
    group: str = Field(description="消息分组", examples=["policies"])
    title: str
    body: str
    page: str | None = Field(description="点击后打开的小程序页面")
    at: At
    is_read: bool
    is_archived: bool = Field(description="是否已收起")
    is_muted: bool = Field(description="这类消息在收到时是否已被本人关闭")
    gone: GoneOut | None = Field(description="所说的事项不再有效时的说明，仍有效时为空")
    push: PushOut = Field(description="推送情况")


class ReadEntries(In):
    ids: Ids = Field(description="打开过的消息")


class PickEntries(In):
    ids: Ids = Field(description="选中的消息")


class ReadAll(In):
    group: GroupName = None
    up_to: UUID | None = Field(None, description="页面上最新一条的编号；其后到达的保持未读")


class ReadOut(Out):
    read: int = Field(description="其中刚由未读变为已读的条数")


class MovedOut(Out):
    moved: int = Field(description="其中真正收起或取回的条数")


class UnreadOut(Out):
    unread: int | str = Field(description="未读条数，超过一千为“1000+”", examples=[3, "1000+"])


class SwitchOut(Out):
    channel: str = Field(description="inbox 消息中心，subscribe 微信订阅消息，service 服务号消息，sms 短信")
    title: str
    is_on: bool = Field(description="是否接收")
    can_change: bool = Field(description="能否关闭")


class KindOut(Out):
    kind: str = Field(description="消息种类", examples=["policy_matched"])
    name: str = Field(description="在设置里的名称", examples=["可能适合我的新政策"])
    is_critical: bool = Field(description="关系到本人权益，消息中心总会收到")
    channels: list[SwitchOut] = Field(description="各种接收方式")


class GroupOut(Out):
    key: str = Field(description="分组", examples=["policies"])
    title: str
    kinds: list[KindOut] = Field(description="这一组的消息")


class PreferencesOut(Out):
    pushes_on: bool = Field(description="所有推送的总开关")
    groups: list[GroupOut] = Field(description="各类消息")


class WishIn(In):
    kind: Annotated[str, Field(max_length=60, description="消息种类", examples=["policy_matched"])]
    channel: Literal["inbox", "subscribe", "service", "sms"] = Field(description="接收方式")
    is_on: bool = Field(description="是否接收")


class ChangePreferences(In):
    changes: Annotated[list[WishIn], Field(min_length=1, max_length=100)] = Field(description="要改的开关")


class SwitchPushes(In):
    is_on: bool = Field(description="打开或关闭所有推送；消息中心不受影响")


class SubscriptionOut(Out):
    template_id: str = Field(description="传给 wx.requestSubscribeMessage 的模板编号")
    title: str
    kind: Literal["one_time", "long_term"]
    remaining: int | None = Field(description="一次性订阅还可发送的条数；长期订阅为空")
    is_allowed: bool = Field(description="现在能否发送")


class SubscriptionsOut(Out):
    items: list[SubscriptionOut]


class AskOut(Out):
    template_id: str = Field(description="传给 wx.requestSubscribeMessage 的模板编号")
    title: str
    kind: Literal["one_time", "long_term"]
    expected: int = Field(description="近期可能发给您的条数")
    short: int = Field(description="其中还缺订阅的条数")


class AsksOut(Out):
    items: list[AskOut] = Field(description="至多三个，可放在同一次弹窗里；为空则不必弹窗")


class ReportSubscriptions(In):
    accepted: Annotated[list[TemplateId], Field(max_length=5)] = Field([], description="用户点了“允许”的模板")
    refused: Annotated[list[TemplateId], Field(max_length=5)] = Field([], description="用户点了“取消”的模板")


class BindStaffPhone(In):
    code: Annotated[Line, Field(min_length=4, max_length=20)] = Field(description="工作台上显示的绑定码")


class StaffPhoneOut(Out):
    name: str | None = Field(description="绑定的工作人员姓名，没有绑定时为空", examples=["王工"])
    bound_at: At | None = Field(description="绑定时间")
