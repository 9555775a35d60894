"""An owner finds a salon, signs up or waits, answers an offer, leaves."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend import identity
from backend.access import Actor
from backend.foundation.paging import WrongCursor
from backend.foundation.states import WrongState
from backend.identity.errors import NotBound, OutOfScope, ReadOnly
from backend.salons import errors, queries
from backend.salons.seats import answering, signups
from backend.salons.seats.asking import Wish
from backend.salons.seats.moving import Moved
from backend.salons.states import SIGNUP_WORDS
from backend.salons.visibility import NAME
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.idempotency import Key
from miniprogram_api.reply import Reply
from miniprogram_api.salons import joining
from miniprogram_api.salons.schemas import MySalonCardOut, MySalonOut, SalonsQuery
from miniprogram_api.salons.signup_schemas import (
    FormQuery,
    LeaveSalon,
    MySignupsQuery,
    SalonFormOut,
    SignedUpOut,
    SignUp,
    SignupCardOut,
    SignupMovedOut,
    SignupOut,
)
from miniprogram_api.schema import Page

_SIGNING = (
    errors.SalonUnknown, NotBound, ReadOnly, OutOfScope, errors.NotOpenYet, errors.SignupClosed, errors.SalonOver,
    errors.Full, errors.WayNotOffered, errors.NotForThisEnterprise, errors.EnterpriseFull, errors.EnterpriseClosed,
    errors.SignedUpAlready, errors.AnswersWrong,
)  # fmt: skip


def moved(one: Moved) -> SignupMovedOut:
    """Tell where a sign-up stands after a command."""
    return SignupMovedOut(
        id=one.id, salon_id=one.salon_id, state=one.state, state_word=SIGNUP_WORDS[one.state], decide_by=one.decide_by
    )


@endpoint(
    auth=Auth.OWNER,
    query=SalonsQuery,
    returns=Page[MySalonCardOut],
    errors=(WrongCursor,),
    summary="近期沙龙和我的报名情况",
)
async def coming(request: Request, *, actor: Actor, query: SalonsQuery) -> dict[str, Any]:  # noqa: ARG001
    return await queries.coming(
        actor, district=query.district, topic=query.topic, cursor=query.cursor, limit=query.limit
    )


@endpoint(auth=Auth.OWNER, returns=MySalonOut, errors=(errors.SalonUnknown,), summary="一场沙龙和我的报名情况")
async def show(request: Request, salon_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await queries.shown(salon_id, actor)


@endpoint(
    auth=Auth.OWNER,
    query=FormQuery,
    returns=SalonFormOut,
    errors=(errors.SalonUnknown, NotBound, OutOfScope),
    summary="报名表：已掌握的不再询问",
)
async def form(request: Request, salon_id: UUID, *, actor: Actor, query: FormQuery) -> dict[str, Any]:  # noqa: ARG001
    await identity.acting_for(actor, query.enterprise_id, scope=NAME, changes=False)
    return await queries.form_for(salon_id, query.enterprise_id)


@endpoint(
    auth=Auth.OWNER,
    body=SignUp,
    returns=SignedUpOut,
    status=201,
    together=True,
    errors=_SIGNING,
    summary="报名；名额已满时可候补，重复报名得到同一个报名",
)
async def sign_up(request: Request, salon_id: UUID, *, actor: Actor, body: SignUp, key: Key) -> Reply:
    wish = Wish(
        actor,
        salon_id,
        body.enterprise_id,
        actor.id,
        body.way,
        body.waits,
        body.attendee,
        body.answers,
        request_id=str(request.id),
    )
    return await joining.join(key, wish)


@endpoint(
    auth=Auth.OWNER,
    query=MySignupsQuery,
    returns=Page[SignupCardOut],
    errors=(WrongCursor,),
    summary="我和我的企业的沙龙报名",
)
async def mine(request: Request, *, actor: Actor, query: MySignupsQuery) -> dict[str, Any]:  # noqa: ARG001
    return await signups.mine(actor, is_coming=query.is_coming, cursor=query.cursor, limit=query.limit)


@endpoint(auth=Auth.OWNER, returns=SignupOut, errors=(errors.SignupUnknown,), summary="一次报名和候补名次")
async def signup(request: Request, signup_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await signups.detail(actor, signup_id)


@endpoint(
    auth=Auth.OWNER,
    body=LeaveSalon,
    returns=SignupMovedOut,
    errors=(errors.SignupUnknown, ReadOnly, WrongState, errors.HasBegun),
    summary="退出报名或候补，席位让给下一位",
)
async def leave(request: Request, signup_id: UUID, *, actor: Actor, body: LeaveSalon) -> SignupMovedOut:  # noqa: ARG001
    return moved(await answering.leave(signup_id, body.reason, actor=actor))


@endpoint(
    auth=Auth.OWNER,
    returns=SignupMovedOut,
    errors=(errors.SignupUnknown, ReadOnly, WrongState, errors.OfferLapsed),
    summary="确认候补到的席位",
)
async def accept(request: Request, signup_id: UUID, *, actor: Actor) -> SignupMovedOut:  # noqa: ARG001
    return moved(await answering.accept(signup_id, actor=actor))


@endpoint(
    auth=Auth.OWNER,
    returns=SignupMovedOut,
    errors=(errors.SignupUnknown, ReadOnly, WrongState),
    summary="放弃候补到的席位，让给下一位",
)
async def decline(request: Request, signup_id: UUID, *, actor: Actor) -> SignupMovedOut:  # noqa: ARG001
    return moved(await answering.decline(signup_id, actor=actor))
