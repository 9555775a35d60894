"""The owner signs in, verifies his phone and binds his enterprises."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend import identity
from backend.access import Actor
from backend.consents import TextChanged
from backend.enterprises.models import BindingRole
from backend.identity import errors
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.identity.schemas import (
    Accept,
    BindPhone,
    BoundOut,
    Claim,
    ClaimOut,
    ColleaguesOut,
    DevicesOut,
    InvitationOut,
    Invite,
    MyBindingsOut,
    PhoneOut,
    ReviewOpenedOut,
    SessionOut,
    SignIn,
)


@endpoint(
    auth=Auth.PUBLIC,
    body=SignIn,
    returns=SessionOut,
    status=201,
    errors=(errors.LoginCodeInvalid, errors.TooManySignIns, errors.SignInBlocked, errors.WeChatAway, TextChanged),
    summary="微信登录；同一 code 重复提交得到同一会话",
)
async def sign_in(request: Request, *, body: SignIn) -> SessionOut:  # noqa: ARG001  every handler is given its request
    signed = await identity.sign_in(body.code, consent_version=body.consent_version, client=body.client)
    return SessionOut.model_validate(signed)


@endpoint(auth=Auth.OWNER, returns=DevicesOut, summary="我的设备")
async def devices(request: Request, *, actor: Actor) -> DevicesOut:  # noqa: ARG001
    return DevicesOut.model_validate({"items": await identity.devices(actor)})


@endpoint(auth=Auth.OWNER, summary="退出一台设备")
async def sign_out(request: Request, session_id: UUID, *, actor: Actor) -> None:  # noqa: ARG001
    await identity.sign_out(actor, session_id)


@endpoint(
    auth=Auth.OWNER,
    body=BindPhone,
    returns=PhoneOut,
    idempotent=False,
    errors=(errors.PhoneCodeInvalid, errors.WeChatAway),
    summary="授权手机号；同一 code 重复提交只验证一次",
)
async def bind_phone(request: Request, *, actor: Actor, body: BindPhone) -> PhoneOut:  # noqa: ARG001
    bound = await identity.bind_phone(actor, body.code)
    return PhoneOut(phone=bound.masked)


@endpoint(auth=Auth.OWNER, returns=MyBindingsOut, summary="我绑定的企业和我的申请")
async def bindings(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await identity.my_bindings(actor)


@endpoint(
    auth=Auth.OWNER,
    body=Claim,
    returns=ClaimOut,
    status=201,
    errors=(
        errors.PhoneNeeded,
        errors.UsccMalformed,
        errors.TooManyClaims,
        errors.AlreadyBound,
        errors.AlreadyClaimed,
        errors.TooManyManagers,
    ),
    summary="绑定企业；与登记信息一致的立即生效，其余由工作人员审核",
)
async def claim(request: Request, *, actor: Actor, body: Claim) -> ClaimOut:  # noqa: ARG001
    role = BindingRole(body.role)
    claimed = await identity.claim(
        actor, body.uscc, body.representative_name, role=role, licence_file_id=body.licence_file_id
    )
    return ClaimOut.model_validate(claimed)


@endpoint(
    auth=Auth.OWNER,
    returns=ReviewOpenedOut,
    errors=(errors.BindingNotFound, errors.CannotObject),
    summary="对新增的绑定提出异议；该绑定暂停，由工作人员核实",
)
async def object_to(request: Request, binding_id: UUID, *, actor: Actor) -> ReviewOpenedOut:  # noqa: ARG001
    return ReviewOpenedOut(review_id=await identity.object_to(actor, binding_id))


@endpoint(auth=Auth.OWNER, errors=(errors.BindingNotFound,), summary="退出企业")
async def leave(request: Request, binding_id: UUID, *, actor: Actor) -> None:  # noqa: ARG001
    await identity.leave(actor, binding_id)


@endpoint(auth=Auth.OWNER, errors=(errors.BindingNotFound, errors.NotManaging), summary="移除企业人员")
async def remove(request: Request, binding_id: UUID, *, actor: Actor) -> None:  # noqa: ARG001
    await identity.remove(actor, binding_id)


@endpoint(auth=Auth.OWNER, returns=ColleaguesOut, errors=(errors.NotBound,), summary="企业的绑定人员")
async def colleagues(request: Request, enterprise_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await identity.colleagues(actor, enterprise_id)}


@endpoint(
    auth=Auth.OWNER,
    body=Invite,
    returns=InvitationOut,
    status=201,
    errors=(errors.NotBound, errors.NotManaging, errors.ReadOnly),
    summary="邀请同事",
)
async def invite(request: Request, enterprise_id: UUID, *, actor: Actor, body: Invite) -> InvitationOut:  # noqa: ARG001
    made = await identity.invite(actor, enterprise_id, BindingRole(body.role), scope=body.scope, until=body.until)
    return InvitationOut.model_validate(made)


@endpoint(
    auth=Auth.OWNER,
    body=Accept,
    returns=BoundOut,
    status=201,
    errors=(errors.InvitationInvalid, errors.AlreadyBound, errors.TooManyManagers),
    summary="接受邀请",
)
async def accept(request: Request, *, actor: Actor, body: Accept) -> BoundOut:  # noqa: ARG001
    return BoundOut(binding_id=await identity.accept(actor, body.code))
