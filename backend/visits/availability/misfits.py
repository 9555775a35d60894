"""Booked visits that somebody has to look at: who goes has left, is away, or plans to visit at other times now.

They stand all the same: nothing is cancelled by itself. Whoever arranges visits gives them to others or agrees on
another time with the enterprise.
"""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from backend import worktime
from backend.access import Actor, Condition
from backend.foundation import clock, db
from backend.visits.bookings.changing import ASSIGN
from backend.visits.visibility import visible_to

AHEAD: Final = timedelta(days=370)
MOST: Final = 200
WHY: Final = {
    "left": "走访人员已离岗",
    "absent": "走访人员当天请假或外出",
    "exception": "走访人员当天另有安排",
    "day_off": "当天已调整为休息日",
    "place": "走访人员不再提供这种走访方式",
    "plan": "不在走访人员现在的时间安排内",
}

# $1 now, $2 days, $3 worked; what goes on over midnight belongs to the plan of the day on which that began.
_MISFITS: Final = """
WITH days AS MATERIALIZED (
    SELECT * FROM unnest($2::date[], $3::boolean[]) AS d (day, is_workday)
), coming AS (
    SELECT v.id, v.number, v.starts_at, v.ends_at, v.state, v.place, v.reason, v.district, v.unit_id, s.id AS staff_id,
        s.name AS staff, s.state AS staff_state, (v.starts_at AT TIME ZONE 'Asia/Shanghai')::date AS day,
        (extract(epoch FROM (v.starts_at AT TIME ZONE 'Asia/Shanghai')::time) / 60)::int AS minute,
        (extract(epoch FROM v.ends_at - v.starts_at) / 60)::int AS lasts
    FROM visits v JOIN staff_time t ON t.visit_id = v.id AND t.is_live JOIN staff s ON s.id = t.staff_id
    WHERE v.state IN ('requested', 'confirmed') AND v.starts_at > $1 AND {which}
), judged AS (
    SELECT c.*, CASE
        WHEN c.staff_state <> 'active' THEN 'left'
        WHEN EXISTS (SELECT FROM staff_absences a WHERE a.staff_id = c.staff_id AND a.withdrawn_at IS NULL
                     AND c.day BETWEEN a.from_on AND a.until_on) THEN 'absent'
        WHEN f.fits THEN NULL WHEN f.is_day_off THEN 'day_off' WHEN f.is_elsewhere THEN 'place'
        WHEN f.is_exception THEN 'exception' ELSE 'plan' END AS why
    FROM coming c CROSS JOIN LATERAL (
        SELECT coalesce(bool_or(covers AND is_worked AND is_offered), FALSE) AS fits,
            coalesce(bool_or(covers AND NOT is_worked), FALSE) AS is_day_off,
            coalesce(bool_or(covers AND NOT is_offered), FALSE) AS is_elsewhere,
            coalesce(bool_or(back = 0 AND differs), FALSE) AS is_exception
        FROM (
            SELECT back, x.staff_id IS NOT NULL AS differs,
                coalesce(coalesce(x.spans, w.spans)
                         @> int4range(c.minute + back * 1440, c.minute + back * 1440 + c.lasts), FALSE) AS covers,
                x.staff_id IS NOT NULL OR coalesce(d.is_workday, TRUE) AS is_worked,
                x.staff_id IS NOT NULL OR c.place = ANY (w.places) AS is_offered
            FROM generate_series(0, 1) AS back
            LEFT JOIN visit_exceptions x ON x.staff_id = c.staff_id AND x.day = c.day - back
            LEFT JOIN visit_plans w ON w.staff_id = c.staff_id AND c.day - back BETWEEN w.valid_from AND w.valid_until
                AND w.weekday = extract(isodow FROM c.day - back)
            LEFT JOIN days d ON d.day = c.day - back
        ) AS of_day
    ) AS f
)
SELECT j.id, j.number, j.starts_at, j.ends_at, j.state, j.staff_id, j.staff, j.why, r.title AS reason_title,
    coalesce((SELECT string_agg(e.name, '、' ORDER BY p.joined_at, e.id) FROM visit_parties p
              JOIN enterprises e ON e.id = p.enterprise_id WHERE p.visit_id = j.id AND p.state = 'booked'), '')
        AS enterprise
FROM judged j JOIN visit_reasons r ON r.key = j.reason WHERE j.why IS NOT NULL ORDER BY j.starts_at, j.id, j.staff_id
LIMIT {most}
"""


async def listed(actor: Actor) -> list[dict[str, Any]]:
    """Return what an actor who arranges visits has to look at, the next one first, each with why."""
    return await _found(visible_to(actor, ASSIGN, by_going=False))


async def of_staff(staff_id: UUID) -> list[dict[str, Any]]:
    """Return somebody's own coming visits that do not fit what he plans now."""
    return await _found(Condition("t.staff_id = {}::uuid", (staff_id,)))


async def _found(which: Condition) -> list[dict[str, Any]]:
    calendar, today = await worktime.current(), clock.today()
    days = [today + timedelta(days=n) for n in range(-1, AHEAD.days)]
    sql = _MISFITS.format(which=which.render(4), most=MOST)
    rows = await db.fetch(sql, clock.now(), days, [calendar.is_workday(day) for day in days], *which.params)
    return [{**dict(row), "why_word": WHY[row["why"]]} for row in rows]
