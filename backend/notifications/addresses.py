"""Where a person can be reached; identity fills it at sign-in."""

from uuid import UUID

from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.notifications.locking import lock_addresses
from backend.notifications.settling import call_back

_UPSERT = """
INSERT INTO addresses (id, person_id, channel, account, openid, created_at, seen_at)
VALUES ($1, $2, 'subscribe', $3, $4, $5, $5)
ON CONFLICT (channel, account, openid) DO UPDATE SET person_id = EXCLUDED.person_id, state = 'live', seen_at = $5
RETURNING id, old.person_id AS before
"""
_OF_PERSON = "SELECT id FROM addresses WHERE person_id = $1"
_END = "UPDATE addresses SET state = 'ended', next_due_at = NULL WHERE id = ANY($1::uuid[])"


async def upsert(person_id: UUID, account: str, openid: str) -> UUID:
    """Note that a person is reached under this openid of this appid; a broken address lives again after a sign-in.

    When the openid was another person's, what still waits for that one is not sent to this one's phone.
    """
    async with db.transaction():
        row = await db.fetch_one(_UPSERT, new_id(), person_id, account, openid, clock.now())
        if row is None:
            raise RuntimeError("an upsert returns its row")
        if row["before"] not in {None, person_id}:
            await call_back([row["id"]], "cancelled", "address_moved")
    return UUID(str(row["id"]))


async def end(person_id: UUID) -> None:
    """Stop every push to a person, whatever still waits; the inbox stays."""
    async with db.transaction():
        mine = [row["id"] for row in await db.fetch(_OF_PERSON, person_id)]
        await lock_addresses(mine)
        await db.execute(_END, mine)
        await call_back(mine, "cancelled", "address_ended")
