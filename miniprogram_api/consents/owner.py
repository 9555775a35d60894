"""The owner agrees, looks at what he agreed to, and takes it back; and says whether his profile may choose for him."""

from uuid import UUID

from sanic import Request

from backend import consents, identity
from backend.access import Actor
from backend.consents import TextChanged
from miniprogram_api.consents.schemas import ConsentOut, ConsentsOut, GiveConsent, ProfilingOut
from miniprogram_api.endpoint import Auth, endpoint


@endpoint(auth=Auth.OWNER, returns=ConsentsOut, summary="我同意过和撤回过的事项")
async def mine(request: Request, *, actor: Actor) -> ConsentsOut:  # noqa: ARG001  every handler is given its request
    return ConsentsOut.model_validate({"items": await consents.mine(actor)})


@endpoint(
    auth=Auth.OWNER,
    body=GiveConsent,
    returns=ConsentOut,
    status=201,
    errors=(TextChanged,),
    summary="同意一份告知文本的现行版本",
)
async def give(request: Request, *, actor: Actor, body: GiveConsent) -> ConsentOut:  # noqa: ARG001
    given = await consents.give(actor, body.purpose, version=body.version, given_from="mini_program")
    return ConsentOut.model_validate(given)


@endpoint(auth=Auth.OWNER, summary="撤回同意；撤回隐私说明的同意会退出所有设备")
async def revoke(request: Request, consent_id: UUID, *, actor: Actor) -> None:  # noqa: ARG001
    await identity.withdraw(actor, consent_id)


@endpoint(auth=Auth.OWNER, returns=ProfilingOut, summary="是否已选择“不要按我的画像推送”")
async def profiling(request: Request, *, actor: Actor) -> dict[str, bool]:  # noqa: ARG001
    return {"refused": actor.id is not None and await consents.is_refused(actor.id)}


@endpoint(auth=Auth.OWNER, summary="不要按我的画像推送：不问理由，立即生效，政策改为全部列出")
async def refuse_profiling(request: Request, *, actor: Actor) -> None:  # noqa: ARG001
    await consents.refuse(actor)


@endpoint(auth=Auth.OWNER, summary="恢复按我的画像推送")
async def allow_profiling(request: Request, *, actor: Actor) -> None:  # noqa: ARG001
    await consents.allow(actor)
