"""Who visits whom in which week: a pure function, so that a frozen list can be computed again from what was stored.

Enterprises are given away in an order that the seed draws, those first whom the fewest visitors can reach; each to that
visitor of those who reach it who has the least of what he can do so far. What one visitor has is then laid out over his
weeks as evenly as his days allow, town by town, so that a week's ways are short.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from heapq import heapify, heappop, heapreplace
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Target:
    """An enterprise to be visited; `reached_by` are the visitors who may be sent there."""

    enterprise_id: UUID
    town: str
    reached_by: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many visits somebody can make in each week."""

    staff_id: UUID
    weeks: Mapping[date, int]

    @property
    def total(self) -> int:
        return sum(self.weeks.values())


@dataclass(slots=True)
class Spread:
    """Where everybody is: (visitor, week) of those who are visited; who is left out, and why."""

    given: dict[UUID, tuple[UUID, date]] = field(default_factory=dict)
    left_out: dict[UUID, str] = field(default_factory=dict)


def spread(targets: Sequence[Target], people: Sequence[Capacity], seed: str) -> Spread:
    """Give every target to a visitor and a week, as far as people can do it; the same input gives the same result."""
    room = _Room(people, seed)
    found = Spread()
    for one in sorted(targets, key=lambda one: (len(one.reached_by), _drawn(seed, one.enterprise_id))):
        least = room.least(one.reached_by)
        if least is None:
            found.left_out[one.enterprise_id] = "full" if one.reached_by else "elsewhere"
        else:
            room.lists[least].append(one)
    for person in sorted(people, key=lambda one: one.staff_id):
        found.given |= _laid_out(room.lists[person.staff_id], person, seed)
    return found


class _Room:
    """What everybody was given so far, and who of some has the least of what he can do."""

    def __init__(self, people: Sequence[Capacity], seed: str) -> None:
        self.lists: dict[UUID, list[Target]] = {one.staff_id: [] for one in people}
        self._can = {one.staff_id: one.total for one in people}
        self._lot = {one.staff_id: _drawn(seed, one.staff_id) for one in people}
        self._heaps: dict[frozenset[UUID], list[tuple[float, str, UUID, int]]] = {}

    def least(self, who: frozenset[UUID]) -> UUID | None:
        """Return him, None where nobody has room; shares only grow, so that an old one is put right when it is met."""
        heap = self._heaps.get(who)
        if heap is None:
            heap = self._heaps[who] = [(0.0, self._lot[one], one, 0) for one in who if self._can.get(one)]
            heapify(heap)
        while heap:
            _, lot, staff, then = heap[0]
            now, can = len(self.lists[staff]), self._can[staff]
            if now == then:
                return staff
            if now < can:
                heapreplace(heap, (now / can, lot, staff, now))
            else:
                heappop(heap)
        return None


def _laid_out(mine: Sequence[Target], person: Capacity, seed: str) -> dict[UUID, tuple[UUID, date]]:
    in_order = sorted(mine, key=lambda one: (one.town, _drawn(seed, one.enterprise_id)))
    counts = _counts(len(in_order), person.weeks)
    laid, at = {}, 0
    for week, count in sorted(counts.items()):
        for one in in_order[at : at + count]:
            laid[one.enterprise_id] = (person.staff_id, week)
        at += count
    return laid


def _counts(total: int, weeks: Mapping[date, int]) -> dict[date, int]:
    """Share a number out over weeks, each by what can be done in it; ties to the earlier one."""
    counts = dict.fromkeys(sorted(week for week, room in weeks.items() if room), 0)
    for _ in range(total):
        free = [week for week in counts if counts[week] < weeks[week]]
        least = min(free, key=lambda week: ((counts[week] + 1) / weeks[week], week))
        counts[least] += 1
    return counts


def _drawn(seed: str, one: UUID) -> str:
    return hashlib.sha256(f"{seed}:{one}".encode()).hexdigest()
