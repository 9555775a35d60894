"""Empties a test database again: only the tables that hold rows, and none of the reference data."""

import asyncpg

KEPT = ("retention", "tortoise_migrations")

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
    if "audit_entries" in filled:
        await connection.execute("GRANT TRUNCATE ON audit_entries TO CURRENT_USER")
    await connection.execute("TRUNCATE " + ", ".join(f'"{name}"' for name in filled) + " RESTART IDENTITY CASCADE")
    if "audit_entries" in filled:
        await connection.execute("REVOKE TRUNCATE ON audit_entries FROM CURRENT_USER")
