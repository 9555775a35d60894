"""What a bank's endpoints take and give."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from miniprogram_api.financing.evidence_schemas import PaperOut
from miniprogram_api.financing.money import Percent, Wan
from miniprogram_api.financing.referral_schemas import EventOut, FiguresOut, OfferOut, ReferralOut
from miniprogram_api.financing.schemas import Collateral, Day, Months, Repayment
from miniprogram_api.financing.staff_schemas import DayCount, District, FeeIn, Tenor
from miniprogram_api.schema import At, In, Line, Out, PageQuery, Readable
from miniprogram_api.staff.schemas import MeOut


class PartnerSessionOut(Out):
    csrf_token: str = Field(description="修改类请求须放在 X-CSRF-Token 中")
    ends_at: At = Field(description="最迟何时结束")


class PartnerOut(Out):
    name: str = Field(description="姓名")
    institution: str = Field(description="机构")
    desk: str = Field(description="对接岗")
    districts: list[str] = Field(description="负责的区县，空为全市")


class PartnerAccountOut(MeOut):
    institution: str | None = Field(description="机构；没有加入对接岗时为空")
    desk: str | None = Field(description="对接岗；没有加入时为空")
    desk_districts: list[str] = Field(description="对接岗负责的区县，空为全市")


class ListingsQuery(PageQuery):
    district: District | None = None
    industry: Annotated[str, Field(pattern=r"^[A-T]([0-9]{2})?$", description="行业门类或大类代码")] | None = None
    size: Literal["micro", "small", "medium", "large"] | None = Field(None, description="规模代码")
    amount_band: Literal["to_10", "to_50", "to_100", "to_300", "to_1000", "over_1000"] | None = Field(
        None, description="金额档次"
    )
    months_band: Literal["to_6", "to_12", "to_36", "over_36"] | None = Field(None, description="期限档次")
    purpose: Annotated[Line, Field(max_length=41, description="用途代码")] | None = None
    collateral: Collateral | None = Field(None, description="担保方式代码")
    is_signalled: bool | None = Field(None, description="本机构是否已表达意向")


class OwnSignalOut(Out):
    amount_wan: str = Field(description="意向金额（万元）")
    months: int = Field(description="意向期限（个月）")
    rate_min_percent: str = Field(description="意向年利率下限（%）")
    rate_max_percent: str = Field(description="意向年利率上限（%）")
    repayment: str = Field(description="还款方式代码")
    made_at: At = Field(description="表达意向的时间")


class ListingOut(Out):
    listing_id: UUID = Field(description="匿名需求的编号，别处都用不到")
    district: str | None = Field(description="区县代码，不足以隐去身份时为空")
    industry: str | None = Field(description="行业门类或大类代码，不足以隐去身份时为空")
    industry_word: str | None = Field(description="行业名称")
    size: str | None = Field(description="规模代码，不足以隐去身份时为空")
    amount_band: str = Field(description="金额档次")
    months_band: str = Field(description="期限档次")
    purpose: str = Field(description="用途代码")
    collateral: list[str] = Field(description="担保方式代码")
    opened_week: date = Field(description="提交的那一周的周一")
    is_signalled: bool = Field(description="本机构是否已表达意向")
    signal: OwnSignalOut | None = Field(description="本机构表达的意向")


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
            "routed", "accepted", "contacted", "due_diligence", "approved", "rejected", "drawing", "drawn", "renewed",
            "given_up", "unknown",
        ]
    ] = Field(default_factory=list, description="状态，可多选")  # fmt: skip
    second_look: bool = Field(False, description="只看待答复的二次对接")


class ReferralsOut(Out):
    items: list[ReferralOut]
    next: str | None = None
    count: int | None = Field(description="符合条件的总数；只在第一页给出，翻页后为空")
    count_is_at_least: bool = Field(description="为真时至少有这么多，没有再数下去")


class AllowedFieldOut(Out):
    field: str = Field(description="数据项代码")
    title: str = Field(description="数据项")
    is_separate: bool = Field(description="是否在单独同意之下")


class DeskConsentOut(Out):
    kinds: list[str] = Field(description="企业同意提供的数据种类")
    fields: list[AllowedFieldOut] = Field(description="企业同意提供的数据项，内容须另行查看并留痕")
    expires_at: At = Field(description="授权何时失效")
    ended: Literal["revoked", "need_over", "expired"] | None = Field(
        description="授权怎样结束：revoked 企业撤回或签署人已无权代表，need_over 需求已结束，expired 到期；仍有效时为空"
    )


class DeskReadOut(Out):
    at: At = Field(description="查看时间")
    method: str = Field(description="方式")
    reader: str | None = Field(description="查看人")
    paper: str | None = Field(description="打开了哪一份证明材料；看的是数据项时为空")


class ReferralDetailOut(ReferralOut):
    may: list[str] = Field(
        description="现在可以办理的事：read、accept、contact、investigate、offer、refuse、draw、give_up、answer_again"
    )
    consent: DeskConsentOut = Field(description="授权的范围")
    reads: list[DeskReadOut] = Field(description="本机构最近的查看，至多 50 次，企业同样看得到")
    read_count: int = Field(description="本机构一共查看了几次")
    offers: list[OfferOut] = Field(description="本机构的各版报价，新的在前")
    rests_on_unverified_lpr: bool = Field(description="浮动利率的报价所依的LPR是否有未与公告核对的，须提示以公告为准")
    events: list[EventOut] = Field(description="经过")


class WaitingOut(Out):
    states: dict[str, int] = Field(description="各状态的对接有多少")
    second_looks: int = Field(description="待答复的二次对接")
    due: int = Field(description="明天结束前到期的，含已经到期的")


class FiguresQuery(In):
    first: Day | None = Field(None, description="起始日，按推送日期", examples=["2026-01-01"])
    last: Day | None = Field(None, description="截止日，含当天", examples=["2026-12-31"])


class CountedStateOut(Out):
    state: str = Field(description="状态代码")
    word: str = Field(description="状态")
    count: int = Field(description="有多少")


class CountedRefusalOut(Out):
    code: str = Field(description="原因代码")
    word: str = Field(description="原因")
    count: int = Field(description="有多少")


class OwnFiguresOut(Out):
    sent: int = Field(description="推送的对接")
    states: list[CountedStateOut] = Field(description="现在的状态")
    refusals: list[CountedRefusalOut] = Field(description="未通过的原因")
    second_looks: int = Field(description="已有结果的二次对接")
    overturned: int = Field(description="其中改变决定的")
    drawn_wan: str = Field(description="放款金额合计（万元）")
    accept_minutes: int | None = Field(description="从推送到受理的工作分钟中位数")
    decide_minutes: int | None = Field(description="从受理到决定的工作分钟中位数")


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
    evidence: list[PaperOut] = Field(description="企业同意提供的证明材料，逐份打开并留痕；授权不含时为空")


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


class NoteGivingUp(In):
    words: Annotated[
        Readable, Field(max_length=1000, description="企业何时、以何种方式表示放弃", examples=["电话告知暂不需要"])
    ]


class AnswerAgain(In):
    words: Annotated[Readable, Field(min_length=1, max_length=1000, description="二次对接的结论和理由")]
    offer: MakeOffer | None = Field(None, description="改变决定时的报价；维持原决定时为空")


class Draw(In):
    drawn_on: Day = Field(description="放款日期", examples=["2026-11-20"])
    drawn_wan: Wan = Field(description="放款金额（万元）")
    due_on: Day = Field(description="到期日", examples=["2027-11-20"])
