"""Whether an enterprise may ask for a loan at all, and where it is: looked at anew by every command that needs it."""

from typing import Final
from uuid import UUID

from backend.financing.errors import EnterpriseNotActive
from backend.foundation import db

_PLACE: Final = "SELECT district, status, closed_at FROM enterprises WHERE id = $1"


async def district_of(enterprise_id: UUID | None) -> str | None:
    """Return the district of an enterprise that goes on; raises EnterpriseNotActive. A status not known is none."""
    place = await db.fetch_one(_PLACE, enterprise_id)
    if place is None or place["closed_at"] is not None or place["status"] not in (None, "active"):
        raise EnterpriseNotActive
    district: str | None = place["district"]
    return district
