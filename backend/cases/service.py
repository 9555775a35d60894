"""Commands of an origin on its own case; what staff and owners do is in the siblings named by their verbs."""

from typing import Any
from uuid import UUID

from backend.access import Actor
from backend.cases import notices, writing
from backend.cases.events import Kind, NewEvent
from backend.cases.models import Case
from backend.cases.states import CLOSED, NO_SILENCE, CaseState


async def tell(origin: str, origin_id: UUID, words: str, *, actor: Actor) -> None:
    """Add a line to the timeline that owner and staff share; nothing, where the origin has no case."""
    case = await _of_origin(origin, origin_id)
    if case is not None:
        heard = NO_SILENCE if case.state is CaseState.ANSWERED else {}
        await writing.write(case, actor, "cases.told", NewEvent(Kind.TOLD, words), **heard)


async def drop(origin: str, origin_id: UUID, reason: str, *, actor: Actor) -> bool:
    """End the case of something that its origin takes back; tells whether there was one to end.

    In the caller's transaction. An answered case waits for its owner's word all the same, also with the one that it was
    merged into: it is left as it is.
    """
    case = await _of_origin(origin, origin_id)
    if case is None or case.state in (*CLOSED, CaseState.ANSWERED):
        return False
    alone = [NewEvent(Kind.UNMERGED)] if case.state is CaseState.MERGED else []
    if alone and case.answered_at is not None:
        return False
    taken_back = NewEvent(Kind.DECIDED, reason, {"because": "taken_back"})
    over: dict[str, Any] = {
        "state": CaseState.CLOSED_BY_DECISION,
        "awaits_decision": False,
        "offered_to": None,
        "merged_into": None,
    }
    await writing.write(case, actor, "cases.dropped", *alone, taken_back, **over)
    await notices.ended(case.id)
    return True


async def _of_origin(origin: str, origin_id: UUID) -> Case | None:
    return await Case.filter(origin=origin, origin_id=origin_id).select_for_update().get_or_none()
