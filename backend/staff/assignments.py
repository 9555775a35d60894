"""The ledger of what staff have taken on, whatever module it comes from: load and fairness are computed from it.

await assignments.hold("cases", [Holding(case_id, staff_id), Holding(other_id, None)])     in the command's transaction
await assignments.shares(staff_ids)                                                         what each carries now
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from backend import worktime
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.parts import Part
from backend.staff import absences
from backend.staff.absences import Absence
from backend.worktime import Calendar

WINDOW: Final = 30
"""Days over which it is compared how much each has taken on, today among them."""

_CLOSE: Final = """
UPDATE staff_assignments a SET closed_at = greatest($4, a.opened_at)
FROM unnest($2::uuid[], $3::uuid[]) AS n (origin_id, staff_id)
WHERE a.origin = $1 AND a.origin_id = n.origin_id AND a.closed_at IS NULL AND a.staff_id IS DISTINCT FROM n.staff_id
"""
_OPEN: Final = """
INSERT INTO staff_assignments (id, staff_id, origin, origin_id, weight, opened_at)
SELECT n.id, n.staff_id, $1, n.origin_id, n.weight, $6
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::int[]) AS n (id, staff_id, origin_id, weight)
ON CONFLICT (origin, origin_id) WHERE closed_at IS NULL DO NOTHING
"""
_CARRIED: Final = """
SELECT s.id, s.created_at,
    coalesce((SELECT sum(weight) FROM staff_assignments WHERE staff_id = s.id AND closed_at IS NULL), 0) AS load,
    coalesce((SELECT sum(weight) FROM staff_assignments WHERE staff_id = s.id AND opened_at >= $2), 0) AS recent
FROM staff s WHERE s.id = ANY ($1::uuid[])
"""


@dataclass(frozen=True, slots=True)
class Holding:
    """Who holds a thing from now on, None: nobody; `weight` (1 to 9) is what it weighs against another."""

    origin_id: UUID
    staff_id: UUID | None
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Share:
    """What somebody carries: `load` is the weight that is open, `recent` what he took on in WINDOW, present `days`."""

    load: int
    recent: int
    days: int


async def hold(origin: str, holdings: Sequence[Holding]) -> None:
    """Write down who holds what, in the caller's transaction, which has locked the things; may be repeated.

    Whoever held a thing before lets go of it; he who holds it already goes on.
    """
    if not db.in_transaction():
        raise RuntimeError("what somebody holds is written down in the transaction that gives it to him")
    moment = clock.now()
    ids, staff = [one.origin_id for one in holdings], [one.staff_id for one in holdings]
    await db.execute(_CLOSE, origin, ids, staff, moment)
    held = [one for one in holdings if one.staff_id is not None]
    if held:
        await db.execute(_OPEN, *_opened(origin, held, moment))


def part(origin: str, holdings: Sequence[Holding]) -> Part:
    """Return what writes down who holds things that are new, for a command that sends all it writes as one statement.

    Nobody may have held them before, and everybody named holds one.
    """
    return Part(f"opened AS ({_OPEN})", _opened(origin, holdings, clock.now()))


def _opened(origin: str, held: Sequence[Holding], moment: datetime) -> tuple[Any, ...]:
    columns = ([new_id() for _ in held], [one.staff_id for one in held], [one.origin_id for one in held])
    return (origin, *columns, [one.weight for one in held], moment)


async def shares(staff_ids: Collection[UUID], *, calendar: Calendar | None = None) -> Mapping[UUID, Share]:
    """Return what each of these staff carries, by at most three statements however many they are.

    `calendar`: the one that counts, where the caller has just asked for it.
    """
    today = clock.today()
    first = today - timedelta(days=WINDOW - 1)
    rows = await db.fetch(_CARRIED, list(staff_ids), clock.day_start(first))
    away, calendar = await absences.between(staff_ids, first, today), calendar or await worktime.current()
    return {
        row["id"]: Share(
            int(row["load"]),
            int(row["recent"]),
            _present(calendar, _begun(row["created_at"], first), today, away.get(row["id"], ())),
        )
        for row in rows
    }


def _begun(created_at: datetime, first: date) -> date:
    return max(first, created_at.astimezone(clock.SHANGHAI).date())


def _present(calendar: Calendar, first: date, last: date, away: Sequence[Absence]) -> int:
    """Return the working days on which somebody was there, at least one: he is there to be asked."""
    days = calendar.workdays_between(first, last)
    missed = (calendar.workdays_between(max(first, one.from_on), min(last, one.until_on)) for one in away)
    return max(1, days - sum(missed))
