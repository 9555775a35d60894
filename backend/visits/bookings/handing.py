"""Who was to make a visit and no longer is: his calendar says that it is off, rather than losing it without a word."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from backend.foundation import clock, db

_NOTE: Final = """
INSERT INTO visit_handed_on (visit_id, staff_id, at) SELECT $1, s, $3 FROM unnest($2::uuid[]) AS s
WHERE NOT EXISTS (SELECT FROM staff_time t WHERE t.visit_id = $1 AND t.staff_id = s)
ON CONFLICT (visit_id, staff_id) DO UPDATE SET at = excluded.at
"""


async def note(visit_id: UUID, went: Collection[UUID]) -> None:
    """Note, of those who were to go before its people changed, who does not go any more."""
    await db.execute(_NOTE, visit_id, list(went), clock.now())
