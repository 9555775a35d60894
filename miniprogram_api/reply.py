"""Turns what a handler returns into a response."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import orjson
from pydantic import BaseModel
from pydantic_core import to_json
from sanic import Request
from sanic.response import HTTPResponse

from miniprogram_api.schema import as_plain

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """A handler's answer with a status or headers of its own; `body` may be whatever a handler may return."""

    body: Any = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON


@dataclass(frozen=True, slots=True)
class Stream:
    """A body, never empty, sent piece by piece; its length is told first, so that one that breaks off is noticed."""

    pieces: AsyncGenerator[bytes, None]
    length: int
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


async def send(request: Request, stream: Stream) -> None:
    """Send a stream; what fails before the first piece can still be answered as any other error."""
    headers = {**stream.headers, "Content-Length": str(stream.length)}
    async with aclosing(stream.pieces) as pieces:
        first = await anext(pieces)
        response = await request.respond(headers=headers, content_type=stream.content_type)
        await response.send(first)
        async for piece in pieces:
            await response.send(piece)


def encode(body: Any) -> bytes:
    """Write a model, plain data, or JSON that is ready (bytes, or the text of a JSON column)."""
    if isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, BaseModel):
        return to_json(body)
    return orjson.dumps(body, default=as_plain, option=orjson.OPT_PASSTHROUGH_DATETIME)


def respond(answer: Any, status: int) -> HTTPResponse:
    """Return the response of a handler's answer; None is 204."""
    if isinstance(answer, Reply):
        headers, content_type, status = dict(answer.headers), answer.content_type, answer.status or status
        answer = answer.body
    else:
        headers, content_type = {}, JSON
    if answer is None:
        return HTTPResponse(status=204 if status == 200 else status, headers=headers)  # noqa: PLR2004  the HTTP statuses
    return HTTPResponse(encode(answer), status, headers, content_type)
