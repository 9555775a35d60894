"""What the endpoints of salons take and give."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from backend.salons.content import Topic, Way
from miniprogram_api.schema import At, In, Line, Moment, Out, PageQuery, Query, Readable, Text

Words = Annotated[Text, Field(max_length=500, description="理由，对方可见")]
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))]
District = Annotated[Line, Field(max_length=12)]
SalonState = Literal["draft", "published", "open", "closed", "held", "archived", "cancelled"]
SignupState = Literal[
    "pending", "confirmed", "waiting", "offered", "attended", "no_show", "refused", "left", "removed", "declined",
    "lapsed", "missed", "cancelled",
]  # fmt: skip
WAY = "hall 现场，online 线上"
Ids = Annotated[list[UUID], Field(min_length=1, max_length=500, description="报名编号，最多500个")]


class SalonQuotaOut(Out):
    id: UUID
    title: str = Field(description="名额名称", examples=["现场席位"])
    way: str = Field(description=WAY)
    way_word: str
    seats: int = Field(description="席位数")
    free: int = Field(description="剩余席位；有人候补时先给候补的企业")
    kept_until: At | None = Field(description="在此之前只留给没参加过沙龙的企业")


class SalonSessionOut(Out):
    title: str = Field(description="环节名称")
    speaker: str = Field(description="主讲人")
    starts_at: At
    ends_at: At


class SalonCardOut(Out):
    id: UUID
    number: str = Field(description="沙龙编号", examples=["SL-20261123-0001"])
    title: str
    topic: str = Field(description="主题代码")
    topic_word: str
    series_id: UUID | None
    series: str | None = Field(description="所属系列")
    organisers: list[str] = Field(description="主办方")
    district: str | None = Field(description="区县代码；空即全市")
    district_word: str
    address: str
    starts_at: At
    ends_at: At
    opens_at: At = Field(description="报名开始时间")
    closes_at: At = Field(description="报名截止时间")
    state: str
    state_word: str
    needs_approval: bool = Field(description="报名须审核")
    quotas: list[SalonQuotaOut]
    waiting: int = Field(description="候补人数")
    version: int
    poster_url: str | None = Field(description="海报的地址；没有海报时为空")


class MySalonCardOut(SalonCardOut):
    my_signup: UUID | None = Field(description="我的报名编号；未报名时为空")
    my_state: str | None = Field(description="我的报名状态")


class SalonOut(SalonCardOut):
    intro: str
    sessions: list[SalonSessionOut] = Field(description="环节安排")
    reason: str = Field(description="邀请理由")
    is_limited: bool = Field(description="只允许符合条件的企业报名")
    per_enterprise: int = Field(description="每家企业最多报名几人")
    approval_days: int = Field(description="几个工作日内审核，逾期视为通过")
    end_reason: str = Field(description="取消的理由")
    minutes: str = Field(description="纪要")
    minutes_at: At | None = Field(description="纪要发布时间")
    unit_id: UUID | None
    unit: str | None = Field(description="承办单位")


class MySalonOut(SalonOut):
    my_signup: UUID | None = Field(description="我的报名编号；未报名时为空")
    my_state: str | None = Field(description="我的报名状态")


class StaffQuotaOut(Out):
    id: UUID
    title: str
    way: str = Field(description=WAY)
    seats: int = Field(description="席位数")
    extra: int = Field(description="超额邀请数")
    hard_limit: int = Field(description="场地能容纳的上限")
    taken: int = Field(description="已占用席位")
    is_for_first_timers: bool = Field(description="活动前3天之前只留给没参加过沙龙的企业")


class MaterialOut(Out):
    title: str = Field(description="名称", examples=["讲义"])
    url: str = Field(description="网址；上传的文件为10分钟内有效的地址", examples=["https://example.com/slides.pdf"])
    file_id: UUID | None = Field(description="上传的文件的编号；链接为空")
    mime: str | None = Field(description="文件类型，按内容判定")
    size: int | None = Field(description="文件大小，字节")


class PosterOut(Out):
    file_id: UUID
    url: str = Field(description="打开海报的地址，10分钟内有效")


class FileUseOut(Out):
    what: Literal["poster", "material", "recording"] = Field(
        description="用途：poster 海报，material 资料，recording 录音录像"
    )
    kinds: list[str] = Field(description="接受的文件种类", examples=[["JPEG", "PNG", "WebP"]])
    endings: list[str] = Field(description="这些种类的文件扩展名", examples=[["jpg", "jpeg", "png", "webp"]])
    max_bytes: int = Field(description="文件最大的字节数", examples=[10_485_760])


class StaffSalonOut(Out):
    id: UUID
    number: str
    title: str
    topic: str
    topic_word: str
    series_id: UUID | None
    series: str | None
    organisers: list[str]
    district: str | None
    district_word: str
    address: str
    online_url: str
    starts_at: At
    ends_at: At
    opens_at: At
    closes_at: At
    state: str
    state_word: str
    needs_approval: bool
    approval_days: int
    quotas: list[StaffQuotaOut]
    waiting: int = Field(description="候补人数")
    intro: str
    sessions: list[SalonSessionOut]
    rule: dict[str, Any] | None = Field(description="面向哪些企业的条件规则")
    reason: str
    is_limited: bool
    per_enterprise: int
    form: dict[str, Any] = Field(description="报名表，JSON Schema")
    end_reason: str
    minutes: str = Field(description="纪要")
    minutes_at: At | None = Field(description="纪要发布时间")
    unit_id: UUID | None
    unit: str | None
    published_at: At | None
    edited_at: At
    poster: PosterOut | None = Field(description="海报")
    materials: list[MaterialOut] = Field(description="会后的资料和录像")
    materials_at: At | None = Field(description="资料首次发布时间")
    file_uses: list[FileUseOut] = Field(description="可以上传哪些文件")
    signups: dict[str, int] = Field(description="各状态的报名数")
    may: list[str] = Field(description="当前可以办理的操作")
    version: int


class SalonHandledOut(Out):
    id: UUID
    number: str
    version: int
    state: str


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


class SalonsQuery(PageQuery):
    district: District | None = None
    topic: Topic | None = None


class MySignupsQuery(PageQuery):
    is_coming: bool = Field(default=True, description="为假时查看已结束的")


class StaffSalonsQuery(SalonsQuery):
    state: Annotated[list[SalonState], Field(max_length=7)] = Field(default_factory=list)
    series_id: UUID | None = None
    first: Day | None = Field(None, description="从哪一天起")
    last: Day | None = Field(None, description="到哪一天，含当天")
    q: Annotated[Line, Field(max_length=40, description="标题、主题、地点或编号中的文字")] | None = None


class SignupsQuery(PageQuery):
    state: Annotated[list[SignupState], Field(max_length=13)] = Field(default_factory=list)
    way: Way | None = None
    district: District | None = Field(None, description="企业所在区县代码")
    q: Annotated[Line, Field(max_length=40, description="企业名称或参加人中的文字")] | None = None


class CancelSalon(In):
    reason: Words


class CopySalon(In):
    starts_at: Moment = Field(description="新的开始时间；其他时间随之推移", examples=["2026-12-24T14:00:00+08:00"])


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


class SeriesOut(Out):
    id: UUID
    title: str
    intro: str
    unit_id: UUID | None
    district: str | None
    is_open: bool = Field(description="还会举办新的沙龙")
    salons: int = Field(description="沙龙数")
    version: int


class SeriesListOut(Out):
    items: list[SeriesOut]


class EditSeries(In):
    title: Annotated[Line, Field(max_length=40)]
    intro: Annotated[Readable, Field(max_length=1000)] = ""
    unit_id: UUID | None = None
    district: District | None = None
    is_open: bool = True
