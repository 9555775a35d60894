"""What staff are told about surveys, in the transaction of the command that causes it."""

from typing import Final
from uuid import UUID

from backend.foundation import clock
from backend.notifications import staff_notices
from backend.notifications.staff_notices import Holders
from backend.questions.surveys.models import Survey

REVIEW_WANTED: Final = "survey_review_wanted"
SENT_BACK: Final = "survey_sent_back"
_RELEASE: Final = "surveys.release"


async def review_wanted(one: Survey) -> int:
    """Tell whoever may release it; not who wrote it, for he may not."""
    return await staff_notices.tell(
        REVIEW_WANTED,
        Holders(_RELEASE),
        fields=_fields(one),
        once=f"survey-review:{one.id}:{clock.now().isoformat()}",
        subject=one.id,
        but=(one.author_id, one.edited_by),
    )


async def sent_back(one: Survey, reason: str) -> int:
    return await staff_notices.tell(
        SENT_BACK,
        [person for person in (one.author_id, one.edited_by) if person is not None],
        fields={**_fields(one), "reason": reason},
        once=f"survey-sent-back:{one.id}:{clock.now().isoformat()}",
        subject=one.id,
    )


async def reviewed(survey_id: UUID) -> int:
    """Take from everybody's list what waited for a review: one of them has done it, or there is nothing to review."""
    return await staff_notices.settle([survey_id], REVIEW_WANTED, SENT_BACK)


def _fields(one: Survey) -> dict[str, str]:
    return {"survey": one.title, "survey_id": str(one.id)}
