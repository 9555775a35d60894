"""Who visits when: the calendar of a unit, with details only of what its reader may see."""

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import orjson

from backend import worktime
from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.errors import FieldError, Invalid
from backend.visits.availability.visitors import VISITING
from backend.visits.reasons import PLACES
from backend.visits.states import FREE, WORDS, VisitState
from backend.visits.visibility import READ, visible_to

LONGEST: Final = timedelta(days=42)
"""A month as calendars show it: six whole weeks."""
MOST: Final = 200
"""How many people one calendar shows."""

_MOMENT: Final = """to_char({} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD"T"HH24:MI:SS"+08:00"')"""
# $1 and $2 the first moment and the one after the last, $3 unit, $4 roles that visit, $5 days, $6 worked, $7 states
# that gave their time back, $8 now; then what tells the visits whose details the reader may see.
_CALENDAR: Final = """
WITH people AS MATERIALIZED (
    SELECT s.id, CASE WHEN s.state = 'active' THEN s.name WHEN w.is_open THEN '待安排走访人员（' || s.name || '已离岗）'
        ELSE s.name || '（已离岗）' END AS name, s.state <> 'active' AND w.is_open AS is_wanting
    FROM staff s CROSS JOIN LATERAL (SELECT EXISTS (
        SELECT FROM staff_time t JOIN visits v ON v.id = t.visit_id
        WHERE s.state <> 'active' AND t.staff_id = s.id AND t.is_live AND t.during && tstzrange($1, $2)
          AND v.state IN ('requested', 'confirmed') AND v.starts_at > $8) AS is_open) AS w
    WHERE ($3::uuid IS NULL OR s.unit_id = $3) AND (
        EXISTS (SELECT FROM staff_time t WHERE t.staff_id = s.id AND t.is_live AND t.during && tstzrange($1, $2))
        OR (s.state = 'active' AND EXISTS (
            SELECT FROM staff_grants g WHERE g.staff_id = s.id AND g.ended_at IS NULL AND g.role = ANY ($4::text[]))))
    ORDER BY is_wanting DESC, s.name, s.id LIMIT {most}
), days AS MATERIALIZED (
    SELECT * FROM unnest($5::date[], $6::boolean[]) AS d (day, is_workday)
), shifts AS (
    SELECT p.id AS staff_id, d.day, EXISTS (
            SELECT FROM staff_absences a WHERE a.staff_id = p.id AND a.withdrawn_at IS NULL
            AND d.day BETWEEN a.from_on AND a.until_on) AS is_absent,
        (SELECT coalesce(json_agg(json_build_array(lower(r), upper(r)) ORDER BY lower(r)), '[]')
         FROM unnest(coalesce(x.spans, CASE WHEN d.is_workday THEN w.spans END)) AS r) AS spans
    FROM people p CROSS JOIN days d
    LEFT JOIN visit_exceptions x ON x.staff_id = p.id AND x.day = d.day
    LEFT JOIN visit_plans w ON w.staff_id = p.id AND w.weekday = extract(isodow FROM d.day)
        AND d.day BETWEEN w.valid_from AND w.valid_until
), going AS MATERIALIZED (
    SELECT t.visit_id, array_agg(p.id ORDER BY t.is_lead DESC, p.id) AS staff
    FROM people p JOIN staff_time t ON t.staff_id = p.id AND t.is_live AND t.during && tstzrange($1, $2)
    GROUP BY t.visit_id
), shown AS (
    SELECT v.*, g.staff, r.title, {visible} AS is_open
    FROM going g JOIN visits v ON v.id = g.visit_id JOIN visit_reasons r ON r.key = v.reason
    WHERE v.state <> 'held' AND v.state <> ALL ($7::text[]) AND v.starts_at < $2 AND v.ends_at > $1
)
SELECT coalesce((SELECT json_agg(json_build_object('id', p.id, 'name', p.name)
        ORDER BY p.is_wanting DESC, p.name, p.id) FROM people p),
        '[]')::text AS staff,
    coalesce((SELECT json_agg(json_build_object('day', d.day, 'is_workday', d.is_workday) ORDER BY d.day) FROM days d),
        '[]')::text AS days,
    coalesce((SELECT json_agg(json_build_object('staff_id', s.staff_id, 'day', s.day, 'spans', s.spans,
        'is_absent', s.is_absent) ORDER BY s.day, s.staff_id) FROM shifts s
        WHERE s.is_absent OR s.spans::text <> '[]'), '[]')::text AS shifts,
    coalesce((SELECT json_agg(CASE WHEN v.is_open THEN json_build_object(
        'id', v.id, 'number', v.number, 'reason_title', v.title, 'place', v.place, 'address', v.address,
        'district', v.district, 'starts_at', {starts}, 'ends_at', {ends}, 'state', v.state, 'awaits', v.awaits,
        'staff', v.staff, 'is_open', TRUE, 'version', v.version, 'enterprises', (
            SELECT coalesce(json_agg(e.name ORDER BY p.joined_at, e.id), '[]') FROM visit_parties p
            JOIN enterprises e ON e.id = p.enterprise_id WHERE p.visit_id = v.id AND p.state <> 'cancelled'))
        ELSE json_build_object('id', NULL, 'number', NULL, 'reason_title', NULL, 'place', NULL, 'address', NULL,
        'district', NULL, 'starts_at', {starts}, 'ends_at', {ends}, 'state', NULL, 'awaits', NULL, 'staff', v.staff,
        'is_open', FALSE, 'version', NULL, 'enterprises', '[]'::json) END ORDER BY v.starts_at, v.id) FROM shown v),
        '[]')::text AS visits
"""


async def of_unit(actor: Actor, unit_id: UUID | None, first: date, last: date) -> dict[str, Any]:
    """Return people, their shifts and visits of some days in China, both included, by one statement.

    Without a unit: everybody who visits. What somebody was to visit who has left, and nobody else could take, stands on
    a line that says so, above the others. Of a visit that the actor may not see only its time is told: that somebody is
    busy then. Raises Invalid for more days than LONGEST.
    """
    if not timedelta(0) <= last - first < LONGEST:
        sentence = "结束日期不能早于开始日期，最多42天。"
        raise Invalid(fields=(FieldError("until", "out_of_range", sentence),))
    calendar = await worktime.current()
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    visible = visible_to(actor, READ)
    span = (clock.day_start(first), clock.day_start(last + timedelta(days=1)))
    worked, free = [calendar.is_workday(day) for day in days], [one.value for one in FREE]
    given = (unit_id, VISITING, days, worked, free, clock.now())
    sql = _CALENDAR.format(
        visible=visible.render(9), most=MOST, starts=_MOMENT.format("v.starts_at"), ends=_MOMENT.format("v.ends_at")
    )
    row = await db.fetch_one(sql, *span, *given, *visible.params)
    told = {name: orjson.loads(text) for name, text in dict(row or {}).items()}
    return {**told, "visits": [_worded(one) for one in told["visits"]]}


def _worded(visit: dict[str, Any]) -> dict[str, Any]:
    place, state = visit["place"], visit["state"]
    return {
        **visit,
        "place_word": PLACES[place] if place else None,
        "state_word": WORDS[VisitState(state)] if state else "忙",
    }
