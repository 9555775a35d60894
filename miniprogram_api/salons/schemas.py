"""What the endpoints of salons and their series take and give, and the kinds of values all of salons share."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from backend.salons.content import Topic
from miniprogram_api.schema import At, In, Line, Moment, Out, PageQuery, Readable, Text

Words = Annotated[Text, Field(max_length=500, description="理由，对方可见")]
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))]
District = Annotated[Line, Field(max_length=12)]
SalonState = Literal["draft", "published", "open", "closed", "held", "archived", "cancelled"]
WAY = "hall 现场，online 线上"


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


class SalonsQuery(PageQuery):
    district: District | None = None
    topic: Topic | None = None


class StaffSalonsQuery(SalonsQuery):
    state: Annotated[list[SalonState], Field(max_length=7)] = Field(default_factory=list)
    series_id: UUID | None = None
    first: Day | None = Field(None, description="从哪一天起")
    last: Day | None = Field(None, description="到哪一天，含当天")
    q: Annotated[Line, Field(max_length=40, description="标题、主题、地点或编号中的文字")] | None = None


class CancelSalon(In):
    reason: Words


class CopySalon(In):
    starts_at: Moment = Field(description="新的开始时间；其他时间随之推移", examples=["2026-12-24T14:00:00+08:00"])


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
