"""What a staff member was told: newest first, what is done already is marked as done and no longer counts."""

from collections.abc import Sequence
from typing import Any, Final, Literal
from uuid import UUID

import orjson
from asyncpg import Record

from backend.foundation import clock, db
from backend.foundation.errors import FieldError, Invalid
from backend.foundation.paging import count_column, count_sql, counted, cut, decode_cursor, encode_cursor, told_count
from backend.notifications.staff_kinds import STAFF_KINDS

Box = Literal["current", "archived"]

_BOXES: Final[dict[str, str]] = {"current": "archived_at IS NULL", "archived": "archived_at IS NOT NULL"}
_NEW: Final = "staff_id = $1 AND read_at IS NULL AND archived_at IS NULL AND settled_at IS NULL"
_PAGE: Final = """
SELECT id, kind, title, body, link, created_at, read_at, archived_at, settled_at{count} FROM staff_notices
WHERE {wanted} AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
"""
_WANTED: Final = "staff_id = $1 AND ($4::text IS NULL OR kind = $4) AND {box} {unread}"
_UNREAD_ONLY: Final = "AND read_at IS NULL AND settled_at IS NULL"
_UNREAD: Final = count_sql(f"SELECT FROM staff_notices WHERE {_NEW}")

# In the order of their ids: two that mark the same ones wait in line and never in a circle.
_MARK: Final = """
WITH mine AS MATERIALIZED (
    SELECT id FROM staff_notices WHERE staff_id = $1 AND id = ANY ($2::uuid[]) AND {before}
    ORDER BY id FOR NO KEY UPDATE
)
UPDATE staff_notices n SET {change} FROM mine WHERE n.id = mine.id AND {before}
"""
_READ: Final = _MARK.format(before="read_at IS NULL", change="read_at = $3::timestamptz")
_ARCHIVE: Final = _MARK.format(before="archived_at IS NULL", change="archived_at = $3::timestamptz")
_UNARCHIVE: Final = _MARK.format(before="archived_at IS NOT NULL", change="archived_at = NULL")
_READ_ALL: Final = f"""
WITH mine AS MATERIALIZED (
    SELECT id FROM staff_notices WHERE {_NEW} AND ($2::uuid IS NULL OR id <= $2) ORDER BY id FOR NO KEY UPDATE
)
UPDATE staff_notices n SET read_at = $3 FROM mine WHERE n.id = mine.id AND n.read_at IS NULL
"""


async def page(
    staff_id: UUID,
    *,
    box: Box = "current",
    kind: str | None = None,
    unread: bool = False,
    cursor: str | None = None,
    limit: int = 20,
) -> bytes:
    """Return one page as JSON with its count; raises WrongCursor, and Invalid for an unknown kind."""
    if kind is not None and kind not in STAFF_KINDS:
        raise Invalid(fields=(FieldError("kind", "unknown", f"提醒种类只能是：{'、'.join(STAFF_KINDS)}。"),))
    after = decode_cursor(cursor, UUID)
    wanted = _WANTED.format(box=_BOXES[box], unread=_UNREAD_ONLY if unread else "")
    sql = _PAGE.format(wanted=wanted, count=count_column(f"staff_notices WHERE {wanted}", cursor))
    found = await db.fetch(sql, staff_id, after[0] if after else None, limit + 1, kind)
    rows, following = cut(found, limit, lambda row: encode_cursor(row["id"]))
    shown = {"items": [_notice(row) for row in rows], "next": following, **counted(found, cursor)}
    return orjson.dumps(shown, default=str)


async def unread(staff_id: UUID) -> int | str:
    """Count what is neither read, put away nor done by a colleague, exactly up to 1,000."""
    return told_count(int(await db.fetch_value(_UNREAD, staff_id)))


async def mark_read(staff_id: UUID, notices: Sequence[UUID]) -> int:
    """Note that notices were opened and return how many were his and unread."""
    return await db.execute(_READ, staff_id, list(notices), clock.now())


async def mark_all_read(staff_id: UUID, *, up_to: UUID | None = None) -> int:
    """Do the same for all that is new, up to the newest that he has seen when told."""
    return await db.execute(_READ_ALL, staff_id, up_to, clock.now())


async def archive(staff_id: UUID, notices: Sequence[UUID]) -> int:
    """Put notices away and return how many were his and not put away yet."""
    return await db.execute(_ARCHIVE, staff_id, list(notices), clock.now())


async def unarchive(staff_id: UUID, notices: Sequence[UUID]) -> int:
    return await db.execute(_UNARCHIVE, staff_id, list(notices))


def _notice(row: Record) -> dict[str, Any]:
    return {
        **{name: row[name] for name in ("id", "kind", "title", "body", "link")},
        "at": row["created_at"].astimezone(clock.SHANGHAI).isoformat(timespec="seconds"),
        "is_read": row["read_at"] is not None,
        "is_archived": row["archived_at"] is not None,
        "is_settled": row["settled_at"] is not None,
    }
