"""Staff publish answered questions, a second person looking, and bar whoever abuses asking; appeals go to another."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.foundation.paging import WrongCursor
from backend.foundation.states import WrongState
from backend.questions import barring, errors, publishing
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.questions.schemas import (
    BarAsker,
    BarOut,
    BarsQuery,
    DecideBarAppeal,
    GiveReason,
    Propose,
    PublicationOut,
    PublicationsQuery,
)
from miniprogram_api.schema import CountedPage

_PUBLISH = publishing.PERMISSION
_BAR = barring.PERMISSION


@endpoint(
    auth=Auth.STAFF,
    permission=_PUBLISH,
    body=Propose,
    returns=PublicationOut,
    status=201,
    errors=(errors.QuestionUnknown, errors.NotAnswered, errors.AlreadyProposed),
    summary="起草已答复问题的公开稿，或更正已公开的；由另一人核对后公开",
)
async def propose(request: Request, question_id: UUID, *, actor: Actor, body: Propose) -> dict[str, Any]:  # noqa: ARG001
    made = await publishing.propose(question_id, body.title, body.asked, body.answered, actor=actor)
    return await publishing.show(actor, made)


@endpoint(
    auth=Auth.STAFF,
    permission=_PUBLISH,
    query=PublicationsQuery,
    returns=CountedPage[PublicationOut],
    errors=(WrongCursor,),
    summary="公开稿列表",
)
async def publications(request: Request, *, actor: Actor, query: PublicationsQuery) -> dict[str, Any]:  # noqa: ARG001
    return await publishing.page(actor, state=query.state, cursor=query.cursor, limit=query.limit)


@endpoint(
    auth=Auth.STAFF,
    permission=_PUBLISH,
    returns=PublicationOut,
    errors=(errors.PublicationUnknown,),
    summary="一份公开稿",
)
async def publication(request: Request, publication_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await publishing.show(actor, publication_id)


@endpoint(
    auth=Auth.STAFF,
    permission=_PUBLISH,
    returns=PublicationOut,
    errors=(errors.PublicationUnknown, errors.SamePerson, WrongState),
    summary="核对后公开；起草人自己不能公开",
)
async def release(request: Request, publication_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    await publishing.release(publication_id, actor=actor)
    return await publishing.show(actor, publication_id)


@endpoint(
    auth=Auth.STAFF,
    permission=_PUBLISH,
    body=GiveReason,
    returns=PublicationOut,
    errors=(errors.PublicationUnknown, WrongState),
    summary="退回公开稿",
)
async def send_back(request: Request, publication_id: UUID, *, actor: Actor, body: GiveReason) -> dict[str, Any]:  # noqa: ARG001
    await publishing.send_back(publication_id, body.reason, actor=actor)
    return await publishing.show(actor, publication_id)


@endpoint(
    auth=Auth.STAFF,
    permission=_PUBLISH,
    body=GiveReason,
    returns=PublicationOut,
    errors=(errors.PublicationUnknown, WrongState),
    summary="立即撤下已公开的答复",
)
async def withdraw(request: Request, publication_id: UUID, *, actor: Actor, body: GiveReason) -> dict[str, Any]:  # noqa: ARG001
    await publishing.withdraw(publication_id, body.reason, actor=actor)
    return await publishing.show(actor, publication_id)


@endpoint(
    auth=Auth.STAFF,
    permission=_BAR,
    body=BarAsker,
    returns=BarOut,
    status=201,
    errors=(errors.QuestionUnknown, errors.BarredBefore),
    summary="限制该问题的提问人在线提问一段时间；窗口和热线不受影响",
)
async def bar(request: Request, question_id: UUID, *, actor: Actor, body: BarAsker) -> dict[str, Any]:  # noqa: ARG001
    made = await barring.bar(question_id, body.reason, body.citation, body.until, actor=actor)
    return await barring.show(actor, made)


@endpoint(
    auth=Auth.STAFF,
    permission=_BAR,
    query=BarsQuery,
    returns=CountedPage[BarOut],
    errors=(WrongCursor,),
    summary="限制提问的名单",
)
async def bars(request: Request, *, actor: Actor, query: BarsQuery) -> dict[str, Any]:  # noqa: ARG001
    return await barring.page(actor, only=query.only, cursor=query.cursor, limit=query.limit)


@endpoint(auth=Auth.STAFF, permission=_BAR, returns=BarOut, errors=(errors.BarUnknown,), summary="一条限制记录")
async def show_bar(request: Request, bar_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await barring.show(actor, bar_id)


@endpoint(
    auth=Auth.STAFF,
    permission=_BAR,
    body=GiveReason,
    returns=BarOut,
    errors=(errors.BarUnknown, errors.DecidedBySame),
    summary="提前解除限制",
)
async def lift(request: Request, bar_id: UUID, *, actor: Actor, body: GiveReason) -> dict[str, Any]:  # noqa: ARG001
    await barring.lift(bar_id, body.reason, actor=actor)
    return await barring.show(actor, bar_id)


@endpoint(
    auth=Auth.STAFF,
    permission=_BAR,
    body=DecideBarAppeal,
    returns=BarOut,
    errors=(errors.BarUnknown, errors.NoAppeal, errors.DecidedBySame),
    summary="处理申诉；作出限制的人不能处理",
)
async def decide(request: Request, bar_id: UUID, *, actor: Actor, body: DecideBarAppeal) -> dict[str, Any]:  # noqa: ARG001
    await barring.decide(bar_id, is_upheld=body.is_upheld, reason=body.reason, actor=actor)
    return await barring.show(actor, bar_id)
