"""Questions at a salon: asked by who signed up, on the host's live board, told without names; and the minutes."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.foundation.errors import Forbidden, Invalid
from backend.foundation.paging import WrongCursor
from backend.foundation.states import WrongState
from backend.salons import board, errors, service
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply
from miniprogram_api.salons.later_schemas import (
    AnswerThere,
    AskedListOut,
    AskedOut,
    AskThere,
    BoardOut,
    QuestionsQuery,
    WriteMinutes,
)
from miniprogram_api.salons.schemas import SalonHandledOut


@endpoint(
    auth=Auth.OWNER,
    body=AskThere,
    returns=AskedOut,
    status=201,
    errors=(errors.SignupUnknown, errors.AskingOver, errors.AskTooOften),
    summary="为沙龙提问，会前、会中、会后均可；每个问题都会成为事项",
)
async def ask(request: Request, salon_id: UUID, *, actor: Actor, body: AskThere) -> dict[str, Any]:  # noqa: ARG001
    return {"id": await board.ask(salon_id, body.body, actor=actor)}


@endpoint(
    auth=Auth.OWNER,
    query=QuestionsQuery,
    returns=AskedListOut,
    errors=(errors.SalonUnknown, WrongCursor),
    summary="沙龙上的提问和答复情况，新的在前",
)
async def asked(request: Request, salon_id: UUID, *, actor: Actor, query: QuestionsQuery) -> dict[str, Any]:  # noqa: ARG001
    return await board.shown(salon_id, actor, cursor=query.cursor, limit=query.limit)


@endpoint(
    auth=Auth.PUBLIC,
    query=QuestionsQuery,
    returns=AskedListOut,
    errors=(errors.SalonUnknown, WrongCursor),
    summary="沙龙上的提问：问了多少，答了多少；新的在前",
)
async def public(request: Request, salon_id: UUID, *, query: QuestionsQuery) -> Reply:  # noqa: ARG001
    found = await board.shown(salon_id, cursor=query.cursor, limit=query.limit)
    return Reply(found, headers={"Cache-Control": "public, max-age=60"})


@endpoint(
    auth=Auth.STAFF,
    permission="salons.run",
    query=QuestionsQuery,
    returns=BoardOut,
    errors=(errors.SalonUnknown, Forbidden, WrongCursor),
    summary="主持人的提问板，新的在前",
)
async def live(request: Request, salon_id: UUID, *, actor: Actor, query: QuestionsQuery) -> dict[str, Any]:  # noqa: ARG001
    return await board.live(salon_id, actor=actor, cursor=query.cursor, limit=query.limit)


@endpoint(
    auth=Auth.STAFF,
    permission="salons.run",
    body=AnswerThere,
    errors=(errors.QuestionUnknown, Forbidden, Invalid),
    summary="记下现场的答复，提问人在事项中可见",
)
async def answer(request: Request, question_id: UUID, *, actor: Actor, body: AnswerThere) -> None:  # noqa: ARG001
    await board.answer_on_the_spot(question_id, body.words, actor=actor)


@endpoint(
    auth=Auth.STAFF,
    permission="salons.edit",
    body=WriteMinutes,
    returns=SalonHandledOut,
    errors=(errors.SalonUnknown, errors.SalonChanged, WrongState, Forbidden, Invalid),
    summary="发布纪要",
)
async def minutes(request: Request, salon_id: UUID, *, actor: Actor, body: WriteMinutes, version: int) -> Reply:  # noqa: ARG001
    handled = await service.write_minutes(salon_id, body.minutes, actor=actor, version=version)
    return Reply(SalonHandledOut.model_validate(handled), headers={"ETag": f'"{handled.version}"'})
