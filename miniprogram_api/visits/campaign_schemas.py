"""What the endpoints of campaigns take and give."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from backend.policies.editing.content import RULE_MARK
from backend.visits.campaigns.states import CAMPAIGN, LEFT_OUT, TARGET, CampaignState, TargetState
from miniprogram_api.policies.audience_schemas import AudienceGroupOut, CountsOut, LackingOut, PlaceOut
from miniprogram_api.policies.schemas import FindingOut
from miniprogram_api.schema import At, In, Line, Moment, Out, PageQuery, Readable, Text
from miniprogram_api.visits.schemas import PLACE, Key, Note, Place, SlotOut, VisitorOut, Words

STATES = "，".join(f"{code} {word}" for code, word in CAMPAIGN.words.items())
TARGETS = "，".join(f"{code} {word}" for code, word in TARGET.words.items())
REASONS = "，".join(f"{code} {word}" for code, word in LEFT_OUT.items())


class WriteCampaign(In):
    title: Annotated[Line, Field(max_length=60, description="名称，企业看得到", examples=["新设小微企业走访"])]
    why: Annotated[
        Text, Field(max_length=300, description="为何走访，企业看得到", examples=["了解经营困难，讲解可享受的政策。"])
    ]
    reason: Key
    place: Annotated[Place, Field(description=PLACE)]
    rule: dict[str, Any] = Field(
        description="哪些企业：条件规则，与政策的条件写法相同", json_schema_extra={RULE_MARK: True}
    )
    districts: Annotated[list[Line], Field(max_length=10, description="区县代码；不填为全市")] = Field(
        default_factory=list
    )
    first_on: date = Field(description="从哪个星期一起", examples=["2026-11-30"])
    weeks: Annotated[int, Field(ge=1, le=52, description="共几周")]
    per_week: Annotated[int, Field(ge=1, le=60, description="每位走访人员一整周最多几次")]
    visitors: Annotated[list[UUID], Field(min_length=1, max_length=300, description="走访人员")]
    recent_days: Annotated[int, Field(ge=0, le=366, description="多少天内来过的不再列入，0 为不限")] = 180
    lead_days: Annotated[int, Field(ge=3, le=60, description="提前多少天发出提议")] = 14
    answer_days: Annotated[int, Field(ge=1, le=30, description="多少天不答复算未答复")] = 7


class CampaignsQuery(PageQuery):
    state: CampaignState | None = Field(None, description=STATES)


class CampaignCardOut(Out):
    id: UUID
    number: str = Field(description="批量走访的编号", examples=["ZF-20261123-0001"])
    title: str = Field(description="名称", examples=["新设小微企业走访"])
    reason: str = Field(description="走访事由代码", examples=["policy_talk"])
    reason_title: str = Field(description="走访事由", examples=["政策讲解"])
    place: str = Field(description=PLACE, examples=["on_site"])
    districts: list[str] = Field(description="区县代码，空为全市")
    unit_id: UUID | None
    unit: str | None = Field(description="组织单位")
    first_on: date = Field(description="从哪个星期一起")
    weeks: int = Field(description="共几周")
    per_week: int = Field(description="每位走访人员一整周最多几次")
    state: CampaignState = Field(description=STATES)
    state_word: str = Field(description="状态", examples=["进行中"])
    chosen: int | None = Field(description="列入的企业数，冻结前为空")
    left_out: int | None = Field(description="符合条件而未列入的企业数")
    created_at: At
    ended_at: At | None
    version: int


class CampaignOut(CampaignCardOut):
    why: str = Field(description="为何走访，企业看得到")
    rule: dict[str, Any] = Field(description="条件规则")
    recent_days: int = Field(description="多少天内来过的不再列入")
    lead_days: int = Field(description="提前多少天发出提议")
    answer_days: int = Field(description="多少天不答复算未答复")
    digest: str | None = Field(description="名单和内容的校验值，放行时核对")
    explained: str = Field(description="名单如何分到人员和周次")
    seed: str = Field(description="抽定次序的种子，据此可重新算出名单")
    visitors: list[VisitorOut] = Field(description="走访人员")
    end_reason: str = Field(description="取消的理由")
    frozen_at: At | None = Field(description="冻结时间")
    released_at: At | None = Field(description="放行时间")
    created_by: str | None = Field(description="起草人")
    released_by: str | None = Field(description="放行人")
    release_above: int = Field(description="超过这个企业数的，须另一人放行")
    may: list[str] = Field(description="现在可以办理的操作", examples=[["freeze"]])


class CampaignAudienceOut(CountsOut):
    as_of: date
    by_district: list[PlaceOut] = Field(description="按属地统计")
    groups: list[AudienceGroupOut] = Field(description="按属地、主体类型、统计规模统计")
    missing: list[LackingOut] = Field(description="不能判断的企业缺少什么，多的在前")
    findings: list[FindingOut] = Field(description="请核对之处")


class ReleaseCampaign(In):
    digest: Annotated[Line, Field(min_length=64, max_length=64, description="核对过的校验值")]


class CancelCampaign(In):
    reason: Words


class TargetsQuery(PageQuery):
    state: TargetState | None = Field(None, description=TARGETS)
    is_chosen: bool | None = Field(None, description="true 只看列入的，false 只看未列入的")
    left_out: Literal["ceiling", "recent", "nobody", "elsewhere", "full", "closed"] | None = Field(
        None, description=REASONS
    )
    staff_id: UUID | None = Field(None, description="只看一个人的")
    week: date | None = Field(None, description="只看一周的，该周的星期一")


class TargetOut(Out):
    id: UUID
    enterprise_id: UUID
    enterprise: str = Field(description="企业名称")
    district: str | None
    staff_id: UUID | None = Field(description="走访人员编号")
    visitor: str | None = Field(description="走访人员")
    week: date | None = Field(description="计划在哪一周，该周的星期一")
    state: TargetState = Field(description=TARGETS)
    state_word: str = Field(description="状态", examples=["待答复"])
    left_out: str | None = Field(description=REASONS)
    left_out_word: str | None = Field(description="未列入的原因")
    proposed_at: At | None = Field(description="发出时间")
    expires_on: date | None = Field(description="最迟哪天答复")
    answered_at: At | None = Field(description="答复时间")
    decline_reason: str = Field(description="不需要的理由")
    visit_id: UUID | None
    visit_number: str | None = Field(description="走访编号")
    visit_state: str | None = Field(description="走访的状态代码")
    visit_state_word: str | None = Field(description="走访的状态")
    starts_at: At | None = Field(description="走访开始时间")


class ProgressRowOut(Out):
    week: date | None = Field(description="该周的星期一")
    staff_id: UUID | None = Field(description="走访人员编号")
    visitor: str | None = Field(description="走访人员")
    unit_id: UUID | None
    unit: str | None = Field(description="单位")
    chosen: int = Field(description="列入的企业数")
    waiting: int = Field(description="待发出")
    proposed: int = Field(description="待答复")
    picked: int = Field(description="已选时间")
    declined: int = Field(description="不需要")
    silent: int = Field(description="未答复，单独统计")
    cancelled: int = Field(description="因批量走访取消而未走访")
    visited: int = Field(description="已到访，即覆盖数")
    lost: int = Field(description="选了时间后取消、未到或逾期")


class LeftOutOut(Out):
    reason: str = Field(description=REASONS, examples=["ceiling"])
    word: str = Field(description="未列入的原因")
    enterprises: int = Field(description="企业数")


class ProgressOut(Out):
    whole: ProgressRowOut | None = Field(description="合计，冻结前为空")
    by_week: list[ProgressRowOut] = Field(description="按周")
    by_visitor: list[ProgressRowOut] = Field(description="按走访人员")
    by_unit: list[ProgressRowOut] = Field(description="按单位")
    left_out: list[LeftOutOut] = Field(description="未列入的原因和企业数")


class ProposalOut(Out):
    id: UUID
    enterprise_id: UUID
    enterprise: str = Field(description="企业名称")
    title: str = Field(description="名称", examples=["新设小微企业走访"])
    why: str = Field(description="为何走访")
    reason: str = Field(description="走访事由", examples=["政策讲解"])
    place: str = Field(description=PLACE, examples=["on_site"])
    week: date = Field(description="计划在哪一周，该周的星期一")
    visitor: str | None = Field(description="走访人员")
    state: TargetState = Field(description=TARGETS)
    state_word: str = Field(description="状态", examples=["待答复"])
    expires_on: date | None = Field(description="最迟哪天答复")
    visit_id: UUID | None = Field(description="选定后的走访")


class ProposalsOut(Out):
    items: list[ProposalOut]


class ProposalTimesOut(Out):
    id: UUID
    is_open: bool = Field(description="现在能否选时间或说不需要")
    suggested: list[SlotOut] = Field(description="建议的时间，先列几个")
    times: list[SlotOut] = Field(description="全部可选的时间")
    why_none: list[str] = Field(description="没有可选时间的原因", examples=[[]])


class PickTime(In):
    starts_at: Moment = Field(description="所选时间", examples=["2026-12-01T09:00:00+08:00"])
    note: Note = ""


class DeclineProposal(In):
    reason: Annotated[Readable, Field(max_length=500, description="理由，可不填")] = ""
