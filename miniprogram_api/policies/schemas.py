"""What the policy endpoints take and give; a policy's own fields are those of `backend.policies.editing.content`."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from miniprogram_api.schema import At, In, Out, Page, PageQuery, Query, Text

Words = Annotated[str, Field(min_length=1, max_length=100)]


_ACTION = Field(None, description="policies、financing、supervision、assistance")


class FeedQuery(PageQuery):
    answer: Literal["yes", "maybe", "no"] | None = Field(None, description="只看可能符合、待补充信息或不符合的")
    category: Words | None = None
    action: Words | None = _ACTION
    favourites: bool = Field(default=False, description="只看收藏的")


class ListQuery(PageQuery):
    q: Words | None = Field(None, description="检索词，如“个体户贷款”；有检索词时按相关程度排列")
    category: Words | None = None
    action: Words | None = _ACTION


class SearchQuery(PageQuery):
    q: Words = Field(description="检索词，如“个体户贷款”")
    category: Words | None = None
    action: Words | None = _ACTION


class DetailQuery(Query):
    as_of: Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 12, 31))] | None = Field(
        None, description="按哪一天判断，默认为今天；用当天有效的版本和目前掌握的企业信息"
    )
    explain: bool | None = Field(None, description="是否判断本企业；关闭“按画像推送”后默认不判断，填 true 才判断")


class FittingQuery(PageQuery):
    answer: Literal["yes", "maybe"] | None = Field(None, description="只看可能符合的 yes，或缺少信息的 maybe")


class LibraryQuery(PageQuery):
    q: Words | None = None
    category: Words | None = None
    state: Words | None = Field(None, description="最新版本的状态")
    action: Words | None = _ACTION
    level: Words | None = Field(None, description="national 国家、province 省、city 市、county 区县")


class WithdrawPolicy(In):
    reason: Annotated[Text, Field(max_length=500)]


class HandledOut(Out):
    """Where a policy stands after a command; `version` is also the ETag."""

    id: UUID
    number: str
    version: int
    edition: int
    state: str


class CardOut(Out):
    id: UUID
    title: str
    doc_no: str
    issuer: str
    level: str
    category: str
    action: str
    summary: str
    effective_from: date
    until: date | None = Field(description="有效期或申报期的最后一天，长期有效为 null")
    apply_from: date | None
    opens_on: date = Field(description="从哪一天起可以申报或享受")


class ListedOut(CardOut):
    """A card and what today makes of its dates."""

    phase: str = Field(description="upcoming 尚未开始，open 可申报，closing 两周内截止，ended 已结束")
    notice: str | None = Field(description="尚未开始、即将截止或已结束时的一句提示", examples=["2027-01-01起可申报"])


class ExcludedOut(Out):
    id: UUID
    title: str


class FoundOut(ListedOut):
    favourite: bool
    answer: str | None = Field(
        description="yes 可能符合，maybe 缺少信息，no 目前不符合；已结束的政策和不按画像推送时为 null"
    )
    why: list[str] = Field(description="一到三句理由")


class FittingOut(Out):
    id: UUID
    title: str
    issuer: str
    category: str
    opens_on: date = Field(description="从哪一天起可以申报或享受")
    until: date | None = Field(description="有效期或申报期的最后一天，长期有效为 null")
    answer: Literal["yes", "maybe"] = Field(description="yes 可能符合，maybe 缺少信息")
    why: list[str] = Field(description="一到三句理由")


class FeedItemOut(FoundOut):
    excludes: list[ExcludedOut] = Field(description="本企业可能符合、但不能与之同时享受的其他政策")
    not_for_me: bool = Field(description="本企业说过此政策不适用")


class FeedOut(Page[FeedItemOut]):
    """One page; `personalised` false: the plain list of an owner who refused to be chosen for."""

    personalised: bool


class PublicSearchOut(Page[ListedOut]):
    suggestions: list[str] = Field(description="没有找到时可以改用的检索词")


class SearchOut(Page[FoundOut]):
    suggestions: list[str] = Field(description="没有找到时可以改用的检索词")
    personalised: bool


class FavouriteOut(ListedOut):
    state: str = Field(description="published；withdrawn 已撤回；expired 已到期；superseded 已被新版替代")


class ShownLinkOut(Out):
    title: str
    url: str
    warning: str | None = Field(description="链接可能已失效时的提示")


class AttachedOut(Out):
    file_id: UUID
    title: str
    mime: str = Field(description="文件类型")
    size: int = Field(description="字节")
    url: str = Field(description="打开文件的地址，10 分钟内有效")


class PolicyOut(CardOut):
    number: str
    region: str
    issued_on: str = Field(description="发布日期，已知到年、月或日")
    effective_to: date | None
    apply_until: date | None
    body: str = Field(description="Markdown")
    benefit: str
    how_to_apply: str
    contact: str
    links: list[ShownLinkOut]
    state: str = Field(description="published；withdrawn 已撤回；expired 已到期；superseded 已被新版替代")
    edition: int
    end_reason: str = Field(description="撤回的原因")
    correction: str = Field(description="更正说明：上一版有何错误；不是更正则为空")
    newest_edition: int = Field(description="最新已发布的版次，大于本版时请看不带日期的详情")
    published_at: At
    attachments: list[AttachedOut] = Field(description="附件，按显示顺序")


class CitationOut(Out):
    document: str
    article: str
    sentence: str


class OwnValueOut(Out):
    text: str
    source: str
    on: date


class NearMissOut(Out):
    say: str = Field(examples=["还差 2 人", "2027-03-01 起满足"])
    amount: str | None
    unit: str | None
    on: date | None


class PartOut(Out):
    """A condition (kind clause) or several (kind all, any, at_least: `parts`, of which `count` must hold)."""

    kind: str
    path: str
    text: str
    verdict: str
    count: int | None = None
    parts: "list[PartOut] | None" = None
    fact: str | None = None
    title: str | None = None
    citation: CitationOut | None = None
    own: OwnValueOut | None = Field(None, description="本企业的情况、来源和日期")
    near_miss: NearMissOut | None = None
    because: str | None = Field(None, description="为何不能判断：missing、stale、source")
    note: str | None = None


class MissingOut(Out):
    fact: str
    title: str
    askable: bool
    question: str | None
    sensitive: bool


class WhyOut(Out):
    verdict: str
    as_of: date
    rule_hash: str
    root: PartOut
    fits_from: date | None = Field(description="仅随时间推移，自哪天起可能符合")
    missing: list[MissingOut] = Field(description="补充后即可判断的信息")
    near_misses: list[NearMissOut]


class ExclusionOut(ExcludedOut):
    answer: str
    citation: CitationOut


class MyPolicyOut(Out):
    """A policy and its answer for one enterprise; no answer when it is no longer published."""

    policy: PolicyOut
    phase: str
    notice: str | None
    favourite: bool
    personalised: bool = Field(description="false：已关闭按画像推送")
    is_in_force: bool = Field(description="所问的那一天是否有效")
    excludes: list[ExclusionOut] = Field(description="本企业可能符合、但不能与之同时享受的其他政策及依据")
    answer: str | None
    match_id: str | None
    why: WhyOut | None


class LibraryItemOut(Out):
    id: UUID
    number: str
    version: int
    edition: int
    state: str
    title: str
    issuer: str
    level: str
    category: str
    action: str
    summary: str
    effective_from: date
    until: date | None
    reference_only: bool
    verification: str
    held_back: str = Field(description="到时未能发布、退回审核的原因")
    publish_at: At | None = Field(description="定时发布的时间")
    published_edition: int | None
    edited_at: At


class VersionOut(Out):
    id: UUID
    edition: int
    state: str
    author_id: UUID | None
    edited_by: UUID | None
    reviewer_id: UUID | None
    author: str | None = Field(description="起草人姓名，由系统导入的为 null")
    editor: str | None = Field(description="最后修改人姓名")
    reviewer: str | None = Field(description="审核人姓名")
    end_reason: str
    held_back: str = Field(description="到时未能发布、退回审核的原因")
    corrects: UUID | None = Field(description="所更正的版本")
    correction: str
    publish_at: At | None = Field(description="定时发布的时间")
    created_at: At
    edited_at: At
    submitted_at: At | None
    published_at: At | None
    ended_at: At | None
    content: dict[str, Any] = Field(description="政策各项内容和条件规则，可原样用于修改")


PolicyAct = Literal[
    "edit", "begin_edition", "attach", "submit", "publish", "unschedule", "withdraw", "resume_pushes", "broadcast"
]


class LibraryPolicyOut(Out):
    id: UUID
    number: str
    version: int
    versions: list[VersionOut]
    may: list[PolicyAct] = Field(description="现在可以做的事")


class FindingOut(Out):
    code: str
    path: str
    sentence: str
