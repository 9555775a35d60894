"""When a visit is over: everybody who was there has had his word on the minutes, and every promise is a case."""

from typing import Any, Final

from asyncpg import Record

from backend.access import Actor
from backend.cases.ending.inviting import invite_at
from backend.foundation import db
from backend.visits import ledger, notices, writing
from backend.visits.afterwards import promising
from backend.visits.events import Kind, NewEvent
from backend.visits.models import Visit
from backend.visits.states import VisitState

_WORDS: Final = """
SELECT count(*) AS asked, count(*) FILTER (WHERE state IN ('waiting', 'objected')) AS open,
    count(*) FILTER (WHERE state = 'decided') AS decided, count(*) FILTER (WHERE state = 'silent') AS silent
FROM visit_confirmations WHERE visit_id = $1
"""
_INVITE: Final = """
UPDATE visit_confirmations c SET invite_at = $2 WHERE c.visit_id = $1 AND NOT EXISTS (
    SELECT FROM visit_ratings r WHERE r.visit_id = c.visit_id AND r.enterprise_id = c.enterprise_id)
"""


async def close_if_done(visit: Visit, actor: Actor) -> bool:
    """Close a locked visit that waits for nobody's word any more; its promises' cases go on by themselves.

    Closed by decision, by silence and by its owners' word are counted apart: of several parties the least counts.
    """
    if visit.state is not VisitState.REPORTED:
        return False
    said = await db.fetch_one(_WORDS, visit.id)
    if said is None or not said["asked"] or said["open"] or not await promising.all_are_cases(visit):
        return False
    columns: dict[str, Any] = {"closed_by": _by(said)}
    event = NewEvent(Kind.CLOSED, data={"closed_by": columns["closed_by"]})
    await writing.write(visit, actor, "visits.closed", event, state=VisitState.CLOSED, **columns)
    await db.execute(_INVITE, visit.id, invite_at())
    await ledger.keep(visit)
    await notices.settle(visit, "visit_minutes_objected")
    return True


def _by(said: Record) -> str:
    if said["decided"]:
        return "decision"
    return "silence" if said["silent"] else "confirmed"
