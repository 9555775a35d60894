"""What somebody who leaves has prepared for many; others with his role can go on with it."""

from typing import Any, Final
from uuid import UUID

from backend.foundation import db

_OPEN: Final = """
SELECT b.id, b.title, b.state FROM broadcasts b
WHERE b.created_by = $1 AND b.state NOT IN ('done', 'cancelled') ORDER BY b.id LIMIT 100
"""


async def of_staff(staff_id: UUID) -> list[dict[str, Any]]:
    """Return his broadcasts that have not ended: {id, title, state}."""
    return [dict(row) for row in await db.fetch(_OPEN, staff_id)]
