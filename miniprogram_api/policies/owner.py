"""What an owner reads: the policies that may fit an enterprise of his, and why."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.identity.errors import NotBound, OutOfScope
from backend.policies import feed as reading
from backend.policies.errors import PolicyUnknown
from backend.policies.reasons import Answer
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.policies.schemas import FeedItemOut, FeedQuery, MyPolicyOut
from miniprogram_api.schema import Page


@endpoint(
    auth=Auth.OWNER,
    query=FeedQuery,
    returns=Page[FeedItemOut],
    errors=(NotBound, OutOfScope),
    summary="适合本企业的政策：先可能符合的，再待补充信息的，最后不符合的",
)
async def feed(request: Request, enterprise_id: UUID, *, actor: Actor, query: FeedQuery) -> bytes:  # noqa: ARG001
    answer = Answer[query.answer.upper()] if query.answer else None
    return await reading.feed(actor, enterprise_id, answer=answer, cursor=query.cursor, limit=query.limit)


@endpoint(
    auth=Auth.OWNER,
    returns=MyPolicyOut,
    errors=(NotBound, OutOfScope, PolicyUnknown),
    summary="一项政策是否适合本企业：逐条说明、依据和本企业情况",
)
async def detail(request: Request, enterprise_id: UUID, policy_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await reading.detail(actor, enterprise_id, policy_id)
