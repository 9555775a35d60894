"""Staff judge claims and objections."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend import identity, staff
from backend.access import Actor
from backend.identity import errors
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.files.links import link_for
from miniprogram_api.identity.schemas import (
    Approve,
    BoundOut,
    LicenceOut,
    Refuse,
    ReviewDetailOut,
    ReviewOut,
    ReviewsQuery,
)
from miniprogram_api.schema import CountedPage

REVIEW = "bindings.review"


@endpoint(
    auth=Auth.STAFF, permission=REVIEW, query=ReviewsQuery, returns=CountedPage[ReviewOut], summary="绑定申请和异议"
)
async def reviews(request: Request, *, actor: Actor, query: ReviewsQuery) -> dict[str, Any]:  # noqa: ARG001
    wanted = identity.Wanted(None if query.state == "all" else query.state, query.kind, query.role, query.text)
    page = await identity.review_list(actor, wanted, cursor=query.cursor, limit=query.limit)
    return {**page, "items": await _named(page["items"])}


async def _named(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = await staff.names({one["decided_by"] for one in items})
    return [{**one, "decided_by_name": names.get(one["decided_by"])} for one in items]


@endpoint(auth=Auth.STAFF, permission=REVIEW, returns=ReviewDetailOut, summary="一项绑定申请或异议")
async def review(request: Request, review_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return (await _named([await identity.review(actor, review_id)]))[0]


@endpoint(auth=Auth.STAFF, permission=REVIEW, returns=LicenceOut, idempotent=False, summary="查看证照照片；记入审计")
async def open_licence(request: Request, review_id: UUID, *, actor: Actor) -> LicenceOut:  # noqa: ARG001
    file = await identity.open_licence(actor, review_id)
    return LicenceOut(link=link_for(file.id), media_type=file.media_type)


@endpoint(
    auth=Auth.STAFF,
    permission=REVIEW,
    body=Approve,
    returns=BoundOut,
    errors=(
        errors.AlreadyDecided,
        errors.EnterpriseUnknown,
        errors.TooManyManagers,
        errors.RepresentativeTaken,
        errors.SameReviewer,
        errors.HolderWithoutPhone,
    ),
    summary="通过绑定申请，或维持被异议的绑定",
)
async def approve(request: Request, review_id: UUID, *, actor: Actor, body: Approve) -> BoundOut:  # noqa: ARG001
    return BoundOut(binding_id=await identity.approve(actor, review_id, reason=body.reason))


@endpoint(
    auth=Auth.STAFF,
    permission=REVIEW,
    body=Refuse,
    errors=(errors.AlreadyDecided, errors.SameReviewer),
    summary="不通过绑定申请，或解除被异议的绑定",
)
async def refuse(request: Request, review_id: UUID, *, actor: Actor, body: Refuse) -> None:  # noqa: ARG001
    await identity.refuse(actor, review_id, reason=body.reason)
