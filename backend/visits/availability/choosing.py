"""Who goes, of those who are free: a pure function of what each carries, so that a stored reason can be played again.

The fewest in hand first; of those whoever took on the least a day present in the last thirty; of those by a lot that
the seed draws, which falls differently for every slot and always the same for one. Where several units come together,
the best of each.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID

from backend.staff import assignments
from backend.visits.availability.visitors import Visitor
from backend.worktime import Calendar


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who is free, with what he carries: `load` is open, `recent` taken on in thirty days, present `days`."""

    staff_id: UUID
    team: UUID
    load: int = 0
    recent: int = 0
    days: int = 1


@dataclass(frozen=True, slots=True)
class Choice:
    """Who was chosen, first who leads, and from whom; `rather` were to go already."""

    seed: str
    needed: int
    candidates: tuple[Candidate, ...]
    chosen: tuple[UUID, ...]
    rather: tuple[UUID, ...] = ()

    def told(self) -> dict[str, Any]:
        """Return the choice as it is stored; `replay` chooses again from it."""
        people = [{**asdict(one), "staff_id": str(one.staff_id), "team": str(one.team)} for one in self.candidates]
        chosen = [str(one) for one in self.chosen]
        rather = [str(one) for one in self.rather]
        return {"seed": self.seed, "needed": self.needed, "candidates": people, "chosen": chosen, "rather": rather}


def choose(candidates: Sequence[Candidate], seed: str, needed: int = 1, rather: Sequence[UUID] = ()) -> Choice:
    """Choose as many as are needed, each of another team; nobody where there aren't so many teams.

    `rather` those who were to go already, in their order, as many of them as can.
    """
    people = tuple(sorted(candidates, key=lambda one: one.staff_id))
    turn = {staff: at for at, staff in enumerate(rather)}
    chosen: dict[UUID, UUID] = {}
    for one in sorted(people, key=lambda one: (turn.get(one.staff_id, len(turn)), *_rank(one, seed))):
        if len(chosen) < needed:
            chosen.setdefault(one.team, one.staff_id)
    found = tuple(chosen.values()) if len(chosen) == needed else ()
    return Choice(seed, needed, people, found, tuple(rather))


def replay(told: Mapping[str, Any]) -> Choice:
    """Choose again from what was stored."""
    people = [
        Candidate(UUID(one["staff_id"]), UUID(one["team"]), one["load"], one["recent"], one["days"])
        for one in told["candidates"]
    ]
    return choose(people, told["seed"], told["needed"], [UUID(one) for one in told.get("rather", ())])


async def candidates(people: Sequence[Visitor], calendar: Calendar) -> list[Candidate]:
    """Return people with what each carries; whoever is alone need not be compared."""
    if not people:
        return []
    if len(people) == 1:
        return [Candidate(people[0].id, people[0].team)]
    shares = await assignments.shares([one.id for one in people], calendar=calendar)
    return [
        Candidate(one.id, one.team, shares[one.id].load, shares[one.id].recent, shares[one.id].days) for one in people
    ]


def sentence(choice: Choice, names: Mapping[UUID, str]) -> str:
    """Return the choice in one sentence for staff."""
    told = "、".join(names[one] for one in choice.chosen)
    kept = [names[one] for one in choice.chosen if one in choice.rather]
    if kept:
        return f"由{told}走访：{'、'.join(kept)}原定前往。"
    if len(choice.candidates) == choice.needed:
        return f"由{told}走访：该时段有空的只有{'这一位' if choice.needed == 1 else '这些人'}。"
    mine = next(one for one in choice.candidates if one.staff_id == choice.chosen[0])
    least = [one for one in choice.candidates if one.load == mine.load]
    equal = [one for one in least if _share(one) == _share(mine)]
    free = f"由{told}走访：该时段有空的{len(choice.candidates)}人中"
    if len(least) == 1:
        return f"{free}，其在办工作量最少（{mine.load}）。"
    if len(equal) == 1:
        return f"{free}，{len(least)}人在办工作量同为最少（{mine.load}），其近30天平均每日接办最少。"
    return f"{free}，{len(equal)}人在办工作量（{mine.load}）和近期接办量相同，按编号抽定。"


def _share(one: Candidate) -> Fraction:
    return Fraction(one.recent, max(1, one.days))


def _rank(one: Candidate, seed: str) -> tuple[int, Fraction, str]:
    return one.load, _share(one), hashlib.sha256(f"{seed}:{one.staff_id}".encode()).hexdigest()
