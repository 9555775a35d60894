"""Who gets a seat, who waits and who is refused: a pure function of what stands and who asks, in the order of asking.

A seat is never given past those who wait for it and are allowed to have it, until it is too late to offer it to them:
then staff give it to whoever stands at the door. Seats kept for first-timers go to these
before the others do; once they are released they are everybody's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from backend.foundation.errors import WuweiError
from backend.salons import errors
from backend.salons.states import TAKES, SalonState, SignupState

NORMAL: Final = 1
LOWERED: Final = 0
LAST: Final = {"hall": timedelta(hours=1), "online": timedelta(0)}
"""So shortly before the salon no seat of a way is offered any more: one in the hall is then given at the door, while
whoever comes online has no way to go and is offered one until it begins."""


def is_last(starts_at: datetime, now: datetime, way: str) -> bool:
    """Tell whether it is too late to offer a seat of a way."""
    return now > starts_at - LAST[way]


class Fit(StrEnum):
    """Whether an enterprise is among those for whom a limited salon is."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(slots=True)
class Quota:
    """Seats of one kind; `free` goes down as they are given away."""

    id: UUID
    way: str
    kept_until: datetime | None
    free: int

    def is_kept(self, now: datetime) -> bool:
        return self.kept_until is not None and now < self.kept_until

    def allows(self, way: str, *, is_first: bool, now: datetime) -> bool:
        return self.way == way and (is_first or not self.is_kept(now))


Kind = tuple[str, bool, int]
"""Way, whether a first-timer, priority: of those who wait."""


@dataclass(slots=True)
class Room:
    """One salon as it stands, and as it fills while a set is being decided.

    `starts_at` tells from when on free seats are given at the door; None: they never are.
    """

    salon_id: UUID
    state: SalonState
    opens_at: datetime
    closes_at: datetime
    per_enterprise: int
    needs_approval: bool
    quotas: Sequence[Quota]
    waiting: dict[Kind, int] = field(default_factory=dict)
    places: dict[UUID, set[int]] = field(default_factory=dict)
    people: set[UUID] = field(default_factory=set)
    starts_at: datetime | None = None

    def is_at_door(self, way: str, now: datetime) -> bool:
        return self.starts_at is not None and is_last(self.starts_at, now, way)

    def seat(self, way: str, *, is_first: bool, now: datetime, passes: bool = False) -> Quota | None:
        """Return the quota that gives a seat to a newcomer; None where none is left after those who wait.

        `passes`: they are not waited for any more.
        """
        allowed = [one for one in self.quotas if one.free > 0 and one.allows(way, is_first=is_first, now=now)]
        allowed.sort(key=lambda one: not one.is_kept(now))
        return next((one for one in allowed if passes or one.free > self._before(one, now)), None)

    def _before(self, quota: Quota, now: datetime) -> int:
        return sum(
            count for (way, is_first, _), count in self.waiting.items() if quota.allows(way, is_first=is_first, now=now)
        )

    def ahead(self, way: str, priority: int) -> int:
        """Return how many wait before somebody who begins to wait now."""
        return sum(count for (of, _, rank), count in self.waiting.items() if of == way and rank >= priority)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one who asks, besides what he asks for. `mine`: his sign-up that stands already."""

    enterprise_id: UUID
    person_id: UUID | None
    places: frozenset[int] = frozenset()
    is_first: bool = False
    priority: int = NORMAL
    is_closed: bool = False
    fit: Fit = Fit.YES
    mine: UUID | None = None
    mine_for: UUID | None = None


@dataclass(frozen=True, slots=True)
class Admitted:
    """What a newcomer gets; `ahead` counts those who wait before him."""

    state: SignupState
    quota_id: UUID | None
    nth: int
    ahead: int = 0


@dataclass(frozen=True, slots=True)
class Again:
    """He has signed up already: that is what he has."""

    signup_id: UUID


Verdict = Admitted | Again | WuweiError


def decide(room: Room, standing: Standing, way: str, *, waits: bool, now: datetime, by_staff: bool = False) -> Verdict:
    """Decide on one newcomer and count what he gets into the room; a refusal changes nothing.

    Staff sign others up outside the times of signing up, as long as the salon is to come.
    """
    if standing.mine is not None:
        return Again(standing.mine) if standing.mine_for == standing.enterprise_id else errors.SignedUpAlready()
    refusal = _refusal(room, standing, way, now, by_staff)
    if refusal is not None:
        return refusal
    nth = _place(room, standing)
    if nth is None:
        return errors.EnterpriseFull()
    admitted = _admit(room, standing, way, nth, now, passes=by_staff and room.is_at_door(way, now))
    if admitted.state is SignupState.WAITING and not waits:
        return errors.Full(last=way if room.is_at_door(way, now) else "")
    _count(room, standing, way, admitted)
    return admitted


def _refusal(room: Room, standing: Standing, way: str, now: datetime, by_staff: bool) -> WuweiError | None:
    taking = _taking(room, now, by_staff)
    if taking is not None:
        return taking
    if all(one.way != way for one in room.quotas):
        return errors.WayNotOffered()
    if standing.is_closed:
        return errors.EnterpriseClosed()
    if standing.person_id is not None and standing.person_id in room.people:
        return errors.SignedUpAlready()
    return errors.NotForThisEnterprise() if standing.fit is Fit.NO else None


def _taking(room: Room, now: datetime, by_staff: bool) -> WuweiError | None:
    if room.state not in TAKES and not (by_staff and room.state is SalonState.CLOSED):
        return errors.SignupClosed() if room.state is SalonState.CLOSED else errors.SalonOver()
    if now < room.opens_at and not by_staff:
        return errors.NotOpenYet(room.opens_at)
    return errors.SignupClosed() if now >= room.closes_at and not by_staff else None


def _place(room: Room, standing: Standing) -> int | None:
    taken = standing.places | room.places.get(standing.enterprise_id, set())
    # There may be higher ones, from before fewer were allowed.
    if len(taken) >= room.per_enterprise:
        return None
    return next((nth for nth in range(1, room.per_enterprise + 1) if nth not in taken), None)


def _admit(room: Room, standing: Standing, way: str, nth: int, now: datetime, *, passes: bool) -> Admitted:
    quota = room.seat(way, is_first=standing.is_first, now=now, passes=passes)
    if quota is None:
        return Admitted(SignupState.WAITING, None, nth, room.ahead(way, standing.priority))
    quota.free -= 1
    # What is not known is neither for nor against him: somebody looks.
    asks = room.needs_approval or standing.fit is Fit.UNKNOWN
    return Admitted(SignupState.PENDING if asks else SignupState.CONFIRMED, quota.id, nth)


def _count(room: Room, standing: Standing, way: str, admitted: Admitted) -> None:
    room.places.setdefault(standing.enterprise_id, set()).add(admitted.nth)
    if standing.person_id is not None:
        room.people.add(standing.person_id)
    if admitted.state is SignupState.WAITING:
        kind = (way, standing.is_first, standing.priority)
        room.waiting[kind] = room.waiting.get(kind, 0) + 1


def is_full(room: Room, ways: Iterable[str]) -> bool:
    """Tell whether no seat of these ways is free: then nothing need be locked to say so."""
    wanted = set(ways)
    return all(one.free <= 0 for one in room.quotas if one.way in wanted)
