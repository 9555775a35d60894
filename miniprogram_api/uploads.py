"""One file sent by `wx.uploadFile` or a browser's form, under a limit of its own; every other body is at most 1 MB.

What is too large for memory comes as the whole body and is passed on as it arrives (`arriving`).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from sanic import Request
from sanic.headers import parse_content_header
from sanic.request import File, parse_multipart_form

from backend.foundation.errors import FieldError, Invalid, TooLarge

MOST_BYTES: Final = 10 * 1024 * 1024
_AROUND: Final = 64 * 1024  # what a form may hold beside the file
# Uploads wait for their turn before they are read, so that a process receives at most this many side by side.
AT_ONCE: Final = 8
_NAME_LENGTH: Final = 200
_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as its sender describes it; what it really is must be sniffed from `body`."""

    name: str
    media_type: str
    body: bytes = field(repr=False)


async def receive(request: Request, most: int = MOST_BYTES) -> Upload:
    """Return the form's one file of at most so many bytes, in its field `file`; raises TooLarge or Invalid.

    One sender sends one at a time: a few slow ones of his must not take all the turns.
    """
    ctx, actor = request.app.ctx, request.ctx.actor
    sender = ("upload", actor.id if actor else request.ctx.address)
    async with ctx.turns.turn(sender), ctx.uploads:
        request.body = await _read(request, most)
    file = _file(request)
    if file is not None and len(file.body) > most:
        raise _too_large(most)
    if file is None or not file.body:
        raise Invalid(fields=(FieldError("file", "missing", "没有收到文件，或文件是空的，请重新选择。"),))
    name = file.name.replace("\x00", "").rsplit("/", 1)[-1].rsplit("\\", 1)[-1]
    return Upload(name[-_NAME_LENGTH:], file.type, file.body)


def _file(request: Request) -> File | None:
    """Return the form's field `file`; None when it is no form or a broken one.

    `request.files` would log a stranger's broken form as an error of ours, with the whole traceback.
    """
    kind, parameters = parse_content_header(request.headers.get("content-type", ""))
    boundary = parameters.get("boundary")
    if kind != "multipart/form-data" or not isinstance(boundary, str) or not boundary.isascii():
        return None
    try:
        _, files = parse_multipart_form(request.body, boundary.encode())  # type: ignore[no-untyped-call]
    except (ValueError, LookupError):
        return None
    found: File | None = files.get("file")
    return found


async def _read(request: Request, most: int) -> bytes:
    """Refuse by the head what is too large; read the rest by pieces and stop at the limit, whatever the head said."""
    if request.stream is None or request.body:
        return request.body
    stream: Any = request.stream
    declared = request.headers.get("content-length", "")
    read = bytearray()
    if declared.isdecimal() and int(declared) > most + _AROUND:
        raise _refused(stream, most)
    async for piece in stream:
        read += piece
        if len(read) > most + _AROUND:
            raise _refused(stream, most)
    return bytes(read)


def _refused(stream: Any, most: int) -> TooLarge:
    stream.keep_alive = False  # the rest of the body is never read, so nothing can follow it
    return _too_large(most)


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"文件不能超过 {most // (1024 * 1024)} MB，请压缩后再上传。")


class Content:
    """A request's body as it arrives; `declared` is how many bytes its head names, None when it names none."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self.is_read = False
        declared = request.headers.get("content-length", "")
        self.declared = int(declared) if declared.isdecimal() and len(declared) < _DIGITS else None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        stream: Any = self._request.stream
        if stream is not None and not self._request.body:
            async for piece in stream:
                yield piece
        elif self._request.body:
            yield self._request.body
        self.is_read = True


@asynccontextmanager
async def arriving(request: Request) -> AsyncIterator[Content]:
    """Give the body to be read by whoever stores it; one sender sends one at a time.

    What is refused is not read to its end, so nothing can follow it on its connection.
    """
    content = Content(request)
    actor = request.ctx.actor
    async with request.app.ctx.turns.turn(("upload", actor.id if actor else request.ctx.address)):
        try:
            yield content
        finally:
            if not content.is_read and request.stream is not None:
                stream: Any = request.stream
                stream.keep_alive = False
