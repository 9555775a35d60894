"""An owner says that he was noted wrongly, as there or as missing; somebody who did not go decides."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend import audit
from backend.access import Actor
from backend.foundation import clock, db
from backend.visits import ledger, notices, speaking, writing
from backend.visits.afterwards import arriving, closing
from backend.visits.afterwards import messages as later_messages
from backend.visits.afterwards.arriving import Attended
from backend.visits.afterwards.errors import NothingToObject
from backend.visits.bookings import changing
from backend.visits.errors import ContestedBefore, NeedsOther, NothingContested
from backend.visits.events import Kind, NewEvent
from backend.visits.models import Visit
from backend.visits.states import VisitState

OBJECTED_WITHIN: Final = timedelta(days=15)

_ONE: Final = "SELECT * FROM visit_attendances WHERE visit_id = $1 AND enterprise_id = $2"
_OBJECT: Final = """
UPDATE visit_attendances SET objected_at = $3, objected_by = $4, objection = $5
WHERE visit_id = $1 AND enterprise_id = $2
"""
_DECIDE: Final = """
UPDATE visit_attendances SET decided_at = $3, decided_by = $4, verdict = $5, is_set_aside = $6
WHERE visit_id = $1 AND enterprise_id = $2
"""
_LEFT: Final = """
SELECT EXISTS (SELECT FROM visit_attendances WHERE visit_id = $1 AND how <> 'missed' AND NOT is_set_aside)
"""
_OPEN: Final = """
SELECT EXISTS (SELECT FROM visit_attendances WHERE visit_id = $1 AND objected_at IS NOT NULL AND decided_at IS NULL)
"""
_NO_WORD: Final = "DELETE FROM visit_confirmations WHERE visit_id = $1 AND enterprise_id = $2"


async def object_to(visit_id: UUID, enterprise_id: UUID | None, words: str, *, actor: Actor) -> Visit:
    """Say that it was otherwise than noted, once, within OBJECTED_WITHIN; what a pass proved is beyond doubt.

    Raises NothingToObject, ContestedBefore, PartyUnknown.
    """
    async with writing.changing(visit_id, actor) as visit:
        party = await speaking.his_seat(visit, enterprise_id, actor)
        row = await db.fetch_one(_ONE, visit.id, party)
        if row is None or row["how"] == "scanned" or clock.now() > row["noted_at"] + OBJECTED_WITHIN:
            raise NothingToObject
        if row["objected_at"] is not None:
            raise ContestedBefore
        await db.execute(_OBJECT, visit.id, party, clock.now(), actor.id, words)
        event = NewEvent(Kind.ARRIVAL_OBJECTED, words, {"enterprise_id": party})
        await writing.write(visit, actor, "visits.arrival_objected", event)
        await notices.arrival_objected(visit)
        return visit


async def decide(
    visit_id: UUID, enterprise_id: UUID, verdict: str, *, is_upheld: bool, actor: Actor, version: int
) -> Visit:
    """Decide over an objection, by somebody who did not go and did not note it; upheld, the note counts for nothing.

    A visit at which nobody is left who was there did not take place: its visitors were missing. Raises
    NothingContested, NeedsOther.
    """
    async with writing.changing(visit_id, actor, permission=changing.ASSIGN, version=version) as visit:
        row = await db.fetch_one(_ONE, visit.id, enterprise_id)
        if row is None or row["objected_at"] is None or row["decided_at"] is not None:
            raise NothingContested
        if actor.id in [row["noted_by"], *await notices.going(visit.id)]:
            raise NeedsOther
        await db.execute(_DECIDE, visit.id, enterprise_id, clock.now(), actor.id, verdict, is_upheld)
        event = NewEvent(Kind.ARRIVAL_DECIDED, verdict, {"enterprise_id": enterprise_id, "is_upheld": is_upheld})
        state, columns = await _outcome(visit, is_upheld=is_upheld)
        await writing.write(visit, actor, "visits.arrival_decided", event, state=state, **columns)
        if is_upheld:
            await _undo(visit, row, actor)
        if state is not None:
            await ledger.keep(visit)
            await notices.settle(visit, "visit_unreported", "visit_minutes_objected")
        if not await db.fetch_value(_OPEN, visit.id):
            await notices.settle(visit, "visit_arrival_objected")
        await later_messages.objection_decided(visit, enterprise_id, is_upheld=is_upheld)
        return visit


async def _outcome(visit: Visit, *, is_upheld: bool) -> tuple[VisitState | None, dict[str, Any]]:
    running = visit.state in (VisitState.ARRIVED, VisitState.REPORTED)
    if not is_upheld or not running or await db.fetch_value(_LEFT, visit.id):
        return None, {}
    return VisitState.NO_SHOW_STAFF, {"end_reason": "到访登记经核实不成立"}


async def _undo(visit: Visit, row: Record, actor: Actor) -> None:
    """Ask whoever was not there for no word on the minutes, and let those know who count visits."""
    if row["arrived_at"] is None:
        return
    party = row["enterprise_id"]
    entry = audit.Entry("visits.arrival_set_aside", "enterprises", party, detail={"visit": visit.number})
    await audit.record_many(actor, [entry])
    await arriving.tell_attended([Attended(visit.id, party, row["arrived_at"], row["how"], is_set_aside=True)])
    await db.execute(_NO_WORD, visit.id, party)
    await closing.close_if_done(visit, actor)
