"""Transactions and plain SQL; the only door to the database besides the ORM's own queries."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import asyncpg
from asyncpg import Record
from tortoise import Tortoise
from tortoise.connection import get_connection
from tortoise.exceptions import OperationalError
from tortoise.transactions import in_transaction as tortoise_transaction

from backend.foundation.logging import get_logger

log = get_logger(__name__)

Callback = Callable[[], Awaitable[None]]

# What a moment later may work: the outbox and the workers try again, the HTTP door answers 503.
TRANSIENT = (
    asyncpg.TransactionRollbackError,  # deadlock, serialization
    asyncpg.LockNotAvailableError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # cancelled, shut down, still starting
    asyncpg.InsufficientResourcesError,  # connections, disk, memory
    asyncpg.ReadOnlySQLTransactionError,  # a server that was, or is not yet, the primary one
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a server that went away in the middle of a statement, met by the COMMIT
    OSError,  # refused, reset, no route, no such name for a while, too late
)


class CalledInsideTransaction(RuntimeError):
    """A call to the outside was tried while a transaction was open; rows first, then the world."""


class TransactionDoomed(RuntimeError):
    """An inner block failed and its error was caught: the outer transaction cannot be committed."""


@dataclass(slots=True)
class _Open:
    """What one open transaction carries; it belongs to the task that began it."""

    task: asyncio.Task[Any] | None
    callbacks: list[Callback] = field(default_factory=list)
    is_doomed: bool = False


_open: ContextVar[_Open | None] = ContextVar("open_transaction", default=None)


def database_config(
    url: str, *, pool: int = 10, models: Sequence[str] = (), application: str = "wuwei"
) -> dict[str, Any]:
    """Return the ORM's configuration for a postgresql:// URL."""
    parts = urlsplit(url)
    credentials = {
        "host": parts.hostname,
        "port": parts.port or 5432,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "database": unquote(parts.path.removeprefix("/")),
        "ssl": dict(parse_qsl(parts.query)).get("sslmode"),
        "minsize": 1,
        "maxsize": pool,
        "command_timeout": 60,
        "server_settings": {
            "timezone": "UTC",
            "application_name": application,
            "idle_in_transaction_session_timeout": "60000",
        },
    }
    return {
        "connections": {"default": {"engine": "backend.foundation.safe_asyncpg", "credentials": credentials}},
        "apps": {
            "wuwei": {
                "models": list(models),
                "default_connection": "default",
                "migrations": "backend.migrations",
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


async def open_database(config: dict[str, Any]) -> None:
    """Bind the ORM to the database for the whole process."""
    await Tortoise.init(config=config, _enable_global_fallback=True)


async def close_database() -> None:
    await Tortoise.close_connections()


def connection() -> Any:
    """Return the current transaction's connection, or the pool when there is none."""
    return get_connection("default")


def in_transaction() -> bool:
    """Tell whether this task itself has a transaction open (one inherited from its parent does not count)."""
    state = _open.get()
    return state is not None and state.task is asyncio.current_task()


def refuse_in_transaction() -> None:
    """Raise CalledInsideTransaction when a transaction is open; gateways call this before every request."""
    if in_transaction():
        raise CalledInsideTransaction("a call to the outside was tried inside a transaction")


@asynccontextmanager
async def transaction() -> AsyncIterator[None]:
    """Run the block as one transaction; a block inside a block joins the outer one.

    Nothing is lost to cancellation: COMMIT and ROLLBACK run to their end and the connection returns to the pool.
    After a commit the functions given to `after_commit` run in order; their failures are logged, never raised,
    because what they do must also happen by a sweep.
    """
    outer = _open.get()
    if outer is not None and outer.task is asyncio.current_task():
        try:
            yield
        except BaseException:
            outer.is_doomed = True
            raise
        return
    state = _Open(asyncio.current_task())
    token = _open.set(state)
    try:
        async with tortoise_transaction():
            yield
            if state.is_doomed:
                raise TransactionDoomed("an inner block failed; nothing of this transaction was kept")
    finally:
        _open.reset(token)
    await _run(state.callbacks)


@asynccontextmanager
async def savepoint() -> AsyncIterator[None]:
    """Run what may fail without poisoning the transaction around it: a statement, or a whole command of a set.

    What fails leaves nothing behind: no row, no function given to `after_commit`, no doom.
    """
    state = _open.get()
    if state is None or not in_transaction():
        raise RuntimeError("a savepoint needs a transaction around it")
    callbacks, is_doomed = len(state.callbacks), state.is_doomed
    try:
        async with tortoise_transaction():
            yield
    except BaseException:
        del state.callbacks[callbacks:]
        state.is_doomed = is_doomed
        raise


def after_commit(callback: Callback) -> None:
    """Run `callback` once the open transaction is committed, and never if it isn't."""
    state = _open.get()
    if state is None or not in_transaction():
        raise RuntimeError("after_commit needs an open transaction")
    state.callbacks.append(callback)


async def _run(callbacks: Iterable[Callback]) -> None:
    for callback in callbacks:
        try:
            await callback()
        except Exception:
            log.exception("after_commit_failed")


def _text_safe(params: Sequence[Any]) -> None:
    """PostgreSQL has no NUL in text: refuse it here with a clear error instead of a driver's."""
    for value in params:
        if isinstance(value, str) and "\x00" in value:
            raise OperationalError("text contains NUL")


async def fetch(sql: str, *params: Any) -> list[Record]:
    """Return all rows of a statement (asyncpg records: `row["name"]`, `dict(row)`), placeholders `$1`…"""
    _text_safe(params)
    async with connection().acquire_connection() as raw:
        return await raw.fetch(sql, *params)  # type: ignore[no-any-return]


async def fetch_one(sql: str, *params: Any) -> Record | None:
    """Return the first row or None."""
    _text_safe(params)
    async with connection().acquire_connection() as raw:
        return await raw.fetchrow(sql, *params)  # type: ignore[no-any-return]


async def fetch_value(sql: str, *params: Any) -> Any:
    """Return the first column of the first row, or None."""
    _text_safe(params)
    async with connection().acquire_connection() as raw:
        return await raw.fetchval(sql, *params)


async def execute(sql: str, *params: Any) -> int:
    """Run a statement and return how many rows it touched."""
    _text_safe(params)
    async with connection().acquire_connection() as raw:
        status: str = await raw.execute(sql, *params)
    count = status.rsplit(" ", 1)[-1]
    return int(count) if count.isdigit() else 0


PLAN_ONCE = "set_config('plan_cache_mode', 'force_generic_plan', TRUE)"
"""What `plan_once` does, for a command whose first statement selects something anyway."""


async def plan_once() -> None:
    """For the rest of this transaction use one plan of each statement, whatever its values are.

    For a hot path whose statements find everything by an index: PostgreSQL would plan those that get arrays, or that
    read partitions, anew at every call, for longer than they run.
    """
    if not in_transaction():
        raise RuntimeError("plan_once needs an open transaction")
    await execute(f"SELECT {PLAN_ONCE}")


async def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Load many rows by COPY and return how many; the fastest way into a table."""
    async with connection().acquire_connection() as raw:
        status: str = await raw.copy_records_to_table(table, records=rows, columns=list(columns))
    return int(status.rsplit(" ", 1)[-1])
