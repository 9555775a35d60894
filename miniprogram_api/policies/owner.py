"""What an owner reads: the policies that may fit an enterprise of his, and why; what he searches for and keeps."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.identity.errors import NotBound, OutOfScope
from backend.policies.errors import FavouritesFull, PolicyUnknown
from backend.policies.reading import favourites as keeping
from backend.policies.reading import feed as reading
from backend.policies.reading import search as searching
from backend.policies.reading.reasons import Answer
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.policies.schemas import (
    DetailQuery,
    FavouriteOut,
    FeedOut,
    FeedQuery,
    MyPolicyOut,
    SearchOut,
    SearchQuery,
)
from miniprogram_api.schema import Page, PageQuery


@endpoint(
    auth=Auth.OWNER,
    query=FeedQuery,
    returns=FeedOut,
    errors=(NotBound, OutOfScope),
    summary="适合本企业的政策：先可能符合的，再待补充信息的，最后不符合的；不按画像推送时为全部现行政策",
)
async def feed(request: Request, enterprise_id: UUID, *, actor: Actor, query: FeedQuery) -> bytes:  # noqa: ARG001
    answer = Answer[query.answer.upper()] if query.answer else None
    return await reading.feed(
        actor,
        enterprise_id,
        answer=answer,
        category=query.category,
        action=query.action,
        favourites=query.favourites,
        cursor=query.cursor,
        limit=query.limit,
    )


@endpoint(
    auth=Auth.OWNER,
    query=SearchQuery,
    returns=SearchOut,
    errors=(NotBound, OutOfScope),
    summary="检索政策：现行的在前，同样相关的先列本企业可能符合的",
)
async def search(request: Request, enterprise_id: UUID, *, actor: Actor, query: SearchQuery) -> bytes:  # noqa: ARG001
    return await searching.search(
        actor,
        enterprise_id,
        query.q,
        category=query.category,
        action=query.action,
        cursor=query.cursor,
        limit=query.limit,
    )


@endpoint(
    auth=Auth.OWNER,
    query=DetailQuery,
    returns=MyPolicyOut,
    errors=(NotBound, OutOfScope, PolicyUnknown),
    summary="一项政策是否适合本企业：逐条说明、依据和本企业情况",
)
async def detail(
    request: Request,  # noqa: ARG001
    enterprise_id: UUID,
    policy_id: UUID,
    *,
    actor: Actor,
    query: DetailQuery,
) -> dict[str, Any]:
    return await reading.detail(actor, enterprise_id, policy_id, as_of=query.as_of, asked=query.explain)


@endpoint(auth=Auth.OWNER, query=PageQuery, returns=Page[FavouriteOut], summary="我收藏的政策，最近收藏的在前")
async def favourites(request: Request, *, actor: Actor, query: PageQuery) -> bytes:  # noqa: ARG001
    return await keeping.mine(actor, cursor=query.cursor, limit=query.limit)


@endpoint(auth=Auth.OWNER, errors=(PolicyUnknown, FavouritesFull), summary="收藏一项政策；新版本发布后收藏仍在")
async def keep(request: Request, policy_id: UUID, *, actor: Actor) -> None:  # noqa: ARG001
    await keeping.keep(actor, policy_id)


@endpoint(auth=Auth.OWNER, summary="取消收藏")
async def drop(request: Request, policy_id: UUID, *, actor: Actor) -> None:  # noqa: ARG001
    await keeping.drop(actor, policy_id)
