"""Staff sign in and out, change their password; security administrators keep accounts, grants and units."""

from typing import Any, Final
from uuid import UUID

from sanic import Request

from backend import staff
from backend.access import Actor, Grant
from backend.staff import errors
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply
from miniprogram_api.schema import CountedPage
from miniprogram_api.staff import sessions
from miniprogram_api.staff.account_schemas import PeopleQuery
from miniprogram_api.staff.schemas import (
    ChangePassword,
    CreateStaff,
    CreateUnit,
    CredentialsOut,
    GrantedOut,
    GrantIn,
    MadeOut,
    MeOut,
    SessionEndsOut,
    StaffOut,
    StaffSessionOut,
    StaffSignIn,
)

READ: Final = "staff.read"
MANAGE: Final = "staff.manage"


@endpoint(
    auth=Auth.PUBLIC,
    body=StaffSignIn,
    returns=StaffSessionOut,
    status=201,
    errors=(errors.SignInFailed, errors.AtTheBank),
    summary="工作人员登录：密码和动态码一次提交",
)
async def sign_in(request: Request, *, body: StaffSignIn) -> Reply:
    opened = await staff.sign_in(body.login, body.password, body.code, client=sessions.browser(request))
    out = StaffSessionOut(csrf_token=opened.csrf, ends_at=opened.ends_at, staff_id=opened.staff_id)
    return sessions.BUREAU.opened(out, opened.token)


@endpoint(auth=Auth.STAFF, summary="退出登录")
async def sign_out(request: Request, *, actor: Actor) -> Reply:  # noqa: ARG001  every handler is given its request
    return await sessions.BUREAU.sign_out(actor)


@endpoint(
    auth=Auth.STAFF,
    returns=SessionEndsOut,
    errors=(errors.SessionEnded,),
    summary="本次登录何时结束；请求头带 X-Unattended 的请求不算操作，不延长登录",
)
async def session_ends(request: Request, *, actor: Actor) -> SessionEndsOut:  # noqa: ARG001
    return await sessions.ends(actor)


@endpoint(auth=Auth.STAFF, returns=MeOut, summary="我的账号和权限")
async def me(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await staff.me(actor)


@endpoint(
    auth=Auth.STAFF,
    body=ChangePassword,
    errors=(errors.SignInFailed, errors.WeakPassword),
    idempotent=False,
    summary="修改密码；其他设备上的登录随即失效",
)
async def change_password(request: Request, *, actor: Actor, body: ChangePassword) -> None:  # noqa: ARG001
    await staff.change_password(actor, body.current_password, body.new_password)


@endpoint(auth=Auth.STAFF, permission=READ, query=PeopleQuery, returns=CountedPage[StaffOut], summary="工作人员")
async def people(request: Request, *, actor: Actor, query: PeopleQuery) -> dict[str, Any]:  # noqa: ARG001
    wanted = staff.Wanted(query.state, query.role, query.unit, query.text)
    return await staff.people(actor, wanted, cursor=query.cursor, limit=query.limit)


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    body=CreateStaff,
    returns=CredentialsOut,
    status=201,
    errors=(errors.LoginTaken, errors.RolesExclude),
    idempotent=False,
    summary="新建账号；密码、动态码密钥和恢复码只显示这一次",
)
async def create(request: Request, *, actor: Actor, body: CreateStaff) -> Reply:  # noqa: ARG001
    grants = [_grant(one) for one in body.grants]
    made = await staff.create_staff(body.login, body.name, grants, unit_id=body.unit_id, actor=actor)
    return _credentials(made)


def _credentials(made: staff.Credentials) -> Reply:
    return Reply(CredentialsOut.model_validate(made), headers={"Cache-Control": "no-store"})


def _grant(one: GrantIn) -> Grant:
    return Grant(one.role, one.unit_id, tuple(one.districts), tuple(one.capabilities), one.until)


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    returns=CredentialsOut,
    errors=(errors.StaffNotFound, errors.HasLeft, errors.OwnAccount),
    idempotent=False,
    summary="重置密码、动态码和恢复码",
)
async def reset(request: Request, staff_id: UUID, *, actor: Actor) -> Reply:  # noqa: ARG001
    return _credentials(await staff.reset(staff_id, actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    errors=(errors.StaffNotFound, errors.OwnAccount),
    summary="离岗：登录和授权立即失效",
)
async def leave(request: Request, staff_id: UUID, *, actor: Actor) -> None:  # noqa: ARG001
    await staff.leave(staff_id, actor=actor)


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    body=GrantIn,
    returns=GrantedOut,
    status=201,
    errors=(errors.RolesExclude, errors.OwnAccount, errors.StaffNotFound, errors.HasLeft),
    summary="授予角色",
)
async def grant(request: Request, staff_id: UUID, *, actor: Actor, body: GrantIn) -> GrantedOut:  # noqa: ARG001
    return GrantedOut(ids=await staff.grant(staff_id, [_grant(body)], actor=actor))


@endpoint(auth=Auth.STAFF, permission=MANAGE, errors=(errors.OwnAccount,), summary="收回角色")
async def end_grant(request: Request, staff_id: UUID, grant_id: UUID, *, actor: Actor) -> None:  # noqa: ARG001
    await staff.end_grant(staff_id, grant_id, actor=actor)


@endpoint(
    auth=Auth.STAFF,
    permission=MANAGE,
    body=CreateUnit,
    returns=MadeOut,
    status=201,
    errors=(errors.UnitTaken, errors.UnitClosed),
    summary="新建单位",
)
async def create_unit(request: Request, *, actor: Actor, body: CreateUnit) -> MadeOut:  # noqa: ARG001
    made = await staff.create_unit(body.name, parent_id=body.parent_id, district=body.district, actor=actor)
    return MadeOut(id=made)
