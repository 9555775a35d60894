"""What staff are told about questions: that a public wording waits for another person, and an appeal."""

from typing import Final
from uuid import UUID

from backend.access import Actor
from backend.notifications import staff_notices
from backend.notifications.staff_notices import Holders

PUBLICATION: Final = "question_publication_wanted"
APPEAL: Final = "question_appeal_wanted"


async def publication_wanted(publication_id: UUID, title: str, author: Actor) -> None:
    await staff_notices.tell(
        PUBLICATION,
        Holders("questions.publish"),
        fields={"title": title, "publication_id": str(publication_id)},
        once=f"question-publication:{publication_id}",
        subject=publication_id,
        but=(author.id,),
    )


async def publication_decided(publication_id: UUID) -> None:
    await staff_notices.settle([publication_id], PUBLICATION)


async def appeal_wanted(bar_id: UUID, district: str | None, barred_by: UUID) -> None:
    """Tell whoever may decide it, but not the one who barred: he may not."""
    await staff_notices.tell(
        APPEAL,
        Holders("questions.bar", district=district),
        fields={"bar_id": str(bar_id)},
        once=f"question-appeal:{bar_id}",
        subject=bar_id,
        but=(barred_by,),
    )


async def appeal_decided(bar_id: UUID) -> None:
    await staff_notices.settle([bar_id], APPEAL)
