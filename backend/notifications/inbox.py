"""What a person was told, newest first, with how its push went and whether what it speaks of still stands."""

from collections.abc import Sequence
from typing import Any, Final, Literal
from uuid import UUID

import orjson
from asyncpg import Record

from backend.foundation import clock, db
from backend.foundation.errors import FieldError, Invalid
from backend.foundation.paging import count_sql as counting
from backend.foundation.paging import cut, decode_cursor, encode_cursor, told_count
from backend.notifications import pushed
from backend.notifications.errors import EntryNotFound
from backend.notifications.groups import GROUP_OF, GROUPS, OTHER

Box = Literal["current", "archived", "muted"]

# `current` is what the mini-program opens with; `muted` are kinds whose owner switched the inbox off.
_BOXES: Final[dict[str, str]] = {
    "current": "archived_at IS NULL AND NOT is_muted",
    "archived": "archived_at IS NOT NULL",
    "muted": "archived_at IS NULL AND is_muted",
}
_NEW: Final = f"person_id = $1 AND read_at IS NULL AND {_BOXES['current']} AND ($2::text[] IS NULL OR kind = ANY ($2))"

# Of several tries the one that reached him counts, else the last. The first has the entry's id, further ones are later.
_WHOLE: Final = """
SELECT i.id, i.kind, i.title, i.body, i.page, i.created_at, i.read_at IS NOT NULL AS is_read,
       i.archived_at IS NOT NULL AS is_archived, i.is_muted, o.because, t.state, t.reason, t.channel, t.goes_on
FROM ({}) AS i
LEFT JOIN LATERAL (
    SELECT d.state, d.reason, d.channel,
           d.onward IS NOT NULL AND (d.state IN ('refused', 'failed', 'suppressed')
                                     OR (d.state = 'unknown_final' AND d.resends_unknown)) AS goes_on
    FROM (SELECT * FROM deliveries f WHERE f.id = i.id
          UNION ALL SELECT * FROM deliveries f WHERE f.inbox_id = i.id AND f.id <> f.inbox_id AND f.id > i.id) AS d
    ORDER BY d.state = 'sent' DESC, d.id DESC LIMIT 1
) AS t ON TRUE
LEFT JOIN called_off o ON o.subject = i.subject
ORDER BY i.id DESC
"""
_PAGE: Final = """
SELECT * FROM inbox WHERE person_id = $1 AND ($2::uuid IS NULL OR id < $2) AND ($4::text[] IS NULL OR kind = ANY ($4))
  AND {box} {unread} ORDER BY id DESC LIMIT $3
"""
_ONE: Final = "SELECT * FROM inbox WHERE person_id = $1 AND id = $2"
_UNREAD: Final = counting(f"SELECT FROM inbox WHERE {_NEW}")

# Rows are locked in the order of their ids, so that two that mark the same ones wait in line and never in a circle.
_MARK: Final = """
WITH mine AS MATERIALIZED (
    SELECT id FROM inbox WHERE person_id = $1 AND id = ANY ($2::uuid[]) AND {before} ORDER BY id FOR NO KEY UPDATE
)
UPDATE inbox i SET {change} FROM mine WHERE i.id = mine.id AND {before}
"""
_READ: Final = _MARK.format(before="read_at IS NULL", change="read_at = $3::timestamptz")
_ARCHIVE: Final = _MARK.format(before="archived_at IS NULL", change="archived_at = $3::timestamptz")
_UNARCHIVE: Final = _MARK.format(before="archived_at IS NOT NULL", change="archived_at = NULL")
_READ_ALL: Final = f"""
WITH mine AS MATERIALIZED (
    SELECT id FROM inbox WHERE {_NEW} AND ($3::uuid IS NULL OR id <= $3) ORDER BY id FOR NO KEY UPDATE
)
UPDATE inbox i SET read_at = $4 FROM mine WHERE i.id = mine.id AND i.read_at IS NULL
"""
_GONE: Final[dict[str, str]] = {
    "cancelled": "此消息所说的事项已取消，请勿再据此办理。",
    "withdrawn": "此消息所说的内容已撤回，请勿再据此办理。",
    "superseded": "此消息所说的内容已有新版本，请以页面上的最新内容为准。",
}


async def page(
    person_id: UUID,
    *,
    box: Box = "current",
    group: str | None = None,
    unread: bool = False,
    cursor: str | None = None,
    limit: int = 20,
) -> bytes:
    """Return one page as JSON `{"items": […], "next": …}`; raises WrongCursor, and Invalid for an unknown group."""
    after = decode_cursor(cursor, UUID)
    chosen = _PAGE.format(box=_BOXES[box], unread="AND read_at IS NULL" if unread else "")
    found = await db.fetch(_WHOLE.format(chosen), person_id, after[0] if after else None, limit + 1, kinds_of(group))
    rows, following = cut(found, limit, lambda row: encode_cursor(row["id"]))
    return orjson.dumps({"items": [_entry(row) for row in rows], "next": following}, default=str)


async def show(person_id: UUID, entry_id: UUID) -> dict[str, Any]:
    """Return one entry of this person's; raises EntryNotFound for anybody else's, too."""
    row = await db.fetch_one(_WHOLE.format(_ONE), person_id, entry_id)
    if row is None:
        raise EntryNotFound
    return _entry(row)


async def unread(person_id: UUID, group: str | None = None) -> int | str:
    """Count what is new, exactly up to 1,000; neither what was put away nor what its owner muted."""
    return told_count(int(await db.fetch_value(_UNREAD, person_id, kinds_of(group))))


async def mark_read(person_id: UUID, entries: Sequence[UUID]) -> int:
    """Note that entries were opened and return how many were his and unread."""
    return await db.execute(_READ, person_id, list(entries), clock.now())


async def mark_all_read(person_id: UUID, *, group: str | None = None, up_to: UUID | None = None) -> int:
    """Do the same for all that is new, up to the newest that he has seen when told; what came later stays new."""
    return await db.execute(_READ_ALL, person_id, kinds_of(group), up_to, clock.now())


async def archive(person_id: UUID, entries: Sequence[UUID]) -> int:
    """Put entries away and return how many were his and not put away yet; they count as new no longer."""
    return await db.execute(_ARCHIVE, person_id, list(entries), clock.now())


async def unarchive(person_id: UUID, entries: Sequence[UUID]) -> int:
    """Take entries out again, read or unread as they were."""
    return await db.execute(_UNARCHIVE, person_id, list(entries))


def kinds_of(group: str | None) -> list[str] | None:
    """Return the kinds of a group, None for all; raises Invalid naming the groups that exist."""
    if group is None:
        return None
    if group not in GROUPS:
        raise Invalid(fields=(FieldError("group", "unknown", f"消息分组只能是：{'、'.join(GROUPS)}。"),))
    return list(GROUPS[group].kinds)


def _entry(row: Record) -> dict[str, Any]:
    return {
        **{name: row[name] for name in ("id", "kind", "title", "body", "page", "is_read", "is_archived", "is_muted")},
        "group": GROUP_OF.get(row["kind"], OTHER),
        "at": row["created_at"].astimezone(clock.SHANGHAI).isoformat(timespec="seconds"),
        "gone": row["because"] and {"because": row["because"], "sentence": _GONE[row["because"]]},
        "push": pushed.told(row["state"], row["reason"], row["channel"], goes_on=bool(row["goes_on"])),
    }
