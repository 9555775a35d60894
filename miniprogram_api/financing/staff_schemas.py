"""What staff's endpoints of financing take and give: institutions, desks, values, products."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from backend.staff.grants import DISTRICT
from miniprogram_api.financing.money import Percent, Wan
from miniprogram_api.financing.schemas import CardOut, Collateral, Day, Repayment
from miniprogram_api.schema import At, In, Line, Out, PageQuery, Readable, Text

Tenor = Literal["one_year", "five_years"]
Points = Annotated[int, Field(ge=-500, le=2000)]
DayCount = Literal["months", "actual_360", "actual_365"]
District = Annotated[str, Field(pattern=f"^({DISTRICT})$", description="区县代码", examples=["330502"])]
ApplicationState = Literal["open", "chosen", "closed", "withdrawn", "expired"]


class ApplicationsQuery(PageQuery):
    state: list[ApplicationState] = Field(default_factory=list, description="状态，可多选")
    district: District | None = None


class CardsOut(Out):
    items: list[CardOut]
    next: str | None = None
    count: int | None = Field(description="符合条件的总数；只在第一页给出，翻页后为空")
    count_is_at_least: bool = Field(description="为真时至少有这么多，没有再数下去")


class AddInstitution(In):
    name: Annotated[Line, Field(min_length=2, max_length=60, description="名称", examples=["湖州演示银行"])]
    kind: Literal["bank", "guarantor"] = Field(description="bank 银行，guarantor 担保机构")
    contact: Annotated[Line, Field(min_length=3, max_length=100, description="联系方式，写入授权书")]


class EditInstitution(In):
    name: Annotated[Line, Field(min_length=2, max_length=60, description="名称")]
    contact: Annotated[Line, Field(min_length=3, max_length=100, description="联系方式")]
    is_open: bool = Field(description="是否接受对接")


class Assess(In):
    purpose: Annotated[Text, Field(max_length=1000, description="处理目的、方式是否合法、正当、必要")]
    risks: Annotated[Text, Field(max_length=2000, description="对个人权益的影响和安全风险")]
    measures: Annotated[Text, Field(max_length=2000, description="采取的保护措施")]
    level: Literal["low", "middle", "high"] = Field(description="风险等级")
    valid_until: Day = Field(description="有效期至", examples=["2027-11-23"])


class OpenDesk(In):
    name: Annotated[Line, Field(max_length=60, description="对接岗名称", examples=["普惠金融部"])]
    districts: list[District] = Field(default_factory=list, max_length=10, description="负责的区县，空为全市")


class JoinDesk(In):
    staff_id: UUID = Field(description="合作机构角色的账号编号")


class MadeOut(Out):
    id: UUID


class IssueClient(In):
    staff_id: UUID = Field(description="对接岗账号编号，程序以该账号办理")
    name: Annotated[Line, Field(max_length=60, description="用途", examples=["信贷系统"])]
    webhook_url: Annotated[str, Field(max_length=500)] | None = Field(
        None, description="有新情况时通知的地址，须为 https", examples=["https://bank.example/wuwei"]
    )


class IssuedOut(Out):
    id: UUID
    key: str = Field(description="密钥，只显示这一次")


class DeskPersonOut(Out):
    id: UUID
    name: str = Field(description="姓名")


class DeskOut(Out):
    id: UUID
    name: str = Field(description="对接岗")
    districts: list[str] = Field(description="负责的区县，空为全市")
    is_open: bool = Field(description="是否开放")
    people: list[DeskPersonOut] = Field(description="对接人员")


class InstitutionOut(Out):
    id: UUID
    name: str = Field(description="名称")
    kind: str = Field(description="种类代码")
    contact: str = Field(description="联系方式")
    is_open: bool = Field(description="是否接受对接")
    assessed_until: date | None = Field(description="影响评估有效期至")
    desks: list[DeskOut] = Field(description="对接岗")
    version: int = Field(description="版本，修改时放在 If-Match 中")


class InstitutionsOut(Out):
    items: list[InstitutionOut]


class LprOut(Out):
    tenor: Tenor = Field(description="期限")
    effective_on: date = Field(description="自哪一天起")
    rate_percent: str = Field(description="利率（%）")
    source: str = Field(description="出处")
    is_verified: bool = Field(description="是否已由他人与公告原文核对；没有核对的仅供参考")
    checked_against: str = Field(description="没有核对公告时与什么比对过")
    noted_by: str | None = Field(description="登记人；随程序录入的为空")
    verified_by: str | None = Field(description="核对人")
    verified_at: At | None = Field(description="核对时间")
    may: list[Literal["verify"]] = Field(description="现在可以办理的操作")


class LprsOut(Out):
    items: list[LprOut]


class NoteLpr(In):
    tenor: Tenor = Field(description="期限")
    effective_on: Day = Field(description="自哪一天起", examples=["2026-12-21"])
    rate_percent: Percent = Field(description="利率（%）")
    source: Annotated[Line, Field(max_length=200, description="出处", examples=["全国银行间同业拆借中心公告"])]


class VerifyLpr(In):
    tenor: Tenor = Field(description="期限")
    effective_on: Day = Field(description="自哪一天起", examples=["2025-05-20"])
    rate_percent: Percent = Field(description="公告上的利率（%），与登记的不同即更正")
    source: Annotated[Line, Field(min_length=1, max_length=200, description="公告的标题、日期和网址")]


class ValueOut(Out):
    key: str = Field(description="代码")
    value: int = Field(description="数值")
    least: int = Field(description="允许的最小值")
    most: int = Field(description="允许的最大值")
    words: str = Field(description="说明")
    version: int = Field(description="版本，修改时放在 If-Match 中")


class ValuesOut(Out):
    items: list[ValueOut]


class ChangeValue(In):
    value: int = Field(description="新的数值")


class FeeIn(In):
    kind: Literal["guarantee", "assessment", "insurance", "registration", "service", "other"] = Field(
        description="费用种类"
    )
    basis: Literal["yuan", "percent_of_principal", "percent_of_balance"] = Field(description="按元或按本金、余额的比例")
    amount: Annotated[str, Field(pattern=r"^[0-9]{1,9}(\.[0-9]{1,4})?$", description="数额，元或 %", examples=["0.8"])]
    when: Literal["start", "yearly", "monthly", "end"] = Field(description="何时收取")
    is_conditional: bool = Field(False, description="是否只在某些情形下才收取")


class ProductIn(In):
    name: Annotated[Line, Field(max_length=60, description="产品名称", examples=["小微快贷"])]
    summary: Annotated[Line, Field(max_length=200, description="一句话介绍，不作承诺", examples=["小微企业信用贷款。"])]
    collateral: Annotated[list[Collateral], Field(min_length=1, max_length=7, description="担保方式")]
    repayments: Annotated[list[Repayment], Field(min_length=1, max_length=5, description="还款方式")]
    amount_min_wan: Wan = Field(description="额度下限（万元）")
    amount_max_wan: Wan = Field(description="额度上限（万元）")
    months_min: Annotated[int, Field(ge=1, le=360, description="期限下限（个月）")]
    months_max: Annotated[int, Field(ge=1, le=360, description="期限上限（个月）")]
    rate_kind: Literal["range", "lpr"] = Field(description="range 利率区间，lpr 按LPR加减点")
    rate_min_percent: Percent | None = Field(None, description="年利率下限（%）")
    rate_max_percent: Percent | None = Field(None, description="年利率上限（%）")
    lpr_tenor: Tenor | None = Field(None, description="LPR期限", examples=[None])
    bp_min: Annotated[int, Field(ge=-500, le=2000)] | None = Field(
        None, description="点差下限（基点）", examples=[None]
    )
    bp_max: Annotated[int, Field(ge=-500, le=2000)] | None = Field(
        None, description="点差上限（基点）", examples=[None]
    )
    day_count: DayCount = Field("months", description="计息方式")
    fees: Annotated[list[FeeIn], Field(max_length=10, description="费用")] = Field(default_factory=list)
    materials: Annotated[list[Annotated[Line, Field(max_length=60)]], Field(max_length=30)] = Field(
        default_factory=list, description="所需材料"
    )
    is_follow_on: bool = Field(False, description="是否仅限续贷")
    rule: dict[str, Any] = Field(description="适用条件，语言与政策相同，逐条有出处")
    source: Annotated[Readable, Field(min_length=1, max_length=500, description="出处")]
    valid_from: Day = Field(description="有效期起", examples=["2026-01-01"])
    valid_until: Day | None = Field(None, description="有效期止，长期有效时为空")


class DraftProduct(ProductIn):
    institution_id: UUID = Field(description="机构编号")


class WithdrawProduct(In):
    reason: Annotated[Line, Field(max_length=200, description="下架的原因")]


class ProductHandledOut(Out):
    id: UUID
    edition: int = Field(description="第几版")
    state: str = Field(description="状态代码")
    version: int = Field(description="版本，修改时放在 If-Match 中")


class ShelfOut(Out):
    version_id: UUID = Field(description="产品版本编号")
    product_id: UUID
    edition: int = Field(description="第几版")
    state: str = Field(description="状态代码")
    state_word: str = Field(description="状态")
    name: str = Field(description="产品名称")
    summary: str = Field(description="一句话介绍")
    institution_id: UUID
    institution: str = Field(description="机构")
    institution_kind: str = Field(description="机构种类代码")
    collateral: list[str] = Field(description="担保方式代码")
    repayments: list[str] = Field(description="还款方式代码")
    amount_min_wan: str = Field(description="额度下限（万元）")
    amount_max_wan: str = Field(description="额度上限（万元）")
    months_min: int = Field(description="期限下限（个月）")
    months_max: int = Field(description="期限上限（个月）")
    rate_kind: str = Field(description="range 利率区间，lpr 按LPR加减点")
    rate_min_percent: str | None = Field(description="年利率下限（%）")
    rate_max_percent: str | None = Field(description="年利率上限（%）")
    lpr_tenor: str | None = Field(description="LPR期限")
    bp_min: int | None = Field(description="点差下限（基点）")
    bp_max: int | None = Field(description="点差上限（基点）")
    day_count: str = Field(description="计息方式代码")
    fees: list[dict[str, Any]] = Field(description="费用")
    materials: list[str] = Field(description="所需材料")
    is_follow_on: bool = Field(description="是否仅限续贷")
    rule: dict[str, Any] = Field(description="适用条件")
    source: str = Field(description="出处")
    valid_from: date = Field(description="有效期起")
    valid_until: date | None = Field(description="有效期止，长期有效时为空")
    published_at: At | None = Field(description="发布时间")
    ended_at: At | None = Field(description="结束时间")


class EditionOut(ShelfOut):
    author: str | None = Field(description="起草人")
    publisher: str | None = Field(description="发布人")
    written_at: At = Field(description="起草时间")
    end_reason: str = Field(description="下架的原因")
    version: int = Field(description="版本，修改时放在 If-Match 中")


class ProductOut(Out):
    id: UUID
    version: int = Field(description="版本，修改时放在 If-Match 中")
    may: list[Literal["edit", "publish", "withdraw"]] = Field(description="现在可以办理的操作")
    editions: list[EditionOut] = Field(description="各版，新的在前")


class ProductsQuery(PageQuery):
    state: Literal["draft", "published", "superseded", "withdrawn"] | None = Field(None, description="状态")
    institution_id: UUID | None = Field(None, description="机构编号")
