"""Empties a test database again: only the tables that hold rows, and none of the reference data.

Row by row, with keys and triggers asleep (the tests' own server lets its role do that, no other does): to truncate so
many tables together with all that refer to them takes ten times as long. What has grown is vacuumed, so that its file
is empty again as well.
"""

import asyncpg

KEPT = (
    "retention", "tortoise_migrations", "case_categories", "visit_reasons", "visit_centroids",
    "contact_kinds", "contact_settings", "contact_ceilings",
    "financing_terms", "financing_lprs",
)  # fmt: skip
SEALED = ("audit_entries", "audit_seals", "facts")  # not even their owner may empty them by accident
GROWN = 8 * 8192
LAST_RATE = "2025-05-20"  # of those that come with the program

# By the size of their files: to look into every table with all its partitions would take longer than emptying some.
_FILLED = """
SELECT coalesce(pg_partition_root(c.oid), c.oid)::regclass::text AS name, max(pg_relation_size(c.oid)) AS size
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND pg_relation_size(c.oid) > 0
GROUP BY 1 ORDER BY 1
"""


async def clean(connection: asyncpg.Connection) -> None:
    sizes = {row["name"]: row["size"] for row in await connection.fetch(_FILLED)}
    filled = [name for name in sizes if name not in KEPT]
    if not filled:
        return
    sealed = [name for name in SEALED if name in filled]
    statements = [
        *(f"GRANT DELETE ON {name} TO CURRENT_USER" for name in sealed),
        "SET LOCAL session_replication_role = replica",
        # kept as it came, without what somebody entered or verified who is gone with this test
        f"DELETE FROM financing_lprs WHERE effective_on > '{LAST_RATE}'",
        "UPDATE financing_lprs SET verified_by = NULL, verified_at = NULL WHERE verified_by IS NOT NULL",
        *(f"DELETE FROM {name}" for name in filled),
        *(f"REVOKE DELETE ON {name} FROM CURRENT_USER" for name in sealed),
    ]
    async with connection.transaction():
        await connection.execute("; ".join(statements))
    for name in filled:
        if sizes[name] > GROWN:
            await connection.execute(f"VACUUM {name}")


class Cleaner:
    """Empties one database after each test, over one connection: to open another takes longer than to clean."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: asyncpg.Connection | None = None

    async def clean(self) -> None:
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(self._url)
        await clean(self._connection)

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
