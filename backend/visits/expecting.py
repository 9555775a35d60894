"""How many messages about visits may come to a person soon, so that he is asked for no more permissions than that."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from backend.foundation import db
from backend.visits.reminders import KINDS
from backend.visits.waiting.offers import KIND as OFFERED

_COMING: Final = """
SELECT count(*) FILTER (WHERE v.state = 'requested' AND v.awaits = 'staff')::int AS visit_confirmed,
    count(*) FILTER (WHERE v.state IN ('requested', 'confirmed', 'arrived'))::int AS visit_minutes
FROM visits v JOIN visit_parties p ON p.visit_id = v.id
WHERE p.person_id = $1 AND p.state IN ('booked', 'attended') AND v.ended_at IS NULL
"""
_REMINDERS: Final = """
SELECT r.hours, count(*)::int AS number FROM visit_reminders r
JOIN visit_parties p ON p.visit_id = r.visit_id AND p.person_id = $1 AND p.state = 'booked' GROUP BY r.hours
"""

_OFFERS: Final = "SELECT count(*)::int FROM visit_waits WHERE person_id = $1 AND state = 'waiting'"


async def expected(person_id: UUID) -> Mapping[str, int]:
    """Return how many of each kind: answers to his requests, reminders, minutes to look at, an earlier time."""
    row = await db.fetch_one(_COMING, person_id)
    reminders = {KINDS[one["hours"]]: one["number"] for one in await db.fetch(_REMINDERS, person_id)}
    offers = {OFFERED: await db.fetch_value(_OFFERS, person_id)}
    return {kind: number for kind, number in {**(row or {}), **reminders, **offers}.items() if number}
