"""The one lock of this capability: an address's row. Whoever decides about its credit, cap or messages holds it.

The oldest address of a person leads: its row counts his broadcasts of the day, so it is held together with any other.
"""

from collections.abc import Iterable
from uuid import UUID

from backend.foundation import db

LEAD = "(SELECT s.id FROM addresses s WHERE s.person_id = {person} ORDER BY s.id LIMIT 1)"
"""SQL: the address that counts for a person."""

# In the order of ids, so that two who lock many wait for each other and never in a circle. Not FOR UPDATE: credits
# point to addresses, and a new credit row must not wait.
_LOCK = f"""
SELECT id FROM addresses WHERE id IN (
    SELECT unnest($1::uuid[])
    UNION SELECT {LEAD.format(person="a.person_id")} FROM addresses a WHERE id = ANY($1::uuid[])
) ORDER BY id FOR NO KEY UPDATE
"""


async def lock_addresses(addresses: Iterable[UUID]) -> None:
    """Hold these addresses until the transaction ends; statements after this one see what others did before."""
    await db.fetch(_LOCK, list(addresses))
