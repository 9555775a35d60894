"""What staff see of an audience before release, and of a rule while they write it."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from backend.policies.editing.comparing import Change
from backend.policies.editing.content import RULE_MARK
from miniprogram_api.notifications.broadcast_schemas import ForecastOut
from miniprogram_api.policies.schemas import FindingOut, WhyOut
from miniprogram_api.schema import In, Out, PageQuery, Query

Edition = Annotated[int, Field(ge=1, le=100_000)]
_AGAINST = "与哪一版比较，默认为此前最近发布过的一版"
_AS_OF = "按哪一天判断，默认为今天"


class AudienceQuery(Query):
    as_of: date | None = Field(None, description=_AS_OF)
    against: Edition | None = Field(None, description=_AGAINST)


class ChangesQuery(PageQuery):
    change: Change = Field(Change.ANY, description="gains 变为可能符合的；loses 不再符合的；any 答案有变的")
    as_of: date | None = Field(None, description=_AS_OF)
    against: Edition | None = Field(None, description=_AGAINST)


class CountsOut(Out):
    yes: int
    unknown: int
    no: int


class PlaceOut(CountsOut):
    district: str | None


class AudienceGroupOut(PlaceOut):
    entity_type: str | None
    size: str | None


class LackingOut(Out):
    fact: str
    title: str
    askable: bool
    enterprises: int = Field(description="不能判断的企业中，缺少这一信息、信息过期或来源不被认可的")
    alone: int = Field(description="其中只差这一项信息的")


class MoveOut(Out):
    before: str
    after: str
    enterprises: int = Field(description="企业数")


class DifferenceOut(Out):
    edition: int = Field(description="与之比较的版次")
    gains: int = Field(description="变为可能符合的企业数")
    loses: int = Field(description="不再是可能符合的企业数")
    stays: int = Field(description="答案不变的企业数")
    moves: list[MoveOut] = Field(description="按前后答案统计")


class AudienceOut(CountsOut):
    edition: int
    as_of: date
    by_district: list[PlaceOut]
    groups: list[AudienceGroupOut] = Field(description="按属地、主体类型、统计规模统计")
    missing: list[LackingOut] = Field(description="不能判断的企业缺少什么，多的在前")
    difference: DifferenceOut | None = Field(description="与另一版相比；没有可比的版本为 null")
    findings: list[FindingOut] = Field(description="发布前请核对")


class ChangedOut(Out):
    id: UUID
    name: str
    uscc: str
    district: str | None
    before: str = Field(description="按比较的版本：yes、unknown、no")
    after: str = Field(description="按最新版本：yes、unknown、no")


class CarriedOut(Out):
    channel: str = Field(description="subscribe 订阅消息、service 服务号消息、sms 短信")
    template: str = Field(description="模板名称")
    fields: dict[str, str] = Field(description="模板各项的内容，已按长度限制缩短")


class SampleOut(Out):
    kind: str = Field(examples=["policy_matched"])
    title: str
    body: str = Field(description="站内消息的正文")
    channels: list[CarriedOut]


class ReachOut(Out):
    edition: int
    forecast: ForecastOut = Field(description="名单按今天的企业信息和您可见的属地计算")
    release_above: int = Field(description="超过这个人数的，发布后还须另一人放行才发送")
    needs_release: bool
    messages: list[SampleOut] = Field(description="将发送的消息，企业名称为示例")


class CheckRule(In):
    rule: dict[str, Any] = Field(description="尚未保存的条件规则", json_schema_extra={RULE_MARK: True})
    enterprise_id: UUID | None = Field(None, description="以哪家企业试算")
    as_of: date | None = Field(None, description=_AS_OF)


class RuleFindingOut(FindingOut):
    level: str = Field(description="error 不能保存；warning 请核对", examples=["warning"])


class NeededFactOut(Out):
    fact: str
    title: str
    unit: str
    askable: bool


class CheckedOut(Out):
    hash: str | None = Field(description="规则的校验值，有错误时为 null")
    findings: list[RuleFindingOut] = Field(description="错误和需核对之处，附位置")
    facts: list[NeededFactOut] = Field(description="规则用到的信息项")
    why: WhyOut | None = Field(description="所选企业的逐条判断")
