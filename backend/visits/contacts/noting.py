"""What the bureau plans, in the ledger of contacts: a visit's plan there goes where the visit goes."""

from typing import Any, Final
from uuid import UUID

from backend.access import Actor
from backend.enterprises import contacts
from backend.enterprises.contacts import Plan, ServiceKind
from backend.foundation import clock
from backend.visits.models import Visit
from backend.visits.reasons import Reason
from backend.visits.states import FREE, WORDS, VisitState
from backend.visits.visibility import NAME

_PLACES: Final = {"office": ServiceKind.OFFICE, "phone": ServiceKind.PHONE, "video": ServiceKind.VIDEO}
_TALKS: Final = ("policy_talk", "group_talk")
_NOT_TO_COME: Final = (*FREE, VisitState.NO_SHOW_OWNER, VisitState.NO_SHOW_STAFF)


async def planned(visit: Visit, reason: Reason, enterprise_id: UUID, *, actor: Actor, is_offered: bool = False) -> None:
    """Note what the bureau plans; raises OverCeiling where it needs a second signature and has none."""
    plan = Plan(
        enterprise_id,
        kind_of(visit.reason, visit.place),
        visit.starts_at.astimezone(clock.SHANGHAI).date(),
        reason.title,
        reason.legal_basis,
        visit.unit_id,
        _lead(visit),
        NAME,
        visit.id,
        is_offered,
    )
    await contacts.plan([plan], actor=actor)


async def follow(visit: Visit, changed: dict[str, Any], *, actor: Actor) -> None:
    """Keep the plan of a visit in step with what was just written of it."""
    if visit.state in _NOT_TO_COME:
        await contacts.drop(NAME, visit.id, WORDS[visit.state])
    elif {"starts_at", "unit_id"} & set(changed):
        day = visit.starts_at.astimezone(clock.SHANGHAI).date()
        await contacts.move(NAME, visit.id, day, actor=actor, unit_id=visit.unit_id, staff_id=_lead(visit))


def kind_of(reason: str, place: str) -> ServiceKind:
    """Return what the ledger calls a visit for a reason at a place."""
    return _PLACES.get(place) or (ServiceKind.POLICY_TALK if reason in _TALKS else ServiceKind.VISIT)


def _lead(visit: Visit) -> UUID | None:
    chosen = visit.choice.get("chosen") or [None]
    return UUID(chosen[0]) if chosen[0] else None
