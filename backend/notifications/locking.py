"""The one lock of this capability: an address's row. Whoever decides about its credit, cap or messages holds it."""

from collections.abc import Iterable
from uuid import UUID

from backend.foundation import db

# In the order of ids, so that two who lock many wait for each other and never in a circle. Not FOR UPDATE: credits
# point to addresses, and a new credit row must not wait.
_LOCK = "SELECT id FROM addresses WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE"


async def lock_addresses(addresses: Iterable[UUID]) -> None:
    """Hold these addresses until the transaction ends; statements after this one see what others did before."""
    await db.fetch(_LOCK, list(addresses))
