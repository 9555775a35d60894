"""What goes in and out of staff accounts."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from backend.access import Role
from backend.staff.grants import DISTRICT
from miniprogram_api.schema import At, In, Line, Moment, Out

Secret = Annotated[str, Field(min_length=1, max_length=200)]


class StaffSignIn(In):
    login: Annotated[str, Field(min_length=1, max_length=64)]
    password: Secret
    code: Annotated[str, Field(min_length=1, max_length=40)] = Field(description="动态码或恢复码")


class StaffSessionOut(Out):
    csrf_token: str = Field(description="修改类请求放入 X-CSRF-Token")
    ends_at: At
    staff_id: UUID


class SessionEndsOut(Out):
    ends_at: At = Field(description="满 8 小时的时刻，到时须重新登录")
    idle_at: At = Field(description="一直不操作时结束的时刻")
    seconds_left: int = Field(description="距满 8 小时的秒数")
    idle_seconds_left: int = Field(description="一直不操作时剩余的秒数")
    idle_seconds: int = Field(description="多少秒不操作即结束登录")


class GrantIn(In):
    role: Role
    unit_id: UUID | None = None
    districts: Annotated[list[Annotated[str, Field(max_length=12)]], Field(max_length=200)] = Field([])
    capabilities: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=50)] = Field([])
    until: Moment | None = None


class GrantOut(Out):
    id: UUID
    role: str
    unit_id: UUID | None
    districts: list[str]
    capabilities: list[str]
    until: At | None


class StaffOut(Out):
    id: UUID
    login: str
    name: str
    state: str
    must_change_password: bool
    created_at: At
    left_at: At | None
    signed_in_at: At | None = Field(description="最近一次登录")
    unit_id: UUID | None
    unit: str | None
    grants: list[GrantOut]


class MeOut(StaffOut):
    permissions: list[str]


class ChangePassword(In):
    current_password: Secret
    new_password: Secret


class CreateStaff(In):
    login: Annotated[str, Field(max_length=64)]
    name: Annotated[Line, Field(max_length=50)]
    unit_id: UUID | None = None
    grants: Annotated[list[GrantIn], Field(max_length=20)] = Field([])


class CredentialsOut(Out):
    staff_id: UUID
    login: str
    password: str = Field(description="仅显示一次；首次登录须修改")
    otpauth_uri: str = Field(description="用验证器扫码")
    recovery_codes: list[str]


class GrantedOut(Out):
    ids: list[UUID]


class CreateUnit(In):
    name: Annotated[Line, Field(max_length=100)]
    parent_id: UUID | None = None
    district: Annotated[str, Field(pattern=f"^({DISTRICT})$")] | None = None


class MadeOut(Out):
    id: UUID
