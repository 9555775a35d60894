"""How many messages about salons may come to a person soon, so that he is asked for no more permissions than that."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from backend.foundation import clock, db

_COMING: Final = """
SELECT count(*) FILTER (WHERE g.state = 'pending')::int AS salon_confirmed,
    count(*) FILTER (WHERE g.state = 'waiting')::int AS salon_offered,
    (count(*) FILTER (WHERE g.state = 'confirmed' AND s.starts_at > $2::timestamptz + $3::interval)
     + count(*) FILTER (WHERE g.state = 'confirmed' AND s.starts_at > $2::timestamptz + $4::interval))::int
        AS salon_reminder
FROM salon_signups g JOIN salons s ON s.id = g.salon_id
WHERE g.person_id = $1 AND g.nth IS NOT NULL AND s.starts_at > $2 AND s.state IN ('published', 'open', 'closed')
"""


async def expected(person_id: UUID) -> Mapping[str, int]:
    """Return how many of each kind: what is decided of his sign-ups, a seat that frees, reminders."""
    row = await db.fetch_one(_COMING, person_id, clock.now(), timedelta(hours=24), timedelta(hours=2))
    return {kind: number for kind, number in (row or {}).items() if number}
