"""What the endpoints of plans, inspections, signatures and limits of the ledger take and give."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from backend.enterprises.contacts.states import ApprovalState, InspectionKind, MergeState, PlanState, Side
from miniprogram_api.enterprises.contact_schemas import SIDE, Words, Year
from miniprogram_api.schema import At, In, Line, Out, PageQuery, Text

Why = Annotated[Line, Field(max_length=200, description="事由", examples=["年度计划"])]
Basis = Annotated[Line, Field(max_length=300, description="法律依据", examples=["《食品安全法》第一百零九条"])]
INSPECTIONS = "routine 日常检查，random 双随机抽查，special 专项检查，complaint 投诉举报核查，follow_up 整改复查"


class EnterInspection(In):
    enterprise_id: UUID
    kind: InspectionKind = Field(description=INSPECTIONS)
    on_day: date = Field(description="检查日期", examples=["2026-11-20"])
    reason: Why
    legal_basis: Basis
    outcome: Annotated[Text, Field(max_length=1000, description="检查结果", examples=["未发现问题"])]
    staff: Annotated[list[UUID], Field(max_length=10, description="检查人员，第一位牵头；不填为本人")] = Field(
        default_factory=list
    )
    plan_id: UUID | None = Field(None, description="完成的是哪一项计划")
    replaces: UUID | None = Field(None, description="重新登记的是哪一条已更正的记录")


class PlanInspection(In):
    enterprise_id: UUID
    kind: InspectionKind = Field(description=INSPECTIONS)
    on_day: date = Field(description="计划日期", examples=["2026-12-01"])
    reason: Why
    legal_basis: Basis


class MadeOut(Out):
    id: UUID


class CallOffPlan(In):
    reason: Words


class PlansQuery(PageQuery):
    side: Side | None = Field(None, description=SIDE)
    state: PlanState | None = Field(None, description="planned 计划中，done 已完成，merged 已合并，gone 已取消")


class PlannedOut(Out):
    id: UUID
    enterprise_id: UUID
    enterprise: str = Field(description="企业名称")
    side: Side = Field(description=SIDE)
    side_word: str = Field(description="服务或检查", examples=["检查"])
    kind: str = Field(description="方式代码", examples=["routine"])
    kind_word: str = Field(description="方式", examples=["日常检查"])
    on_day: date = Field(description="计划日期")
    reason: str = Field(description="事由")
    legal_basis: str = Field(description="依据")
    district: str | None
    unit_id: UUID | None = Field(description="计划单位")
    staff_id: UUID | None = Field(description="牵头人")
    staff_name: str | None = Field(description="牵头人姓名")
    is_counted: bool = Field(description="是否计入年度次数")
    is_signed: bool = Field(description="是否经第二人签字超出上限")
    state: PlanState = Field(description="状态代码")
    state_word: str = Field(description="状态", examples=["计划中"])
    end_reason: str = Field(description="取消或合并的说明")
    origin: str | None = Field(description="来源，检查为空", examples=["visits"])
    origin_id: UUID | None = Field(description="走访编号（内部），检查为空")
    version: int


class ApprovalsQuery(PageQuery):
    state: ApprovalState | None = Field(
        None, description="asked 待签字，signed 已签字，refused 未同意，used 已使用，lapsed 已失效"
    )


class AskApproval(In):
    enterprise_id: UUID
    side: Side = Field(description=SIDE)
    year: Year
    reason: Words


class DecideApproval(In):
    is_signed: bool = Field(description="是否签字同意")
    words: Words


class ApprovalOut(Out):
    id: UUID
    enterprise_id: UUID
    enterprise: str = Field(description="企业名称")
    side: Side = Field(description=SIDE)
    side_word: str = Field(description="服务或检查", examples=["服务"])
    year: int = Field(description="年度")
    district: str | None
    reason: str = Field(description="申请理由")
    state: ApprovalState = Field(description="状态代码")
    state_word: str = Field(description="状态", examples=["待签字"])
    requested_by: UUID = Field(description="申请人编号")
    requested_by_name: str | None = Field(description="申请人")
    requested_at: At = Field(description="申请时间")
    decided_by: UUID | None = Field(description="签字人编号")
    decided_by_name: str | None = Field(description="签字人")
    decided_at: At | None = Field(description="签字时间")
    words: str = Field(description="签字意见")
    holds_until: At | None = Field(description="签字有效期")
    used_at: At | None = Field(description="使用时间")
    can_sign: bool = Field(description="本人是否可以签字")
    version: int


class ApprovalMovedOut(Out):
    id: UUID
    state: ApprovalState = Field(description="状态代码")
    version: int


class MergesQuery(PageQuery):
    state: MergeState | None = Field(
        None, description="proposed 待双方答复，merged 已合并，declined 分别前往，over 已无需合并"
    )


class MergePlanOut(Out):
    id: UUID
    on_day: date = Field(description="计划日期")
    reason: str = Field(description="事由")
    unit_id: UUID | None = Field(description="计划单位编号")
    unit: str | None = Field(description="计划单位", examples=["吴兴分局"])
    staff_id: UUID | None = Field(description="牵头人编号")
    staff_name: str | None = Field(description="牵头人姓名")
    origin_id: UUID | None = Field(description="走访编号（内部）")
    planned_by: UUID | None = Field(description="计划人编号；经营者自己约的为空")
    planned_by_name: str | None = Field(description="计划人姓名")
    district: str | None


class MergeOut(Out):
    id: UUID
    enterprise_id: UUID
    enterprise: str = Field(description="企业名称")
    side: Side = Field(description=SIDE)
    side_word: str = Field(description="服务或检查", examples=["服务"])
    state: MergeState = Field(description="状态代码")
    state_word: str = Field(description="状态", examples=["待双方答复"])
    first: MergePlanOut = Field(description="一个单位的计划")
    second: MergePlanOut = Field(description="另一个单位的计划")
    first_at: At | None = Field(description="一方同意的时间")
    second_at: At | None = Field(description="另一方同意的时间")
    proposed_at: At = Field(description="提议时间")
    decline_reason: str = Field(description="不合并的理由")
    ended_at: At | None
    may: list[str] = Field(description="现在可以办理的操作", examples=[["accept", "decline"]])
    version: int


class DeclineMerge(In):
    reason: Words


class MergeMovedOut(Out):
    id: UUID
    state: MergeState = Field(description="状态代码")


class KindOut(Out):
    key: str = Field(description="方式代码", examples=["visit"])
    side: Side = Field(description=SIDE)
    title: str = Field(description="方式", examples=["上门走访"])
    is_counted: bool = Field(description="是否计入年度次数")


class CeilingIn(In):
    side: Side = Field(description=SIDE)
    credit_class: Literal["", "A", "B", "C", "D"] = Field("", description="企业信用风险分类，空为不分类")
    size: Literal["", "micro", "small", "medium", "large"] = Field("", description="企业规模，空为不分规模")
    per_year: Annotated[int, Field(ge=0, le=365)] | None = Field(description="年度上限，空为不限")
    ground: Annotated[Line, Field(max_length=200, description="上限的出处", examples=["本单位工作安排"])]


class CeilingOut(Out):
    side: Side = Field(description=SIDE)
    credit_class: str = Field(description="企业信用风险分类，空为不分类")
    size: str = Field(description="企业规模，空为不分规模")
    per_year: int | None = Field(description="年度上限，空为不限")
    ground: str = Field(description="上限的出处")


class LimitsOut(Out):
    merge_days: int = Field(description="两个单位的计划相隔多少天以内提议合并")
    late_days: int = Field(description="超过多少天登记须标明补录")
    signed_days: int = Field(description="第二人签字的有效天数")
    kinds: list[KindOut] = Field(description="入企方式")
    ceilings: list[CeilingOut] = Field(description="年度上限，先看分类，再看规模")
    version: int = Field(description="版本，修改时放在 If-Match 中")


class SetLimits(In):
    merge_days: Annotated[int, Field(ge=1, le=90, description="两个单位的计划相隔多少天以内提议合并")]
    late_days: Annotated[int, Field(ge=1, le=60, description="超过多少天登记须标明补录")]
    signed_days: Annotated[int, Field(ge=1, le=90, description="第二人签字的有效天数")]
    counted: Annotated[list[Line], Field(max_length=20, description="计入年度次数的方式代码", examples=[["visit"]])]
    ceilings: Annotated[
        list[CeilingIn], Field(min_length=1, max_length=50, description="年度上限，两方面各须有一个不分类的")
    ]
