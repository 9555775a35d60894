"""Whom a case is given to: a pure function of who could take it, so that a stored reason can be played again.

The fewest in hand first; of those whoever took on the least a day present in the last thirty; of those by a lot that
the seed draws, which falls differently for every case and always the same for one. A stand-in whom an absent colleague
named goes before all of them. Nobody's turn is kept: a list of turns is unfair as soon as somebody is away.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any
from uuid import UUID


class Rule(StrEnum):
    """By which rule somebody was chosen."""

    STAND_IN = "stand_in"
    LOAD = "load"
    NOBODY = "nobody"


class LeftOut(StrEnum):
    """Why somebody who could be asked was not."""

    ABSENT = "absent"
    UNSKILLED = "unskilled"
    PASSED = "passed"
    DISPATCHER = "dispatcher"
    CONCERNED = "concerned"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody whose permission extends to the case, with what he carries; `left_out`: why he wasn't considered."""

    staff_id: UUID
    load: int
    recent: int
    days: int
    left_out: LeftOut | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen and from what; `chosen` is None where nobody fits."""

    rule: Rule
    seed: str
    candidates: tuple[Candidate, ...]
    chosen: UUID | None
    skill: str | None = None
    stand_in: UUID | None = None

    def told(self) -> dict[str, Any]:
        """Return the choice as it is stored; `replay` chooses again from it."""
        people = [told_of(one) for one in self.candidates]
        return {
            "rule": self.rule,
            "seed": self.seed,
            "candidates": people,
            "chosen": str(self.chosen) if self.chosen else None,
            "skill": self.skill,
            "stand_in": str(self.stand_in) if self.stand_in else None,
        }


def told_of(one: Candidate) -> dict[str, Any]:
    """Return a candidate as he is stored."""
    return {**asdict(one), "staff_id": str(one.staff_id)}


def ranked(candidates: Iterable[Candidate], seed: str) -> list[Candidate]:
    """Return candidates in the order in which they would be chosen, those left out behind all others."""
    return sorted(candidates, key=lambda one: (one.left_out is not None, *_rank(one, seed)))


def choose(
    candidates: Sequence[Candidate], seed: str, *, skill: str | None = None, stand_in: UUID | None = None
) -> Choice:
    """Choose from those who aren't left out; the order in which they come says nothing."""
    people = tuple(sorted(candidates, key=lambda one: one.staff_id))
    if any(one.staff_id == stand_in and one.left_out in (None, LeftOut.UNSKILLED) for one in people):
        return Choice(Rule.STAND_IN, seed, people, stand_in, skill, stand_in)
    fit = [one for one in people if one.left_out is None]
    if not fit:
        return Choice(Rule.NOBODY, seed, people, None, skill, stand_in)
    first = min(fit, key=lambda one: _rank(one, seed))
    return Choice(Rule.LOAD, seed, people, first.staff_id, skill, stand_in)


def replay(told: Mapping[str, Any]) -> Choice:
    """Choose again from what was stored."""
    people = [_candidate(one) for one in told["candidates"]]
    stand_in = UUID(told["stand_in"]) if told["stand_in"] else None
    return choose(people, told["seed"], skill=told["skill"], stand_in=stand_in)


def _candidate(told: Mapping[str, Any]) -> Candidate:
    left_out = LeftOut(told["left_out"]) if told["left_out"] else None
    return Candidate(UUID(told["staff_id"]), told["load"], told["recent"], told["days"], left_out)


def _rank(one: Candidate, seed: str) -> tuple[int, Fraction, str]:
    lot = hashlib.sha256(f"{seed}:{one.staff_id}".encode()).hexdigest()
    return one.load, Fraction(one.recent, max(1, one.days)), lot


_WHY: Mapping[LeftOut, str] = {
    LeftOut.ABSENT: "人在接办期限前不在岗",
    LeftOut.UNSKILLED: "人没有所需专长",
    LeftOut.PASSED: "人已退回或逾期未接办",
    LeftOut.DISPATCHER: "人负责分派，不参加自动分派",
    LeftOut.CONCERNED: "人与该事项有利害关系",
}
_ALONE: Mapping[LeftOut, str] = {
    LeftOut.ABSENT: "接办期限前不在岗",
    LeftOut.UNSKILLED: "没有所需专长",
    LeftOut.PASSED: "已退回或逾期未接办",
    LeftOut.DISPATCHER: "负责分派，不参加自动分派",
    LeftOut.CONCERNED: "与该事项有利害关系",
}


def why_left_out(told: Mapping[str, Any]) -> str | None:
    """Return in words why somebody was left out, of a candidate as he is stored."""
    return _ALONE[LeftOut(told["left_out"])] if told["left_out"] else None


def sentence(choice: Choice, name: str, place: str) -> str:
    """Return the choice in one sentence for staff; `name` is who was chosen, `place` whose people were asked."""
    fit = [one for one in choice.candidates if one.left_out is None]
    others = _others(choice.candidates)
    if choice.rule is Rule.NOBODY:
        return f"{place}没有可以接办的人{others and f'（{others}）'}，等待人工分派。"
    if choice.rule is Rule.STAND_IN:
        return f"分派给{name}：不在岗的经办人指定的代理人。"
    mine = next(one for one in fit if one.staff_id == choice.chosen)
    compared = f"{place}可以接办的{len(fit)}人中" if len(fit) > 1 else f"{place}只有一人可以接办，"
    why = _compared(mine, fit) if len(fit) > 1 else f"在办工作量{mine.load}"
    return f"分派给{name}：{compared}{why}{others and f'；另有{others}'}。"


def _compared(mine: Candidate, fit: Sequence[Candidate]) -> str:
    least = [one for one in fit if one.load == mine.load]
    if len(least) == 1:
        return f"其在办工作量最少（{mine.load}）"
    share = Fraction(mine.recent, max(1, mine.days))
    equal = [one for one in least if Fraction(one.recent, max(1, one.days)) == share]
    took = f"近30天接办{mine.recent}、在岗{mine.days}个工作日"
    if len(equal) == 1:
        return f"其与另外{len(least) - 1}人在办工作量同为最少（{mine.load}），且{took}，平均每日接办最少"
    return f"其与另外{len(equal) - 1}人在办工作量（{mine.load}）和近期接办量相同，按编号抽定"


def _others(candidates: Iterable[Candidate]) -> str:
    counts: dict[LeftOut, int] = {}
    for one in candidates:
        if one.left_out:
            counts[one.left_out] = counts.get(one.left_out, 0) + 1
    return "、".join(f"{counts[why]}{words}" for why, words in _WHY.items() if why in counts)
