"""Plans of the bureau's side to come to an enterprise: within the year's ceiling, or with a second signature.

Whoever plans holds the enterprise until his commit (`ceilings.lock`), so that of two who plan the last one at once
exactly one passes. What an owner asks for himself is no plan of the bureau's and never comes here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend import audit
from backend.access import Actor, ActorKind
from backend.enterprises.contacts import approvals, ceilings, merging
from backend.enterprises.contacts.errors import OverCeiling
from backend.enterprises.contacts.states import SIDES, InspectionKind, PlanState, ServiceKind, Side
from backend.foundation import clock, db
from backend.foundation.ids import new_id

_INSERT: Final = """
INSERT INTO contact_plans (id, enterprise_id, side, kind, origin, origin_id, on_day, reason, legal_basis, district,
    unit_id, staff_id, is_counted, state, approval_id, planned_by, planned_at)
SELECT $1, $2, k.side, k.key, $4, $5, $6, left($7, 200), left($8, 300), e.district, $9, $10, k.is_counted, 'planned',
    $11, $12, $13
FROM contact_kinds k, enterprises e WHERE k.key = $3 AND e.id = $2
ON CONFLICT (origin, origin_id, enterprise_id) DO NOTHING
"""
_COUNTED: Final = "SELECT is_counted FROM contact_kinds WHERE key = $1"
_OF: Final = """
SELECT id, enterprise_id, side, kind, year, is_counted, staff_id FROM contact_plans
WHERE origin = $1 AND origin_id = $2 AND state = 'planned' ORDER BY enterprise_id
"""
_MOVE: Final = """
UPDATE contact_plans SET on_day = $2, unit_id = coalesce($3, unit_id), staff_id = coalesce($4, staff_id),
    approval_id = coalesce($5, approval_id), version = version + 1
WHERE id = $1
"""
_END: Final = """
UPDATE contact_plans SET state = $2, ended_at = $3, end_reason = left($4, 500), version = version + 1
WHERE id = ANY ($1::uuid[]) AND state = 'planned' RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """Who plans to come for what, and when; a service names its origin, an inspection has none.

    `is_offered`: the enterprise picked its time from what it was offered, so that no ceiling stops it; it counts.
    """

    enterprise_id: UUID
    kind: ServiceKind | InspectionKind
    on_day: date
    reason: str
    legal_basis: str
    unit_id: UUID | None = None
    staff_id: UUID | None = None
    origin: str | None = None
    origin_id: UUID | None = None
    is_offered: bool = False

    @property
    def side(self) -> Side:
        return Side.SERVICE if isinstance(self.kind, ServiceKind) else Side.INSPECTION


async def plan(plans: Sequence[Plan], *, actor: Actor) -> list[UUID]:
    """Write plans down in the caller's transaction and return their ids; raises OverCeiling.

    Beyond the ceiling a plan takes the second signature that was given to this actor for the enterprise and year.
    """
    await ceilings.lock(sorted({one.enterprise_id for one in plans}))
    made = [await _write(one, actor) for one in plans]
    await merging.propose(made)
    return made


async def move(
    origin: str,
    origin_id: UUID,
    on_day: date,
    *,
    actor: Actor,
    unit_id: UUID | None = None,
    staff_id: UUID | None = None,
) -> None:
    """Note that what was planned comes on another day or by others; raises OverCeiling where it falls into a full year.

    An owner who moves it himself is never stopped.
    """
    rows = await db.fetch(_OF, origin, origin_id)
    if rows:
        await ceilings.lock([row["enterprise_id"] for row in rows])
    for row in rows:
        approval = None
        if row["is_counted"] and row["year"] != on_day.year:
            approval = await _allowed(row["enterprise_id"], Side(row["side"]), on_day.year, actor)
        await db.execute(_MOVE, row["id"], on_day, unit_id, staff_id, approval)
    await merging.propose([row["id"] for row in rows])


async def drop(origin: str, origin_id: UUID, words: str = "") -> None:
    """Note that what was planned does not come; what was never planned by the bureau changes nothing."""
    await end([row["id"] for row in await db.fetch(_OF, origin, origin_id)], PlanState.GONE, words)


async def end(plan_ids: Sequence[UUID], state: PlanState, words: str = "") -> list[UUID]:
    """End plans that stand, with what was proposed for them; returns which."""
    if not plan_ids:
        return []
    rows = await db.fetch(_END, list(plan_ids), state, clock.now(), words)
    ended = [row["id"] for row in rows]
    await merging.over(ended)
    return ended


async def _write(one: Plan, actor: Actor) -> UUID:
    made, approval = new_id(), None
    if not one.is_offered and await db.fetch_value(_COUNTED, one.kind):
        approval = await _allowed(one.enterprise_id, one.side, one.on_day.year, actor)
    given: tuple[Any, ...] = (one.origin, one.origin_id, one.on_day, one.reason, one.legal_basis)
    by = (one.unit_id, one.staff_id, approval, actor.id, clock.now())
    await db.execute(_INSERT, made, one.enterprise_id, one.kind, *given, *by)
    detail = {"side": SIDES[one.side], "on_day": one.on_day.isoformat(), "signed": approval is not None}
    await audit.record(actor, "contacts.planned", table="enterprises", row_id=one.enterprise_id, detail=detail)
    return made


async def _allowed(enterprise_id: UUID, side: Side, year: int, actor: Actor) -> UUID | None:
    """Return the signature that one more needs, None where none is needed; raises OverCeiling."""
    standing = (await ceilings.standings([enterprise_id], year, side)).get(enterprise_id)
    if standing is None or not standing.is_full or actor.kind is ActorKind.OWNER:
        return None
    signed = await approvals.use(enterprise_id, side, year, actor)
    if signed is None:
        raise OverCeiling(SIDES[side], year, standing.used + standing.planned, standing.ceiling or 0)
    return signed


async def planned(plan_id: UUID) -> Record | None:
    """Lock a plan and return its row, whatever its state."""
    return await db.fetch_one("SELECT * FROM contact_plans WHERE id = $1 FOR NO KEY UPDATE", plan_id)
