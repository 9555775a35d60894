"""What staff know, by the keys under which kinds of work ask for it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

from backend import audit
from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.errors import FieldError, Invalid
from backend.staff import managing
from backend.staff.absences import MANAGE
from backend.staff.grants import locked

MOST: Final = 20
_FORGET: Final = "DELETE FROM staff_skills WHERE staff_id = $1 AND skill <> ALL ($2::text[])"
_NOTE: Final = """
INSERT INTO staff_skills (staff_id, skill, since, told_by) SELECT $1, n, $3, $4 FROM unnest($2::text[]) AS n
ON CONFLICT DO NOTHING
"""
_OF: Final = "SELECT staff_id, skill FROM staff_skills WHERE staff_id = ANY ($1::uuid[]) ORDER BY skill"


async def of(staff_ids: Collection[UUID]) -> Mapping[UUID, frozenset[str]]:
    """Return what each of these staff knows; who knows nothing in particular is not in it."""
    found: dict[UUID, set[str]] = {}
    for row in await db.fetch(_OF, list(staff_ids)):
        found.setdefault(row["staff_id"], set()).add(row["skill"])
    return {staff_id: frozenset(known) for staff_id, known in found.items()}


async def note(staff_id: UUID, skills: Sequence[str], *, asked: Collection[str], actor: Actor) -> None:
    """Say what somebody knows, all of it, out of what kinds of work ask for; what he has already he may keep.

    Raises Invalid, Forbidden for whom the actor does not manage, StaffNotFound, HasLeft.
    """
    await managing.require(actor, MANAGE, staff_id)
    known = sorted(set(skills))
    async with db.transaction():
        await locked(staff_id)
        has = (await of([staff_id])).get(staff_id, frozenset())
        if len(known) > MOST or not has.union(asked).issuperset(known):
            sentence = f"专长须是事项类别或走访事由所要求的，至多 {MOST} 项。"
            raise Invalid(fields=(FieldError("skills", "unknown", sentence),))
        await db.execute(_FORGET, staff_id, known)
        await db.execute(_NOTE, staff_id, known, clock.now(), actor.id)
        detail = {"skills": known}
        await audit.record(actor, "staff.skills_noted", table="staff_skills", row_id=staff_id, detail=detail)
