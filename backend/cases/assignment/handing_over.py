"""A case goes from one colleague to another: offered and accepted, refused, or given back to be assigned anew.

Whoever received it first answers for it until another has *accepted* it (首接负责); the third time it is passed on, or
given back, the superior names the handler, who can neither refuse nor give it back.
"""

from typing import Any, Final
from uuid import UUID

from backend import outbox
from backend.access import Actor
from backend.cases import notices, writing
from backend.cases.assignment import assigning, naming, placing
from backend.cases.assignment.candidates import NAMED_BY_SUPERIOR
from backend.cases.assignment.placing import Why
from backend.cases.errors import CannotGiveBack, HasItAlready, NotOffered, OfferPending
from backend.cases.events import Kind, NewEvent
from backend.cases.intake.opening import ASSIGN as WANTS_HANDLER
from backend.cases.models import Case
from backend.cases.states import LIFECYCLE, CaseState
from backend.foundation import clock
from backend.foundation.states import WrongState

HANDLE: Final = "cases.handle"
_IN_HAND: Final = (CaseState.ASSIGNED, CaseState.IN_PROGRESS, CaseState.WAITING_FOR_OWNER, CaseState.REOPENED)


async def hand_over(case_id: UUID, to: UUID, reason: str, *, actor: Actor, version: int | None = None) -> Case:
    """Offer a case to a named colleague; it stays with its handler until he accepts it.

    The third time it is passed on a superior alone does it, and his word names the handler. Raises NotYours, NotAble,
    HasItAlready, OfferPending, NeedsSuperior.
    """
    async with writing.changing(case_id, actor, permission=HANDLE, version=version) as case:
        naming.check_own(case, actor)
        _check_in_hand(case)
        if to == case.handler_id:
            raise HasItAlready
        if case.offered_to is not None:
            raise OfferPending(await naming.name_of(case.offered_to))
        naming.check_superior(case, actor)
        if case.hand_overs + 1 >= NAMED_BY_SUPERIOR:
            await assigning.give(case, to, actor, passes=1, reason=reason, kind=Kind.HANDED_OVER)
            return case
        await _offer(case, to, reason, actor)
        return case


async def _offer(case: Case, to: UUID, reason: str, actor: Actor) -> None:
    person = await naming.able(case, to)
    until = (await writing.calendar()).add_days(clock.now(), 1).at
    offered: dict[str, Any] = {"offered_to": to, "hand_overs": case.hand_overs + 1, "accept_by": until}
    happened = NewEvent(Kind.HANDED_OVER, data={"staff_id": str(to)})
    await writing.write(case, actor, "cases.handed_over", happened, **offered)
    words = f"{actor.name}转交给{person.actor.name}：{reason}"
    await placing.note([Why(case.id, words, {"rule": "handed_over", "chosen": str(to)})], actor)
    await notices.given(naming.told(case), to, until, by=actor.id)


async def refuse(case_id: UUID, reason: str, *, actor: Actor, version: int | None = None) -> Case:
    """Refuse what one was offered, with a reason that the handler reads; raises NotOffered."""
    async with writing.changing(case_id, actor, permission=HANDLE, version=version) as case:
        if case.offered_to != actor.id:
            raise NotOffered
        happened = NewEvent(Kind.OFFER_REFUSED, data={"staff_id": str(actor.id)})
        await writing.write(case, actor, "cases.offer_refused", happened, offered_to=None, accept_by=None)
        words = f"{actor.name}未接受转交：{reason}"
        await placing.note([Why(case.id, words, {"rule": "refused"})], actor)
        await notices.settle([case.id])
        if case.handler_id is not None:
            await notices.offer_answered(naming.told(case), case.handler_id, actor.name, f"未接受转交：{reason}")
        return case


async def give_back(case_id: UUID, reason: str, *, actor: Actor, version: int | None = None) -> Case:
    """Give a case back to be assigned anew, to anybody but the one who had it: that passes it on as well.

    Raises CannotGiveBack, NotYours.
    """
    async with writing.changing(case_id, actor, permission=HANDLE, version=version) as case:
        naming.check_own(case, actor)
        _check_in_hand(case)
        if case.hand_overs >= NAMED_BY_SUPERIOR and not naming.is_superior(case, actor):
            raise CannotGiveBack
        data = {"staff_id": str(case.handler_id), "why": "returned"}
        free: dict[str, Any] = {
            "handler_id": None,
            "offered_to": None,
            "accept_by": None,
            "hand_overs": case.hand_overs + 1,
        }
        happened = NewEvent(Kind.RETURNED, data=data)
        await writing.write(case, actor, "cases.returned", happened, state=CaseState.RECEIVED, **free)
        await placing.note([Why(case.id, f"{actor.name}退回重新分派：{reason}", {"rule": "returned"})], actor)
        await notices.settle([case.id])
        await outbox.put(WANTS_HANDLER, {"case_id": str(case.id)}, key=str(case.id))
        return case


def _check_in_hand(case: Case) -> None:
    if case.handler_id is None or case.state not in _IN_HAND:
        raise WrongState(LIFECYCLE, case.state, CaseState.ASSIGNED)
