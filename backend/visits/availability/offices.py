"""How a unit visits: at most so many visits a day for each of its people, and where its office is.

Both count for what is booked from now on: what is booked stands, and keeps the address that was told.
"""

from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend import audit
from backend.access import Actor, Condition, granted
from backend.foundation import db
from backend.visits.availability.visitors import PER_DAY
from backend.visits.errors import OfficeChanged, UnitUnknown
from backend.visits.reasons import PLAN

TABLE: Final = "visit_units"

_SHOWN: Final = f"""
SELECT u.id AS unit_id, u.name, coalesce(o.per_day, {PER_DAY}) AS per_day,
    coalesce(o.office_address, '') AS office_address, coalesce(o.version, 0) AS version
FROM units u LEFT JOIN visit_units o ON o.unit_id = u.id WHERE u.closed_at IS NULL AND
"""
# Version 0 is what has no row yet.
_KEEP: Final = """
INSERT INTO visit_units (unit_id, per_day, office_address)
SELECT $1, $2, $3 WHERE $4 = 0 OR EXISTS (SELECT FROM visit_units WHERE unit_id = $1)
ON CONFLICT (unit_id) DO UPDATE SET per_day = excluded.per_day, office_address = excluded.office_address,
    version = visit_units.version + 1
WHERE visit_units.version = $4 RETURNING version
"""


async def listed(actor: Actor) -> list[dict[str, Any]]:
    """Return the units for which an actor plans visits, those that nobody has settled with what counts for them."""
    actor.require(PLAN)
    within = _within(actor)
    rows = await db.fetch(f"{_SHOWN} {within.render()} ORDER BY u.name, u.id LIMIT 1000", *within.params)
    return [dict(row) for row in rows]


async def keep(unit_id: UUID, per_day: int, office_address: str, *, actor: Actor, version: int) -> dict[str, Any]:
    """Settle how a unit visits; `version` is what was seen, 0 before the first. Raises UnitUnknown, OfficeChanged."""
    actor.require(PLAN)
    async with db.transaction():
        before = await _one(unit_id, actor)
        if await db.fetch_value(_KEEP, unit_id, per_day, office_address, version) is None:
            raise OfficeChanged
        after = await _one(unit_id, actor)
        changed = [name for name in ("per_day", "office_address") if before[name] != after[name]]
        await audit.record(actor, "visits.unit_settled", table=TABLE, row_id=unit_id, fields=changed)
        return dict(after)


async def _one(unit_id: UUID, actor: Actor) -> Record:
    wanted = Condition("u.id = {}::uuid", (unit_id,)) & _within(actor)
    row = await db.fetch_one(f"{_SHOWN} {wanted.render()}", *wanted.params)
    if row is None:
        raise UnitUnknown
    return row


def _within(actor: Actor) -> Condition:
    return granted(actor, PLAN, district="u.district", unit="u.id")
