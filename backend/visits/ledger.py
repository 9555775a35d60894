"""Keeps the staff's ledger in step with who goes where: load and fairness are computed from it."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID, uuid5

from backend.foundation import db
from backend.foundation.parts import Part
from backend.staff import assignments
from backend.staff.assignments import Holding
from backend.visits.models import Visit
from backend.visits.states import OVER, VisitState
from backend.visits.visibility import NAME

MOST: Final = 5
"""How many go to one visit at most (`visit_reasons.units_needed`)."""

_GOING: Final = "SELECT staff_id FROM staff_time WHERE visit_id = $1 AND is_live ORDER BY is_lead DESC, staff_id"


async def keep(visit: Visit, *, going: Sequence[UUID] | None = None) -> None:
    """Write down who carries a locked visit now; nobody once it is over, or while it is only held.

    `going`: who goes, where the caller knows.
    """
    if visit.state in (*OVER, VisitState.HELD):
        going = ()
    elif going is None:
        going = [row["staff_id"] for row in await db.fetch(_GOING, visit.id)]
    people = [*going, *[None] * (MOST - len(going))]
    await assignments.hold(NAME, [Holding(_place(visit.id, at), one) for at, one in enumerate(people)])


def part(visit_id: UUID, going: Sequence[UUID]) -> Part:
    """Return what writes down who carries a visit that is made by the same statement."""
    return assignments.part(NAME, [Holding(_place(visit_id, at), one) for at, one in enumerate(going)])


def _place(visit_id: UUID, at: int) -> UUID:
    """Return the name of the n-th place in a visit: whoever has it may change, the place stays."""
    return uuid5(visit_id, str(at))
