"""What a bank's endpoints take and give."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from miniprogram_api.financing.evidence_schemas import PaperOut
from miniprogram_api.financing.money import Percent, Wan
from miniprogram_api.financing.schemas import Collateral, Day, EventOut, FiguresOut, Months, ReferralOut, Repayment
from miniprogram_api.financing.staff_schemas import DayCount, FeeIn, Tenor
from miniprogram_api.schema import At, In, Line, Out, PageQuery, Readable


class PartnerSessionOut(Out):
    csrf_token: str = Field(description="修改类请求须放在 X-CSRF-Token 中")
    ends_at: At = Field(description="最迟何时结束")


class PartnerOut(Out):
    name: str = Field(description="姓名")
    institution: str = Field(description="机构")
    desk: str = Field(description="对接岗")
    districts: list[str] = Field(description="负责的区县，空为全市")


class ListingOut(Out):
    listing_id: UUID = Field(description="匿名需求的编号，别处都用不到")
    district: str | None = Field(description="区县代码，不足以隐去身份时为空")
    industry: str | None = Field(description="行业门类或大类代码，不足以隐去身份时为空")
    size: str | None = Field(description="规模代码，不足以隐去身份时为空")
    amount_band: str = Field(description="金额档次")
    months_band: str = Field(description="期限档次")
    purpose: str = Field(description="用途代码")
    collateral: list[str] = Field(description="担保方式代码")
    opened_week: date = Field(description="提交的那一周的周一")
    is_signalled: bool = Field(description="本机构是否已表达意向")


class SignalIn(In):
    amount_wan: Wan = Field(description="意向金额（万元）")
    months: Months
    rate_min_percent: Percent = Field(description="意向年利率下限（%）")
    rate_max_percent: Percent = Field(description="意向年利率上限（%）")
    repayment: Repayment = Field(description="还款方式")


class SignalledOut(Out):
    id: UUID


class ReferralsQuery(PageQuery):
    state: list[
        Literal[
            "routed", "accepted", "contacted", "due_diligence", "approved", "rejected", "drawn", "renewed", "given_up",
            "unknown",
        ]
    ] = Field(default_factory=list, description="状态，可多选")  # fmt: skip


class ReferralsOut(Out):
    items: list[ReferralOut]
    next: str | None = None
    count: int | None = Field(description="符合条件的总数；只在第一页给出，翻页后为空")
    count_is_at_least: bool = Field(description="为真时至少有这么多，没有再数下去")


class ReferralDetailOut(ReferralOut):
    events: list[EventOut] = Field(description="经过")


class FieldOut(Out):
    field: str = Field(description="数据项代码")
    title: str = Field(description="数据项")
    value: str = Field(description="内容；未掌握的写明未掌握")
    source: str | None = Field(description="来源")
    on: date | None = Field(description="截至哪一天")


class ReadingOut(Out):
    read_id: UUID = Field(description="本次查看记录的编号")
    read_at: At = Field(description="查看时间，企业可见")
    expires_at: At = Field(description="授权何时失效")
    fields: list[FieldOut] = Field(description="企业同意提供的内容")


class MakeOffer(In):
    amount_wan: Wan = Field(description="金额（万元）")
    months: Months
    repayment: Repayment = Field(description="还款方式")
    collateral: Collateral = Field(description="担保方式")
    valid_until: Day = Field(description="报价有效期至", examples=["2026-12-31"])
    rate_percent: Percent | None = Field(None, description="固定年利率（%）；浮动的为空")
    lpr_tenor: Tenor | None = Field(None, description="LPR期限；固定利率的为空", examples=[None])
    bp: Annotated[int, Field(ge=-500, le=2000)] | None = Field(None, description="点差（基点）", examples=[None])
    day_count: DayCount = Field("months", description="计息方式")
    fees: Annotated[list[FeeIn], Field(max_length=10, description="费用")] = Field(default_factory=list)


class ReckonedOut(Out):
    method: str = Field(description="年化成本的算法代号")
    rate_percent: str = Field(description="年利率（%）")
    worst_rate_percent: str = Field(description="最坏情形的年利率（%）")
    cost: FiguresOut = Field(description="按约定履行时")
    worst: FiguresOut = Field(description="最坏情形")


class Refuse(In):
    code: Annotated[Line, Field(max_length=41, description="原因代码", examples=["collateral_short"])]
    words: Annotated[Readable, Field(max_length=1000, description="理由", examples=["缺少可以处置的抵押物"])]
    remedy: Annotated[
        Readable, Field(max_length=1000, description="怎样可以改变结果", examples=["增加担保后可重新申请"])
    ]


class AnswerAgain(In):
    words: Annotated[Readable, Field(min_length=1, max_length=1000, description="二次对接的结论和理由")]
    offer: MakeOffer | None = Field(None, description="改变决定时的报价；维持原决定时为空")


class Draw(In):
    drawn_on: Day = Field(description="放款日期", examples=["2026-11-20"])
    drawn_wan: Wan = Field(description="放款金额（万元）")
    due_on: Day = Field(description="到期日", examples=["2027-11-20"])
    evidence: list[PaperOut] = Field(description="企业同意提供的证明材料，逐份打开并留痕；授权不含时为空")
