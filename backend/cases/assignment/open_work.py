"""The cases that somebody who leaves still has; they go to others the moment he does."""

from typing import Any, Final
from uuid import UUID

from backend.foundation import db

_OPEN: Final = """
SELECT id, number, title, state FROM cases WHERE handler_id = $1 AND closed_at IS NULL AND merged_into IS NULL
ORDER BY due_at NULLS LAST, id LIMIT 100
"""


async def of_staff(staff_id: UUID) -> list[dict[str, Any]]:
    """Return the open cases that he handles: {id, number, title, state}."""
    return [dict(row) for row in await db.fetch(_OPEN, staff_id)]
