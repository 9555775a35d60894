"""How precise policies are by the word of those who were shown them, and letting paused pushes go on."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.policies import errors
from backend.policies import precision as figures
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.policies.answer_schemas import (
    EditionQuery,
    FiguresOut,
    PrecisionOut,
    PrecisionQuery,
    ResumedOut,
    ResumeIn,
)
from miniprogram_api.schema import Page


@endpoint(
    auth=Auth.STAFF,
    permission=figures.READ,
    query=PrecisionQuery,
    returns=Page[FiguresOut],
    summary="政策精准度，低的在前；paused=true 只看推送已暂停的",
)
async def worst(request: Request, *, actor: Actor, query: PrecisionQuery) -> bytes:  # noqa: ARG001
    return await figures.worst(actor, paused=query.paused, cursor=query.cursor, limit=query.limit)


@endpoint(
    auth=Auth.STAFF,
    permission=figures.READ,
    query=EditionQuery,
    returns=PrecisionOut,
    errors=(errors.PolicyUnknown,),
    summary="一项政策的精准度：看到、点开、申报和逐条的“不适用于我”",
)
async def detail(request: Request, policy_id: UUID, *, actor: Actor, query: EditionQuery) -> dict[str, Any]:  # noqa: ARG001
    return await figures.of_policy(actor, policy_id, edition=query.edition)


@endpoint(
    auth=Auth.STAFF,
    permission=figures.RESUME,
    body=ResumeIn,
    returns=ResumedOut,
    errors=(errors.PushesNotPaused,),
    summary="恢复推送，精准度从此刻重新计算",
)
async def resume(request: Request, policy_id: UUID, *, actor: Actor, body: ResumeIn) -> dict[str, Any]:  # noqa: ARG001
    return {"id": policy_id, "resumed_at": await figures.resume(policy_id, body.reason, actor=actor)}
