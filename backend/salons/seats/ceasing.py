"""An enterprise is deregistered or revoked: its sign-ups end, who made them is told, their seats go to the next."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from backend.access import SYSTEM
from backend.foundation import clock, db
from backend.foundation.ids import uuid_floor
from backend.salons.seats import moving, rooms, seating
from backend.salons.states import OPEN_ONES, SignupState

CEASED: Final = "企业已注销或吊销，报名随之取消"

_WHERE: Final = """
SELECT DISTINCT g.salon_id FROM salon_signups g JOIN salons s ON s.id = g.salon_id
WHERE g.enterprise_id = ANY ($1::uuid[]) AND g.state = ANY ($2::text[]) AND s.starts_at > $3
"""
_THEIRS: Final = """
SELECT id, salon_id, state FROM salon_signups
WHERE salon_id = ANY ($1::uuid[]) AND enterprise_id = ANY ($2::uuid[]) AND state = ANY ($3::text[]) ORDER BY id
"""
# By the ids, which are ordered by time: no more than what was signed up for in these minutes is looked at.
_SLIPPED: Final = """
SELECT DISTINCT g.enterprise_id FROM salon_signups g JOIN enterprises e ON e.id = g.enterprise_id
WHERE g.id >= $1 AND g.state = ANY ($2::text[]) AND e.closed_at IS NOT NULL
"""
_OPEN: Final = [state.value for state in OPEN_ONES]
LATELY: Final = timedelta(minutes=3)
"""Longer than any transaction lasts."""


async def enterprises_closed(enterprise_ids: Sequence[UUID]) -> int:
    """End what closed enterprises have signed up for, in the caller's transaction; returns how many sign-ups.

    What has begun stays as it is: whoever is there has come.
    """
    found = await db.fetch(_WHERE, list(enterprise_ids), _OPEN, clock.now())
    salon_ids = sorted(row["salon_id"] for row in found)
    if not salon_ids:
        return 0
    await rooms.lock(salon_ids)
    theirs = await db.fetch(_THEIRS, salon_ids, list(enterprise_ids), _OPEN)
    if theirs:
        await moving.move(theirs, SignupState.REMOVED, SYSTEM, "salons.removed", reason=CEASED)
    for salon_id in salon_ids:
        await seating.seat_waiting(salon_id)
    return len(theirs)


async def end_slipped() -> int:
    """End what was being signed up for, unseen, while its enterprise was closed; returns how many sign-ups."""
    rows = await db.fetch(_SLIPPED, uuid_floor(clock.now() - LATELY), _OPEN)
    if not rows:
        return 0
    async with db.transaction():
        return await enterprises_closed([row["enterprise_id"] for row in rows])
