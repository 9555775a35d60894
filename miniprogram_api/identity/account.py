"""What a person may do with what is kept about him: look, take a copy, leave for good."""

from typing import Any

from sanic import Request

from backend import assembly, identity
from backend.access import Actor
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.identity.schemas import MeOut
from miniprogram_api.reply import Reply

_NAME = 'attachment; filename="wuwei-my-data.json"'


@endpoint(auth=Auth.OWNER, returns=MeOut, summary="我")
async def me(request: Request, *, actor: Actor) -> MeOut:  # noqa: ARG001  every handler is given its request
    return MeOut.model_validate(await identity.me(actor))


# No key: it changes nothing but the trail, and a remembered answer would be one more copy of the person's data.
@endpoint(auth=Auth.OWNER, returns=dict[str, Any], idempotent=False, summary="导出我的全部数据（JSON），按模块")
async def export(request: Request, *, actor: Actor) -> Reply:  # noqa: ARG001
    return Reply(await assembly.hand_out(actor), headers={"Content-Disposition": _NAME})


@endpoint(auth=Auth.OWNER, summary="注销账号：删除个人信息、解除绑定、退出所有设备；等同撤回同意")
async def close(request: Request, *, actor: Actor) -> None:  # noqa: ARG001
    await assembly.leave(actor)
