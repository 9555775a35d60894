"""What somebody who leaves has begun among the surveys; others with his role can go on with it."""

from typing import Any, Final
from uuid import UUID

from backend.foundation import db

_OPEN: Final = """
SELECT id, number, title, state FROM surveys
WHERE state IN ('draft', 'in_review') AND $1 IN (author_id, edited_by) ORDER BY id LIMIT 100
"""


async def of_staff(staff_id: UUID) -> list[dict[str, Any]]:
    """Return the surveys, not out yet, that he wrote or changed last: {id, number, title, state}."""
    return [dict(row) for row in await db.fetch(_OPEN, staff_id)]
