"""What an actor may do with a case as it stands: the very conditions of the commands, for screens."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from backend.access import Actor
from backend.cases.assignment.candidates import NAMED_BY_SUPERIOR
from backend.cases.assignment.helping import MOST as MOST_HELPERS
from backend.cases.states import CLOSED, LIFECYCLE, PROMISES_IN, SPLIT_FROM, CaseState

HANDLE: Final = "cases.handle"
DECIDE: Final = "cases.decide"
OPEN: Final = "cases.open"
ASSIGN: Final = "cases.assign"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the acts depend on.

    `is_about`: the actor would judge his own work; `is_appeal_open`: by somebody else; `is_concerned`: it is his own
    matter; `holds`: others are merged into it; `is_late`: a clock ran over its term; `is_owners_turn`: it is answered
    and waits for its owner; `is_written_back`: he had the last word; `is_objectable`: he may still say that it isn't
    solved; `rests`: there is time left to pause; `can_promise`: there are days and promises left; `goes_back`: it was
    transferred and nobody there has accepted it; `within` by permission: whether it extends to this case.
    """

    state: CaseState
    handler_id: UUID | None
    offered_to: UUID | None
    person_id: UUID | None
    hand_overs: int
    awaits_decision: bool
    is_paused: bool
    is_supervised: bool
    is_extended: bool
    rating: int | None
    is_appealed: bool
    is_appeal_open: bool
    tasks: tuple[str, ...]
    helpers: tuple[UUID, ...]
    is_about: bool
    is_concerned: bool
    was_answered: bool
    holds: bool
    is_late: bool
    can_unsplit: bool
    is_owners_turn: bool
    is_written_back: bool
    is_objectable: bool
    rests: bool
    can_promise: bool
    goes_back: bool
    within: Mapping[str, bool]


def may(actor: Actor, case: Standing) -> list[str]:
    """Return the acts that would not be refused by what is known now; another may be quicker."""
    return [act for act, test in _ACTS.items() if test(actor, case)]


def _handles(case: Standing) -> bool:
    return case.within.get(HANDLE, False)


def _own(actor: Actor, case: Standing) -> bool:
    is_his = actor.id in (case.handler_id, *case.helpers) or case.within.get(DECIDE, False)
    is_here = case.state is not CaseState.MERGED and not case.is_concerned
    return _handles(case) and is_his and is_here and not case.awaits_decision


def _moves(state: CaseState) -> Callable[[Actor, Standing], bool]:
    return lambda actor, case: _own(actor, case) and LIFECYCLE.allows(case.state, state)


def _accepts(actor: Actor, case: Standing) -> bool:
    holder = case.offered_to or case.handler_id
    is_free = holder in (None, actor.id) and LIFECYCLE.allows(case.state, CaseState.IN_PROGRESS)
    is_offered = case.offered_to == actor.id and case.state is CaseState.IN_PROGRESS
    waits = case.state in (CaseState.WAITING_FOR_OWNER, CaseState.MERGED) or case.is_concerned
    return _handles(case) and not case.awaits_decision and ((is_free and not waits) or is_offered)


def _works(actor: Actor, case: Standing) -> bool:
    return _own(actor, case) and case.state is CaseState.IN_PROGRESS


def _decides(_: Actor, case: Standing) -> bool:
    return _judges(case) and case.awaits_decision


def _judges(case: Standing) -> bool:
    return _decides_over(case) and not case.is_about and not case.is_concerned


def _is_open(case: Standing) -> bool:
    return case.state not in (*CLOSED, CaseState.MERGED)


def _is_in_hand(case: Standing) -> bool:
    return case.handler_id is not None and case.state in (
        CaseState.ASSIGNED,
        CaseState.IN_PROGRESS,
        CaseState.WAITING_FOR_OWNER,
        CaseState.REOPENED,
    )


def _decides_over(case: Standing) -> bool:
    return case.within.get(DECIDE, False)


def _names(case: Standing, passes: int = 1) -> bool:
    """From the third hand-over on a superior alone names the handler."""
    return case.hand_overs + passes < NAMED_BY_SUPERIOR or _decides_over(case)


def _passes_on(actor: Actor, case: Standing) -> bool:
    is_his = case.handler_id == actor.id or _decides_over(case)
    return _handles(case) and is_his and _is_in_hand(case) and not case.awaits_decision


def _assigns(case: Standing) -> bool:
    return case.within.get(ASSIGN, False)


def _ranks(actor: Actor, case: Standing) -> bool:
    is_open = _is_open(case) and case.state is not CaseState.ANSWERED
    return is_open and (_handles(case) if case.handler_id is None else _own(actor, case))


def _recategorises(actor: Actor, case: Standing) -> bool:
    """What is late is put into another category by a second person alone, who gives cases out."""
    return _ranks(actor, case) and (not case.is_late or (_assigns(case) and case.handler_id != actor.id))


def _is_heard(case: Standing) -> bool:
    """He brings what was asked for, or says whether it is solved."""
    return case.state is CaseState.WAITING_FOR_OWNER or case.is_objectable


def _splits(_: Actor, case: Standing) -> bool:
    is_whole = not case.was_answered and not case.holds and not case.awaits_decision
    return _assigns(case) and case.state in SPLIT_FROM and is_whole


_BAD: Final = 2
_ACTS: Final[Mapping[str, Callable[[Actor, Standing], Any]]] = {
    "accept": _accepts,
    "reply": lambda _, case: (
        _handles(case)
        and not LIFECYCLE.is_final(case.state)
        and case.state not in (CaseState.MERGED, CaseState.CLOSED_CONFIRMED)
    ),
    "note": lambda _, case: _handles(case),
    "ask": _moves(CaseState.WAITING_FOR_OWNER),
    "answer": _moves(CaseState.ANSWERED),
    "decline": _moves(CaseState.DECLINED),
    "pause": lambda actor, case: _works(actor, case) and not case.is_paused and case.rests,
    "resume": lambda actor, case: _works(actor, case) and case.is_paused,
    "promise": lambda actor, case: _own(actor, case) and case.state in PROMISES_IN and case.can_promise,
    "extend": lambda actor, case: (
        case.within.get(DECIDE, False)
        and _is_open(case)
        and case.state is not CaseState.ANSWERED
        and not case.is_extended
        and not case.is_concerned
        and case.handler_id != actor.id
    ),
    "reach": lambda _, case: (
        _handles(case) and case.state is CaseState.ANSWERED and not case.is_concerned and not case.is_written_back
    ),
    "decide": _decides,
    "close": lambda _, case: _judges(case) and _is_open(case) and not case.awaits_decision and not case.is_owners_turn,
    "supervise": lambda _, case: case.within.get(DECIDE, False) and _is_open(case) and not case.is_supervised,
    "assign": lambda _, case: (
        _assigns(case)
        and _is_open(case)
        and (
            LIFECYCLE.allows(case.state, CaseState.ASSIGNED)
            or case.state is CaseState.ASSIGNED
            or (case.state is CaseState.ANSWERED and case.handler_id is None)
        )
        and _names(case, 0 if case.handler_id is None else 1)
    ),
    "hand_over": lambda actor, case: _passes_on(actor, case) and case.offered_to is None and _names(case),
    "refuse_offer": lambda actor, case: _handles(case) and case.offered_to == actor.id,
    "give_back": lambda actor, case: (
        _passes_on(actor, case) and (case.hand_overs < NAMED_BY_SUPERIOR or _decides_over(case))
    ),
    "transfer": lambda _, case: (
        _assigns(case) and _is_open(case) and LIFECYCLE.allows(case.state, CaseState.TRANSFERRED) and _names(case)
    ),
    "send_back": lambda _, case: (
        _handles(case) and case.state in (CaseState.TRANSFERRED, CaseState.ASSIGNED) and case.goes_back
    ),
    "help": lambda actor, case: (
        _handles(case)
        and (case.handler_id == actor.id or _decides_over(case))
        and _is_open(case)
        and not case.awaits_decision
        and len(case.helpers) < MOST_HELPERS
    ),
    "category": _recategorises,
    "urgency": _ranks,
    "merge": lambda _, case: (
        _assigns(case)
        and LIFECYCLE.allows(case.state, CaseState.MERGED)
        and not case.awaits_decision
        and not case.holds
    ),
    "split": _splits,
    "unsplit": lambda _, case: _assigns(case) and case.can_unsplit,
    "unmerge": lambda _, case: _assigns(case) and case.state is CaseState.MERGED,
    "hear": lambda _, case: _handles(case) and case.person_id is None and _is_heard(case) and not case.is_concerned,
    "receipt": lambda _, case: case.within.get(OPEN, False) and case.person_id is None,
    "appeal": lambda _, case: _handles(case) and (case.rating or _BAD + 1) <= _BAD and not case.is_appealed,
    "decide_appeal": lambda _, case: _judges(case) and case.is_appeal_open,
    "call_back": lambda _, case: (
        _handles(case) and "call_back" in case.tasks and not case.is_about and not case.is_concerned
    ),
    "rectify": lambda _, case: _handles(case) and "rectification" in case.tasks and not case.is_concerned,
}
