"""The waiting list: a free seat is offered to whoever is next and may have it, for less time the nearer the day is.

Order: priority, then the time since which somebody waits. Who can't have a certain seat is passed over for that seat
alone, so nobody holds up those behind him. An offer holds its seat: it can't be given to anybody else meanwhile.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend import audit, notifications
from backend.access import SYSTEM, Actor
from backend.audit import Entry
from backend.foundation import clock, db
from backend.foundation.states import WrongState
from backend.runtime import current
from backend.salons import telling
from backend.salons.errors import Full
from backend.salons.messages import is_soon
from backend.salons.seats import rooms
from backend.salons.seats.admitting import LAST, Quota, is_last
from backend.salons.seats.rooms import Held
from backend.salons.states import COMING, SIGNUP, SignupState

TABLE: Final = "salon_signups"
MARGIN: Final = timedelta(minutes=30)
"""Before the salon every offer of a seat in the hall has ended by then; one online ends as late as it begins."""
DECIDED: Final = timedelta(hours=2)
"""So long before the salon whoever asked for a seat knows whether he has it."""
LEAST: Final = timedelta(minutes=15)
"""So long there is to answer even where a salon is moved so near, or asked for so late, that these margins are over."""
SPANS: Final = (
    (timedelta(days=7), timedelta(hours=24)),
    (timedelta(days=3), timedelta(hours=12)),
    (timedelta(days=1), timedelta(hours=4)),
    (timedelta(hours=6), timedelta(hours=1)),
    (timedelta(0), timedelta(minutes=15)),
)
"""How long an offer stands, of the time in which its owner may be notified, by how far away the salon is at least."""
_GONE: Final = "已不再代表该企业，或该企业已注销"

# Whoever stands for nobody any more is told apart, and taken off the list instead.
_NEXT: Final = """
SELECT g.id, e.closed_at IS NULL AND (g.person_id IS NOT NULL OR g.channel <> 'mini_program') AND (
        g.person_id IS NULL OR EXISTS (
            SELECT FROM bindings b WHERE b.person_id = g.person_id AND b.enterprise_id = g.enterprise_id
            AND b.state IN ('active', 'read_only') AND (b.until IS NULL OR b.until > $4))) AS is_there
FROM salon_signups g JOIN enterprises e ON e.id = g.enterprise_id
WHERE g.salon_id = $1 AND g.way = $2 AND g.state = 'waiting'{first}
ORDER BY g.priority DESC, g.waiting_since, g.id LIMIT $3
"""
_OFFER: Final = """
UPDATE salon_signups SET state = 'offered', quota_id = $2, offer_until = $3, changed_at = $4
WHERE id = ANY ($1::uuid[]) AND state = 'waiting'
"""
_DROP: Final = """
UPDATE salon_signups SET state = 'removed', nth = NULL, reason = $2, changed_at = $3 WHERE id = ANY ($1::uuid[])
"""
_SHORTEN: Final = """
UPDATE salon_signups SET offer_until = CASE WHEN state = 'offered' THEN least(offer_until, $2) END,
    decide_by = CASE WHEN state = 'pending' THEN least(decide_by, $3) END
WHERE salon_id = $1 AND ((state = 'offered' AND offer_until > $2) OR (state = 'pending' AND decide_by > $3))
"""


def latest(starts_at: datetime, margin: timedelta) -> datetime:
    """Return until when something may last that ends so long before a salon, and never after its beginning."""
    return min(starts_at, max(starts_at - margin, clock.now() + LEAST))


async def shorten(salon_id: UUID, starts_at: datetime) -> None:
    """Let the offers and approvals of a locked salon end before it begins, now that it begins earlier."""
    await db.execute(_SHORTEN, salon_id, latest(starts_at, MARGIN), latest(starts_at, DECIDED))


def span(until_start: timedelta) -> timedelta:
    """Return for how long a seat is offered so long before the salon."""
    return next(stands for least, stands in SPANS if until_start >= least)


def offer_end(starts_at: datetime, now: datetime, way: str) -> datetime | None:
    """Return until when a seat offered now stands; None when it is too late to offer one."""
    if is_last(starts_at, now, way):
        return None
    kind = "salon_offered_today" if is_soon(starts_at, now) else "salon_offered"
    end = notifications.clock_end(kind, now, span(starts_at - now), current().settings)
    end = min(end, starts_at if way == "online" else starts_at - MARGIN)
    return end if end > now else None


async def seat_waiting(salon_id: UUID) -> list[UUID]:
    """Offer every free seat of a locked salon to whoever is next; returns the sign-ups that got an offer."""
    salon = (await rooms.of([salon_id]))[salon_id]
    if salon.room.state not in COMING or not salon.room.waiting:
        return []
    now = clock.now()
    ends = {way: offer_end(salon.starts_at, now, way) for way in LAST}
    quotas = sorted((one for one in salon.room.quotas if one.free > 0), key=lambda one: not one.is_kept(now))
    return [one for quota in quotas if (until := ends[quota.way]) for one in await _fill(salon, quota, until)]


async def seat_at_door(row: Record, actor: Actor) -> None:
    """Give whoever waits and stands at the door of a locked salon a seat, past those who are not there.

    The trail says whose doing it was. Raises WrongState as long as seats are offered and once the salon is over, Full.
    """
    salon, now = (await rooms.of([row["salon_id"]]))[row["salon_id"]], clock.now()
    if not salon.room.is_at_door(row["way"], now) or salon.room.state not in COMING:
        raise WrongState(SIGNUP, SignupState.WAITING, SignupState.CONFIRMED)
    quota = salon.room.seat(row["way"], is_first=row["is_first"], now=now, passes=True)
    if quota is None:
        raise Full(at_door=True)
    await db.execute(_OFFER, [row["id"]], quota.id, now, now)
    await _record("salons.seat_offered", [row["id"]], actor)


async def _fill(salon: Held, quota: Quota, until: datetime) -> list[UUID]:
    """Offer the free seats of one quota, passing over those who are no longer there."""
    offered: list[UUID] = []
    while len(offered) < quota.free:
        rows = await _next(salon.room.salon_id, quota, quota.free - len(offered))
        gone, there = ([row["id"] for row in rows if row["is_there"] is kind] for kind in (False, True))
        if gone:
            await _drop(gone)
        if there:
            await db.execute(_OFFER, there, quota.id, until, clock.now())
            await _record("salons.seat_offered", there)
            await telling.note(SignupState.OFFERED, there)
            offered += there
        if not gone:
            break
    return offered


async def _next(salon_id: UUID, quota: Quota, count: int) -> list[Record]:
    now = clock.now()
    sql = _NEXT.format(first=" AND g.is_first" if quota.is_kept(now) else "")
    return await db.fetch(sql, salon_id, quota.way, count, now)


async def _drop(signup_ids: Sequence[UUID]) -> None:
    await db.execute(_DROP, list(signup_ids), _GONE, clock.now())
    await _record("salons.removed", signup_ids)
    await telling.note(SignupState.REMOVED, signup_ids)


async def _record(action: str, signup_ids: Sequence[UUID], actor: Actor = SYSTEM) -> None:
    await audit.record_many(actor, [Entry(action, TABLE, one, ("state",)) for one in signup_ids])
