"""What somebody who leaves has begun in the policy library; others with his role can go on with it."""

from typing import Any, Final
from uuid import UUID

from backend.foundation import db

_OPEN: Final = """
SELECT p.id, p.number, v.title, v.state FROM policy_versions v JOIN policies p ON p.id = v.policy_id
WHERE v.state IN ('draft', 'in_review', 'scheduled') AND $1 IN (v.author_id, v.edited_by) ORDER BY v.id LIMIT 100
"""


async def of_staff(staff_id: UUID) -> list[dict[str, Any]]:
    """Return the open versions that he wrote or changed last: {id, number, title, state}."""
    return [dict(row) for row in await db.fetch(_OPEN, staff_id)]
