"""Posts over kept connections, against servers of every manner."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from sandbox.wire import LONGEST_ANSWER, Wire

Script = Callable[[int, bytes], bytes | None]


class Server:
    """Answers each request of each connection by a script; what it answers None to is hung up on."""

    def __init__(self, script: Script, *, hangs_up: bool = False) -> None:
        self.connections = 0
        self.requests: list[bytes] = []
        self._script, self._hangs_up = script, hangs_up

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                self.requests.append(head + await reader.readexactly(length))
                answer = self._script(len(self.requests), self.requests[-1])
                if answer is None:
                    return
                writer.write(answer)
                await writer.drain()
                if self._hangs_up:
                    return
        except asyncio.IncompleteReadError:
            return
        finally:
            writer.close()


@asynccontextmanager
async def _served(server: Server) -> AsyncIterator[Callable[[], Awaitable[tuple[int, bytes]]]]:
    running = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}/in?a=1"
    wire = Wire()
    try:
        yield lambda: wire.post(url, "b=2", b"{}", "application/json", seconds=1)
    finally:
        wire.close()
        running.close()


def _always(answer: bytes) -> Script:
    return lambda _number, _request: answer


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsuccess"


async def test_a_connection_serves_again() -> None:
    server = Server(_always(OK))
    async with _served(server) as post:
        assert [await post() for _ in range(3)] == [(200, b"success")] * 3
    assert server.connections == 1
    line, _, rest = server.requests[0].partition(b"\r\n")
    assert line == b"POST /in?a=1&b=2 HTTP/1.1"
    assert rest.endswith(b"Content-Length: 2\r\n\r\n{}")


async def test_a_connection_that_ended_meanwhile_is_opened_anew() -> None:
    server = Server(_always(OK), hangs_up=True)
    async with _served(server) as post:
        for _ in range(3):
            assert await post() == (200, b"success")
    assert server.connections == 3


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsucc\r\n3\r\ness\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nsuccess",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
    ],
    ids=["chunked", "until the end", "continued"],
)
async def test_answers_of_every_form_are_read(answer: bytes) -> None:
    async with _served(Server(_always(answer), hangs_up=True)) as post:
        assert await post() == (200, b"success")


async def test_much_is_cut() -> None:
    long = b"HTTP/1.1 500 No\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000
    async with _served(Server(_always(long))) as post:
        assert await post() == (500, b"x" * LONGEST_ANSWER)


@pytest.mark.parametrize("answer", [None, b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsu", b"nonsense\r\n\r\n"])
async def test_no_answer_is_an_error(answer: bytes | None) -> None:
    async with _served(Server(lambda _number, _request: answer, hangs_up=True)) as post:
        with pytest.raises(OSError):  # noqa: PT011 - which one is the system's
            await post()


async def test_one_that_never_answers_is_given_up() -> None:
    async with _served(Server(_always(b""))) as post:
        with pytest.raises(TimeoutError):
            await post()


async def test_nobody_there_and_no_address() -> None:
    with pytest.raises(OSError):  # noqa: PT011
        await Wire().post("http://127.0.0.1:1/", "", b"", "text/xml", seconds=1)
    with pytest.raises(ValueError, match="no"):
        await Wire().post("ftp://127.0.0.1/", "", b"", "text/xml", seconds=1)
