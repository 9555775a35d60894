"""What the endpoints about enterprises take and give."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from miniprogram_api.schema import At, CountedPage, In, Line, Out, PageQuery


class FactOut(Out):
    """A value that counts; `value` as data, `told` as people read it."""

    key: str
    title: str
    value: Any = Field(description="整数、真假、文字（金额和比例为文字）、日期或标签列表")
    told: str
    source: str
    source_title: str
    on: date = Field(description="该值属实的日期")
    valid_until: date | None = Field(description="用于判断的最后一天；长期有效为空")
    is_stale: bool = Field(description="已超过有效期，不再用于判断")
    is_sensitive: bool
    has_conflict: bool = Field(description="各来源说法不一，见 conflicts；经营者看不到")


class SaidOut(Out):
    """What one source said for one day."""

    told: str
    source: str
    source_title: str
    on: date


class ConflictOut(Out):
    key: str
    title: str
    values: list[SaidOut]


class SizeOut(Out):
    tier: str = Field(description="large、medium、small、micro、undetermined（数据不全）或 not_applicable")
    possible: list[str]


class EnterpriseOut(Out):
    id: UUID
    uscc: str
    name: str
    address: str | None
    tags: list[str]
    facts_version: int
    version: int
    closed_at: At | None
    successor_id: UUID | None
    representative: str | None
    phone: str | None = Field(description="始终打码")
    size: SizeOut
    facts: list[FactOut]
    conflicts: list[ConflictOut]


class MyEnterpriseOut(Out):
    id: UUID
    name: str
    uscc: str
    status: str | None
    binding_id: UUID
    role: str
    state: str
    scope: list[str]
    until: At | None
    prove_by: At | None


class MyEnterprisesOut(Out):
    items: list[MyEnterpriseOut]


class QuestionOut(Out):
    """A fact that may be asked, with what a form needs."""

    key: str
    title: str
    question: str
    type: str
    unit: str
    choices: dict[str, str]
    is_sensitive: bool


class QuestionsOut(Out):
    items: list[QuestionOut]


class FactSourceOut(Out):
    source: str
    source_title: str


class OperatorOut(Out):
    op: str = Field(description="规则里的写法", examples=["ge"])
    title: str = Field(description="中文说法", examples=["不小于"])


class FactEntryOut(Out):
    """A fact of the catalogue, for whoever writes rules."""

    key: str
    title: str
    type: str = Field(description="integer、decimal、boolean、date、code、enum、text、tags")
    unit: str
    sources: list[FactSourceOut] = Field(description="接受的来源，最可信的在前")
    holds_for_days: int | None = Field(description="一次提供后多少天内有效，长期有效为 null")
    absence: str = Field(description="没有记录时：unknown 不能判断；no 名册完整，视为没有")
    askable: bool = Field(description="可以请企业填写")
    question: str
    is_sensitive: bool
    is_derived: bool = Field(description="由系统从其他信息推算")
    is_internal: bool = Field(description="仅供内部掌握，不能作为政策条件")
    choices: dict[str, str]
    has_codes: bool = Field(description="取值是有名称的代码（如行业、地区），见“信息项的代码表”")
    operators: list[OperatorOut] = Field(description="条件里可用的比较方式")


class FactEntriesOut(Out):
    items: list[FactEntryOut]


class CodeOut(Out):
    code: str
    name: str


class CodesOut(Out):
    items: list[CodeOut]


class TellFacts(In):
    """Facts by key, as `GET /api/owner/v1/facts` lists them."""

    facts: Annotated[
        dict[Annotated[str, Field(max_length=60)], bool | int | float | str | list[str]],
        Field(min_length=1, max_length=50, examples=[{"employees": 12, "has_ip": True}]),
    ]


class RecordedOut(Out):
    changed: list[str] = Field(description="因此变化的信息，包括推算出的")
    facts_version: int


class SearchQuery(PageQuery):
    text: Annotated[str | None, Field(min_length=2, max_length=60, description="名称的一部分，或信用代码开头")] = None
    district: Annotated[str | None, Field(max_length=12)] = None
    town: Annotated[str | None, Field(max_length=12)] = None
    industry: Annotated[str | None, Field(max_length=5, description="门类至小类代码，如 F52")] = None
    entity_type: Annotated[str | None, Field(max_length=30)] = None
    status: Annotated[str | None, Field(max_length=30)] = None
    size: Annotated[str | None, Field(max_length=10)] = None
    tag: Annotated[str | None, Field(max_length=60)] = None
    has_conflicts: bool = False


class ListedOut(Out):
    id: UUID
    uscc: str
    name: str
    entity_type: str | None
    status: str | None
    industry: str | None
    industry_name: str | None
    district: str | None
    district_name: str | None
    town: str | None
    town_name: str | None
    statistical_size: str | None
    founded_on: date | None
    tags: list[str]
    conflicts: list[str] = Field(description="来源之间说法不一的信息")


ListedPage = CountedPage[ListedOut]


class HistoryLineOut(SaidOut):
    recorded_at: At
    told_by: str


class HistoryOut(Out):
    items: list[HistoryLineOut]


class HappenedOut(Out):
    at: At
    kind: str
    what: str
    by_kind: str


class TimelineOut(Out):
    items: list[HappenedOut]


class Reveal(In):
    reason: Line = Field(examples=["企业来电咨询，需回电"])


class PhoneOut(Out):
    phone: str


class Admit(In):
    """A code of the pilot years whose check digit is wrong."""

    uscc: Annotated[str, Field(min_length=18, max_length=40)]
    reason: Line
