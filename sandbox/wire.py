"""Posts over connections that stay open: a broadcast has an event pushed for each of its messages.

An HTTP client for everything takes three times as long for one push, most of what the stand-in had to do in a bench.
"""

import asyncio
from functools import lru_cache
from http import HTTPStatus
from typing import Final, NamedTuple, cast
from urllib.parse import urlsplit

import httptools

LONGEST_ANSWER: Final = 1_000
"""Bytes of an answer that are kept."""
_PORTS: Final = {"http": 80, "https": 443}


class Place(NamedTuple):
    """Where a URL leads; `host_header` as it stands in a request."""

    host: str
    port: int
    is_tls: bool
    host_header: str
    path: str


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: bytes


@lru_cache(maxsize=64)
def place(url: str) -> Place:
    """Take a URL apart; ValueError when it is none of HTTP's."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("not an HTTP URL")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    port = parts.port or _PORTS[parts.scheme]
    return Place(parts.hostname, port, parts.scheme == "https", parts.netloc.rpartition("@")[2], path)


class _Line(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self.is_open = False
        self.is_kept = False
        self.has_answered = False
        self._answer: asyncio.Future[Answer] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._body = b""
        self._ends_with_connection = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self.is_open = cast("asyncio.Transport", transport), True

    async def ask(self, request: bytes) -> Answer:
        """Send a request and wait for its answer; OSError when the connection ends before."""
        if self._transport is None or not self.is_open:
            raise ConnectionResetError
        self._answer = asyncio.get_running_loop().create_future()
        self._parser, self._body = httptools.HttpResponseParser(self), b""
        self.has_answered = self.is_kept = self._ends_with_connection = False
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """End it, whatever is under way."""
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self.has_answered = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.close()

    def on_header(self, name: bytes, _value: bytes) -> None:
        self._ends_with_connection |= name.lower() in {b"content-length", b"transfer-encoding"}

    def on_headers_complete(self) -> None:
        self._ends_with_connection = not self._ends_with_connection

    def on_body(self, body: bytes) -> None:
        self._body = (self._body + body)[:LONGEST_ANSWER]

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() < HTTPStatus.OK:  # more is to come
            return
        self.is_kept = self._parser.should_keep_alive()
        self._end(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        self._end(None if self._ends_with_connection and exc is None else exc or ConnectionResetError())

    def _end(self, error: Exception | None) -> None:
        answer, self._answer = self._answer, None
        if answer is None or answer.done():
            return
        if error is None:
            answer.set_result(Answer(self._parser.get_status_code(), self._body))
        else:
            answer.set_exception(error)


class Wire:
    """Connections to wherever something is posted, kept for the next post."""

    def __init__(self) -> None:
        self._idle: dict[Place, list[_Line]] = {}

    async def post(self, url: str, query: str, body: bytes, content_type: str, *, seconds: float) -> Answer:
        """Post once and return the answer; OSError (TimeoutError too) when there is none, ValueError for a bad URL."""
        to = place(url)
        request = _request(to, query, body, content_type)
        async with asyncio.timeout(seconds):
            kept = self._take(to)
            if kept is not None:
                try:
                    return await self._ask(to, kept, request)
                except OSError:
                    if kept.has_answered:
                        raise
            # no connection was kept, or the other side had ended it meanwhile
            return await self._ask(to, await self._open(to), request)

    async def _ask(self, to: Place, line: _Line, request: bytes) -> Answer:
        try:
            answer = await line.ask(request)
        except BaseException:
            line.close()
            raise
        if line.is_kept and line.is_open:
            self._idle.setdefault(to, []).append(line)
        else:
            line.close()
        return answer

    def _take(self, to: Place) -> _Line | None:
        idle = self._idle.get(to, [])
        while idle:
            line = idle.pop()
            if line.is_open:
                return line
        return None

    async def _open(self, to: Place) -> _Line:
        loop = asyncio.get_running_loop()
        _, line = await loop.create_connection(_Line, to.host, to.port, ssl=to.is_tls or None)
        return line

    def close(self) -> None:
        """End all connections that wait."""
        for idle in self._idle.values():
            for line in idle:
                line.close()
        self._idle.clear()


def _request(to: Place, query: str, body: bytes, content_type: str) -> bytes:
    joined = f"{to.path}{'&' if '?' in to.path else '?'}{query}" if query else to.path
    head = (
        f"POST {joined} HTTP/1.1\r\nHost: {to.host_header}\r\nUser-Agent: Mozilla/4.0\r\nAccept: */*\r\n"
        f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii", "strict") + body
