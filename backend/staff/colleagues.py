"""Who may be given work: active staff with the grants in force, held in place until it is given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Final
from uuid import UUID

from backend.access import ROLES, Actor, ActorKind, Condition, Grant, Role
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
# Somebody of one's own unit, or whose grant meets one's own: the same unit, a place in common, where each is limited.
_UNIT_MATE: Final = "s.unit_id = (SELECT mine.unit_id FROM staff mine WHERE mine.id = {}::uuid)"
_MEETS: Final = """
EXISTS (SELECT FROM staff_grants g WHERE g.staff_id = s.id AND g.ended_at IS NULL AND g.role = ANY ({}::text[])
        AND (g.until_at IS NULL OR g.until_at > {}::timestamptz)
        AND (cardinality(g.capabilities) = 0 OR {}::text = ANY (g.capabilities))
        AND (g.unit_id IS NULL OR {}::uuid IS NULL OR g.unit_id = {}::uuid)
        AND (cardinality(g.districts) = 0 OR cardinality({}::text[]) = 0 OR EXISTS (
            SELECT FROM unnest(g.districts) one, unnest({}::text[]) other
            WHERE starts_with(one, other) OR starts_with(other, one))))
"""
_NEAR: Final = """
SELECT s.id, s.name, (SELECT u.name FROM units u WHERE u.id = s.unit_id) AS unit FROM staff s
WHERE s.state = 'active' AND {wanted} ORDER BY s.name, s.id LIMIT {limit}
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


async def near(
    actor: Actor, permission: str, *, text: str | None = None, only: UUID | None = None, limit: int = 20
) -> list[dict[str, Any]]:
    """Return {id, name, unit} of one's own unit, and of whom work under a permission may pass to and from oneself.

    `text` is a part of the name; `only` asks for one of them, to name whom one chose before. Whoever lacks the
    permission sees his own unit alone.
    """
    wanted = reduce(or_, _circles(actor, permission))
    if text:
        plain = text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        wanted = wanted & Condition("s.name ILIKE {}::text", (f"%{plain}%",))
    if only is not None:
        wanted = wanted & Condition("s.id = {}::uuid", (only,))
    sql = _NEAR.format(wanted=wanted.render(), limit=int(limit))
    return [dict(row) for row in await db.fetch(sql, *wanted.params)]


def _circles(actor: Actor, permission: str) -> list[Condition]:
    roles = [role.value for role, held in ROLES.items() if permission in held]
    capability, now = permission.partition(".")[0], clock.now()
    live = [one for one in actor.grants if one.is_live() and one.allows(permission)]
    places = [(one.unit_id, one.unit_id, list(one.districts), list(one.districts)) for one in live]
    met = [Condition(_MEETS, (roles, now, capability, *place)) for place in places]
    return [Condition(_UNIT_MATE, (actor.id,)), *met]


async def _above() -> Mapping[UUID, UUID | None]:
    return {row["id"]: row["parent_id"] for row in await db.fetch(_UNITS)}


def _line(unit_id: UUID | None, above: Mapping[UUID, UUID | None]) -> frozenset[UUID]:
    """Return a unit and all above it."""
    line: set[UUID] = set()
    while unit_id is not None and unit_id not in line:
        line.add(unit_id)
        unit_id = above.get(unit_id)
    return frozenset(line)
