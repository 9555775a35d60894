"""How many messages may come to a person from here, so that he is asked for subscriptions in time."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from backend.consents.profiling import NOT_REFUSED
from backend.foundation import clock, db

# One of each kind that comes by itself to whoever acts for an enterprise; what he asked for is counted.
_EXPECTED: Final = f"""
WITH mine AS (
    SELECT 1 FROM bindings b JOIN enterprises e ON e.id = b.enterprise_id
    WHERE b.person_id = $1 AND b.state = 'active' AND (b.until IS NULL OR b.until > $2) AND e.closed_at IS NULL
      AND {NOT_REFUSED.format(person="b.person_id")} LIMIT 1
)
SELECT kind, 1 AS many FROM mine CROSS JOIN unnest(ARRAY['policy_matched', 'policy_digest']) AS k (kind)
UNION ALL
SELECT CASE kind WHEN 'closing' THEN 'policy_closing' ELSE 'policy_reached' END, count(*)::int
FROM policy_reminders WHERE person_id = $1 AND state = 'waiting' GROUP BY kind
"""


async def expected(person_id: UUID) -> Mapping[str, int]:
    """Return kinds of messages with how many of each may come."""
    return {row["kind"]: row["many"] for row in await db.fetch(_EXPECTED, person_id, clock.now())}
