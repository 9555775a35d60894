"""Who could take a case: those whose permission extends to it, with what each carries, or why he is left out."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from backend.access import covers
from backend.cases.assignment.choosing import Candidate, LeftOut
from backend.foundation import clock, db
from backend.notifications import staff_phones
from backend.staff import absences, assignments, colleagues, skills
from backend.staff.absences import Absence
from backend.staff.assignments import Share
from backend.staff.colleagues import Colleague
from backend.worktime import Calendar

HANDLE: Final = "cases.handle"
ASSIGN: Final = "cases.assign"
NAMED_BY_SUPERIOR: Final = 3
"""The third hand-over is the superior's: he names the handler, who cannot refuse (product design §4)."""
_SHOPS: Final = """
SELECT person_id, enterprise_id FROM bindings WHERE person_id = ANY ($1::uuid[]) AND state IN ('active', 'read_only')
"""
_SOON: Final = 60
"""Office minutes that there are at least for taking a case; what is given later has a working day."""


@dataclass(slots=True)
class Pool:
    """All who may handle cases anywhere, read once for a list of cases; `took` keeps count among them."""

    people: Sequence[Colleague]
    known: Mapping[UUID, frozenset[str]]
    away: Mapping[UUID, Sequence[Absence]]
    shares: dict[UUID, Share]
    owners: Mapping[UUID, frozenset[UUID]] = field(default_factory=dict)
    _places: dict[tuple[str | None, UUID | None], list[Colleague]] = field(default_factory=dict)

    @classmethod
    async def read(cls, last: date, only: Sequence[UUID] | None = None) -> "Pool":
        """Read who is there and who is away until a day; in a transaction nobody of them can leave before its end."""
        people = await colleagues.holding(HANDLE, only)
        ids = [one.id for one in people]
        away = await absences.between(ids, clock.today(), last)
        return cls(people, await skills.of(ids), away, dict(await assignments.shares(ids)), await _owners(ids))

    def names(self) -> Mapping[UUID, str]:
        return {one.id: one.actor.name for one in self.people}

    def person(self, staff_id: UUID) -> Colleague | None:
        return next((one for one in self.people if one.id == staff_id), None)

    def is_away(self, staff_id: UUID, last: date) -> bool:
        return any(one.from_on <= last for one in self.away.get(staff_id, ()))

    def is_concerned(self, staff_id: UUID, person_id: UUID | None, enterprise_id: UUID | None) -> bool:
        """Tell whether a case is somebody's own matter or his shop's, as the phone he bound tells."""
        own = self.owners.get(staff_id, frozenset())
        return person_id in own or enterprise_id in own

    def took(self, staff_id: UUID, weight: int) -> None:
        """Count what somebody was just given, for the next of the list."""
        share = self.shares[staff_id]
        self.shares[staff_id] = replace(share, load=share.load + weight, recent=share.recent + weight)

    def members(self, district: str | None, unit_id: UUID | None) -> list[Colleague]:
        """Return who may handle cases of a place: of its unit, where it has one, else all whose grant covers it."""
        found = self._places.get((district, unit_id))
        if found is None:
            found = [
                one
                for one in self.people
                if covers(one.actor, HANDLE, district=district, unit=unit_id)
                and (unit_id is None or one.belongs(unit_id, HANDLE))
            ]
            self._places[district, unit_id] = found
        return found

    def needed(self, case: Mapping[str, Any]) -> str | None:
        """Return the skill that a case asks for, if anybody of its place has it: nobody waits for a skill none has."""
        skill: str | None = case["skill"]
        members = self.members(case["district"], case["unit_id"])
        return skill if any(skill in self.known.get(one.id, ()) for one in members) else None

    def candidates(
        self, case: Mapping[str, Any], last: date, *, passed: Collection[UUID] = (), stand_in: UUID | None = None
    ) -> list[Candidate]:
        """Return who could be given a case {district, unit_id, skill, person_id, enterprise_id}.

        `passed`: who had it before.
        """
        skill, place = self.needed(case), (case["district"], case["unit_id"])
        people = list(self.members(*place))
        named = self.person(stand_in) if stand_in else None
        if named and named not in people and covers(named.actor, HANDLE, district=place[0], unit=place[1]):
            people.append(named)
        own = {one.id for one in people if self.is_concerned(one.id, case["person_id"], case["enterprise_id"])}
        found = [self._candidate(one, place, skill, last, passed, is_named=one.id == stand_in) for one in people]
        return [replace(one, left_out=LeftOut.CONCERNED) if one.staff_id in own else one for one in found]

    def _candidate(
        self,
        one: Colleague,
        place: tuple[str | None, UUID | None],
        skill: str | None,
        last: date,
        passed: Collection[UUID],
        *,
        is_named: bool,
    ) -> Candidate:
        left_out = None
        if one.id in passed:
            left_out = LeftOut.PASSED
        elif self.is_away(one.id, last):
            left_out = LeftOut.ABSENT
        elif not is_named and covers(one.actor, ASSIGN, district=place[0], unit=place[1]):
            left_out = LeftOut.DISPATCHER
        elif not is_named and skill is not None and skill not in self.known.get(one.id, ()):
            left_out = LeftOut.UNSKILLED
        share = self.shares[one.id]
        return Candidate(one.id, share.load, share.recent, share.days, left_out)


async def _owners(staff: Sequence[UUID]) -> dict[UUID, frozenset[UUID]]:
    """Return of whom among them a person stands behind his phone: that person, and the enterprises he acts for."""
    persons = await staff_phones.persons(staff)
    shops: dict[UUID, set[UUID]] = {person_id: set() for person_id in persons.values()}
    for row in await db.fetch(_SHOPS, list(shops)) if shops else ():
        shops[row["person_id"]].add(row["enterprise_id"])
    return {staff_id: frozenset({person_id, *shops[person_id]}) for staff_id, person_id in persons.items()}


def accept_by(days: Calendar, accept_due_at: datetime | None, accepted_at: datetime | None) -> datetime:
    """Return by when a case that is given now must be taken: by its own term while that lies ahead, else in a day."""
    moment = clock.now()
    if accepted_at is None and accept_due_at and days.minutes_between(moment, accept_due_at) >= _SOON:
        return accept_due_at
    return days.add_days(moment, 1).at


def day_of(moments: Iterable[datetime]) -> date:
    """Return the last day in China of these moments, today at least."""
    return max([clock.today(), *(one.astimezone(clock.SHANGHAI).date() for one in moments)])
