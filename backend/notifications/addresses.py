"""Where a person can be reached; identity fills it at sign-in."""

from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.notifications.locking import LEAD, lock_addresses
from backend.notifications.settling import call_back

_UPSERT: Final = """
INSERT INTO addresses (id, person_id, channel, account, openid, created_at, seen_at)
VALUES ($1, $2, 'subscribe', $3, $4, $5, $5)
ON CONFLICT (channel, account, openid) DO UPDATE SET state = 'live', seen_at = $5
WHERE addresses.person_id = EXCLUDED.person_id
RETURNING id
"""
_THIS: Final = "SELECT id, person_id FROM addresses WHERE channel = 'subscribe' AND account = $1 AND openid = $2"
_OF_PERSONS: Final = "SELECT id FROM addresses WHERE person_id = ANY($1::uuid[])"
_COUNTED: Final = """
SELECT DISTINCT ON (person_id) person_id, counted_on, broadcasts_today FROM addresses
WHERE person_id = ANY($1::uuid[]) ORDER BY person_id, id
"""
_MOVE: Final = "UPDATE addresses SET person_id = $2, state = 'live', seen_at = $3 WHERE id = $1"
_COUNT: Final = f"""
UPDATE addresses a SET counted_on = t.counted_on, broadcasts_today = t.many
FROM unnest($1::uuid[], $2::date[], $3::int[]) AS t (person_id, counted_on, many)
WHERE a.id = {LEAD.format(person="t.person_id")}
"""
_END: Final = "UPDATE addresses SET state = 'ended', next_due_at = NULL WHERE id = ANY($1::uuid[])"


async def upsert(person_id: UUID, account: str, openid: str) -> UUID:
    """Note that a person is reached under this openid of this appid; a broken address lives again after a sign-in.

    When the openid was another person's, what still waits for that one is not sent to this one's phone.
    """
    moment = clock.now()
    async with db.transaction():
        row = await db.fetch_one(_THIS, account, openid)
        if row is None or row["person_id"] == person_id:
            mine: UUID | None = await db.fetch_value(_UPSERT, new_id(), person_id, account, openid, moment)
            if mine is not None:
                return mine
            row = await db.fetch_one(_THIS, account, openid)  # it has become another person's in between
        if row is None:
            raise RuntimeError("what an upsert leaves alone is another person's")
        await _move(row["id"], row["person_id"], person_id, moment)
        return UUID(str(row["id"]))


async def _move(address: UUID, before: UUID, now: UUID, moment: datetime) -> None:
    """Give an address to another person; how many broadcasts each of the two had today stays with the person."""
    both = [before, now]
    await lock_addresses([address, *await _of(both)])
    await call_back([address], "cancelled", "address_moved")
    counts: dict[UUID, Record] = {row["person_id"]: row for row in await db.fetch(_COUNTED, both)}
    await db.execute(_MOVE, address, now, moment)
    days = [counts[one]["counted_on"] if one in counts else None for one in both]
    many = [counts[one]["broadcasts_today"] if one in counts else 0 for one in both]
    await db.execute(_COUNT, both, days, many)


async def _of(persons: list[UUID]) -> list[UUID]:
    return [row["id"] for row in await db.fetch(_OF_PERSONS, persons)]


async def end(person_id: UUID) -> None:
    """Stop every push to a person, whatever still waits; the inbox stays."""
    async with db.transaction():
        mine = await _of([person_id])
        await lock_addresses(mine)
        await db.execute(_END, mine)
        await call_back(mine, "cancelled", "address_ended")
