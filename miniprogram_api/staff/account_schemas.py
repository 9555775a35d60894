"""What goes in and out of one's own sessions, single accounts and units."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from backend.access import Role
from backend.staff.grants import DISTRICT
from miniprogram_api.schema import At, In, Line, Out, PageQuery, Query
from miniprogram_api.staff.schemas import StaffOut


class PeopleQuery(PageQuery):
    state: Literal["active", "left"] | None = Field(None, description="在岗 active、离岗 left")
    role: Role | None = Field(None, description="持有的角色")
    unit: UUID | None = Field(None, description="单位编号，含下级单位")
    text: Annotated[str, Field(min_length=1, max_length=50, description="姓名或登录名的一部分")] | None = None


class SeatOut(Out):
    id: UUID
    client: str = Field(description="浏览器")
    created_at: At
    seen_at: At
    is_current: bool


class SeatsOut(Out):
    items: list[SeatOut]


class EndedOut(Out):
    ended: int = Field(description="结束的登录数")


class PersonOut(StaffOut):
    may: list[Literal["edit", "grant", "end_grant", "reset", "end_sessions", "leave"]] = Field(
        description="现在可以做的事"
    )


class EditStaff(In):
    name: Annotated[Line, Field(max_length=50)]
    unit_id: UUID | None = None


class WorkOut(Out):
    kind: Literal["case", "problem", "policy", "broadcast", "survey"]
    id: UUID
    number: str | None
    title: str
    state: str


class LeavingOut(Out):
    name: str
    state: str
    sessions: int = Field(description="立即结束的登录数")
    grants: int = Field(description="收回的授权数")
    work: list[WorkOut] = Field(description="未办结的工作，每类至多 100 项")
    say: str = Field(description="后果，一句话")


class UnitTreeQuery(Query):
    with_closed: bool = Field(False, description="连同已关闭的")


class UnitNodeOut(Out):
    id: UUID
    name: str
    parent_id: UUID | None
    district: str | None
    closed_at: At | None
    depth: int = Field(description="第几层，最上层为 0")
    staff: int = Field(description="本单位在岗人数")
    staff_below: int = Field(description="连同下级单位的在岗人数")
    children: int = Field(description="下级单位数")


class UnitTreeOut(Out):
    items: list[UnitNodeOut]


class EditUnit(In):
    name: Annotated[Line, Field(max_length=100)]
    parent_id: UUID | None = None
    district: Annotated[str, Field(pattern=f"^({DISTRICT})$")] | None = None
