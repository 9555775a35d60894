"""Empties a test database again: only the tables that hold rows, and none of the reference data.

Row by row, with keys and triggers asleep (the tests' own server lets its role do that, no other does): to truncate so
many tables together with all that refer to them takes ten times as long. What has grown is vacuumed, so that its file
is empty again as well. Reference data that a test changed comes back as it was.
"""

from io import BytesIO
from typing import Self

import asyncpg

KEPT = (
    "retention", "tortoise_migrations", "case_categories", "visit_reasons", "visit_centroids",
    "contact_kinds", "contact_settings", "contact_ceilings",
    "financing_terms", "financing_lprs",
)  # fmt: skip
SEALED = ("audit_entries", "audit_seals", "facts")  # not even their owner may empty them by accident
GROWN = 8 * 8192

# By the size of their files: to look into every table with all its partitions would take longer than emptying some.
_FILLED = """
SELECT coalesce(pg_partition_root(c.oid), c.oid)::regclass::text AS name, max(pg_relation_size(c.oid)) AS size
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND pg_relation_size(c.oid) > 0
GROUP BY 1 ORDER BY 1
"""

# Whatever is written to a table, the last transaction that did it or the number of rows is another one then.
_SIGNS = " UNION ALL ".join(
    f"SELECT '{name}' AS name, count(*) AS rows, max(xmin::text::bigint) AS last FROM {name}" for name in KEPT
)
_ASLEEP = "SET LOCAL session_replication_role = replica"


async def clean(connection: asyncpg.Connection) -> None:
    sizes = {row["name"]: row["size"] for row in await connection.fetch(_FILLED)}
    filled = [name for name in sizes if name not in KEPT]
    if not filled:
        return
    sealed = [name for name in SEALED if name in filled]
    statements = [
        *(f"GRANT DELETE ON {name} TO CURRENT_USER" for name in sealed),
        _ASLEEP,
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
        self._kept: dict[str, bytes] = {}
        self._signs: dict[str, asyncpg.Record] = {}

    @classmethod
    async def open(cls, url: str) -> Self:
        """Remember the reference data of a database in which no test was yet."""
        made = cls(url)
        connection = await made._connected()
        for name in KEPT:
            rows = BytesIO()
            await connection.copy_from_table(name, output=rows, format="binary")
            made._kept[name] = rows.getvalue()
        made._signs = await _signs(connection)
        return made

    async def clean(self) -> None:
        connection = await self._connected()
        await clean(connection)
        found = await _signs(connection)
        if changed := [name for name in KEPT if found[name] != self._signs[name]]:
            await self._put_back(connection, changed)
            self._signs = await _signs(connection)

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(self._url)
        return self._connection

    async def _put_back(self, connection: asyncpg.Connection, names: list[str]) -> None:
        async with connection.transaction():
            await connection.execute(_ASLEEP)
            for name in names:
                await connection.execute(f"DELETE FROM {name}")
                await connection.copy_to_table(name, source=BytesIO(self._kept[name]), format="binary")


async def _signs(connection: asyncpg.Connection) -> dict[str, asyncpg.Record]:
    return {row["name"]: row for row in await connection.fetch(_SIGNS)}
