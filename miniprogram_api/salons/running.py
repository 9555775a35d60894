"""Who runs a salon: its sign-ups, somebody signed up for, many approved at once."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.foundation import db
from backend.foundation.errors import Forbidden, WuweiError
from backend.foundation.paging import WrongCursor
from backend.foundation.states import WrongState
from backend.salons import errors
from backend.salons.seats import answering, signing, signups
from backend.salons.seats.asking import Wish
from backend.salons.seats.moving import Moved
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply
from miniprogram_api.salons import joining
from miniprogram_api.salons.owner import moved
from miniprogram_api.salons.signup_schemas import (
    LeaveSalon,
    SignedUpOut,
    SignSomebodyUp,
    SignupCardOut,
    SignupMovedOut,
    SignupOut,
    SignupsDecidedOut,
    SignupsQuery,
    SomeSignups,
    SomeSignupsWhy,
)
from miniprogram_api.schema import CountedPage

_READ = "salons.read"
_RUN = "salons.run"
_ONE = (errors.SignupUnknown, WrongState, Forbidden)
_SOME = (errors.SalonUnknown, Forbidden)
_SIGNING = (
    errors.SalonUnknown, errors.EnterpriseUnknown, errors.SalonOver, errors.Full, errors.WayNotOffered,
    errors.NotForThisEnterprise, errors.EnterpriseFull, errors.EnterpriseClosed, errors.SignedUpAlready,
    errors.AnswersWrong,
)  # fmt: skip


def _decided(found: Mapping[UUID, Moved | WuweiError]) -> dict[str, Any]:
    return {"items": [_item(signup_id, one) for signup_id, one in found.items()]}


def _item(signup_id: UUID, one: Moved | WuweiError) -> dict[str, Any]:
    if isinstance(one, WuweiError):
        return {"id": signup_id, "state": None, "code": one.code, "detail": one.detail}
    return {"id": signup_id, "state": one.state.value, "code": None, "detail": None}


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    query=SignupsQuery,
    returns=CountedPage[SignupCardOut],
    errors=(WrongCursor,),
    summary="一场沙龙的报名，按先后排列",
)
async def listed(request: Request, salon_id: UUID, *, actor: Actor, query: SignupsQuery) -> dict[str, Any]:  # noqa: ARG001
    wanted = signups.Wanted(list(query.state), query.way, query.district, query.q)
    return await signups.of_salon(actor, salon_id, wanted, cursor=query.cursor, limit=query.limit)


@endpoint(
    auth=Auth.STAFF,
    permission=_RUN,
    body=SignSomebodyUp,
    returns=SignedUpOut,
    status=201,
    errors=_SIGNING,
    summary="代经营者报名",
)
async def sign_up(request: Request, salon_id: UUID, *, actor: Actor, body: SignSomebodyUp) -> Reply:
    wish = Wish(
        actor,
        salon_id,
        body.enterprise_id,
        body.person_id,
        body.way,
        body.waits,
        body.attendee,
        body.answers,
        body.channel,
        str(request.id),
    )
    async with db.transaction():
        (made,) = await signing.sign_up([wish])
    if isinstance(made, WuweiError):
        raise made
    return Reply(joining.told(made))


@endpoint(auth=Auth.STAFF, permission=_READ, returns=SignupOut, errors=(errors.SignupUnknown,), summary="一次报名")
async def show(request: Request, signup_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await signups.detail(actor, signup_id)


@endpoint(
    auth=Auth.STAFF,
    permission=_RUN,
    body=LeaveSalon,
    returns=SignupMovedOut,
    errors=(*_ONE, errors.HasBegun),
    summary="按经营者的要求退出报名",
)
async def leave(request: Request, signup_id: UUID, *, actor: Actor, body: LeaveSalon) -> SignupMovedOut:  # noqa: ARG001
    return moved(await answering.leave(signup_id, body.reason, actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=_RUN,
    returns=SignupMovedOut,
    errors=(*_ONE, errors.OfferLapsed, errors.Full),
    summary="代经营者确认候补到的席位；距开始不足1小时，让到场的候补者入座",
)
async def accept(request: Request, signup_id: UUID, *, actor: Actor) -> SignupMovedOut:  # noqa: ARG001
    return moved(await answering.accept(signup_id, actor=actor))


@endpoint(auth=Auth.STAFF, permission=_RUN, returns=SignupMovedOut, errors=_ONE, summary="代经营者放弃候补到的席位")
async def decline(request: Request, signup_id: UUID, *, actor: Actor) -> SignupMovedOut:  # noqa: ARG001
    return moved(await answering.decline(signup_id, actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=_RUN,
    body=SomeSignups,
    returns=SignupsDecidedOut,
    errors=_SOME,
    summary="批量通过报名，逐个答复结果",
)
async def approve(request: Request, salon_id: UUID, *, actor: Actor, body: SomeSignups) -> dict[str, Any]:  # noqa: ARG001
    return _decided(await answering.approve(salon_id, body.ids, actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=_RUN,
    body=SomeSignupsWhy,
    returns=SignupsDecidedOut,
    errors=_SOME,
    summary="批量不通过报名，说明理由",
)
async def refuse(request: Request, salon_id: UUID, *, actor: Actor, body: SomeSignupsWhy) -> dict[str, Any]:  # noqa: ARG001
    return _decided(await answering.refuse(salon_id, body.ids, body.reason, actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=_RUN,
    body=SomeSignupsWhy,
    returns=SignupsDecidedOut,
    errors=_SOME,
    summary="批量取消报名或候补，说明理由",
)
async def remove(request: Request, salon_id: UUID, *, actor: Actor, body: SomeSignupsWhy) -> dict[str, Any]:  # noqa: ARG001
    return _decided(await answering.remove(salon_id, body.ids, body.reason, actor=actor))
