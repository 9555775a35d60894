"""What goes in and out of the trail."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, Field

from miniprogram_api.schema import At, Out, PageQuery, Query

Name = Annotated[str, Field(min_length=1, max_length=80)]


class TrailQuery(PageQuery):
    actor: UUID | None = Field(None, description="操作人编号")
    table: Name | None = Field(None, description="数据表", examples=["bindings"])
    row: UUID | None = Field(None, description="记录编号")
    action: Name | None = Field(None, description="操作", examples=["identity.bound"])
    since: AwareDatetime | None = Field(None, alias="from", description="起始时间（含）")
    until: AwareDatetime | None = Field(None, alias="to", description="截止时间（不含）")


class ExportQuery(Query):
    actor: UUID | None = Field(None, description="操作人编号")
    table: Name | None = Field(None, description="数据表")
    row: UUID | None = Field(None, description="记录编号")
    action: Name | None = Field(None, description="操作")
    since: AwareDatetime | None = Field(None, alias="from", description="起始时间（含）")
    until: AwareDatetime | None = Field(None, alias="to", description="截止时间（不含）")


class EntryOut(Out):
    id: UUID
    at: At
    actor_kind: str
    actor_kind_word: str = Field(description="办理人类别的中文")
    actor_id: UUID | None
    actor: str | None = Field(description="办理的工作人员")
    on_behalf_of: UUID | None = Field(description="代表哪家企业")
    action: str
    action_word: str = Field(description="办理的事项，中文")
    table: str
    table_word: str = Field(description="所涉的事物，中文")
    row_id: UUID | None
    fields: list[str] = Field(description="改动的字段名，不含内容")
    detail: dict[str, Any]
    request_id: str | None
    is_sealed: bool = Field(description="已封存：之后的改动会被校验发现")


class VerdictOut(Out):
    is_sound: bool
    seals: int = Field(description="校验过的封条数")
    entries: int = Field(description="封条覆盖的记录数")
    broken: int | None = Field(description="第一个不成立的封条编号")
    problem: str | None = Field(description="发现的问题，供技术人员查看")
    say: str = Field(description="结论，一句话")
    first_at: At | None = Field(description="第一个封条的时间")
    last_at: At | None = Field(description="最后一个成立的封条的时间")
