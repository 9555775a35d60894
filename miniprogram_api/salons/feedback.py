"""Feedback without a name: a token is drawn by an attendee, and brought back by nobody in particular."""

from typing import Any
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.salons import errors, feedback
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply
from miniprogram_api.salons.later_schemas import FeedbackOut, FeedbackTokenOut, GiveFeedback


@endpoint(
    auth=Auth.OWNER,
    returns=FeedbackTokenOut,
    errors=(errors.SignupUnknown, errors.NotAttended, errors.FeedbackGiven),
    idempotent=False,
    summary="领取匿名评价的凭证，每人每场一次",
)
async def draw(request: Request, signup_id: UUID, *, actor: Actor) -> Reply:  # noqa: ARG001
    found = FeedbackTokenOut(token=await feedback.draw(signup_id, actor=actor))
    return Reply(found, headers={"Cache-Control": "no-store"})


@endpoint(auth=Auth.PUBLIC, body=GiveFeedback, errors=(errors.FeedbackGiven,), summary="凭证换评价：不登录，不记录来源")
async def give(request: Request, *, body: GiveFeedback) -> None:  # noqa: ARG001
    await feedback.give(body.token, body.rating, body.body)


@endpoint(
    auth=Auth.STAFF,
    permission="salons.read",
    returns=FeedbackOut,
    errors=(errors.SalonUnknown,),
    summary="匿名评价：满5份显示评分，满10份显示文字",
)
async def results(request: Request, salon_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await feedback.results(salon_id, actor=actor)
