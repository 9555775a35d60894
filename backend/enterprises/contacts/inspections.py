"""Inspections, entered by staff alone: planned within the ceiling, written down with legal basis, kind and outcome.

A module that serves owners has no way here, and nothing here is ever a visit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from backend import audit, outbox
from backend.access import Actor, covers
from backend.enterprises.contacts import people, planning
from backend.enterprises.contacts.errors import ContactChanged, ContactUnknown, ContactWrong, PlanUnknown
from backend.enterprises.contacts.planning import Plan
from backend.enterprises.contacts.states import PLAN, InspectionKind, PlanState, Side
from backend.enterprises.contacts.visibility import plans_of
from backend.foundation import clock, db
from backend.foundation.errors import FieldError, Forbidden
from backend.foundation.ids import new_id

ENTER: Final = "inspections.enter"
ENTERED: Final = "contacts.inspection_entered"
"""Outbox topic: tell the enterprise that an inspection stands in its ledger; payload {contact_id}."""
OLDEST: Final = timedelta(days=366)
"""How long ago something may have been that is entered now; beyond the setting's days it is marked."""
AHEAD: Final = timedelta(days=366)

_PLACE: Final = "SELECT e.district FROM enterprises e WHERE e.id = $1"
_ENTER: Final = """
INSERT INTO contacts (id, enterprise_id, side, kind, on_day, reason, legal_basis, outcome, district, unit_id,
    is_counted, is_late, replaces, noted_by_kind, noted_by, noted_at)
SELECT $1, $2, k.side, k.key, $4, $5, $6, $7, $8, $9, k.is_counted, $4::date < $10::date - s.late_days, $11, $12, $13,
    $14
FROM contact_kinds k, contact_settings s WHERE k.key = $3 AND k.side = 'inspection'
"""
_STRUCK: Final = """
SELECT 1 FROM contacts WHERE id = $1 AND enterprise_id = $2 AND side = 'inspection' AND struck_at IS NOT NULL
FOR NO KEY UPDATE
"""
_REPLACED: Final = "SELECT EXISTS (SELECT FROM contacts WHERE replaces = $1)"
_PLAN: Final = (
    "SELECT p.* FROM contact_plans p WHERE p.id = $1 AND p.side = 'inspection' AND {visible} FOR NO KEY UPDATE OF p"
)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was inspected, on what ground and with what outcome, in words; `replaces` names a line struck out before."""

    enterprise_id: UUID
    kind: InspectionKind
    on_day: date
    reason: str
    legal_basis: str
    outcome: str
    staff: Sequence[UUID] = ()
    plan_id: UUID | None = None
    replaces: UUID | None = None


async def plan(
    enterprise_id: UUID, kind: InspectionKind, on_day: date, reason: str, legal_basis: str, *, actor: Actor
) -> UUID:
    """Plan an inspection and return its plan; raises OverCeiling, ContactWrong, Forbidden."""
    await _check_place(enterprise_id, actor)
    if not clock.today() <= on_day <= clock.today() + AHEAD:
        raise ContactWrong(fields=(FieldError("on_day", "out_of_range", "日期须在今天起一年之内。"),))
    async with db.transaction():
        unit = await people.unit_of(actor.id)
        wanted = Plan(enterprise_id, kind, on_day, reason, legal_basis, unit, actor.id)
        return (await planning.plan([wanted], actor=actor))[0]


async def call_off(plan_id: UUID, reason: str, *, actor: Actor, version: int | None = None) -> None:
    """Give up a planned inspection with a reason; raises PlanUnknown, WrongState."""
    async with db.transaction():
        row = await _planned(plan_id, actor)
        PLAN.check(PlanState(row["state"]), PlanState.GONE)
        if version is not None and version != row["version"]:
            raise ContactChanged
        await planning.end([plan_id], PlanState.GONE, reason)
        detail = {"reason": reason}
        await audit.record(
            actor, "contacts.plan_called_off", table="enterprises", row_id=row["enterprise_id"], detail=detail
        )


async def enter(one: Inspection, *, actor: Actor) -> UUID:
    """Write an inspection down that took place; that it was one too many never keeps it out of the ledger.

    Raises ContactWrong for a day to come or long ago, for people who are nobody, PlanUnknown, Forbidden.
    """
    district = await _check_place(one.enterprise_id, actor)
    staff = list(dict.fromkeys(one.staff)) or [actor.id] if actor.id else []
    if not clock.today() - OLDEST <= one.on_day <= clock.today():
        raise ContactWrong(fields=(FieldError("on_day", "out_of_range", "日期须在今天及以前一年之内。"),))
    if await people.unknown([person for person in staff if person]):
        raise ContactWrong(fields=(FieldError("staff", "unknown", "没有这位工作人员，或已离岗。"),))
    async with db.transaction():
        await _check_linked(one, actor)
        made = new_id()
        about: tuple[Any, ...] = (one.on_day, one.reason, one.legal_basis, one.outcome, district)
        by = (one.replaces, actor.kind.value, actor.id, clock.now())
        unit = await people.unit_of(actor.id)
        await db.execute(_ENTER, made, one.enterprise_id, one.kind, *about, unit, clock.today(), *by)
        await people.write([made], [person for person in staff if person])
        await audit.record(actor, "contacts.inspection_entered", table="enterprises", row_id=one.enterprise_id)
        await outbox.put(ENTERED, {"contact_id": str(made)}, key=str(made))
        return made


async def _check_place(enterprise_id: UUID, actor: Actor) -> str | None:
    """Return where an enterprise is; raises Forbidden where the permission does not extend to it."""
    actor.require(ENTER)
    row = await db.fetch_one(_PLACE, enterprise_id)
    if row is None:
        raise ContactWrong(fields=(FieldError("enterprise_id", "unknown", "没有找到该企业。"),))
    district: str | None = row["district"]
    if not covers(actor, ENTER, district=district, unit=await people.unit_of(actor.id)):
        raise Forbidden(ENTER, "该企业不在您的管辖范围。")
    return district


async def _check_linked(one: Inspection, actor: Actor) -> None:
    if one.replaces is not None:
        is_struck = await db.fetch_value(_STRUCK, one.replaces, one.enterprise_id)
        if not is_struck or await db.fetch_value(_REPLACED, one.replaces):
            raise ContactUnknown("没有找到要更正的记录：须先注明理由更正原记录，且每条只能重新登记一次。")
    if one.plan_id is None:
        return
    row = await _planned(one.plan_id, actor)
    if row["enterprise_id"] != one.enterprise_id or Side(row["side"]) is not Side.INSPECTION:
        raise PlanUnknown
    PLAN.check(PlanState(row["state"]), PlanState.DONE)
    await planning.end([one.plan_id], PlanState.DONE)


async def _planned(plan_id: UUID, actor: Actor) -> Any:
    visible = plans_of(actor, ENTER)
    row = await db.fetch_one(_PLAN.format(visible=visible.render(2)), plan_id, *visible.params)
    if row is None:
        raise PlanUnknown
    return row
