"""Both sides are reminded two days and two hours before a visit: planned as it is confirmed or moved, told once.

A row says when; whoever tells takes it away in the same transaction, and the dedupe key of the visit's schedule is the
second lock. What a visit booked late has missed is not made up, and what would fall into the quiet hours is told on the
evening before.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend import notifications, runtime
from backend.foundation import clock, db
from backend.foundation.logging import get_logger
from backend.notifications import Message
from backend.notifications.hours import before_quiet
from backend.notifications.staff_notices import tell as tell_staff
from backend.visits.errors import when
from backend.visits.messages import PAGE, span
from backend.visits.models import Visit
from backend.visits.reasons import PLACES
from backend.visits.speaking import TOLD
from backend.visits.states import VisitState

log = get_logger(__name__)

HOURS: Final = (48, 2)
KINDS: Final = {48: "visit_reminder", 2: "visit_reminder_soon"}
HINTS: Final = {48: "如需改期请尽早告知", 2: "即将到访，请做好准备"}
STAFF_KIND: Final = "visit_reminder"

_FORGET: Final = "DELETE FROM visit_reminders WHERE visit_id = $1"
_PLAN: Final = """
INSERT INTO visit_reminders (visit_id, hours, schedule_id, due_at)
SELECT $1, n.hours, $2, n.due_at FROM unnest($3::smallint[], $4::timestamptz[]) AS n (hours, due_at)
"""
_DUE: Final = """
SELECT visit_id FROM visit_reminders WHERE due_at <= $1 GROUP BY visit_id ORDER BY min(due_at), visit_id LIMIT $2
"""
# A later one makes an earlier one that nobody told in time needless.
_TAKE: Final = """
WITH due AS MATERIALIZED (
    SELECT visit_id, hours FROM visit_reminders WHERE visit_id = $2 AND due_at <= $1 FOR UPDATE SKIP LOCKED
), taken AS (
    DELETE FROM visit_reminders r USING due d WHERE r.visit_id = d.visit_id AND r.hours = d.hours
    RETURNING r.visit_id, r.hours, r.schedule_id
)
SELECT v.id, t.hours, v.number, v.starts_at, v.ends_at, v.place, v.address, v.schedule_id, r.title,
    ARRAY(SELECT s.staff_id FROM staff_time s WHERE s.visit_id = v.id AND s.is_live
          ORDER BY s.is_lead DESC, s.staff_id) AS going,
    (SELECT s.name FROM staff_time g JOIN staff s ON s.id = g.staff_id WHERE g.visit_id = v.id AND g.is_live
     ORDER BY g.is_lead DESC, s.id LIMIT 1) AS visitor,
    (SELECT string_agg(e.name, '、' ORDER BY p.joined_at, e.id) FROM visit_parties p
     JOIN enterprises e ON e.id = p.enterprise_id WHERE p.visit_id = v.id AND p.state = 'booked') AS enterprise
FROM taken t JOIN visits v ON v.id = t.visit_id AND v.schedule_id = t.schedule_id
JOIN visit_reasons r ON r.key = v.reason
WHERE v.state = 'confirmed' AND v.starts_at > $1 ORDER BY t.hours LIMIT 1
"""
_TOLD: Final = f"""
SELECT w.person_id, p.enterprise_id FROM visit_parties p {TOLD.format(now="$2")}
WHERE p.visit_id = $1 AND p.state = 'booked'
"""


async def plan(visit: Visit) -> None:
    """Plan the reminders of a visit as it stands now, in place of those of another time; none unless it is confirmed.

    In the transaction of whatever confirms, moves or ends it.
    """
    await db.execute(_FORGET, visit.id)
    if visit.state is not VisitState.CONFIRMED:
        return
    dues = {hours: due(visit.starts_at, hours) for hours in HOURS}
    ahead = {hours: at for hours, at in dues.items() if at > clock.now()}
    if ahead:
        await db.execute(_PLAN, visit.id, visit.schedule_id, list(ahead), list(ahead.values()))


def due(starts_at: datetime, hours: int) -> datetime:
    """Return when to remind of a visit: so many hours before, earlier where that is night."""
    return before_quiet(starts_at - timedelta(hours=hours), runtime.current().settings)


async def remind(limit: int = 500) -> int:
    """Tell what is due, once; returns of how many visits. What was called off or moved meanwhile is passed over.

    Visit by visit: one that fails is told in the log, holds no other, and is tried again by the next run.
    """
    told = 0
    for row in await db.fetch(_DUE, clock.now(), limit):
        try:
            told += await _remind_of(row["visit_id"])
        except db.TRANSIENT:
            raise
        except Exception:
            log.exception("visits.not_reminded", visit=str(row["visit_id"]))
    return told


async def _remind_of(visit_id: UUID) -> bool:
    async with db.transaction():
        visit = await db.fetch_one(_TAKE, clock.now(), visit_id)
        if visit is None:
            return False
        parties = await db.fetch(_TOLD, visit_id, clock.now())
        await notifications.tell([_message(visit, party) for party in parties])
        await _tell_staff(visit)
        return True


def _message(visit: Record, party: Record) -> Message:
    kind = KINDS[visit["hours"]]
    fields = {
        "reason": visit["title"],
        "number": visit["number"] or "",
        "time": span(visit["starts_at"], visit["ends_at"]),
        "place": visit["address"] or PLACES[visit["place"]],
        "visitor": visit["visitor"] or "走访人员",
        "hint": HINTS[visit["hours"]],
    }
    return Message(
        kind,
        party["person_id"],
        f"{kind}:{visit['schedule_id']}",
        fields,
        f"{PAGE}?id={visit['id']}",
        event_at=visit["starts_at"],
        subject=visit["schedule_id"],
        enterprise=party["enterprise_id"],
    )


async def _tell_staff(visit: Record) -> None:
    fields = {
        "number": visit["number"] or "",
        "reason": visit["title"],
        "enterprise": visit["enterprise"] or "",
        "at": when(visit["starts_at"]),
        "place": visit["address"] or PLACES[visit["place"]],
        "visit_id": str(visit["id"]),
    }
    once = f"visit-reminder:{visit['schedule_id']}:{visit['hours']}"
    await tell_staff(STAFF_KIND, visit["going"], fields=fields, once=once, subject=visit["id"])
