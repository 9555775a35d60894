"""Staff judge claims and objections."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend import identity
from backend.access import Actor
from backend.foundation.states import WrongState
from backend.identity import errors
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.files.links import link_for
from miniprogram_api.identity.schemas import Approve, BoundOut, Refuse, ReviewOut, ReviewsQuery
from miniprogram_api.schema import Page

REVIEW = "bindings.review"


@endpoint(auth=Auth.STAFF, permission=REVIEW, query=ReviewsQuery, returns=Page[ReviewOut], summary="绑定申请和异议")
async def reviews(request: Request, *, actor: Actor, query: ReviewsQuery) -> dict[str, Any]:  # noqa: ARG001
    page = await identity.review_list(actor, state=query.state, cursor=query.cursor, limit=query.limit)
    return {**page, "items": [{**one, "licence_link": link_for(one["licence_file_id"])} for one in page["items"]]}


@endpoint(
    auth=Auth.STAFF,
    permission=REVIEW,
    body=Approve,
    returns=BoundOut,
    errors=(
        WrongState,
        errors.EnterpriseUnknown,
        errors.TooManyManagers,
        errors.RepresentativeTaken,
        errors.SameReviewer,
    ),
    summary="通过绑定申请，或维持被异议的绑定",
)
async def approve(request: Request, review_id: UUID, *, actor: Actor, body: Approve) -> BoundOut:  # noqa: ARG001
    return BoundOut(binding_id=await identity.approve(actor, review_id, reason=body.reason))


@endpoint(
    auth=Auth.STAFF,
    permission=REVIEW,
    body=Refuse,
    errors=(WrongState, errors.SameReviewer),
    summary="不通过绑定申请，或解除被异议的绑定",
)
async def refuse(request: Request, review_id: UUID, *, actor: Actor, body: Refuse) -> None:  # noqa: ARG001
    await identity.refuse(actor, review_id, reason=body.reason)
