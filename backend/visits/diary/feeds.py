"""Calendars that other programs read by a secret address: one's own with details, one to give on with busy times alone.

The address is shown once, when it is made; only its hash is kept. It is worth nothing once it was ended or made anew,
and from the moment at which whose it is leaves or visits no more.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from asyncpg import Record

from backend import audit
from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.errors import Forbidden
from backend.foundation.ids import token
from backend.foundation.secrets import hash_token
from backend.visits.availability import visitors
from backend.visits.availability.visitors import VISIT
from backend.visits.diary import ics
from backend.visits.states import FREE
from backend.visits.waiting.errors import FeedUnknown

Kind = Literal["own", "busy"]
TABLE: Final = "visit_feeds"
BACK: Final = timedelta(days=30)
AHEAD: Final = timedelta(days=190)
"""A little farther than any reason's horizon."""
MOST: Final = 2_000

_MINE: Final = """
SELECT kind, made_at, read_at FROM visit_feeds WHERE staff_id = $1 AND token_hash IS NOT NULL ORDER BY kind
"""
_MAKE: Final = """
INSERT INTO visit_feeds (staff_id, kind, token_hash, made_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (staff_id, kind) DO UPDATE
    SET token_hash = excluded.token_hash, made_at = excluded.made_at, read_at = NULL
"""
_END: Final = """
UPDATE visit_feeds SET token_hash = NULL
WHERE staff_id = ANY ($1::uuid[]) AND ($2::text IS NULL OR kind = $2) AND token_hash IS NOT NULL
"""
# Read in passing, a quarter of an hour exact: a calendar that is asked for all the time is not written all the time.
_KNOWN: Final = """
SELECT f.staff_id, f.kind, f.made_at, s.name FROM visit_feeds f JOIN staff s ON s.id = f.staff_id
WHERE f.token_hash = $1 AND s.state = 'active'
"""
_READ: Final = """
UPDATE visit_feeds SET read_at = $2
WHERE token_hash = $1 AND (read_at IS NULL OR read_at < $2::timestamptz - interval '15 minutes')
"""
_OWN: Final = f"""
SELECT v.id, v.number, v.starts_at, v.ends_at, v.state, v.sequence, v.place, v.address, r.title, r.legal_basis,
    g.is_handed_on,
    coalesce((SELECT max(e.at) FROM visit_events e WHERE e.visit_id = v.id), v.created_at) AS changed_at,
    coalesce((SELECT string_agg(e.name, '、' ORDER BY p.joined_at, e.id) FROM visit_parties p
              JOIN enterprises e ON e.id = p.enterprise_id
              WHERE p.visit_id = v.id AND (p.state <> 'cancelled' OR v.ended_at IS NOT NULL)), '') AS enterprises
FROM (
    SELECT visit_id, FALSE AS is_handed_on FROM staff_time
    WHERE staff_id = $1 AND is_live AND during && tstzrange($2, $3)
    UNION
    SELECT visit_id, FALSE FROM staff_time WHERE staff_id = $1 AND NOT is_live AND during && tstzrange($2, $3)
    UNION
    SELECT h.visit_id, TRUE FROM visit_handed_on h WHERE h.staff_id = $1 AND NOT EXISTS (
        SELECT FROM staff_time t WHERE t.visit_id = h.visit_id AND t.staff_id = $1)) AS g
JOIN visits v ON v.id = g.visit_id JOIN visit_reasons r ON r.key = v.reason
WHERE v.number IS NOT NULL AND v.starts_at >= $2 AND v.starts_at < $3 ORDER BY v.starts_at, v.id LIMIT {MOST}
"""
_BUSY: Final = f"""
SELECT v.id, v.sequence, lower(t.during) AS begins, upper(t.during) AS ends
FROM staff_time t JOIN visits v ON v.id = t.visit_id
WHERE t.staff_id = $1 AND t.is_live AND t.during && tstzrange($2, $3) AND v.state <> 'held'
  AND v.state <> ALL ($4::text[])
ORDER BY lower(t.during), v.id LIMIT {MOST}
"""


@dataclass(frozen=True, slots=True)
class Feed:
    """A calendar as it is sent; `tag` changes with its content."""

    body: bytes
    tag: str


async def mine(actor: Actor) -> list[dict[str, Any]]:
    """Return which addresses somebody has, when they were made and last read; never the addresses."""
    return [dict(row) for row in await db.fetch(_MINE, actor.id)]


async def make(kind: Kind, *, actor: Actor) -> str:
    """Make one's address of a kind and return its secret, this once; an older one is worth nothing from now on."""
    actor.require(VISIT)
    made = token()
    async with db.transaction():
        await db.execute(_MAKE, actor.id, kind, hash_token(made), clock.now())
        await audit.record(actor, "visits.feed_made", table=TABLE, row_id=actor.id, detail={"kind": kind})
    return made


async def end(kind: Kind, *, actor: Actor) -> None:
    """End one's address of a kind; raises FeedUnknown where there is none."""
    if actor.id is None:
        raise Forbidden(VISIT)
    async with db.transaction():
        if not await db.execute(_END, [actor.id], kind):
            raise FeedUnknown
        await audit.record(actor, "visits.feed_ended", table=TABLE, row_id=actor.id, detail={"kind": kind})


async def end_of(staff_id: UUID) -> None:
    """End every address of somebody who has left."""
    await db.execute(_END, [staff_id], None)


async def read(secret: str) -> Feed:
    """Return the calendar behind an address; raises FeedUnknown for one that is not, or no longer, anybody's."""
    hashed = hash_token(secret)
    row = await db.fetch_one(_KNOWN, hashed)
    if row is None or not (await visitors.visiting([row["staff_id"]])):
        raise FeedUnknown
    await db.execute(_READ, hashed, clock.now())
    body = await (_own(row) if row["kind"] == "own" else _busy(row))
    return Feed(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


async def _own(row: Record) -> bytes:
    rows = await db.fetch(_OWN, row["staff_id"], *_span())
    return ics.own(row["name"], [dict(one) for one in rows])


async def _busy(row: Record) -> bytes:
    rows = await db.fetch(_BUSY, row["staff_id"], *_span(), [one.value for one in FREE])
    return ics.busy(row["name"], row["staff_id"], row["made_at"], [dict(one) for one in rows])


def _span() -> tuple[datetime, datetime]:
    today = clock.day_start(clock.today())
    return today - BACK, today + AHEAD
