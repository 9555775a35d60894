"""Staff make and end the addresses of their calendars; programs read them by the secret alone."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field
from sanic import Request

from backend.access import Actor
from backend.foundation.secrets import hash_token
from backend.visits.diary import feeds
from backend.visits.waiting import errors as wait_errors
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply, Stream
from miniprogram_api.schema import At, In, Out, Query

PATH: Final = "/api/public/v1/visit-feed.ics"
READS: Final = 20
"""How often a minute one calendar is read at most, from wherever."""
_TYPE: Final = "text/calendar; charset=utf-8"
_KIND: Final = "own 本人的走访（含详情），busy 只有忙闲（可给其他单位）"
FeedKind = Annotated[Literal["own", "busy"], Field(description=_KIND)]


class FeedOut(Out):
    kind: str = Field(description=_KIND, examples=["own"])
    made_at: At = Field(description="生成时间")
    read_at: At | None = Field(description="最近一次被读取的时间，约15分钟一记")


class FeedsOut(Out):
    items: list[FeedOut]


class MakeFeed(In):
    kind: FeedKind


class MadeFeedOut(Out):
    kind: str = Field(description=_KIND, examples=["own"])
    address: str = Field(description="日历地址（本站路径），只显示这一次；重新生成后旧地址随即失效")


class FeedQuery(Query):
    token: Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{20,100}$", description="日历地址中的密钥")]


@endpoint(auth=Auth.STAFF, permission="visits.visit", returns=FeedsOut, summary="本人的日历地址，不含地址本身")
async def mine(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await feeds.mine(actor)}


@endpoint(
    auth=Auth.STAFF,
    permission="visits.visit",
    body=MakeFeed,
    returns=MadeFeedOut,
    status=201,
    idempotent=False,
    summary="生成日历地址供日历软件订阅；同类的旧地址失效",
)
async def make(request: Request, *, actor: Actor, body: MakeFeed) -> dict[str, Any]:  # noqa: ARG001
    return {"kind": body.kind, "address": f"{PATH}?token={await feeds.make(body.kind, actor=actor)}"}


@endpoint(
    auth=Auth.STAFF,
    permission="visits.visit",
    body=MakeFeed,
    errors=(wait_errors.FeedUnknown,),
    summary="停用日历地址",
)
async def end(request: Request, *, actor: Actor, body: MakeFeed) -> None:  # noqa: ARG001
    await feeds.end(body.kind, actor=actor)


@endpoint(
    auth=Auth.PUBLIC,
    query=FeedQuery,
    returns=Stream,
    errors=(wait_errors.FeedUnknown,),
    summary="凭密钥读取日历（text/calendar，RFC 5545）；可带 If-None-Match",
)
async def read(request: Request, *, query: FeedQuery) -> Reply:
    # A token in the query stays out of the log of requests; what it is counted by is no use to who reads Valkey.
    request.app.ctx.limiter.admit(f"feed:{hash_token(query.token).hex()[:32]}", READS)
    feed = await feeds.read(query.token)
    headers = {"ETag": feed.tag, "Cache-Control": "private, no-cache"}
    known = (one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(","))
    if feed.tag in known:
        return Reply(status=304, headers=headers)
    return Reply(feed.body, headers=headers, content_type=_TYPE)
