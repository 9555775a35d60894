"""Turns what a handler returns into a response."""

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import orjson
from pydantic import BaseModel
from pydantic_core import to_json
from sanic import Request
from sanic.helpers import has_message_body
from sanic.response import HTTPResponse

from backend.foundation.exports import Export
from miniprogram_api.schema import as_plain

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"


_DIFFERENT_EACH_TIME: Final = frozenset({"X-Request-ID", "content-length"})


class DoorResponse(HTTPResponse):
    """Sanic's response; headers that are the same in every answer are cleaned and encoded only once."""

    __slots__ = ()

    @property
    def processed_headers(self) -> Iterator[tuple[bytes, bytes]]:
        """What the parent gives, in a third of its time."""
        if has_message_body(self.status):  # type: ignore[no-untyped-call]
            self.headers.setdefault("content-type", self.content_type)
        for name, value in self.headers.items():
            encode_ = self._encoded if name in _DIFFERENT_EACH_TIME else self._encoded_once
            yield encode_(name, f"{value}")

    @classmethod
    def _encoded(cls, name: str, value: str) -> tuple[bytes, bytes]:
        return (
            cls._sanitize_header_value(name).encode("ascii"),
            cls._sanitize_header_value(value).encode(errors="surrogateescape"),
        )

    @classmethod
    @lru_cache(maxsize=1024)
    def _encoded_once(cls, name: str, value: str) -> tuple[bytes, bytes]:
        return cls._encoded(name, value)


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


def download(file: Export) -> Stream:
    """Send a list that was written for this request: once, and kept by nobody on the way."""
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "Cache-Control": "no-store"}
    return Stream(file.pieces(), file.size, file.media_type, headers)


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
        return DoorResponse(status=204 if status == 200 else status, headers=headers)  # noqa: PLR2004  the HTTP statuses
    return DoorResponse(encode(answer), status, headers, content_type)
