"""Who may be sent: staff whose permission to visit extends to a place, with what they know and how many a day."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend.access import visibility
from backend.foundation import db
from backend.staff import colleagues, skills

VISIT: Final = "visits.visit"
PER_DAY: Final = 6
"""How many visits a day somebody makes at most, where his unit says nothing else."""

_UNITS: Final = """
SELECT s.id, s.name, s.unit_id, coalesce(u.per_day, $2) AS per_day
FROM staff s LEFT JOIN visit_units u ON u.unit_id = s.unit_id WHERE s.id = ANY ($1::uuid[])
"""


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


async def crew(district: str | None, skill: str | None, *, only: Collection[UUID] | None = None) -> Crew:
    """Return who may be sent to a district for something that wants a skill, in the order of their ids."""
    people = [one for one in await colleagues.holding(VISIT) if only is None or one.id in only]
    rows = {row["id"]: row for row in await db.fetch(_UNITS, [one.id for one in people], PER_DAY)}
    near = [
        one.id for one in people if visibility.covers(one.actor, VISIT, district=district, unit=rows[one.id]["unit_id"])
    ]
    able = await _able(near, skill)
    return Crew(tuple(_visitor(rows[one]) for one in able), len(people) - len(near), len(near) - len(able))


async def _able(ids: Sequence[UUID], skill: str | None) -> list[UUID]:
    if skill is None:
        return list(ids)
    known = await skills.of(ids)
    return [one for one in ids if skill in known.get(one, ())]


def _visitor(row: Record) -> Visitor:
    return Visitor(row["id"], row["name"], row["unit_id"], row["per_day"])
