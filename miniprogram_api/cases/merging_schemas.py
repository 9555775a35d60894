"""What goes in and out when cases are merged, split, and put into other categories."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from miniprogram_api.cases.schemas import Reason, Words
from miniprogram_api.schema import In, Line, Out, Readable

Remark = Annotated[Readable, Field(max_length=500)]


class MergeCase(In):
    into: UUID = Field(description="并入哪个事项")
    reason: Remark = Field("", description="认定为同一事项的理由，只有工作人员可见；不同企业、不同人的事项必填")


class UnmergeCase(In):
    reason: Remark = Field("", description="撤销并案的理由，只有工作人员可见")


class PartIn(In):
    category: Annotated[Line, Field(max_length=42, description="类别代码")]
    title: Annotated[Line, Field(max_length=60, description="标题")]
    text: Words = Field(description="拆分出的诉求")
    urgency: Literal["normal", "urgent", "critical"] = Field("normal", description="紧急程度")
    files: Annotated[list[UUID], Field(max_length=9, description="原事项中属于这一件的附件")] = Field(
        default_factory=list
    )


class SplitCase(In):
    parts: Annotated[list[PartIn], Field(min_length=1, max_length=10, description="拆分出的各件，各编新号；原事项另存")]
    reason: Reason = Field(description="拆分理由，经营者可见")


class UnsplitCase(In):
    reason: Reason = Field(description="撤销拆分的理由，经营者可见")


class ChangeCategory(In):
    category: Annotated[Line, Field(max_length=42, description="新的类别代码")]
    reason: Remark = Field("", description="调整理由，经营者可见；已超期或使期限推迟的必填")


class ChangeUrgency(In):
    urgency: Literal["normal", "urgent", "critical"] = Field(description="紧急程度")


class SplitPartOut(Out):
    id: UUID = Field(description="事项编号")
    number: str = Field(description="受理编号")
    title: str = Field(description="标题")
    state: str = Field(description="状态")


class PartsOut(Out):
    items: list[SplitPartOut] = Field(description="拆分出的事项，按填写的顺序")


class LinkOut(Out):
    id: UUID | None = Field(description="事项编号；无权查看的为空")
    number: str = Field(description="受理编号")
    title: str | None = Field(description="标题；无权查看的为空")
    state: str | None = Field(description="状态；无权查看的为空")
    state_word: str | None = Field(description="状态名称")
    sentence: str | None = Field(description="现在到哪一步、下一步和日期")


class LinksOut(Out):
    merged_into: LinkOut | None = Field(description="已并入哪个事项")
    split_from: LinkOut | None = Field(description="从哪个事项拆分而来")
    merged: list[LinkOut] = Field(description="并入本事项的事项")
    parts: list[LinkOut] = Field(description="从本事项拆分出的事项")
