"""The plain list of policies, for anybody and without regard to a profile."""

from uuid import UUID

from sanic import Request

from backend.policies import queries
from backend.policies.errors import PolicyUnknown
from backend.policies.reading import search as searching
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.policies.schemas import ListQuery, PolicyOut, PublicSearchOut


@endpoint(
    auth=Auth.PUBLIC,
    query=ListQuery,
    returns=PublicSearchOut,
    summary="现行政策；有检索词时按相关程度排列，最后是已结束的",
)
async def listing(request: Request, *, query: ListQuery) -> bytes:  # noqa: ARG001
    if query.q is None:
        return await queries.page(query.category, query.action, query.cursor, query.limit)
    return await searching.public(
        query.q, category=query.category, action=query.action, cursor=query.cursor, limit=query.limit
    )


@endpoint(auth=Auth.PUBLIC, returns=PolicyOut, errors=(PolicyUnknown,), summary="一项政策")
async def detail(request: Request, policy_id: UUID) -> bytes:  # noqa: ARG001
    return await queries.public_detail(policy_id)
