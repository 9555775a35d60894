"""An owner asks, reads where his questions stand, follows those of others, and appeals when he is barred."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend import identity
from backend.access import Actor
from backend.cases import CategoryUnknown
from backend.foundation.paging import WrongCursor
from backend.foundation.states import WrongState
from backend.identity.errors import NotBound, OutOfScope, ReadOnly
from backend.questions import asking, barring, errors, following, queries
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.questions.schemas import (
    Appeal,
    AskQuestion,
    FollowedOut,
    MyQuestionDetailOut,
    MyQuestionOut,
    MyQuestionsQuery,
    PublishedDetailOut,
    PublishedOut,
    PublishedQuery,
    QuestionAskedOut,
    QuestionCategoriesOut,
    StandingOut,
)
from miniprogram_api.schema import Page, PageQuery


@endpoint(
    auth=Auth.OWNER,
    body=AskQuestion,
    returns=QuestionAskedOut,
    status=201,
    errors=(
        CategoryUnknown, NotBound, OutOfScope, ReadOnly, errors.Barred, errors.PhotoUnknown, errors.TooManyQuestions,
    ),
    summary="提问：马上得到编号，文字和照片检查后受理，办理时限从提问时起算",
)  # fmt: skip
async def ask(request: Request, *, actor: Actor, body: AskQuestion) -> dict[str, Any]:  # noqa: ARG001
    if body.enterprise_id is not None:
        actor = await identity.acting_for(actor, body.enterprise_id, scope=queries.NAME)
    asked = asking.Asked(body.category, body.text, tuple(body.photos), body.is_followable)
    made = await queries.detail(actor, await asking.ask(asked, actor=actor))
    return {name: made[name] for name in QuestionAskedOut.model_fields}


@endpoint(auth=Auth.OWNER, returns=QuestionCategoriesOut, summary="提问可选的类别")
async def categories(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await queries.categories()}


@endpoint(
    auth=Auth.OWNER,
    query=MyQuestionsQuery,
    returns=Page[MyQuestionOut],
    errors=(WrongCursor,),
    summary="我的和我的企业的问题，最近的在前",
)
async def mine(request: Request, *, actor: Actor, query: MyQuestionsQuery) -> dict[str, Any]:  # noqa: ARG001
    return await queries.mine(actor, enterprise_id=query.enterprise_id, cursor=query.cursor, limit=query.limit)


@endpoint(auth=Auth.OWNER, returns=MyQuestionDetailOut, errors=(errors.QuestionUnknown,), summary="一个问题")
async def show(request: Request, question_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await queries.detail(actor, question_id)


@endpoint(
    auth=Auth.OWNER,
    returns=MyQuestionDetailOut,
    errors=(errors.QuestionUnknown, errors.AlreadyAnswered, WrongState),
    summary="撤回自己还没有答复的问题",
)
async def withdraw(request: Request, question_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    await asking.withdraw(question_id, actor=actor)
    return await queries.detail(actor, question_id)


@endpoint(
    auth=Auth.OWNER,
    query=PublishedQuery,
    returns=Page[PublishedOut],
    errors=(WrongCursor,),
    summary="公开答复的问题，最近的在前，并标出我关注的",
)
async def published(request: Request, *, actor: Actor, query: PublishedQuery) -> dict[str, Any]:  # noqa: ARG001
    return await queries.published(category=query.category, cursor=query.cursor, limit=query.limit, person_id=actor.id)


@endpoint(
    auth=Auth.OWNER,
    returns=PublishedDetailOut,
    errors=(errors.QuestionUnknown,),
    summary="一个公开的问题；仅开放关注的只有编号和进展",
)
async def published_detail(request: Request, question_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await queries.public_detail(question_id, person_id=actor.id)


@endpoint(
    auth=Auth.OWNER,
    query=PageQuery,
    returns=Page[FollowedOut],
    errors=(WrongCursor,),
    summary="我关注的问题",
)
async def followed(request: Request, *, actor: Actor, query: PageQuery) -> dict[str, Any]:  # noqa: ARG001
    return await following.mine(actor, cursor=query.cursor, limit=query.limit)


@endpoint(
    auth=Auth.OWNER,
    status=204,
    errors=(errors.NotFollowable, errors.FollowsFull),
    summary="关注一个问题：公开答复或更正时各通知一次",
)
async def follow(request: Request, question_id: UUID, *, actor: Actor) -> None:  # noqa: ARG001
    await following.follow(question_id, actor=actor)


@endpoint(auth=Auth.OWNER, status=204, summary="不再关注一个问题")
async def unfollow(request: Request, question_id: UUID, *, actor: Actor) -> None:  # noqa: ARG001
    await following.leave(question_id, actor=actor)


@endpoint(auth=Auth.OWNER, returns=StandingOut, summary="我现在能否在线提问，最近一次限制的理由和依据")
async def standing(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await barring.mine(actor)


@endpoint(
    auth=Auth.OWNER,
    body=Appeal,
    returns=StandingOut,
    errors=(errors.BarUnknown, errors.AppealedBefore),
    summary="对限制在线提问申诉一次，由作出限制以外的人处理",
)
async def appeal(request: Request, *, actor: Actor, body: Appeal) -> dict[str, Any]:  # noqa: ARG001
    await barring.appeal(body.text, actor=actor)
    return await barring.mine(actor)
