"""Where a person can be reached; identity fills it at sign-in."""

from uuid import UUID

from backend.foundation import clock, db
from backend.foundation.ids import new_id

_UPSERT = """
INSERT INTO addresses (id, person_id, channel, account, openid, created_at) VALUES ($1, $2, 'subscribe', $3, $4, $5)
ON CONFLICT (channel, account, openid) DO UPDATE SET person_id = EXCLUDED.person_id, state = 'live'
RETURNING id
"""
_END = "UPDATE addresses SET state = 'ended', next_due_at = NULL WHERE person_id = $1"
_CANCEL = """
UPDATE deliveries SET state = 'cancelled', reason = 'address_ended', settled_at = $2
WHERE person_id = $1 AND state IN ('pending', 'deferred')
"""


async def upsert(person_id: UUID, account: str, openid: str) -> UUID:
    """Note that a person is reached under this openid of this appid; a broken address lives again after a sign-in."""
    return UUID(str(await db.fetch_value(_UPSERT, new_id(), person_id, account, openid, clock.now())))


async def end(person_id: UUID) -> None:
    """Stop every push to a person, whatever still waits; the inbox stays."""
    await db.execute(_END, person_id)
    await db.execute(_CANCEL, person_id, clock.now())
