"""Puts a case into another category, whose terms count from the same receipt, or changes how urgent it is.

Whoever has a case doesn't move his own term: what is late, or would be due later, is put into another category by a
second person with a reason, is counted apart, and stays late.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from backend import outbox
from backend.access import Actor, covers
from backend.cases import handling, messages, writing
from backend.cases.deadlines import clocks
from backend.cases.deadlines.readings import Clock, Mark, Readings
from backend.cases.errors import NeedsOther, SameAsBefore
from backend.cases.events import Kind, NewEvent
from backend.cases.intake import opening
from backend.cases.models import Case
from backend.cases.states import CLOSED, LIFECYCLE, CaseState
from backend.foundation import clock, db
from backend.foundation.errors import FieldError, Invalid
from backend.foundation.states import WrongState

HANDLE: Final = "cases.handle"
ASSIGN: Final = "cases.assign"
URGENCY_WORDS: Final = {
    opening.Urgency.NORMAL: "一般",
    opening.Urgency.URGENT: "紧急",
    opening.Urgency.CRITICAL: "特急",
}
_TITLE: Final = "SELECT title FROM case_categories WHERE key = $1"


async def change_category(
    case_id: UUID, category: str, *, actor: Actor, reason: str = "", version: int | None = None
) -> Case:
    """Put an open case into another category: its clocks count as if it had been there from the beginning.

    While nobody has it, it goes to the unit that looks after that category, to be given to somebody there. `reason` is
    for the owner too. Raises CategoryUnknown, SameAsBefore, NeedsOther.
    """
    async with writing.changing(case_id, actor, permission=HANDLE, version=version) as case:
        await _check_may(case, actor)
        if case.category == category:
            raise SameAsBefore
        terms = await opening.terms_of(category)
        before, after = [await db.fetch_value(_TITLE, key) for key in (case.category, category)]
        eased = await _eased(case, terms)
        _check_second(case, actor, reason, eased)
        data = {"terms": terms, "from": case.category, "to": category, **eased}
        words = f"由“{before}”调整为“{after}”{reason and f'：{reason}'}"
        changed: dict[str, Any] = {"category": category, "terms": terms}
        if case.state is CaseState.RECEIVED and case.handler_id is None:
            changed["unit_id"] = await opening.unit_for(category, case.district) or case.unit_id
            data["from_unit_id"] = str(case.unit_id) if case.unit_id else None
        happened = NewEvent(Kind.CATEGORY_CHANGED, words, data)
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


async def _eased(case: Case, terms: dict[str, int | None]) -> dict[str, Any]:
    """Return what other terms would hide or put off: {late: the clocks that are late by now, is_later}."""
    marks = (await writing.log_of([case.id]))[case.id]
    changed = Mark(clock.now(), marks[-1].seq + 1, Kind.CATEGORY_CHANGED, {"terms": terms})
    first, days = writing.terms_of(case.terms), await writing.calendar()
    old, new = [clocks.read(log, first, days, changed.at) for log in (marks, [*marks, changed])]
    pairs = [(old.accept, new.accept), (old.answer, new.answer), (old.solution, new.solution)]
    return {
        "late": _late(old, changed.at),
        "is_later": any(now.due.at > was.due.at for was, now in pairs if was.stopped_at is None),
    }


def _late(read: Readings, now: datetime) -> list[Clock]:
    """Return the clocks that ran over their terms, or have by now."""
    return [
        one.clock
        for one in (read.accept, read.answer, read.solution)
        if one.late or (one.stopped_at or now) > one.due.at
    ]


def _check_second(case: Case, actor: Actor, reason: str, eased: dict[str, Any]) -> None:
    """Raise unless whoever eases the terms of a case gives cases out, hasn't got it himself, and says why."""
    if not eased["late"] and not (eased["is_later"] and case.handler_id is not None):
        return
    if case.handler_id == actor.id or not covers(actor, ASSIGN, district=case.district, unit=case.unit_id):
        raise NeedsOther("该事项已超期，或调整后期限会推迟，须由经办人以外的分派人员调整类别。")
    if not reason:
        raise Invalid(fields=(FieldError("reason", "required", "该事项已超期，或调整后期限会推迟，请写明理由。"),))


async def _check_may(case: Case, actor: Actor) -> None:
    """Raise unless it is open, and nobody's or his own to work on."""
    if case.state in (*CLOSED, CaseState.MERGED, CaseState.ANSWERED):
        raise WrongState(LIFECYCLE, case.state, CaseState.IN_PROGRESS)
    if case.handler_id is not None:
        await handling.check_own(case, actor)
