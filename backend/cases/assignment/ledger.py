"""Keeps the staff's ledger in step with who handles which case, in the very transaction that says so.

Nobody carries a case that has ended or was merged into another; whoever gets it back carries it again.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from backend.foundation import db
from backend.staff import assignments
from backend.staff.assignments import Holding

ORIGIN: Final = "cases"

_WEIGHTS: Final = """
SELECT c.id, k.weight FROM cases c JOIN case_categories k ON k.key = c.category WHERE c.id = ANY ($1::uuid[])
"""


async def keep(holders: Mapping[UUID, UUID | None]) -> None:
    """Write down who carries these locked cases from now on, by three statements however many they are."""
    if not holders:
        return
    weights = {row["id"]: row["weight"] for row in await db.fetch(_WEIGHTS, list(holders))}
    held = [Holding(case_id, staff_id, weights[case_id]) for case_id, staff_id in holders.items()]
    await assignments.hold(ORIGIN, held)
