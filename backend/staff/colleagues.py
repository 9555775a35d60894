"""Who may be given work: active staff with the grants in force, held in place until it is given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from backend.access import ROLES, Actor, ActorKind, Grant, Role
from backend.foundation import clock, db

# Shared locks, in one order: nobody leaves, is barred or tells an absence between the choice and its commit.
_LOCK: Final = """
SELECT FROM staff s JOIN staff_grants g ON g.staff_id = s.id
WHERE s.state = 'active' AND g.role = ANY ($1::text[]) AND g.ended_at IS NULL
  AND ($2::uuid[] IS NULL OR s.id = ANY ($2::uuid[]))
ORDER BY s.id, g.id FOR SHARE OF s, g
"""
_ABLE: Final = """
SELECT s.id, s.name, s.unit_id, g.role, g.unit_id AS grant_unit, g.districts, g.capabilities, g.until_at
FROM staff s JOIN staff_grants g ON g.staff_id = s.id
WHERE s.state = 'active' AND NOT s.must_change_password AND g.ended_at IS NULL
  AND (g.until_at IS NULL OR g.until_at > $1) AND g.role = ANY ($2::text[])
  AND ($3::uuid[] IS NULL OR s.id = ANY ($3::uuid[]))
ORDER BY s.id, g.id
"""
_UNITS: Final = "SELECT id, parent_id FROM units"
_ROLES: Final = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who may be given work; `units` are his own and all above it."""

    actor: Actor
    units: frozenset[UUID]

    @property
    def id(self) -> UUID:
        if self.actor.id is None:
            raise ValueError("staff have ids")
        return self.actor.id

    def belongs(self, unit_id: UUID, permission: str) -> bool:
        """Tell whether he works in a unit or below it, or holds a permission for it by name."""
        named = (one.unit_id for one in self.actor.grants if one.allows(permission))
        return unit_id in self.units or unit_id in named


async def holding(permission: str, only: Sequence[UUID] | None = None) -> list[Colleague]:
    """Return who holds a permission anywhere, with all grants in force, in the order of their ids.

    In a transaction it holds them in place until its end: who leaves meanwhile waits, and then finds what he was given.
    """
    roles = [role.value for role, held in ROLES.items() if permission in held]
    chosen = None if only is None else list(only)
    if db.in_transaction():
        await db.fetch(_LOCK, roles, chosen)
    rows = await db.fetch(_ABLE, clock.now(), sorted(_ROLES), chosen)
    above = await _above()
    people: dict[UUID, list[Grant]] = {}
    known = {row["id"]: row for row in rows}
    for row in rows:
        grant = Grant(
            Role(row["role"]), row["grant_unit"], tuple(row["districts"]), tuple(row["capabilities"]), row["until_at"]
        )
        people.setdefault(row["id"], []).append(grant)
    made = [
        Colleague(Actor(ActorKind.STAFF, one, known[one]["name"], tuple(grants)), _line(known[one]["unit_id"], above))
        for one, grants in people.items()
    ]
    return [one for one in made if one.actor.can(permission)]


async def _above() -> Mapping[UUID, UUID | None]:
    return {row["id"]: row["parent_id"] for row in await db.fetch(_UNITS)}


def _line(unit_id: UUID | None, above: Mapping[UUID, UUID | None]) -> frozenset[UUID]:
    """Return a unit and all above it."""
    line: set[UUID] = set()
    while unit_id is not None and unit_id not in line:
        line.add(unit_id)
        unit_id = above.get(unit_id)
    return frozenset(line)
