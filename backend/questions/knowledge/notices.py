"""What staff are told about the knowledge base: what waits for a review, what came back, what no longer holds.

All in the transaction of the command that causes it, as the rows it writes.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.notifications import staff_notices
from backend.notifications.staff_notices import Holders
from backend.questions.knowledge.models import Article, Edition

REVIEW_WANTED: Final = "knowledge_review_wanted"
SENT_BACK: Final = "knowledge_sent_back"
OUTDATED: Final = "knowledge_outdated"
ANSWERS_OUTDATED: Final = "answers_outdated"

_WRITES: Final = Holders("knowledge.write")
_ACTIVE: Final = "SELECT id FROM staff WHERE id = ANY ($1::uuid[]) AND state = 'active'"


async def review_wanted(article: Article, current: Edition) -> int:
    """Tell whoever may review it, but not who wrote it, for he may not."""
    return await staff_notices.tell(
        REVIEW_WANTED,
        Holders("knowledge.review"),
        fields={**_fields(current), "number": article.number},
        once=f"knowledge-review:{current.id}:{clock.now().isoformat()}",
        subject=current.id,
        but=(current.author_id, current.edited_by),
    )


async def sent_back(article: Article, current: Edition, reason: str) -> int:
    """Tell who wrote it why it has to be changed."""
    return await staff_notices.tell(
        SENT_BACK,
        [one for one in (current.author_id, current.edited_by) if one is not None],
        fields={**_fields(current), "number": article.number, "reason": reason},
        once=f"knowledge-sent-back:{current.id}:{clock.now().isoformat()}",
        subject=current.id,
    )


async def settled(version_id: UUID) -> int:
    """Take from everybody's list what waited about an edition: one of them has done it."""
    return await staff_notices.settle([version_id], REVIEW_WANTED, SENT_BACK)


async def outdated(listed: Mapping[str, Any]) -> int:
    """Tell who wrote an article that its ground has moved; whoever may write any, when nobody of them is left."""
    wrote = [one for one in (listed["author_id"], listed["edited_by"]) if one is not None]
    there = [row["id"] for row in await db.fetch(_ACTIVE, wrote)]
    return await staff_notices.tell(
        OUTDATED,
        there or _WRITES,
        fields={"article": listed["title"], "article_id": str(listed["article_id"]), "change": listed["words"]},
        once=f"knowledge-outdated:{listed['id']}",
        subject=listed["id"],
    )


async def answers_outdated(ref_id: UUID, words: str, count: int) -> int:
    """Tell whoever may write articles how many answers that rest on what has changed are still to be looked at.

    In the place of what was told of it before: there is one notice of a change at a time.
    """
    await answers_corrected([ref_id])
    return await staff_notices.tell(
        ANSWERS_OUTDATED,
        _WRITES,
        fields={"change": words, "count": str(count)},
        once=f"answers-outdated:{ref_id}:{new_id()}",
        subject=ref_id,
    )


async def corrected(correction_ids: Sequence[UUID]) -> int:
    """Take from everybody's list what was corrected, or found to be right as it is."""
    return await staff_notices.settle(correction_ids, OUTDATED)


async def answers_corrected(ref_ids: Sequence[UUID]) -> int:
    """Take from everybody's list the answers that rested on what has changed: all were looked at."""
    return await staff_notices.settle(ref_ids, ANSWERS_OUTDATED)


def _fields(current: Edition) -> dict[str, str]:
    return {"article": current.title, "edition": str(current.edition), "article_id": str(current.article_id)}
