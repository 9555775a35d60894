"""Problems that nobody put right in time: told to superiors, once; and deadlines counted anew with the calendar."""

from datetime import date
from typing import Final

from asyncpg import Record

from backend.cases import sweeping
from backend.foundation import clock, db
from backend.notifications import staff_notices
from backend.notifications.staff_notices import Holders
from backend.worktime import Calendar

DECIDE: Final = "cases.decide"

_DUE: Final = """
SELECT p.id, p.nr, p.due_at, p.responsible_id, p.list_id, l.title, l.district, l.unit_id
FROM problems p JOIN problem_lists l ON l.id = p.list_id
WHERE p.state = 'open' AND p.overdue_told_at IS NULL AND p.due_at <= $1
    AND p.id <> ALL ($2::uuid[])
ORDER BY p.due_at LIMIT 1 FOR NO KEY UPDATE OF p SKIP LOCKED
"""
_TOLD: Final = "UPDATE problems SET overdue_told_at = $2 WHERE id = $1"
_COUNTED: Final = """
SELECT id, told_at, days, due_at, is_provisional FROM problems
WHERE state = 'open' AND days IS NOT NULL AND due_at >= $1::date - 1 ORDER BY id FOR NO KEY UPDATE
"""
_RECOUNT: Final = """
UPDATE problems p SET due_at = n.due_at, is_provisional = n.is_provisional, version = p.version + 1,
    overdue_told_at = CASE WHEN n.due_at > $4 THEN NULL ELSE p.overdue_told_at END
FROM unnest($1::uuid[], $2::timestamptz[], $3::bool[]) AS n (id, due_at, is_provisional) WHERE p.id = n.id
"""


async def sweep(limit: int = 200) -> int:
    """Tell superiors, once, and whoever answers for it; a tick that was missed is made up for by the next one."""
    return await sweeping.each_row(_DUE, _note, limit)


async def _note(row: Record) -> None:
    await db.execute(_TOLD, row["id"], clock.now())
    await _tell(row)


async def calendar_changed(calendar: Calendar, since: date) -> None:
    """Count the deadlines of open problems anew; for `worktime`, in the transaction of its own item."""
    moved = []
    for row in await db.fetch(_COUNTED, since):
        due = calendar.add_days(row["told_at"], row["days"])
        if (due.at, due.provisional) != (row["due_at"], row["is_provisional"]):
            moved.append((row["id"], due.at, due.provisional))
    if moved:
        await db.execute(_RECOUNT, *(list(column) for column in zip(*moved, strict=True)), clock.now())


async def _tell(row: Record) -> None:
    fields = {
        "list": row["title"],
        "nr": str(row["nr"]),
        "due": f"{row['due_at'].astimezone(clock.SHANGHAI):%m月%d日 %H:%M}",
        "list_id": str(row["list_id"]),
    }
    once = f"problem-overdue:{row['id']}:{row['due_at'].isoformat()}"
    superiors = Holders(DECIDE, row["district"], row["unit_id"])
    for whom in (superiors, [row["responsible_id"]]):
        await staff_notices.tell("problem_overdue", whom, fields=fields, once=once, subject=row["id"])
