"""Goes through cases whose time has come, each in a transaction of its own, so that one that fails holds no other."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from asyncpg import Record

from backend.cases.models import Case
from backend.foundation import clock, db
from backend.foundation.logging import get_logger

log = get_logger(__name__)


async def each(due: str, act: Callable[[Case], Awaitable[None]], limit: int) -> int:
    """Act on one case after the other and return how many that were; see `each_row`."""

    async def read(row: Record) -> None:
        await act(await Case.get(id=row["id"]))

    return await each_row(due, read, limit)


async def each_row(due: str, act: Callable[[Record], Awaitable[None]], limit: int) -> int:
    """Act on one row after the other and return how many that were.

    `due` is SQL that locks the next one and has its id: $1 now, $2 the ids to leave out. What fails is told in the log
    and left for the next sweep.
    """
    failed: list[UUID] = []
    done = 0
    while done < limit:
        row: Record | None = None
        try:
            async with db.transaction():
                row = await db.fetch_one(due, clock.now(), failed)
                if row is None:
                    return done
                await act(row)
                done += 1
        except Exception:
            if row is None:
                raise
            log.exception("cases.sweep_failed", row=str(row["id"]))
            failed.append(row["id"])
    return done
