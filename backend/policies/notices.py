"""What staff are told about policies: what waits for a review, what could not come out, what stopped being pushed.

All in the transaction of the command that causes it, as the rows it writes.
"""

from typing import Final
from uuid import UUID

from backend.foundation import clock, db
from backend.notifications import staff_notices
from backend.notifications.staff_notices import Holders
from backend.policies.models import PolicyVersion

REVIEW: Final = "policies.review"
REVIEW_WANTED: Final = "policy_review_wanted"
HELD_BACK: Final = "policy_held_back"
PAUSED: Final = "policy_pushes_paused"

_CONCERNED: Final = """
SELECT policy_id, title, author_id, edited_by, reviewer_id FROM policy_versions WHERE id = $1
"""


async def review_wanted(version: PolicyVersion) -> int:
    """Tell whoever may review it, by its region; not who wrote it, for he may not."""
    return await staff_notices.tell(
        REVIEW_WANTED,
        Holders(REVIEW, district=version.region),
        fields=_fields(version),
        once=f"policy-review:{version.id}:{clock.now().isoformat()}",
        subject=version.id,
        but=(version.author_id, version.edited_by),
    )


async def held_back(version: PolicyVersion, reviewer_id: UUID | None, reason: str) -> int:
    """Tell who wrote it and who released it for a time at which it could not come out."""
    return await staff_notices.tell(
        HELD_BACK,
        _people(version.author_id, version.edited_by, reviewer_id),
        fields={**_fields(version), "reason": reason},
        once=f"policy-held-back:{version.id}:{clock.now().isoformat()}",
        subject=version.id,
    )


async def pushes_paused(version_id: UUID, *, answers: int, fitting: int) -> int:
    """Tell who wrote and who released a version whose rule meets too few."""
    version = await db.fetch_one(_CONCERNED, version_id)
    if version is None:
        return 0
    return await staff_notices.tell(
        PAUSED,
        _people(version["author_id"], version["edited_by"], version["reviewer_id"]),
        fields={
            "policy": version["title"],
            "policy_id": str(version["policy_id"]),
            "answers": str(answers),
            "fitting": str(fitting),
        },
        once=f"policy-paused:{version_id}:{clock.now().isoformat()}",
        subject=version_id,
    )


async def reviewed(version_id: UUID) -> int:
    """Take from everybody's list what waited for a review: one of them has done it, or there is nothing to review."""
    return await staff_notices.settle([version_id], REVIEW_WANTED, HELD_BACK)


async def resumed(version_id: UUID) -> int:
    return await staff_notices.settle([version_id], PAUSED)


def _fields(version: PolicyVersion) -> dict[str, str]:
    return {"policy": version.title, "edition": str(version.edition), "policy_id": str(version.policy_id)}


def _people(*ids: UUID | None) -> list[UUID]:
    return [one for one in ids if one is not None]
