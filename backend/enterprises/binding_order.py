"""The one order in which bindings are locked: whoever changes several takes the lowest first, and no two get stuck.

An import changes those of many enterprises, a number that moved those of two persons; a statement that changes many
rows locks them in whatever order it meets them, and PostgreSQL ends one of two that then wait for each other.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backend.foundation import db

_LOCK_PERSONS: Final = "SELECT FROM persons WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE"
_LOCK: Final = """
SELECT id FROM bindings WHERE {} = ANY ($1::uuid[]) AND state IN ('pending', 'active', 'read_only')
ORDER BY id FOR NO KEY UPDATE
"""


async def lock_of_enterprises(enterprise_ids: Sequence[UUID]) -> list[UUID]:
    """Lock the bindings of enterprises that have not ended, to the end of the transaction; returns their ids."""
    return [row["id"] for row in await db.fetch(_LOCK.format("enterprise_id"), list(enterprise_ids))]


async def lock_persons(person_ids: Sequence[UUID]) -> None:
    """Lock persons without their bindings: for whoever has something of theirs to change between these."""
    await db.execute(_LOCK_PERSONS, list(person_ids))


async def lock_of_persons(person_ids: Sequence[UUID]) -> list[UUID]:
    """Lock persons and then what they are bound to; all of one transaction at once: the order holds within one call."""
    await lock_persons(person_ids)
    return [row["id"] for row in await db.fetch(_LOCK.format("person_id"), list(person_ids))]
