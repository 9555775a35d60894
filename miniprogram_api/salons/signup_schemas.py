"""What the endpoints of sign-ups take and give: the form, the seat, the place in the waiting list."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from backend.salons.content import Way
from miniprogram_api.salons.schemas import WAY, District, MaterialOut, Words
from miniprogram_api.schema import At, In, Line, Out, PageQuery, Query, Readable

SignupState = Literal[
    "pending", "confirmed", "waiting", "offered", "attended", "no_show", "refused", "left", "removed", "declined",
    "lapsed", "missed", "cancelled",
]  # fmt: skip
Ids = Annotated[list[UUID], Field(min_length=1, max_length=500, description="报名编号，最多500个")]


class FormQuery(Query):
    enterprise_id: UUID


class KnownAnswerOut(Out):
    key: str
    title: str
    told: str = Field(description="已掌握的内容")
    source: str = Field(description="来源")
    on: date = Field(description="截至日期")


class SalonFormOut(Out):
    form: dict[str, Any] = Field(description="还需填写的报名表，JSON Schema；空即无须填写")
    prefilled: dict[str, Any] = Field(description="已预先填好、可修改的内容")
    known: list[KnownAnswerOut] = Field(description="已掌握、不再询问的内容")


class SignUp(In):
    enterprise_id: UUID
    way: Way = Field("hall", description=f"参加方式：{WAY}")
    waits: bool = Field(default=False, description="名额已满时报名候补")
    attendee: Annotated[Readable, Field(max_length=30, description="参加人姓名，可不填")] = ""
    answers: dict[str, Any] = Field(default_factory=dict, description="报名表的填写内容", max_length=40)


class SignSomebodyUp(SignUp):
    person_id: UUID | None = Field(None, description="经营者账号；没有账号时不填")
    channel: Literal["counter", "phone", "visit", "staff"] = Field(description="渠道")


class SignedUpOut(Out):
    id: UUID = Field(description="报名编号")
    salon_id: UUID
    state: str
    state_word: str
    way: str
    decide_by: At | None = Field(description="审核截止时间")
    position: int | None = Field(description="候补名次")
    is_new: bool = Field(description="为假时是之前已有的报名")


class SignupCardOut(Out):
    id: UUID
    salon_id: UUID
    number: str = Field(description="沙龙编号")
    title: str
    starts_at: At
    ends_at: At
    address: str
    salon_state: str
    state: str
    state_word: str
    sentence: str = Field(description="当前进展和下一步")
    way: str
    way_word: str
    enterprise_id: UUID
    enterprise: str
    district: str | None = Field(description="企业所在区县代码；未掌握时为空")
    district_word: str | None = Field(description="企业所在区县")
    attendee: str
    channel: str
    signed_at: At
    offer_until: At | None = Field(description="候补席位的确认截止时间")
    decide_by: At | None = Field(description="审核截止时间")
    reason: str
    position: int | None = Field(description="候补名次")
    position_is_at_least: bool = Field(description="为真时名次至少为此数")
    is_first: bool = Field(description="该企业首次参加沙龙")
    is_lowered: bool = Field(description="因近期报名未到，候补次序靠后")
    has_account: bool = Field(description="有经营者账号，能收到通知")


class SignupOut(SignupCardOut):
    answers: dict[str, Any]
    online_url: str = Field(description="线上参加的网址，报名成功后可见")
    materials: list[MaterialOut] = Field(description="资料和录像；到场或候补未成功的可见")
    may: list[str] = Field(description="当前可以办理的操作")


class SignupMovedOut(Out):
    id: UUID
    salon_id: UUID
    state: str
    state_word: str
    decide_by: At | None


class LeaveSalon(In):
    reason: Annotated[Readable, Field(max_length=500, description="理由，可不填")] = ""


class MySignupsQuery(PageQuery):
    is_coming: bool = Field(default=True, description="为假时查看已结束的")


class SignupsQuery(PageQuery):
    state: Annotated[list[SignupState], Field(max_length=13)] = Field(default_factory=list)
    way: Way | None = None
    district: District | None = Field(None, description="企业所在区县代码")
    q: Annotated[Line, Field(max_length=40, description="企业名称或参加人中的文字")] | None = None


class SomeSignups(In):
    ids: Ids


class SomeSignupsWhy(In):
    ids: Ids
    reason: Words


class SignupDecidedOut(Out):
    id: UUID
    state: str | None = Field(description="办理后的状态；未能办理时为空")
    code: str | None = Field(description="未能办理的原因代码")
    detail: str | None = Field(description="未能办理的原因")


class SignupsDecidedOut(Out):
    items: list[SignupDecidedOut]
