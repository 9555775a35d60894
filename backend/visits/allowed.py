"""What an actor may do with a visit as it stands: the very conditions of the commands, for screens."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from backend.access import Actor, ActorKind
from backend.foundation import clock
from backend.visits.afterwards.missing import CONTESTED_WITHIN, WAITED
from backend.visits.states import VisitState


@dataclass(frozen=True, slots=True)
class Standing:
    """What the acts depend on.

    `is_his`: he goes there or arranges visits there, or he speaks for a seat in it; `is_alone`: no other enterprise
    than an owner's comes; `is_full`: an owner's enterprise has as many requests open as it may; `arranges`:
    `visits.assign` extends to its place, `gives`: or to it because he goes; `arrives`: he may note who is at the door.
    """

    state: VisitState
    awaits: str | None
    starts_at: datetime
    ended_at: datetime | None
    held_until: datetime | None
    change: timedelta
    is_contested: bool
    is_contest_open: bool
    is_his: bool
    is_alone: bool
    is_full: bool
    goes: bool
    arranges: bool
    gives: bool
    arrives: bool


Test = Callable[[Standing], bool]
_S: Final = VisitState


def may(actor: Actor, visit: Standing) -> list[str]:
    """Return the acts that would not be refused by what is known now; another may be quicker."""
    acts = _OWNERS if actor.kind is ActorKind.OWNER else _STAFFS
    return [act for act, test in acts.items() if test(visit)]


def _is_ahead(visit: Standing) -> bool:
    return visit.starts_at > clock.now()


def _moves(visit: Standing) -> bool:
    is_free = visit.state is _S.REQUESTED or visit.starts_at - clock.now() >= visit.change
    return visit.state in (_S.REQUESTED, _S.CONFIRMED) and _is_ahead(visit) and is_free


def _misses(visit: Standing) -> bool:
    return visit.state is _S.CONFIRMED and clock.now() >= visit.starts_at + WAITED


def _contests(visit: Standing, state: VisitState) -> bool:
    in_time = visit.ended_at is not None and clock.now() <= visit.ended_at + CONTESTED_WITHIN
    return visit.state is state and in_time and not visit.is_contested


def _waits_for(visit: Standing, side: str) -> bool:
    return visit.state is _S.REQUESTED and visit.awaits == side


_OWNERS: Final[Mapping[str, Test]] = {
    "submit": lambda v: (
        v.is_his and v.state is _S.HELD and (v.held_until or clock.now()) > clock.now() and not v.is_full
    ),
    "accept": lambda v: v.is_his and _waits_for(v, "owner"),
    # Confirmed, it becomes a request again by its owner's move.
    "reschedule": lambda v: v.is_his and v.is_alone and _moves(v) and not (v.is_full and v.state is _S.CONFIRMED),
    "cancel": lambda v: v.is_his and v.state in (_S.HELD, _S.REQUESTED, _S.CONFIRMED) and _is_ahead(v),
    "missing": lambda v: v.is_his and _misses(v),
    "contest": lambda v: v.is_his and _contests(v, _S.NO_SHOW_OWNER),
}
_STAFFS: Final[Mapping[str, Test]] = {
    "confirm": lambda v: v.is_his and _waits_for(v, "staff"),
    "decline": lambda v: v.is_his and _waits_for(v, "staff"),
    "reschedule": lambda v: v.is_his and _moves(v),
    "reassign": lambda v: v.gives and v.state in (_S.REQUESTED, _S.CONFIRMED) and _is_ahead(v),
    "cancel": lambda v: v.is_his and v.state in (_S.REQUESTED, _S.CONFIRMED) and _is_ahead(v),
    "missing": lambda v: v.is_his and _misses(v),
    "contest": lambda v: v.is_his and _contests(v, _S.NO_SHOW_STAFF),
    "decide": lambda v: v.arranges and v.is_contest_open and not v.goes,
}
