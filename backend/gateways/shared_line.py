"""Reads from Redis over one connection that all callers of a process share, with many questions under way at once.

The client's pool lends each question a connection of its own and first looks for something left on it; under load that
costs several times what the question does (every signed-in request asks one). Only plain reads come this way: whoever
waits, blocks or changes something keeps a connection to himself.
"""

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from hiredis import Reader as Replies
from hiredis import ReplyError, pack_command
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

_NOT_YET: Final = object()


class _Question(NamedTuple):
    answer: "asyncio.Future[Any]"
    until: float


class _Wire(asyncio.Protocol):
    """One connection: answers come in the order of the questions.

    One timer watches over all of them, for it is always the first question that has waited longest; a timer for each
    cost half of what the question does.
    """

    def __init__(self) -> None:
        self._replies = Replies(notEnoughData=_NOT_YET)
        self._waiting: deque[_Question] = deque()
        self._transport: Any = None
        self._unsent: list[bytes] = []
        self._watch: asyncio.TimerHandle | None = None

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._replies.feed(data)
        while (reply := self._replies.gets()) is not _NOT_YET:
            answer = self._waiting.popleft().answer
            if answer.done():  # whoever asked has gone
                continue
            if isinstance(reply, ReplyError):
                answer.set_exception(ResponseError(str(reply)))
            else:
                answer.set_result(reply)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        while self._waiting:
            answer = self._waiting.popleft().answer
            if not answer.done():
                answer.set_exception(RedisConnectionError(f"the connection was lost: {exc!r}"))

    def ask(self, *command: str | bytes | int, until: float) -> "asyncio.Future[Any]":
        """Note a question; those of one turn of the loop leave together, in one packet.

        One that is not answered by then (the loop's time) gets TimeoutError, and the connection is given up.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        self._waiting.append(_Question(answer, until))
        if self._watch is None:
            self._watch = loop.call_at(until, self._look)
        if not self._unsent:
            loop.call_soon(self._send)
        packed: Any = pack_command  # its stub knows tuples of one only
        self._unsent.append(packed(command))
        return answer

    def _look(self) -> None:
        """Look after the question that waits longest; without one the watch ends until the next is asked."""
        self._watch, loop = None, asyncio.get_running_loop()
        if not self._waiting:
            return
        if self._waiting[0].until > loop.time():
            self._watch = loop.call_at(self._waiting[0].until, self._look)
            return
        while self._waiting and self._waiting[0].until <= loop.time():
            answer = self._waiting.popleft().answer
            if not answer.done():
                answer.set_exception(TimeoutError("Redis says nothing"))
        self.close()

    def _send(self) -> None:
        unsent, self._unsent = self._unsent, []
        if self.is_open:  # else whoever asked has been told by now
            self._transport.write(b"".join(unsent))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class SharedLine:
    """The connection that is open now, or the next one; `options` are those of the client's pool."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = options
        self._wire = _Wire()
        self._opening = asyncio.Lock()

    async def get(self, key: str | bytes, *, patience: float) -> Any:
        """Return the value of a key; raises RedisError or OSError within `patience` seconds.

        A connection that was cut is made anew once, and one that says nothing is given up for the next caller.
        """
        until = asyncio.get_running_loop().time() + patience
        try:
            return await self._ask(key, until)
        except RedisConnectionError:
            return await self._ask(key, until)

    async def _ask(self, key: str | bytes, until: float) -> Any:
        if not self._wire.is_open:
            async with asyncio.timeout_at(until):
                await self._open(until)
        return await self._wire.ask("GET", key, until=until)

    async def _open(self, until: float) -> None:
        async with self._opening:
            if not self._wire.is_open:
                self._wire = await self._connected(until)

    async def _connected(self, until: float) -> _Wire:
        """Connect and greet; a server that refuses the greeting raises ResponseError."""
        given, loop = self._options, asyncio.get_running_loop()
        _, wire = await loop.create_connection(_Wire, given.get("host", "localhost"), int(given.get("port", 6379)))
        try:
            await asyncio.gather(*(wire.ask(*command, until=until) for command in _greeting(given)))
        except BaseException:
            wire.close()
            raise
        return wire

    def close(self) -> None:
        self._wire.close()


def _greeting(given: Mapping[str, Any]) -> Iterator[tuple[str | int, ...]]:
    if given.get("password"):
        name = (given["username"],) if given.get("username") else ()
        yield ("AUTH", *name, given["password"])
    if given.get("db"):
        yield ("SELECT", int(given["db"]))
