"""Open problems of those who leave: told to whoever gives problems out, for nobody goes on with them by himself."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend.foundation import clock, db
from backend.notifications import staff_notices
from backend.notifications.staff_notices import Holders
from backend.outbox import OutboxItem

ASSIGN: Final = "cases.assign"
UNOWNED: Final = "problem_unowned"
"""The notice of it: settled once somebody else answers for the problem."""

_LEFT: Final = """
SELECT p.id, p.nr, p.due_at, p.list_id, l.title, l.district, l.unit_id, s.id AS staff_id, s.name
FROM problems p JOIN problem_lists l ON l.id = p.list_id JOIN staff s ON s.id = p.responsible_id
WHERE p.state = 'open' AND s.state = 'left' AND {which} ORDER BY p.due_at, p.id
"""
_OPEN: Final = """
SELECT p.id, l.title || '第' || p.nr || '项：' || p.title AS title, p.state FROM problems p
JOIN problem_lists l ON l.id = p.list_id WHERE p.responsible_id = $1 AND p.state = 'open'
ORDER BY p.due_at, p.id LIMIT 100
"""


async def of_staff(staff_id: UUID) -> list[dict[str, Any]]:
    """Return the open problems that he answers for: {id, number: None, title, state}."""
    return [{**row, "number": None} for row in await db.fetch(_OPEN, staff_id)]


async def staff_left(items: Sequence[OutboxItem]) -> None:
    """Tell of what leavers answer for."""
    gone = [UUID(item.payload["staff_id"]) for item in items]
    await _tell(await db.fetch(_LEFT.format(which="s.id = ANY ($1::uuid[])"), gone))


async def sent_back(problem_id: UUID) -> None:
    """Tell of a problem that was sent back to somebody who left meanwhile."""
    await _tell(await db.fetch(_LEFT.format(which="p.id = $1"), problem_id))


async def _tell(rows: Sequence[Record]) -> None:
    for row in rows:
        fields = {
            "list": row["title"],
            "nr": str(row["nr"]),
            "name": row["name"],
            "due": f"{row['due_at'].astimezone(clock.SHANGHAI):%m月%d日}",
            "list_id": str(row["list_id"]),
        }
        superiors = Holders(ASSIGN, row["district"], row["unit_id"])
        once = f"{UNOWNED}:{row['id']}:{row['staff_id']}"
        await staff_notices.tell(UNOWNED, superiors, fields=fields, once=once, subject=row["id"])
