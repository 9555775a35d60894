"""A visitor's day: his visits in the order in which they begin, with the ways between them, by one statement."""

from datetime import date, datetime, timedelta
from typing import Any, Final

import orjson
from asyncpg import Record

from backend import runtime, worktime
from backend.access import Actor
from backend.enterprises import divisions
from backend.foundation import clock, db
from backend.foundation.secrets import mask_phone
from backend.visits.reasons import PLACES
from backend.visits.states import FREE, WORDS, VisitState

# Whoever talks by phone on his way has not moved: a way begins where he was last.
_DAY: Final = """
WITH mine AS (
    SELECT v.id, v.number, v.reason, v.place, v.address, v.location, v.starts_at, v.ends_at, v.state, v.awaits,
        t.during, t.is_lead, lag(v.ends_at) OVER w AS before_ends, lag(upper(t.during)) OVER w AS before_free,
        array_remove(array_agg(v.location) OVER (
            ORDER BY v.starts_at, v.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), NULL) AS places
    FROM staff_time t JOIN visits v ON v.id = t.visit_id
    WHERE t.staff_id = $1 AND t.is_live AND t.during && tstzrange($2::timestamptz - interval '1 day', $3)
      AND v.starts_at >= $2 AND v.starts_at < $3 AND v.state <> 'held' AND v.state <> ALL ($4::text[])
    WINDOW w AS (ORDER BY v.starts_at, v.id)
)
SELECT m.*, r.title AS reason_title, m.places[cardinality(m.places)] AS way_from,
    visit_minutes(m.places[cardinality(m.places)], m.location) AS way_minutes,
    coalesce((SELECT json_agg(json_build_object('id', e.id, 'name', e.name, 'note', p.note, 'person_id', q.id,
                                                'phone_sealed', encode(q.phone_sealed, 'hex'))
                              ORDER BY p.joined_at, e.id)::text
              FROM visit_parties p JOIN enterprises e ON e.id = p.enterprise_id
              LEFT JOIN persons q ON q.id = p.person_id
              WHERE p.visit_id = m.id AND p.state <> 'cancelled'), '[]') AS parties
FROM mine m JOIN visit_reasons r ON r.key = m.reason ORDER BY m.starts_at, m.id
"""


async def of_day(actor: Actor, day: date) -> dict[str, Any]:
    """Return what somebody visits himself on a day in China; contacts are masked."""
    span = (clock.day_start(day), clock.day_start(day + timedelta(days=1)))
    rows = await db.fetch(_DAY, actor.id, *span, [one.value for one in FREE])
    calendar = await worktime.current()
    return {"day": day, "is_workday": calendar.is_workday(day), "items": [_stop(row) for row in rows]}


def _stop(row: Record) -> dict[str, Any]:
    names = ("id", "number", "reason", "reason_title", "place", "address", "starts_at", "ends_at", "state", "awaits")
    way = timedelta(minutes=row["way_minutes"])
    return {
        **{name: row[name] for name in names},
        "place_word": PLACES[row["place"]],
        "state_word": WORDS[VisitState(row["state"])],
        "is_lead": row["is_lead"],
        "way_from": _place(row["way_from"]),
        "way_minutes": row["way_minutes"],
        "leave_at": row["before_ends"],
        "leave_by": row["starts_at"] - way,
        "spare_minutes": _spare(row["before_ends"], row["starts_at"], way),
        # By the rule of a booking: the way besides the buffers that belong to each visit.
        "is_tight": row["before_free"] is not None and row["during"].lower - row["before_free"] < way,
        "parties": [_party(one) for one in orjson.loads(row["parties"])],
    }


def _spare(ended: datetime | None, begins: datetime, way: timedelta) -> int | None:
    return None if ended is None else int((begins - ended - way).total_seconds() // 60)


def _place(code: str | None) -> str | None:
    return None if code is None else divisions.TOWNS.get(code) or divisions.DISTRICTS.get(code, code)


def _party(told: dict[str, Any]) -> dict[str, Any]:
    return {**{name: told[name] for name in ("id", "name", "note")}, "phone": _phone(told)}


def _phone(told: dict[str, Any]) -> str | None:
    if told["phone_sealed"] is None:
        return None
    sealed, vault = bytes.fromhex(told["phone_sealed"]), runtime.current().vault
    return mask_phone(vault.decrypt(sealed, table="persons", column="phone_sealed", row=told["person_id"]))
