"""Staff look at what did not clearly pass the check, and decide."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend import moderation
from backend.access import Actor
from backend.assembly import CHECK_CONCERNS
from backend.foundation.paging import WrongCursor
from backend.moderation.errors import AlreadyDecided, OwnSubmission, SubjectUnknown
from backend.moderation.queries import PERMISSION
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.moderation.schemas import Decide, HeldDetailOut, HeldOut, HeldOutlineOut, HeldQuery
from miniprogram_api.schema import CountedPage


@endpoint(
    auth=Auth.STAFF,
    permission=PERMISSION,
    query=HeldQuery,
    returns=CountedPage[HeldOut],
    errors=(WrongCursor,),
    summary="待人工查看的内容，等得最久的在前；列表不含内容本身",
)
async def listing(request: Request, *, actor: Actor, query: HeldQuery) -> dict[str, Any]:  # noqa: ARG001
    return await moderation.page(actor, state=query.state, cursor=query.cursor, limit=query.limit)


@endpoint(
    auth=Auth.STAFF,
    permission=PERMISSION,
    returns=HeldOutlineOut,
    errors=(SubjectUnknown,),
    summary="查看前先看有些什么：几段文字、几张图片和检测结果，不含内容，不记入审计",
)
async def outline(request: Request, subject_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await moderation.outline(subject_id, actor=actor, concerns=CHECK_CONCERNS)


@endpoint(
    auth=Auth.STAFF,
    permission=PERMISSION,
    returns=HeldDetailOut,
    errors=(SubjectUnknown,),
    summary="查看内容本身；查看会记入审计",
)
async def look(request: Request, subject_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await moderation.look(subject_id, actor=actor, concerns=CHECK_CONCERNS)


@endpoint(
    auth=Auth.STAFF,
    permission=PERMISSION,
    body=Decide,
    status=204,
    errors=(SubjectUnknown, OwnSubmission, AlreadyDecided),
    summary="放行：可以公开和办理",
)
async def release(request: Request, subject_id: UUID, *, actor: Actor, body: Decide) -> None:  # noqa: ARG001
    await moderation.release(subject_id, body.reason, actor=actor, concerns=CHECK_CONCERNS)


@endpoint(
    auth=Auth.STAFF,
    permission=PERMISSION,
    body=Decide,
    status=204,
    errors=(SubjectUnknown, OwnSubmission, AlreadyDecided),
    summary="不予通过：提交人会看到理由",
)
async def refuse(request: Request, subject_id: UUID, *, actor: Actor, body: Decide) -> None:  # noqa: ARG001
    await moderation.refuse(subject_id, body.reason, actor=actor, concerns=CHECK_CONCERNS)
