"""What the endpoints that pass cases on take and give."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from miniprogram_api.cases.schemas import Reason
from miniprogram_api.schema import At, In, Line, Out, Query, Readable, Text


class AssignCase(In):
    staff_id: UUID = Field(description="经办人编号")
    reason: Annotated[Readable, Field(max_length=500, description="理由，仅工作人员可见")] = ""


class HandOverCase(In):
    staff_id: UUID = Field(description="转交给谁")
    reason: Reason = Field(description="理由，仅工作人员可见")


class PassOnReason(In):
    reason: Reason = Field(description="理由，仅工作人员可见")


class TransferCase(In):
    unit_id: UUID = Field(description="承办单位编号")
    reason: Annotated[Text, Field(max_length=500, description="理由，经营者也会看到")]


class AddHelper(In):
    staff_id: UUID = Field(description="协办人编号")


class CandidateOut(Out):
    staff_id: UUID = Field(description="工作人员编号")
    name: str = Field(description="姓名")
    load: int = Field(description="在办工作量")
    recent: int = Field(description="近 30 天接办的工作量")
    days: int = Field(description="近 30 天在岗的工作日数")
    left_out: str | None = Field(description="不参加自动分派的原因代码，参加为空")
    why: str | None = Field(description="不参加自动分派的原因")


class CandidatesOut(Out):
    items: list[CandidateOut] = Field(description="可以办理的人，最先分派的在前")


class WorkmatesQuery(Query):
    text: Annotated[Line | None, Field(max_length=30, description="姓名中的字")] = None
    id: UUID | None = Field(None, description="只看这一个人，用于显示已选的人")


class WorkmateOut(Out):
    id: UUID = Field(description="工作人员编号")
    name: str = Field(description="姓名")
    unit: str | None = Field(description="所在单位")


class WorkmatesOut(Out):
    items: list[WorkmateOut] = Field(description="同单位的和可以互相转交事项的同事，至多 50 人")


class CaseUnitOut(Out):
    id: UUID = Field(description="单位编号")
    name: str = Field(description="单位名称")


class CaseUnitsOut(Out):
    items: list[CaseUnitOut] = Field(description="承办事项的单位，按上下级排列")


class AssignmentOut(Out):
    at: At
    by: str | None = Field(description="谁办理的，系统自动分派为空")
    rule: str = Field(description="按什么规则：load 工作量，stand_in 代理人，by_hand 人工分派，nobody 无人可分派等")
    words: str = Field(description="一句话说明")
    candidates: list[CandidateOut] = Field(description="当时比较的人")


class AssignmentsOut(Out):
    items: list[AssignmentOut] = Field(description="历次分派和转交的理由，最早的在前")
