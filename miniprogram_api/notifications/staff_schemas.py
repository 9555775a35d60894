"""Shapes of what staff are told."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from miniprogram_api.schema import At, In, Out, PageQuery

NoticeIds = Annotated[list[UUID], Field(min_length=1, max_length=100)]


class NoticesQuery(PageQuery):
    box: Literal["current", "archived"] = Field("current", description="current 当前提醒，archived 已收起的")
    kind: Annotated[str | None, Field(max_length=60, description="提醒种类")] = None
    unread: bool = Field(False, description="只看未读且尚未办理的")


class NoticeOut(Out):
    id: UUID
    kind: str = Field(description="提醒种类", examples=["policy_review_wanted"])
    title: str
    body: str
    link: str = Field(description="工作台页面", examples=["/policies/0199c0de-0000-7000-8000-000000000000"])
    at: At
    is_read: bool
    is_archived: bool = Field(description="是否已收起")
    is_settled: bool = Field(description="所提醒的事项是否已由本人或同事办理")


class PickNotices(In):
    ids: NoticeIds = Field(description="选中的提醒")


class ReadAllNotices(In):
    up_to: UUID | None = Field(None, description="页面上最新一条的编号；其后到达的保持未读")


class NoticeKindOut(Out):
    kind: str = Field(description="提醒种类", examples=["policy_review_wanted"])
    name: str = Field(description="在设置里的名称", examples=["有政策送审"])
    is_pushed: bool = Field(description="绑定微信后是否同时推送到微信")


class NoticePreferencesOut(Out):
    items: list[NoticeKindOut]


class NoticeWishIn(In):
    kind: Annotated[str, Field(max_length=60, description="提醒种类", examples=["policy_review_wanted"])]
    is_pushed: bool = Field(description="是否同时推送到微信")


class ChangeNoticePreferences(In):
    changes: Annotated[list[NoticeWishIn], Field(min_length=1, max_length=50)] = Field(description="要改的开关")


class BoundPhoneOut(Out):
    is_bound: bool = Field(description="是否已绑定自己的微信")
    bound_at: At | None = Field(description="绑定时间")


class PhoneCodeOut(Out):
    code: str = Field(description="在小程序“工作提醒”里输入的绑定码，十分钟内有效，用一次", examples=["7KQ2MXRP"])
    expires_at: At
