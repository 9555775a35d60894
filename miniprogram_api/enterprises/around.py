"""What stands around an enterprise for staff: its timeline, and who is bound to it."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend import staff
from backend.access import Actor
from backend.enterprises import bound, errors
from backend.enterprises import timeline as happened
from backend.enterprises.visibility import READ
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.enterprises.around_schemas import BoundPage, BoundQuery, TimelinePage, TimelineQuery


@endpoint(
    auth=Auth.STAFF,
    permission=READ,
    query=TimelineQuery,
    returns=TimelinePage,
    errors=(errors.EnterpriseUnknown,),
    summary="企业记录，最新的在前",
)
async def timeline(request: Request, enterprise_id: UUID, *, actor: Actor, query: TimelineQuery) -> dict[str, Any]:  # noqa: ARG001  every handler is given its request
    page = await happened.page(actor, enterprise_id, kinds=tuple(query.kind), cursor=query.cursor, limit=query.limit)
    names = await staff.names({one["by"] for one in page["items"] if one["by_kind"] == "staff"})
    return {**page, "items": [{"by_name": names.get(one.pop("by")), **one} for one in page["items"]]}


@endpoint(
    auth=Auth.STAFF,
    permission=bound.PERMISSION,
    query=BoundQuery,
    returns=BoundPage,
    errors=(errors.EnterpriseUnknown,),
    summary="企业的绑定人员，手机号打码",
)
async def bindings(request: Request, enterprise_id: UUID, *, actor: Actor, query: BoundQuery) -> dict[str, Any]:  # noqa: ARG001
    return await bound.page(actor, enterprise_id, with_ended=query.with_ended, cursor=query.cursor, limit=query.limit)
