"""When somebody can come: one statement over plans, exceptions, absences, the calendar and what is given away already.

It also says what removed every other time, so that an owner who finds nothing reads why. The rules are those under
which a booking is checked again, row by row, once it holds the locks (`occupying.py`).
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend import worktime
from backend.foundation import clock, db
from backend.visits.availability import removed
from backend.visits.availability.removed import Removal
from backend.visits.availability.visitors import Crew
from backend.visits.reasons import Reason
from backend.worktime import Calendar

LONGEST: Final = timedelta(days=31)
"""How many days are looked at in one question."""

# $1 now, $2 days, $3 worked, $4 staff, $5 their teams, $6 visits a day, $7 place, $8 location, $9 step, $10 duration,
# $11 and $12 buffers before and after (all in minutes), $13 earliest, $14 latest beginning, $15 enterprise, $16 teams
# needed, $17 a visit whose own time doesn't count, $18 these beginnings alone, $19 and $20 bounds of beginnings.
_JUDGED: Final = """
WITH people AS MATERIALIZED (
    SELECT * FROM unnest($4::uuid[], $5::uuid[], $6::int[]) AS p (staff_id, team, per_day)
), days AS MATERIALIZED (
    SELECT d.day, d.is_workday, d.day::timestamp AT TIME ZONE 'Asia/Shanghai' AS begins,
        extract(isodow FROM d.day)::int AS weekday
    FROM unnest($2::date[], $3::boolean[]) AS d (day, is_workday)
), around AS MATERIALIZED (
    SELECT tstzrange($19::timestamptz - interval '1 day', $20::timestamptz + interval '2 days') AS span
), busy AS MATERIALIZED (
    SELECT p.staff_id, t.during, t.on_day, t.location FROM around a, people p CROSS JOIN LATERAL (
        SELECT t.during, t.on_day, t.location FROM staff_time t
        WHERE t.staff_id = p.staff_id AND t.is_live AND t.during && a.span AND t.visit_id IS DISTINCT FROM $17::uuid
          AND (t.lapses_at IS NULL OR t.lapses_at > $1)
    ) AS t
), ways AS MATERIALIZED (
    SELECT l.location, visit_minutes(l.location, $8) * interval '1 minute' AS way
    FROM (SELECT DISTINCT location FROM busy) AS l
), given AS MATERIALIZED (
    SELECT b.staff_id, range_agg(b.during) AS tight,
        range_agg(tstzrange(lower(b.during) - w.way, upper(b.during) + w.way)) AS wide
    FROM busy b JOIN ways w ON w.location IS NOT DISTINCT FROM b.location GROUP BY b.staff_id
), counts AS MATERIALIZED (
    SELECT staff_id, on_day, count(*) AS visits FROM busy GROUP BY staff_id, on_day
), theirs AS MATERIALIZED (
    SELECT range_agg(t.during) AS ranges FROM enterprise_time t, around a
    WHERE t.enterprise_id = $15::uuid AND t.is_live AND t.during && a.span AND t.visit_id IS DISTINCT FROM $17::uuid
      AND (t.lapses_at IS NULL OR t.lapses_at > $1)
), shifts AS MATERIALIZED (
    SELECT p.staff_id, p.team, p.per_day, d.day, d.begins, d.weekday, coalesce(x.spans, w.spans) AS spans, CASE
        WHEN EXISTS (SELECT FROM staff_absences a WHERE a.staff_id = p.staff_id AND a.withdrawn_at IS NULL
                     AND d.day BETWEEN a.from_on AND a.until_on) THEN 'absent'
        WHEN isempty(x.spans) THEN 'exception'
        WHEN x.spans IS NULL AND NOT d.is_workday THEN 'day_off'
        WHEN x.spans IS NULL AND w.spans IS NULL THEN 'no_plan'
        WHEN x.spans IS NULL AND NOT $7 = ANY (w.places) THEN 'place' END AS removed
    FROM people p CROSS JOIN days d
    LEFT JOIN visit_exceptions x ON x.staff_id = p.staff_id AND x.day = d.day
    LEFT JOIN visit_plans w ON w.staff_id = p.staff_id AND w.weekday = d.weekday
        AND d.day BETWEEN w.valid_from AND w.valid_until
), times AS MATERIALIZED (
    SELECT s.staff_id, s.team, s.per_day, c.at, s.day + minute / 1440 AS on_day, minute % 1440 AS first,
        (s.weekday - 1 + minute / 1440) % 7 + 1 AS weekday
    FROM shifts s CROSS JOIN LATERAL unnest(s.spans) AS piece
    CROSS JOIN LATERAL generate_series(
        (lower(piece) + $9 - 1) / $9 * $9, upper(piece) - $10, $9) AS minute
    CROSS JOIN LATERAL (SELECT s.begins + minute * interval '1 minute' AS at) AS c
    WHERE s.removed IS NULL AND c.at >= $19 AND c.at < $20 AND ($18::timestamptz[] IS NULL OR c.at = ANY ($18))
), judged AS MATERIALIZED (
    SELECT t.staff_id, t.team, t.at, CASE
        WHEN t.at < $13 THEN 'notice'
        WHEN t.at > $14 THEN 'horizon'
        WHEN k.spans && int4range(t.first, t.first + $10) THEN 'peak'
        WHEN i.ranges && tstzrange(t.at, t.at + $10 * interval '1 minute') THEN 'enterprise'
        WHEN g.tight && r.during THEN 'taken'
        WHEN g.wide && r.during THEN 'way'
        WHEN n.visits >= t.per_day THEN 'cap' END AS removed
    FROM times t CROSS JOIN theirs i
    CROSS JOIN LATERAL (
        SELECT tstzrange(t.at - $11 * interval '1 minute', t.at + ($10 + $12) * interval '1 minute') AS during) AS r
    LEFT JOIN given g ON g.staff_id = t.staff_id
    LEFT JOIN counts n ON n.staff_id = t.staff_id AND n.on_day = t.on_day
    LEFT JOIN visit_peaks k ON k.enterprise_id = $15 AND k.weekday = t.weekday
)"""
_SLOTS: Final = f"""
{_JUDGED}, free AS (
    SELECT at, array_agg(staff_id ORDER BY staff_id) AS staff, count(DISTINCT team) AS teams
    FROM judged WHERE removed IS NULL GROUP BY at
)
SELECT at, staff, NULL AS removed, 0::bigint AS times, 0::bigint AS people FROM free WHERE teams >= $16
UNION ALL
SELECT NULL, NULL, 'teams', count(*), 0 FROM free WHERE teams < $16 HAVING count(*) > 0
UNION ALL
SELECT NULL, NULL, removed, count(*), count(DISTINCT staff_id) FROM (
    SELECT removed, staff_id FROM judged WHERE removed IS NOT NULL
    UNION ALL SELECT removed, staff_id FROM shifts WHERE removed IS NOT NULL AND begins >= $19 AND begins < $20) AS gone
GROUP BY removed
ORDER BY 1 NULLS LAST, 3
"""
# Of single beginnings: who is free, and whether it is a slot at all, taken or not.
_AT: Final = f"""
{_JUDGED}
SELECT at, coalesce(array_agg(staff_id ORDER BY staff_id) FILTER (WHERE removed IS NULL), '{{}}') AS staff,
    count(DISTINCT team) FILTER (WHERE removed IS NULL) >= $16 AS is_free
FROM judged WHERE removed IS NULL OR removed IN ('taken', 'way', 'cap') GROUP BY at
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """For what and where somebody is to come; `location` is a division's code, None by phone or video.

    `moving`: a visit whose own time does not count. `is_promised`: its time is told already, only people are looked
    for, so that no notice is due.
    """

    reason: Reason
    place: str
    location: str | None
    enterprise_id: UUID | None
    crew: Crew
    moving: UUID | None = None
    is_promised: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """A beginning at which `staff` could come, in the order of their ids."""

    starts_at: datetime
    staff: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """All free slots in their order, and what removed the others."""

    slots: tuple[Slot, ...] = ()
    removals: tuple[Removal, ...] = field(default=())

    @property
    def why_none(self) -> list[str]:
        """Return, in Chinese, what left no slot; empty where there is one."""
        return [] if self.slots else removed.sentences(self.removals)


async def free(wish: Wish, first: date, last: date) -> Found:
    """Return the slots that begin on days from first to last in China, at most LONGEST."""
    last = min(last, first + LONGEST)
    left_out = removed.of_crew(wish.crew)
    if last < first or not wish.crew.visitors:
        return Found((), left_out)
    rows = await db.fetch(_SLOTS, *_params(wish, first, last, await worktime.current()))
    slots = tuple(Slot(row["at"], tuple(row["staff"])) for row in rows if row["at"] is not None)
    return Found(slots, (*left_out, *(_removal(row) for row in rows if row["at"] is None)))


async def at(wish: Wish, beginnings: Collection[datetime], calendar: Calendar) -> dict[datetime, tuple[UUID, ...]]:
    """Return, of those of the beginnings that are slots, taken or not, who is free then: nobody, where too few are."""
    days = days_of(beginnings)
    if not days or not wish.crew.visitors:
        return {}
    rows = await db.fetch(_AT, *_params(wish, days[0], days[-1], calendar, only=beginnings))
    return {row["at"]: tuple(row["staff"]) if row["is_free"] else () for row in rows}


async def following(wish: Wish, first: date, count: int) -> list[datetime]:
    """Return the next free beginnings from a day on, within two weeks: what to offer in the place of one."""
    found = await free(wish, first, first + timedelta(days=13))
    return [slot.starts_at for slot in found.slots][:count]


def _params(
    wish: Wish, first: date, last: date, calendar: Calendar, *, only: Collection[datetime] | None = None
) -> tuple[Any, ...]:
    now, reason = clock.now(), wish.reason
    # What begins in the night may belong to the day before.
    days = [first + timedelta(days=n) for n in range(-1, (last - first).days + 1)]
    if only is not None:
        wanted = set(days_of(only))
        days = [day for day in days if day in wanted or day + timedelta(days=1) in wanted]
    people = wish.crew.visitors
    return (
        now,
        days,
        [calendar.is_workday(day) for day in days],
        [one.id for one in people],
        [one.team for one in people],
        [one.per_day for one in people],
        wish.place,
        wish.location,
        reason.step_minutes,
        reason.duration_minutes,
        reason.buffer_before,
        reason.buffer_after,
        now if wish.is_promised else now + timedelta(minutes=reason.notice_minutes),
        clock.day_start(clock.today() + timedelta(days=reason.horizon_days + 1)) - timedelta(microseconds=1),
        wish.enterprise_id,
        reason.units_needed,
        wish.moving,
        None if only is None else list(only),
        clock.day_start(first),
        clock.day_start(last + timedelta(days=1)),
    )


def _removal(row: Record) -> Removal:
    return Removal(row["removed"], row["times"], row["people"])


def days_of(moments: Collection[datetime]) -> list[date]:
    """Return the days in China on which moments fall, each once, in their order."""
    return sorted({at.astimezone(clock.SHANGHAI).date() for at in moments})
