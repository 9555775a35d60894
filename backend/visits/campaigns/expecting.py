"""How many proposals may come to a person soon, so that he is asked in time whether he wants to be told."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from backend.enterprises.audience import REPRESENTING
from backend.foundation import clock, db

SOON: Final = timedelta(days=14)

_COMING: Final = f"""
SELECT count(*) FROM visit_campaign_targets t JOIN visit_campaigns c ON c.id = t.campaign_id
JOIN enterprises e ON e.id = t.enterprise_id JOIN bindings b ON b.enterprise_id = e.id
WHERE {REPRESENTING} AND b.person_id = $2 AND c.state = 'running' AND t.state = 'waiting'
  AND t.week <= $3::date + c.lead_days
"""


async def expected(person_id: UUID) -> Mapping[str, int]:
    """Return how many proposals of running campaigns are due to his enterprises soon."""
    coming = await db.fetch_value(_COMING, clock.now(), person_id, clock.today() + SOON)
    return {"visit_campaign": coming} if coming else {}
