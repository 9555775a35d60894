"""Which notices a staff member wants on his phone too; the console shows him all of them."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from backend.foundation import clock, db
from backend.foundation.errors import FieldError, Invalid
from backend.notifications.staff_kinds import STAFF_KINDS

_MINE: Final = "SELECT kind FROM staff_notice_preferences WHERE staff_id = $1 AND NOT is_on"
_CHANGE: Final = """
INSERT INTO staff_notice_preferences (staff_id, kind, is_on, at)
SELECT $1, kind, is_on, $4 FROM unnest($2::text[], $3::boolean[]) AS w (kind, is_on) ORDER BY kind
ON CONFLICT (staff_id, kind) DO UPDATE SET is_on = EXCLUDED.is_on, at = EXCLUDED.at
"""


async def mine(staff_id: UUID) -> list[dict[str, Any]]:
    """Return every kind with its name and whether it goes to his phone."""
    off = {row["kind"] for row in await db.fetch(_MINE, staff_id)}
    return [{"kind": kind.key, "name": kind.name, "is_pushed": kind.key not in off} for kind in STAFF_KINDS.values()]


async def change(staff_id: UUID, wanted: Mapping[str, bool]) -> None:
    """Turn switches; raises Invalid naming a kind that isn't there, and turns none then."""
    unknown = sorted(wanted.keys() - STAFF_KINDS.keys())
    if unknown:
        raise Invalid(fields=(FieldError("changes", "unknown", f"没有这类提醒：{'、'.join(unknown)}。"),))
    await db.execute(_CHANGE, staff_id, list(wanted), list(wanted.values()), clock.now())
