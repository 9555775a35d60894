"""Concurrent calls that one set-based statement can serve: collected for a moment, done together, answered each."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Final, Generic, TypeVar

from backend.foundation import db

WAIT: Final = 0.002
"""Seconds in which others may join the first one; those that come while a set is being done make the next."""
MOST: Final = 500

Item = TypeVar("Item")
Result = TypeVar("Result")


class Batcher(Generic[Item, Result]):
    """Does what concurrent callers ask for as sets, in a task of its own with a clean context.

    `work` returns one result an item, in order, and is a transaction by itself: when it fails as a whole, each item is
    tried alone, unless the failure is a passing one, which is then told to all. A caller that is cancelled only ceases
    to wait; its item is done.
    """

    def __init__(self, work: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]]) -> None:
        self._work = work
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._running: asyncio.Task[None] | None = None

    async def do(self, item: Item) -> Result:
        """Have one item done with others and return its result; raises what its doing raised."""
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run(), context=Context())
        return await answer

    async def _run(self) -> None:
        await asyncio.sleep(WAIT)
        while self._waiting:
            taken, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            await self._do(taken)

    async def _do(self, taken: Sequence[tuple[Item, "asyncio.Future[Result]"]]) -> None:
        try:
            results = await self._work([item for item, _ in taken])
        except Exception as error:  # noqa: BLE001  each caller gets it
            await self._failed(taken, error)
            return
        for (_, answer), result in zip(taken, results, strict=True):
            if not answer.done():
                answer.set_result(result)

    async def _failed(self, taken: Sequence[tuple[Item, "asyncio.Future[Result]"]], error: Exception) -> None:
        if len(taken) > 1 and not isinstance(error, db.TRANSIENT):
            for one in taken:
                await self._do([one])
            return
        for _, answer in taken:
            if not answer.done():
                answer.set_exception(error)
