"""The seats of a salon as they are set; how many are taken the database counts by itself."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from backend.foundation import db
from backend.foundation.ids import new_id
from backend.salons.errors import SeatsGiven

_THERE: Final = "SELECT id, way, taken, extra FROM salon_quotas WHERE salon_id = $1"
_KEEP: Final = """
INSERT INTO salon_quotas AS q (id, salon_id, position, title, way, kept_until, seats, extra, hard_limit)
SELECT n.id, $1, n.position, n.title, n.way, n.kept_until, n.seats, 0, n.hard_limit
FROM unnest($2::uuid[], $3::int[], $4::text[], $5::text[], $6::timestamptz[], $7::int[], $8::int[])
    AS n (id, position, title, way, kept_until, seats, hard_limit)
ON CONFLICT (id) DO UPDATE SET position = excluded.position, title = excluded.title, kept_until = excluded.kept_until,
    seats = excluded.seats, hard_limit = excluded.hard_limit,
    extra = least(q.extra, excluded.hard_limit - excluded.seats)
"""
_DROP: Final = "DELETE FROM salon_quotas WHERE salon_id = $1 AND id <> ALL ($2::uuid[])"


async def keep(salon_id: UUID, rows: Sequence[Mapping[str, Any]]) -> None:
    """Set the quotas of a locked salon.

    Raises SeatsGiven where one would become smaller than what is given away of it, would go with its seats taken, or
    is none of this salon's.
    """
    there = {row["id"]: row for row in await db.fetch(_THERE, salon_id)}
    kept = {one["id"] for one in rows if one["id"] is not None}
    gone = [row for found, row in there.items() if found not in kept]
    if kept - there.keys() or any(row["taken"] for row in gone):
        raise SeatsGiven
    for one in rows:
        before = there.get(one["id"])
        if before is not None and (one["hard_limit"] < before["taken"] or one["way"] != before["way"]):
            raise SeatsGiven
        if (
            before is not None
            and one["seats"] + min(before["extra"], one["hard_limit"] - one["seats"]) < before["taken"]
        ):
            raise SeatsGiven
    await db.execute(_DROP, salon_id, list(kept))
    names = ("position", "title", "way", "kept_until", "seats", "hard_limit")
    columns = [[one[name] for one in rows] for name in names]
    await db.execute(_KEEP, salon_id, [one["id"] or new_id() for one in rows], *columns)
