"""Who came, by the names that people and units have at that time: the ledger keeps them as they were.

The one place where this floor reads the staff's tables; nothing here depends on how staff work.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backend.foundation import db

_WRITE: Final = """
INSERT INTO contact_people (contact_id, place, staff_id, name, unit_id, unit)
SELECT c, n.place, s.id, s.name, u.id, u.name
FROM unnest($1::uuid[]) AS c CROSS JOIN unnest($2::uuid[]) WITH ORDINALITY AS n (staff_id, place)
JOIN staff s ON s.id = n.staff_id LEFT JOIN units u ON u.id = s.unit_id
"""
_KNOWN: Final = "SELECT id FROM staff WHERE id = ANY ($1::uuid[]) AND state = 'active'"
_UNIT: Final = "SELECT unit_id FROM staff WHERE id = $1"
_BELOW: Final = """
WITH RECURSIVE below AS (
    SELECT u.id FROM units u JOIN staff s ON s.unit_id = u.parent_id WHERE s.id = $1
    UNION ALL SELECT u.id FROM units u JOIN below b ON u.parent_id = b.id
)
SELECT EXISTS (SELECT FROM staff s JOIN below b ON b.id = s.unit_id WHERE s.id = $2)
"""


async def write(contact_ids: Sequence[UUID], staff: Sequence[UUID]) -> None:
    """Note who came, first who led."""
    await db.execute(_WRITE, list(contact_ids), list(dict.fromkeys(staff)))


async def unknown(staff: Sequence[UUID]) -> list[UUID]:
    """Return those who are nobody, or no longer here."""
    known = {row["id"] for row in await db.fetch(_KNOWN, list(staff))}
    return [one for one in staff if one not in known]


async def unit_of(staff_id: UUID | None) -> UUID | None:
    found: UUID | None = await db.fetch_value(_UNIT, staff_id)
    return found


async def works_below(staff_id: UUID, superior_id: UUID) -> bool:
    """Tell whether somebody works in a unit below that of another one."""
    return bool(await db.fetch_value(_BELOW, superior_id, staff_id))
