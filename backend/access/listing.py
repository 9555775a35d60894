"""Lists that are turned page by page, the newest first, with how many there are of what an actor may see."""

from typing import Any, Final
from uuid import UUID

from backend.access.visibility import Condition
from backend.foundation import db
from backend.foundation.paging import count_column, counted, cut, decode_cursor, encode_cursor

_OWN: Final = frozenset({"listed_id", "found"})


async def newest(
    select: str, source: str, wanted: Condition, *, of: str, cursor: str | None, limit: int
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the rows of one page, and what its answer tells beside them: `next`, and the count on the first page.

    `select` is the statement up to its FROM, `source` what stands behind it, `of` the table in it whose ids, which grow
    with time, give the order. Raises WrongCursor.
    """
    after = decode_cursor(cursor, UUID)
    count = count_column(f"{source} WHERE {wanted.render(2)}", cursor)
    if after:
        wanted = wanted & Condition(f"{of}.id < {{}}::uuid", after)
    sql = f"{select}, {of}.id AS listed_id{count} FROM {source} WHERE {wanted.render(2)} ORDER BY {of}.id DESC LIMIT $1"
    found = await db.fetch(sql, limit + 1, *wanted.params)
    rows, following = cut(found, limit, lambda row: encode_cursor(row["listed_id"]))
    plain = [{name: value for name, value in row.items() if name not in _OWN} for row in rows]
    return plain, {"next": following, **counted(found, cursor)}
