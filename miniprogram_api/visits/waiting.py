"""An owner waits for an earlier time, sees where he stands, answers what he is offered; staff see who waits."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.foundation.paging import WrongCursor
from backend.foundation.states import WrongState
from backend.identity.errors import NotBound, OutOfScope, ReadOnly
from backend.visits import errors
from backend.visits.waiting import accepting, earlier, lines
from backend.visits.waiting import errors as wait_errors
from backend.visits.waiting.earlier import Asked
from backend.visits.waiting.states import WaitState
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply
from miniprogram_api.schema import CountedPage
from miniprogram_api.visits.owner import done
from miniprogram_api.visits.schemas import MovedOut
from miniprogram_api.visits.waiting_schemas import JoinLine, LineOut, LineQuery, WaitListedOut, WaitsQuery

_ACTS = (NotBound, ReadOnly, OutOfScope)
_JOINING = (
    *_ACTS, errors.VisitUnknown, errors.ReasonUnknown, errors.PlaceNotOffered, errors.NotForYou,
    errors.EnterpriseClosed, wait_errors.NoWaiting, wait_errors.WaitTooLate, wait_errors.WaitUsedUp, WrongState,
)  # fmt: skip


@endpoint(
    auth=Auth.OWNER,
    query=LineQuery,
    returns=LineOut,
    errors=(NotBound, OutOfScope),
    summary="企业登记的候补、排第几和提供过的时段",
)
async def line(request: Request, *, actor: Actor, query: LineQuery) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await earlier.mine(query.enterprise_id, actor=actor)}


@endpoint(
    auth=Auth.OWNER,
    body=JoinLine,
    returns=LineOut,
    status=201,
    errors=_JOINING,
    summary="登记候补：有更早的空闲时段时按登记先后提供",
)
async def join(request: Request, *, actor: Actor, body: JoinLine) -> dict[str, Any]:  # noqa: ARG001
    wanted = Asked(body.reason or "", body.place or "") if body.visit_id is None else body.visit_id
    await earlier.join(body.enterprise_id, wanted, note=body.note, not_before=body.not_before, actor=actor)
    return {"items": await earlier.mine(body.enterprise_id, actor=actor)}


@endpoint(
    auth=Auth.OWNER,
    errors=(*_ACTS, wait_errors.WaitUnknown, WrongState),
    summary="退出候补，正在保留的时段随即让给下一家",
)
async def leave(request: Request, wait_id: UUID, *, actor: Actor) -> None:  # noqa: ARG001
    await earlier.leave(wait_id, actor=actor)


@endpoint(
    auth=Auth.OWNER,
    returns=MovedOut,
    errors=(
        *_ACTS, wait_errors.OfferUnknown, wait_errors.OfferOver, errors.TooManyRequests, errors.EnterpriseBusy,
        errors.VisitUnknown,
    ),
    summary="接受提前的时段：走访改到该时段，没有预约的成为一个预约",
)  # fmt: skip
async def accept(request: Request, offer_id: UUID, *, actor: Actor) -> Reply:  # noqa: ARG001
    return done(await accepting.accept(offer_id, actor=actor))


@endpoint(
    auth=Auth.OWNER,
    errors=(*_ACTS, wait_errors.OfferUnknown, wait_errors.OfferOver),
    summary="放弃提前的时段，原来的安排不变",
)
async def decline(request: Request, offer_id: UUID, *, actor: Actor) -> None:  # noqa: ARG001
    await accepting.decline(offer_id, actor=actor)


@endpoint(
    auth=Auth.STAFF,
    permission="visits.read",
    query=WaitsQuery,
    returns=CountedPage[WaitListedOut],
    errors=(WrongCursor,),
    summary="哪些企业在等更早的走访时段、登记于何时、提供过什么；排队中的按先后，其余新的在前",
)
async def listed(request: Request, *, actor: Actor, query: WaitsQuery) -> dict[str, Any]:  # noqa: ARG001
    state = WaitState(query.state) if query.state else None
    return await lines.listed(actor, state=state, district=query.district, cursor=query.cursor, limit=query.limit)
