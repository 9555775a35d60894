"""Goes through cases whose time has come, each in a transaction of its own, so that one that fails holds no other."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from backend.cases.models import Case
from backend.foundation import clock, db
from backend.foundation.logging import get_logger

log = get_logger(__name__)


async def each(due: str, act: Callable[[Case], Awaitable[None]], limit: int) -> int:
    """Act on one case after the other and return how many that were.

    `due` is SQL that locks the next one: $1 now, $2 the ids to leave out. What fails is told in the log and left for
    the next sweep.
    """
    failed: list[UUID] = []
    done = 0
    while done < limit:
        case_id: UUID | None = None
        try:
            async with db.transaction():
                case_id = await db.fetch_value(due, clock.now(), failed)
                if case_id is None:
                    return done
                await act(await Case.get(id=case_id))
                done += 1
        except Exception:
            if case_id is None:
                raise
            log.exception("cases.sweep_failed", case=str(case_id))
            failed.append(case_id)
    return done
