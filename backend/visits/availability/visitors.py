"""Who may be sent: staff whose permission to visit extends to a place, with what they know and how many a day."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend.access import ROLES, Actor, ActorKind, Grant, Role, covers
from backend.foundation import clock, db
from backend.staff import skills

VISIT: Final = "visits.visit"
PER_DAY: Final = 6
"""How many visits a day somebody makes at most, where his unit says nothing else."""

_HOLDING: Final = """
SELECT s.id, s.name, s.unit_id, coalesce(u.per_day, $4) AS per_day, g.role, g.unit_id AS grant_unit, g.districts,
    g.capabilities, g.until_at
FROM staff s JOIN staff_grants g ON g.staff_id = s.id LEFT JOIN visit_units u ON u.unit_id = s.unit_id
WHERE s.state = 'active' AND NOT s.must_change_password AND g.ended_at IS NULL AND g.role = ANY ($2::text[])
  AND (g.until_at IS NULL OR g.until_at > $1) AND ($3::uuid[] IS NULL OR s.id = ANY ($3::uuid[]))
ORDER BY s.id, g.id
"""
VISITING: Final = sorted(role.value for role, held in ROLES.items() if VISIT in held)
"""The roles whose holders may be sent."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who may be sent; `team` is his unit, himself where he has none: a joint visit needs several of them."""

    id: UUID
    name: str
    unit_id: UUID | None
    per_day: int

    @property
    def team(self) -> UUID:
        return self.unit_id or self.id


@dataclass(frozen=True, slots=True)
class Crew:
    """Who may be sent somewhere, and how many of those who visit at all were left out and why."""

    visitors: tuple[Visitor, ...]
    elsewhere: int
    unskilled: int

    def joined_by(self, others: "Crew") -> "Crew":
        """Return these with others, in the order of their ids."""
        people = {one.id: one for one in (*self.visitors, *others.visitors)}
        return Crew(tuple(people[one] for one in sorted(people)), self.elsewhere, self.unskilled)


async def crew(district: str | None, skill: str | None, *, only: Collection[UUID] | None = None) -> Crew:
    """Return who may be sent to a district for something that wants a skill, in the order of their ids."""
    rows = await db.fetch(_HOLDING, clock.now(), VISITING, None if only is None else list(only), PER_DAY)
    people = _people(rows)
    reaching = {row["id"] for row in rows if row["id"] in people and _reaches(row, district)}
    near = [one for one in people if one in reaching]
    able = await _able(near, skill)
    return Crew(tuple(people[one] for one in able), len(people) - len(near), len(near) - len(able))


async def visiting(ids: Collection[UUID]) -> list[UUID]:
    """Return who of these may be sent anywhere at all."""
    return list(_people(await db.fetch(_HOLDING, clock.now(), VISITING, list(ids), PER_DAY)))


def _people(rows: Sequence[Record]) -> dict[UUID, Visitor]:
    return {row["id"]: _visitor(row) for row in rows if _grant(row).allows(VISIT)}


def _grant(row: Record) -> Grant:
    districts, capabilities = tuple(row["districts"]), tuple(row["capabilities"])
    return Grant(Role(row["role"]), row["grant_unit"], districts, capabilities, row["until_at"])


def _reaches(row: Record, district: str | None) -> bool:
    actor = Actor(ActorKind.STAFF, row["id"], row["name"], (_grant(row),))
    return covers(actor, VISIT, district=district, unit=row["unit_id"])


async def _able(ids: Sequence[UUID], skill: str | None) -> list[UUID]:
    if skill is None:
        return list(ids)
    known = await skills.of(ids)
    return [one for one in ids if skill in known.get(one, ())]


def _visitor(row: Record) -> Visitor:
    return Visitor(row["id"], row["name"], row["unit_id"], row["per_day"])
