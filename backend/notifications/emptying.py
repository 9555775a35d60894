"""Takes away what an address allowed for a template: WeChat said so, or the owner did."""

from collections.abc import Sequence
from uuid import UUID

from backend.foundation import clock, db

# What was told by one side only before this counts for nothing either.
_EMPTY = """
WITH zeroed AS (
    UPDATE credits c SET balance = 0, is_standing = FALSE, reports_open = 0, events_open = 0, emptied_at = $3,
        updated_at = $3
    FROM unnest($1::uuid[], $2::text[]) AS r (address_id, template_id)
    WHERE c.address_id = r.address_id AND c.template_id = r.template_id
    RETURNING c.address_id, c.template_id, old.balance AS before
)
INSERT INTO credit_entries (id, address_id, template_id, change, balance, reason, at)
SELECT uuidv7(), address_id, template_id, -before, 0, $4, $3 FROM zeroed
"""


async def empty_credits(pairs: Sequence[tuple[UUID, str]], reason: str) -> None:
    """Set the credit of (address, template) pairs to nothing; the addresses must be locked."""
    await db.execute(_EMPTY, [pair[0] for pair in pairs], [pair[1] for pair in pairs], clock.now(), reason)
