"""Whether an enterprise may ask for a loan at all, where it is, who answers for it: looked at anew by every command."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from backend.financing.errors import EnterpriseNotActive
from backend.foundation import clock, db

_PLACE: Final = "SELECT district, statistical_size AS size, status, closed_at FROM enterprises WHERE id = $1"
_BOUND: Final = """
SELECT person_id, state = 'active' AND created_at <= $3 AS could_answer FROM bindings
WHERE enterprise_id = $1 AND state IN ('active', 'read_only') AND (until IS NULL OR until > $2)
  AND (role <> 'clerk' OR 'financing' = ANY (scope))
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an enterprise is and how large, at this moment; None: not known."""

    district: str | None
    size: str | None


async def standing_of(enterprise_id: UUID | None) -> Standing:
    """Return the standing of an enterprise that goes on; raises EnterpriseNotActive. A status not known is none."""
    place = await db.fetch_one(_PLACE, enterprise_id)
    if place is None or place["closed_at"] is not None or place["status"] not in (None, "active"):
        raise EnterpriseNotActive
    return Standing(place["district"], place["size"])


async def bound(enterprise_id: UUID) -> list[UUID]:
    """Return who acts for an enterprise in what concerns its loans, also who has to prove himself again."""
    return [row["person_id"] for row in await db.fetch(_BOUND, enterprise_id, clock.now(), clock.now())]


async def could_answer(enterprise_id: UUID, asked_at: datetime | None) -> bool:
    """Tell whether somebody whom a question of that moment reached may answer it now: else silence says nothing."""
    return any(row["could_answer"] for row in await db.fetch(_BOUND, enterprise_id, clock.now(), asked_at))
