"""Empties a test database again: only the tables that hold rows, and none of the reference data."""

import asyncpg

KEPT = ("retention", "tortoise_migrations")
SEALED = ("audit_entries", "audit_seals")  # not even their owner may empty them by accident

_FILLED = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> ALL($1::text[])
"""


async def clean(connection: asyncpg.Connection) -> None:
    tables = [row["relname"] for row in await connection.fetch(_FILLED, list(KEPT))]
    checks = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in tables)
    filled = [row[0] for row in await connection.fetch(checks)]
    if not filled:
        return
    sealed = [name for name in SEALED if name in filled]
    for name in sealed:
        await connection.execute(f"GRANT TRUNCATE ON {name} TO CURRENT_USER")
    await connection.execute("TRUNCATE " + ", ".join(f'"{name}"' for name in filled) + " RESTART IDENTITY CASCADE")
    for name in sealed:
        await connection.execute(f"REVOKE TRUNCATE ON {name} FROM CURRENT_USER")
