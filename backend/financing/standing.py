"""Whether an enterprise may ask for a loan at all, and where it is: looked at anew by every command that needs it."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from backend.financing.errors import EnterpriseNotActive
from backend.foundation import db

_PLACE: Final = "SELECT district, statistical_size AS size, status, closed_at FROM enterprises WHERE id = $1"


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
