"""How many more than there are seats may be given one, because some never come: by what was measured, with its doubt.

Reckoned with the upper end of the 95 % interval (Wilson, 1927) of the share that came, and with how much the number
of those who come varies by chance (97.5 % of the time it stays under its mean and 1.96 deviations), so that chairs
suffice even if more come than usual, however much was measured. Under 30 people measured nothing is proposed. Never
above what the place can hold: the database keeps that bound as well (`salon_quotas_hard_limit`).
"""

from dataclasses import dataclass
from math import floor, sqrt
from typing import Any, Final
from uuid import UUID

from backend import audit
from backend.access import Actor
from backend.foundation import clock, db
from backend.salons.errors import SalonUnknown, SeatsGiven, TooManyExtra
from backend.salons.seats import answering, seating
from backend.salons.visibility import EDIT

LEAST: Final = 30
_Z: Final = 1.96

_SALON: Final = "SELECT series_id, topic, district FROM salons WHERE id = $1"
# Of the same series, else of the same topic, within a year.
_MEASURED: Final = """
SELECT count(*) FILTER (WHERE g.state = 'attended') AS came, count(*) AS expected
FROM salon_signups g JOIN salons s ON s.id = g.salon_id
WHERE s.state IN ('held', 'archived') AND s.ends_at > $1::timestamptz - interval '1 year' AND s.ends_at <= $1
  AND g.way = 'hall'
  AND g.state IN ('attended', 'no_show') AND CASE WHEN $2 THEN s.series_id = $3::uuid ELSE s.topic = $4 END
"""
_QUOTAS: Final = """
SELECT id, title, seats, extra, hard_limit, taken FROM salon_quotas WHERE salon_id = $1 AND way = 'hall'
ORDER BY position
"""
_SET: Final = """
UPDATE salon_quotas SET extra = $3 WHERE salon_id = $1 AND id = $2 AND way = 'hall' AND seats + $3 <= hard_limit
"""
_THERE: Final = "SELECT taken, seats FROM salon_quotas WHERE salon_id = $1 AND id = $2 AND way = 'hall'"


@dataclass(frozen=True, slots=True)
class Share:
    """Which share of those who had a seat came, and between what bounds it lies with 95 % certainty."""

    came: int
    expected: int
    low: float
    high: float

    @property
    def is_enough(self) -> bool:
        return self.expected >= LEAST


def share(came: int, expected: int) -> Share:
    """Return the share with its Wilson interval; of nobody, anything is possible."""
    if expected == 0:
        return Share(0, 0, 0.0, 1.0)
    part, square = came / expected, _Z * _Z
    middle = (part + square / (2 * expected)) / (1 + square / expected)
    width = _Z * sqrt(part * (1 - part) / expected + square / (4 * expected**2)) / (1 + square / expected)
    return Share(came, expected, max(0.0, middle - width), min(1.0, middle + width))


def more(seats: int, hard_limit: int, measured: Share) -> int:
    """Return how many more seats may be given away; none while too little is measured."""
    if not measured.is_enough or measured.high <= 0:
        return 0
    # The greatest n with  n·p + z·√(n·p·(1 - p)) ≤ seats: a quadratic equation in √n.
    spread = _Z * sqrt(measured.high * (1 - measured.high))
    root = (sqrt(spread * spread + 4 * measured.high * seats) - spread) / (2 * measured.high)
    return max(0, min(hard_limit, floor(root * root)) - seats)


async def proposed(salon_id: UUID, *, actor: Actor) -> dict[str, Any]:
    """Return what was measured and what it proposes for each quota of the hall; raises SalonUnknown, Forbidden."""
    async with db.transaction():
        await answering.of_salon(salon_id, actor, EDIT, is_locked=False)
        salon = await db.fetch_one(_SALON, salon_id)
        if salon is None:
            raise SalonUnknown
        measured = await _measured(salon["series_id"], salon["topic"])
        rows = await db.fetch(_QUOTAS, salon_id)
    quotas = [{**dict(row), "proposed": more(row["seats"], row["hard_limit"], measured)} for row in rows]
    bounds = {"low_percent": round(100 * measured.low, 1), "high_percent": round(100 * measured.high, 1)}
    return {
        "came": measured.came,
        "expected": measured.expected,
        **bounds,
        "is_enough": measured.is_enough,
        "quotas": quotas,
    }


async def set_extra(salon_id: UUID, quota_id: UUID, count: int, *, actor: Actor) -> None:
    """Give so many more away than there are seats; raises TooManyExtra above what the place holds, SeatsGiven."""
    async with db.transaction():
        await answering.of_salon(salon_id, actor, EDIT)
        there = await db.fetch_one(_THERE, salon_id, quota_id)
        if there is None or there["seats"] + count < there["taken"]:
            raise SeatsGiven
        if not await db.execute(_SET, salon_id, quota_id, count):
            raise TooManyExtra
        detail = {"quota": str(quota_id), "extra": count}
        await audit.record(actor, "salons.extra_set", table="salons", row_id=salon_id, fields=("extra",), detail=detail)
        await seating.seat_waiting(salon_id)


async def _measured(series_id: UUID | None, topic: str) -> Share:
    """Return what came of the series, or of the topic where the series has too little."""
    for by_series in (True, False) if series_id else (False,):
        row = await db.fetch_one(_MEASURED, clock.now(), by_series, series_id, topic)
        found = share(row["came"], row["expected"]) if row else share(0, 0)
        if found.is_enough or not by_series:
            return found
    return share(0, 0)
