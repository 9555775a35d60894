"""Answered questions that anybody may read, in wording that names nobody."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend.foundation.paging import WrongCursor
from backend.questions import errors, queries
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.questions.schemas import PublishedDetailOut, PublishedOut, PublishedQuery
from miniprogram_api.schema import Page


@endpoint(
    auth=Auth.PUBLIC,
    query=PublishedQuery,
    returns=Page[PublishedOut],
    errors=(WrongCursor,),
    summary="公开答复的问题，最近的在前",
)
async def listing(request: Request, *, query: PublishedQuery) -> dict[str, Any]:  # noqa: ARG001
    return await queries.published(category=query.category, cursor=query.cursor, limit=query.limit)


@endpoint(auth=Auth.PUBLIC, returns=PublishedDetailOut, errors=(errors.QuestionUnknown,), summary="一个公开的问题")
async def detail(request: Request, question_id: UUID) -> dict[str, Any]:  # noqa: ARG001
    return await queries.public_detail(question_id)
