"""What a person may do with what is kept about him: take a copy, leave for good, take his consent back."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend import assembly
from backend.access import Actor
from backend.foundation.errors import Unauthenticated
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply

_NAME = 'attachment; filename="wuwei-my-data.json"'


def _person(actor: Actor) -> UUID:
    if actor.id is None:
        raise Unauthenticated
    return actor.id


@endpoint(auth=Auth.OWNER, summary="导出我的全部数据（JSON）")
async def export(request: Request, *, actor: Actor) -> Reply:  # noqa: ARG001  every handler is given its request
    data: dict[str, Any] = await assembly.export_person(_person(actor))
    return Reply(data, headers={"Content-Disposition": _NAME, "Cache-Control": "no-store"})


@endpoint(auth=Auth.OWNER, summary="注销账号：删除个人信息、解除绑定、退出所有设备；等同撤回同意")
async def close(request: Request, *, actor: Actor) -> None:  # noqa: ARG001
    await assembly.erase_person(_person(actor), cause="own_wish")
