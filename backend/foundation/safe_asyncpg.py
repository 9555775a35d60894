"""The ORM's asyncpg backend, made safe against cancellation.

A request whose client goes away is cancelled at any await. The stock backend then loses a pool connection when the
cancel falls between acquiring it and BEGIN, and can leave one behind when it falls into a rollback. Here acquire+BEGIN
and COMMIT/ROLLBACK+release each run as a task of their own that the cancel cannot reach; the caller is told of its
cancellation only afterwards. The module's name must contain "asyncpg": the migration executor goes by it.
"""

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, TypeVar

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    ConnectionWrapper,
    NestedTransactionContext,
    TransactionalDBClient,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.connection import get_connections

ACQUIRE_TIMEOUT = 10.0
RELEASE_TIMEOUT = 5.0
T = TypeVar("T")
_background: set[asyncio.Task[Any]] = set()


def _spawn(work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
    task = asyncio.create_task(work)
    _background.add(task)
    task.add_done_callback(_background.discard)
    return task


async def run_to_end(work: Coroutine[Any, Any, T]) -> T:
    """Finish `work` whatever happens to the caller; a cancel that came meanwhile is raised afterwards."""
    task = _spawn(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
        except Exception:
            break
    result = task.result()
    if cancelled is not None:
        raise cancelled
    return result


class InheritedTransaction(RuntimeError):
    """A task tried to use the transaction of the task that started it; its statements would mix with the other's."""


class OwnTransaction(TransactionWrapper):
    """A transaction that serves only the task that began it: a context, and so a connection, is inherited by tasks."""

    def __init__(self, connection: AsyncpgDBClient) -> None:
        super().__init__(connection)
        self._task = asyncio.current_task()

    def acquire_connection(self) -> ConnectionWrapper[asyncpg.Connection]:
        self._refuse_others()
        return super().acquire_connection()

    def _in_transaction(self) -> TransactionContext:
        self._refuse_others()
        return NestedTransactionContext(OwnTransaction(self))

    def _refuse_others(self) -> None:
        if asyncio.current_task() is not self._task:
            raise InheritedTransaction("a task of its own needs a transaction of its own: start it after the commit")


class SafeTransactionContext(TransactionContextPooled):
    """One transaction on one pool connection that always comes back to the pool."""

    async def __aenter__(self) -> TransactionalDBClient:
        await self.ensure_connection()
        begun = _spawn(self._begin())
        try:
            await asyncio.shield(begun)
        except asyncio.CancelledError:
            begun.add_done_callback(self._give_back)
            raise
        self.token = get_connections().set(self.connection_name, self.client)
        return self.client

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        get_connections().reset(self.token)
        await run_to_end(self._end(commit=kind is None))

    async def _begin(self) -> None:
        pool = self.client._parent._pool
        connection = await pool.acquire(timeout=ACQUIRE_TIMEOUT)
        self.client._connection = connection
        try:
            await self.client.begin()
        except BaseException:
            await pool.release(connection, timeout=RELEASE_TIMEOUT)
            raise

    async def _end(self, *, commit: bool) -> None:
        client = self.client
        try:
            if not client._finalized:
                await (client.commit() if commit else client.rollback())
        finally:
            await client._parent._pool.release(client._connection, timeout=RELEASE_TIMEOUT)

    def _give_back(self, begun: "asyncio.Task[None]") -> None:
        if not begun.cancelled() and begun.exception() is None:
            _spawn(self._end(commit=False))


async def _keep_session(_connection: Any) -> None:
    """Leave a returned connection as it is: our statements change nothing that outlives their transaction.

    asyncpg still rolls back what is open. Its own reset query would cost one more trip to the server per statement.
    """


class SafeAsyncpgClient(AsyncpgDBClient):
    """The client the settings name as engine."""

    async def create_pool(self, **kwargs: Any) -> asyncpg.Pool:
        return await asyncpg.create_pool(None, reset=_keep_session, **kwargs)

    def _in_transaction(self) -> TransactionContext:
        return SafeTransactionContext(OwnTransaction(self), self._pool_init_lock)


client_class = SafeAsyncpgClient
