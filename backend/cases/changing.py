"""Puts a case into another category, whose terms count from the same receipt, or changes how urgent it is."""

from typing import Any, Final
from uuid import UUID

from backend import outbox
from backend.access import Actor
from backend.cases import handling, messages, opening, writing
from backend.cases.errors import SameAsBefore
from backend.cases.events import Kind, NewEvent
from backend.cases.models import Case
from backend.cases.states import CLOSED, LIFECYCLE, CaseState
from backend.foundation import db
from backend.foundation.states import WrongState

HANDLE: Final = "cases.handle"
URGENCY_WORDS: Final = {
    opening.Urgency.NORMAL: "一般",
    opening.Urgency.URGENT: "紧急",
    opening.Urgency.CRITICAL: "特急",
}
_TITLE: Final = "SELECT title FROM case_categories WHERE key = $1"


async def change_category(case_id: UUID, category: str, *, actor: Actor, version: int | None = None) -> Case:
    """Put an open case into another category: its clocks count as if it had been there from the beginning.

    While nobody has it, it goes to the unit that looks after that category, to be given to somebody there. Raises
    CategoryUnknown, SameAsBefore.
    """
    async with writing.changing(case_id, actor, permission=HANDLE, version=version) as case:
        await _check_may(case, actor)
        if case.category == category:
            raise SameAsBefore
        terms = await opening.terms_of(category)
        before, after = [await db.fetch_value(_TITLE, key) for key in (case.category, category)]
        data = {"terms": terms, "from": case.category, "to": category}
        happened = NewEvent(Kind.CATEGORY_CHANGED, f"由“{before}”调整为“{after}”", data)
        changed: dict[str, Any] = {"category": category, "terms": terms}
        if case.state is CaseState.RECEIVED and case.handler_id is None:
            changed["unit_id"] = await opening.unit_for(category, case.district) or case.unit_id
        await writing.write(case, actor, "cases.category_changed", happened, **changed)
        if case.state is CaseState.RECEIVED:
            await outbox.put(opening.ASSIGN, {"case_id": str(case.id)}, key=str(case.id))
        await messages.recategorised(case)
        return case


async def change_urgency(case_id: UUID, urgency: str, *, actor: Actor, version: int | None = None) -> Case:
    """Say how urgent an open case is: its place in the queues, never its terms. Raises SameAsBefore."""
    async with writing.changing(case_id, actor, permission=HANDLE, version=version) as case:
        await _check_may(case, actor)
        if case.urgency == urgency:
            raise SameAsBefore
        words = [URGENCY_WORDS[opening.Urgency(one)] for one in (case.urgency, urgency)]
        happened = NewEvent(Kind.URGENCY_CHANGED, f"由“{words[0]}”调整为“{words[1]}”", {"to": urgency})
        await writing.write(case, actor, "cases.urgency_changed", happened, urgency=urgency)
        return case


async def _check_may(case: Case, actor: Actor) -> None:
    """Raise unless it is open, and nobody's or his own to work on."""
    if case.state in (*CLOSED, CaseState.MERGED, CaseState.ANSWERED):
        raise WrongState(LIFECYCLE, case.state, CaseState.IN_PROGRESS)
    if case.handler_id is not None:
        await handling.check_own(case, actor)
