"""A bureau that visits, for benches: visitors with their weeks, and bookings of any number of years."""

from datetime import datetime
from typing import Final
from uuid import UUID

from backend.foundation import db
from backend.foundation.ids import new_id

DISTRICT: Final = "330502"
_STAFF: Final = """
INSERT INTO staff (id, login, name, password_hash, must_change_password, totp_secret, created_at)
SELECT s, 's' || right(replace(s::text, '-', ''), 12), '走访员', '-', FALSE, '', now() - interval '400 days'
FROM unnest($1::uuid[]) AS s
"""
_GRANTS: Final = """
INSERT INTO staff_grants (id, staff_id, role, districts, granted_at)
SELECT uuidv7(), s, 'visitor', ARRAY[$2::text], now() - interval '400 days' FROM unnest($1::uuid[]) AS s
"""
_PLANS: Final = """
INSERT INTO visit_plans (id, staff_id, valid_from, weekday, spans, places)
SELECT uuidv7(), s, current_date - 400, d, '{[540,720),[810,1020)}', '{on_site,office,phone,video}'
FROM unnest($1::uuid[]) AS s, generate_series(1, 5) AS d
"""
# Four a day and visitor, from a morning backwards, day after day: $3 the last morning, $4 and $5 the first number and
# the first of this lot.
_BOOKINGS: Final = """
WITH made AS (
    INSERT INTO visits (id, number, reason, place, channel, location, district, starts_at, ends_at, state, capacity,
        taken, requested_by_kind, schedule_id, created_at)
    SELECT uuidv7(), 'FW-20200101-' || (1000 + n + $4), 'policy_talk', 'on_site', 'system', '330502100', '330502',
        at, at + interval '1 hour', 'confirmed', 1, 1, 'system', uuidv7(), at
    FROM (SELECT n, $3::timestamptz - ((n / 4 / $2)::int || ' days')::interval + (n % 4) * interval '105 minutes' AS at
          FROM generate_series($5::int, $5 + $6::int - 1) AS n) AS drawn
    RETURNING id, starts_at, ends_at, location
)
INSERT INTO staff_time (id, visit_id, staff_id, during, on_day, location, is_lead)
SELECT uuidv7(), v.id, ($1::uuid[])[1 + (row_number() OVER (PARTITION BY v.starts_at ORDER BY v.id) - 1) % $2],
    tstzrange(v.starts_at - interval '10 minutes', v.ends_at + interval '10 minutes'),
    (v.starts_at AT TIME ZONE 'Asia/Shanghai')::date, v.location, TRUE
FROM made v
"""
_DAYS_AT_ONCE: Final = 200


async def staff(count: int) -> list[UUID]:
    """Make visitors who work every weekday."""
    made = [new_id() for _ in range(count)]
    await db.execute(_STAFF, made)
    await db.execute(_GRANTS, made, DISTRICT)
    await db.execute(_PLANS, made)
    return made


async def bookings(people: list[UUID], count: int, until: datetime, *, numbered_from: int = 0) -> None:
    """Book four visits a day and visitor, from a day backwards; whole days of everybody alike."""
    lot = 4 * len(people) * _DAYS_AT_ONCE
    for first in range(0, count, lot):
        number = min(lot, count - first)
        await db.execute(_BOOKINGS, people, len(people), until, numbered_from, first, number)
    await db.execute("VACUUM ANALYZE visits")
    await db.execute("VACUUM ANALYZE staff_time")
