"""Gives time away, once: locks, what lapsed, a last look, and the rows whose constraints have the last word.

Whoever gives away a day of somebody's, or counts what an enterprise or an owner has open, holds the lock of that day,
enterprise or owner until his commit. So ways between places and caps, which no constraint can tell, hold under any
number of racers; overlaps can't be written even by a program that forgets the locks.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from asyncpg import ExclusionViolationError, Range, Record

from backend.foundation import clock, db, numbers
from backend.foundation.parts import Part, joined
from backend.visits.availability.visitors import Visitor
from backend.visits.errors import EnterpriseBusy, SlotTaken
from backend.visits.reasons import Reason

MARGIN: Final = timedelta(hours=4)
"""The longest way between two places: what begins or ends within it of a visit may be its neighbour."""

# In one order for everybody; the rows of staff, so that nobody leaves or tells an absence before the commit.
_LOCK: Final = "SELECT pg_advisory_xact_lock(k) FROM unnest($1::bigint[]) AS k"
_LOCK_HOT: Final = f"SELECT pg_advisory_xact_lock(k), {db.PLAN_ONCE} FROM unnest($1::bigint[]) AS k"
_LOCK_DAYS: Final = """
WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock(k) FROM unnest($1::bigint[]) AS k),
counted AS MATERIALIZED (SELECT count(*) FROM locked)
SELECT s.id FROM counted, staff s WHERE s.id = ANY ($2::uuid[]) ORDER BY s.id FOR SHARE OF s
"""
_LAPSED: Final = """
WITH gone AS MATERIALIZED (
    SELECT DISTINCT visit_id FROM (
        SELECT t.visit_id FROM staff_time t WHERE t.staff_id = ANY ($1::uuid[]) AND t.is_live
          AND t.during && tstzrange($3, $4) AND t.lapses_at <= $5
        UNION ALL
        SELECT t.visit_id FROM enterprise_time t WHERE t.enterprise_id = ANY ($2::uuid[]) AND t.is_live
          AND t.during && tstzrange($3, $4) AND t.lapses_at <= $5) AS found
), visits AS (
    UPDATE visits SET state = 'expired', ended_at = $5, version = version + 1
    WHERE id IN (SELECT visit_id FROM gone) AND state = 'held' RETURNING id
), staff AS (
    UPDATE staff_time SET is_live = FALSE WHERE visit_id IN (SELECT id FROM visits) AND is_live
)
UPDATE enterprise_time SET is_live = FALSE WHERE visit_id IN (SELECT id FROM visits) AND is_live
"""
# Who of these can't go after all, and whether a hold whose time is over stands in the way. The same rules as in
# `slots.py`, asked again under the locks.
_LOOK: Final = """
SELECT s.staff_id,
    EXISTS (
        SELECT FROM staff_time t WHERE t.staff_id = s.staff_id AND t.is_live AND t.visit_id IS DISTINCT FROM $7::uuid
          AND t.during && tstzrange(lower($3::tstzrange) - $8::interval, upper($3::tstzrange) + $8::interval)
          AND (t.lapses_at IS NULL OR t.lapses_at > $9)
          AND tstzrange(lower(t.during) - visit_minutes(t.location, $5) * interval '1 minute',
                        upper(t.during) + visit_minutes(t.location, $5) * interval '1 minute') && $3::tstzrange)
    OR EXISTS (SELECT FROM staff_absences a WHERE a.staff_id = s.staff_id AND a.withdrawn_at IS NULL
               AND $4::date BETWEEN a.from_on AND a.until_on)
    OR NOT EXISTS (SELECT FROM staff f WHERE f.id = s.staff_id AND f.state = 'active')
    OR s.per_day <= (
        SELECT count(*) FROM staff_time t WHERE t.staff_id = s.staff_id AND t.is_live AND t.on_day = $4::date
          AND t.during && tstzrange($6::timestamptz - interval '2 days', $6::timestamptz + interval '2 days')
          AND (t.lapses_at IS NULL OR t.lapses_at > $9) AND t.visit_id IS DISTINCT FROM $7::uuid) AS is_blocked,
    EXISTS (
        SELECT FROM staff_time t WHERE t.staff_id = s.staff_id AND t.is_live AND t.lapses_at <= $9
          AND t.during && tstzrange(lower($3::tstzrange) - $8::interval, upper($3::tstzrange) + $8::interval))
    OR EXISTS (
        SELECT FROM enterprise_time t WHERE t.enterprise_id = ANY ($10::uuid[]) AND t.is_live AND t.lapses_at <= $9
          AND t.during && $3::tstzrange) AS is_lapsed
FROM unnest($1::uuid[], $2::int[]) AS s (staff_id, per_day)
"""
_TAKEN: Final = """
theirs AS (
    INSERT INTO enterprise_time (id, visit_id, enterprise_id, during, lapses_at)
    SELECT uuidv7(), $2, e, tstzrange($9, $10), $7 FROM unnest($8::uuid[]) AS e ORDER BY e
), goers AS (
    INSERT INTO staff_time (id, visit_id, staff_id, during, on_day, location, is_lead, lapses_at)
    SELECT uuidv7(), $2, n.staff_id, tstzrange($3, $4), $5, $6, n.at = 1, $7
    FROM unnest($1::uuid[]) WITH ORDINALITY AS n (staff_id, at)
)
"""
_LET_GO: Final = """
WITH theirs AS (DELETE FROM enterprise_time WHERE visit_id = $1) DELETE FROM staff_time WHERE visit_id = $1
"""


@dataclass(frozen=True, slots=True)
class Taking:
    """What is to be given away: when a visit begins, for what, where; `visit_id` is whose time it becomes."""

    visit_id: UUID
    starts_at: datetime
    reason: Reason
    location: str | None

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + self.reason.duration

    @property
    def first(self) -> datetime:
        """The first moment with the fixed buffer."""
        return self.starts_at - self.reason.before

    @property
    def last(self) -> datetime:
        return self.ends_at + self.reason.after

    @property
    def on_day(self) -> date:
        return self.starts_at.astimezone(clock.SHANGHAI).date()


async def lock(*names: str, is_hot: bool = False) -> None:
    """Lock what is named by `person` and `enterprise`, in the one order; before any day.

    `is_hot`: besides, the rest of the transaction plans each of its statements once (`db.plan_once`).
    """
    await db.execute(_LOCK_HOT if is_hot else _LOCK, sorted(_key(name) for name in names))


def person(person_id: UUID) -> str:
    """Return the name of the lock under which an owner's holds are counted."""
    return f"person:{person_id}"


def enterprise(enterprise_id: UUID) -> str:
    """Return the name of the lock under which an enterprise's requests are counted and its bookings are found."""
    return f"enterprise:{enterprise_id}"


async def claim(taking: Taking, people: Sequence[Visitor], enterprises: Sequence[UUID]) -> set[UUID]:
    """Take the locks of people's days, in the one order, and return who of them can really go.

    Their days are theirs until the commit. Holds whose time is over end here where they stand in the way; the sweep
    ends the others.
    """
    return (await claim_numbered(taking, people, enterprises, None))[0]


async def claim_numbered(
    taking: Taking, people: Sequence[Visitor], enterprises: Sequence[UUID], prefix: str | None
) -> tuple[set[UUID], str | None]:
    """Claim, and draw a public number with the last look where a prefix is given; None where it isn't."""
    staff, moment = [one.id for one in people], clock.now()
    keys = sorted(_key(f"{one}:{day}") for one in staff for day in _days(taking))
    await db.fetch(_LOCK_DAYS, keys, staff)
    during = Range(taking.first, taking.last)
    given = (during, taking.on_day, taking.location, taking.starts_at, taking.visit_id, MARGIN, moment)
    look = Part(f"looked AS ({_LOOK})", (staff, [one.per_day for one in people], *given, list(enterprises)))
    seen = await _look(look, prefix)
    if any(row["is_lapsed"] for row in seen):
        around = (taking.first - MARGIN, taking.last + MARGIN)
        await db.execute(_LAPSED, staff, list(enterprises), *around, moment)
    number = next((row["number"] for row in seen), None)
    return {row["staff_id"] for row in seen if not row["is_blocked"]}, number


async def _look(look: Part, prefix: str | None) -> list[Record]:
    if prefix is None:
        return await db.fetch(*joined(look, answer="SELECT *, NULL AS number FROM looked"))
    return await db.fetch(*joined(look, numbers.part(prefix), answer="SELECT * FROM looked, numbered"))


async def occupy(
    taking: Taking,
    staff: Sequence[UUID],
    enterprises: Sequence[UUID],
    *,
    lapses_at: datetime | None = None,
    beside: Sequence[Part] = (),
    answer: str = "SELECT",
) -> list[Record]:
    """Write the rows that take the time; those of enterprises need no buffers.

    `beside` is what the same statement writes besides, `answer` what it returns of it.
    Raises SlotTaken or EnterpriseBusy where a constraint says that it is taken; the transaction is over then.
    """
    span = (taking.first, taking.last, taking.on_day, taking.location, lapses_at)
    try:
        times = (taking.starts_at, taking.ends_at)
        taken = Part(_TAKEN, (list(staff), taking.visit_id, *span, list(enterprises), *times))
        return await db.fetch(*joined(*beside, taken, answer=answer))
    except ExclusionViolationError as error:
        raise (EnterpriseBusy if error.constraint_name == "enterprise_time_once" else SlotTaken) from error


async def let_go(visit_id: UUID) -> None:
    """Take the rows of a visit away, which is about to get others."""
    await db.execute(_LET_GO, visit_id)


def _days(taking: Taking) -> Iterator[date]:
    day = (taking.first - MARGIN).astimezone(clock.SHANGHAI).date()
    while day <= (taking.last + MARGIN).astimezone(clock.SHANGHAI).date():
        yield day
        day += timedelta(days=1)


def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"visits:{name}".encode()).digest()[:8], "big", signed=True)
