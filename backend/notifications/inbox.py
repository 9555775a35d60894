"""What a person was told, newest first."""

from typing import Any
from uuid import UUID

import orjson

from backend.foundation import clock, db

_PAGE = """
SELECT id, kind, title, body, fields, page, created_at, read_at FROM inbox
WHERE person_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3
"""
_READ = "UPDATE inbox SET read_at = COALESCE(read_at, $3) WHERE person_id = $1 AND id = ANY($2::uuid[])"
_UNREAD = """
SELECT count(*) FROM (SELECT FROM inbox WHERE person_id = $1 AND read_at IS NULL LIMIT 1001) AS some
"""
NEWEST = UUID(int=(1 << 128) - 1)


async def page(person_id: UUID, *, before: UUID = NEWEST, limit: int = 20) -> list[dict[str, Any]]:
    """Return entries older than `before`, newest first."""
    rows = await db.fetch(_PAGE, person_id, before, limit)
    return [{**dict(row), "fields": orjson.loads(row["fields"])} for row in rows]


async def mark_read(person_id: UUID, entries: list[UUID]) -> int:
    """Note that entries were opened; those of somebody else are not found. Returns how many were his."""
    return await db.execute(_READ, person_id, entries, clock.now())


async def unread(person_id: UUID) -> int:
    """Count unread entries; 1001 stands for more than a thousand."""
    return int(await db.fetch_value(_UNREAD, person_id))
