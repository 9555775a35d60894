"""Public numbers such as WW-20261122-0007: unique, readable, gaps allowed."""

from backend.foundation import clock
from backend.foundation.db import connection
from backend.foundation.ids import new_id

_NEXT = """
INSERT INTO counters (id, name, on_day, value) VALUES ($1, $2, $3, 1)
ON CONFLICT (name, on_day) DO UPDATE SET value = counters.value + 1
RETURNING value
"""


async def public_number(prefix: str) -> str:
    """Return the next number of the day.

    The counter is raised on a connection of its own, outside the command's transaction: a command that rolls back leaves
    a gap, and commands never wait for each other's number.
    """
    day = clock.today()
    pool = getattr(connection(), "_parent", connection())
    async with pool.acquire_connection() as raw:
        value = await raw.fetchval(_NEXT, new_id(), prefix, day)
    return f"{prefix}-{day:%Y%m%d}-{value:04d}"
