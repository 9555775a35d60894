"""Goes through visits whose time has come, each in a transaction of its own, so that one that fails holds no other."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from asyncpg import Record

from backend.foundation import db
from backend.foundation.logging import get_logger

log = get_logger(__name__)


async def each(due: str, before: Any, act: Callable[[Record], Awaitable[None]], limit: int) -> int:
    """Act on one row after the other and return how many that were.

    `due` is SQL that locks the visit of the next row and gives its `visit_id`: $1 is `before`, $2 the visits to leave
    out. What fails is told in the log and left for the next sweep.
    """
    failed: list[UUID] = []
    done = 0
    while done < limit:
        visit_id: UUID | None = None
        try:
            async with db.transaction():
                row = await db.fetch_one(due, before, failed)
                if row is None:
                    return done
                visit_id = row["visit_id"]
                await act(row)
                done += 1
        except Exception:
            if visit_id is None:
                raise
            log.exception("visits.sweep_failed", visit=str(visit_id))
            failed.append(visit_id)
    return done
