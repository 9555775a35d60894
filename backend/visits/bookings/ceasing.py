"""An enterprise is deregistered or revoked: nobody comes to it any more, and who was to go is told."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backend.access import SYSTEM
from backend.foundation import clock, db
from backend.visits.bookings import changing
from backend.visits.models import Visit

CEASED: Final = "企业已注销或吊销，走访随之取消"

_COMING: Final = """
SELECT v.id FROM visits v WHERE v.state IN ('held', 'requested', 'confirmed') AND v.starts_at > $2 AND EXISTS (
    SELECT FROM visit_parties p WHERE p.visit_id = v.id AND p.enterprise_id = ANY ($1::uuid[]) AND p.state = 'booked')
ORDER BY v.id FOR NO KEY UPDATE
"""
_SEATS: Final = """
SELECT enterprise_id FROM visit_parties
WHERE visit_id = $1 AND enterprise_id = ANY ($2::uuid[]) AND state = 'booked' FOR UPDATE
"""


async def enterprises_closed(enterprise_ids: Sequence[UUID]) -> int:
    """Free the seats of enterprises that are closed, in the caller's transaction; returns in how many visits."""
    coming = await db.fetch(_COMING, list(enterprise_ids), clock.now())
    for row in coming:
        seats = [one["enterprise_id"] for one in await db.fetch(_SEATS, row["id"], list(enterprise_ids))]
        await changing.leave(await Visit.get(id=row["id"]), seats, CEASED, SYSTEM)
    return len(coming)
