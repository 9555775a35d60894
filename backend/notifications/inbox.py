"""What a person was told, newest first."""

from collections.abc import Sequence
from uuid import UUID

from backend.foundation import clock, db
from backend.foundation.paging import COUNTED, cut, decode_cursor, encode_cursor, told_count

# The JSON is made where the rows are: this is asked for at every start of the mini-program.
_PAGE = """
SELECT id, json_build_object('id', id, 'kind', kind, 'title', title, 'body', body, 'page', page,
    'at', to_char(created_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD"T"HH24:MI:SS"+08:00"'),
    'is_read', read_at IS NOT NULL)::text AS entry
FROM inbox WHERE person_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
"""
_READ = """
UPDATE inbox SET read_at = $3 WHERE person_id = $1 AND id = ANY($2::uuid[]) AND read_at IS NULL
"""
_UNREAD = f"SELECT count(*) FROM (SELECT FROM inbox WHERE person_id = $1 AND read_at IS NULL LIMIT {COUNTED + 1}) AS u"


async def page(person_id: UUID, *, cursor: str | None = None, limit: int = 20) -> str:
    """Return one page as JSON `{"items": […], "next": …}`; raises WrongCursor."""
    after = decode_cursor(cursor, UUID)
    found = await db.fetch(_PAGE, person_id, after[0] if after else None, limit + 1)
    rows, following = cut(found, limit, lambda row: encode_cursor(row["id"]))
    told = "null" if following is None else f'"{following}"'
    return f'{{"items":[{",".join(row["entry"] for row in rows)}],"next":{told}}}'


async def mark_read(person_id: UUID, entries: Sequence[UUID]) -> int:
    """Note that entries were opened and return how many were his and unread."""
    return await db.execute(_READ, person_id, list(entries), clock.now())


async def unread(person_id: UUID) -> int | str:
    """Count unread entries, exactly up to 1,000."""
    return told_count(int(await db.fetch_value(_UNREAD, person_id)))
