"""Tells staff that something of an owner's waits for them to look at it, until one of them has decided.

The check stands on a lower floor and knows nobody: the assembly hands this to its outbox handler.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backend.moderation import Outcome, SubjectState
from backend.moderation.queries import PERMISSION
from backend.notifications import staff_notices
from backend.notifications.staff_notices import Holders

WANTED: Final = "moderation_wanted"


async def moved(outcomes: Sequence[Outcome]) -> None:
    """Tell of what is held, and take from everybody's list what is not any more."""
    ended = {one.subject_id for one in outcomes if one.state is not SubjectState.HELD}
    for one in outcomes:
        if one.state is SubjectState.HELD and one.subject_id not in ended:
            await staff_notices.tell(
                WANTED,
                Holders(PERMISSION, district=one.district),
                fields={"subject_id": str(one.subject_id)},
                once=f"moderation:{one.subject_id}",
                subject=one.subject_id,
            )
    await over(sorted(ended))


async def over(subject_ids: Sequence[UUID]) -> None:
    """Take from everybody's list what waits for nobody any more."""
    if subject_ids:
        await staff_notices.settle(subject_ids, WANTED)
