"""Whoever comes by reads which salons are to come, without signing in."""

from typing import Final
from uuid import UUID

from sanic import Request

from backend.foundation.paging import WrongCursor
from backend.salons import errors, queries
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply
from miniprogram_api.salons.schemas import SalonCardOut, SalonOut, SalonsQuery
from miniprogram_api.schema import Page

_CACHED: Final = {"Cache-Control": "public, max-age=60"}


@endpoint(
    auth=Auth.PUBLIC,
    query=SalonsQuery,
    returns=Page[SalonCardOut],
    errors=(WrongCursor,),
    summary="近期沙龙，按时间排列",
)
async def coming(request: Request, *, query: SalonsQuery) -> Reply:  # noqa: ARG001
    found = await queries.coming(
        None, district=query.district, topic=query.topic, cursor=query.cursor, limit=query.limit
    )
    return Reply(found, headers=_CACHED)


@endpoint(auth=Auth.PUBLIC, returns=SalonOut, errors=(errors.SalonUnknown,), summary="一场沙龙")
async def show(request: Request, salon_id: UUID) -> Reply:  # noqa: ARG001
    return Reply(await queries.shown(salon_id), headers=_CACHED)
