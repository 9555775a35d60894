"""Commands on a person's own entry: name and unit; what ends when he leaves."""

from typing import Any, Final
from uuid import UUID

from backend import audit
from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.db import transaction
from backend.foundation.errors import FieldError, Invalid
from backend.staff.accounts import LONGEST_NAME, MANAGE
from backend.staff.errors import StaffNotFound
from backend.staff.grants import locked
from backend.staff.sessions import LONGEST, end_all

_UNIT: Final = "SELECT EXISTS (SELECT FROM units WHERE id = $1 AND closed_at IS NULL)"
_ENDS: Final = """
SELECT s.name, s.state,
       (SELECT count(*) FROM staff_sessions o WHERE o.staff_id = s.id AND o.ended_at IS NULL AND o.created_at > $2) AS
       sessions,
       (SELECT count(*) FROM staff_grants g WHERE g.staff_id = s.id AND g.ended_at IS NULL
        AND (g.until_at IS NULL OR g.until_at > $3)) AS grants
FROM staff s WHERE s.id = $1
"""


async def edit(staff_id: UUID, *, name: str, unit_id: UUID | None, actor: Actor) -> None:
    """Change somebody's name or unit; raises StaffNotFound, HasLeft, Invalid."""
    actor.require(MANAGE)
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Invalid(fields=(FieldError("name", "length", "姓名须为 1 至 50 个字。"),))
    async with transaction():
        account = await locked(staff_id)
        if unit_id is not None and not await db.fetch_value(_UNIT, unit_id):
            raise Invalid(fields=(FieldError("unit_id", "unknown", "没有这个单位，或它已关闭。"),))
        await db.execute("UPDATE staff SET name = $2, unit_id = $3 WHERE id = $1", account.id, name, unit_id)
        await audit.record(actor, "staff.edited", table="staff", row_id=staff_id, fields=("name", "unit_id"))


async def end_sessions(staff_id: UUID, *, actor: Actor) -> int:
    """End somebody's sessions on every device, but never the one that asks; returns how many.

    Raises StaffNotFound, HasLeft.
    """
    actor.require(MANAGE)
    async with transaction():
        await locked(staff_id)
        ended = await end_all(staff_id, but=actor.session_id)
        if ended:
            detail = {"sessions": ended}
            await audit.record(actor, "staff.sessions_ended", table="staff", row_id=staff_id, detail=detail)
    return ended


async def ending_with(staff_id: UUID, *, actor: Actor) -> dict[str, Any]:
    """Return what of an account ends when its owner leaves: {name, state, sessions, grants}; raises StaffNotFound."""
    actor.require(MANAGE)
    moment = clock.now()
    row = await db.fetch_one(_ENDS, staff_id, moment - LONGEST, moment)
    if row is None:
        raise StaffNotFound
    return dict(row)
