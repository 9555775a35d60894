"""What staff are told about bindings: that one waits for their decision."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backend.foundation import db
from backend.notifications import staff_notices
from backend.notifications.staff_notices import Holders

REVIEW: Final = "bindings.review"
REVIEW_WANTED: Final = "binding_review_wanted"

# The place of an enterprise that the registry doesn't know is told by digits 3 to 8 of its code, as in `queries`.
_DISTRICT: Final = "SELECT coalesce((SELECT district FROM enterprises WHERE uscc = $1::text), substr($1::text, 3, 6))"


async def review_wanted(review_id: UUID, uscc: str, matter: str) -> int:
    """Tell whoever may decide it, by the enterprise's district; in the transaction that opens the review."""
    district = await db.fetch_value(_DISTRICT, uscc)
    return await staff_notices.tell(
        REVIEW_WANTED,
        Holders(REVIEW, district=district),
        fields={"uscc": uscc, "matter": matter, "review_id": str(review_id)},
        once=f"binding-review:{review_id}",
        subject=review_id,
    )


async def decided(reviews: Sequence[UUID]) -> int:
    """Take them from everybody's list: a colleague has decided, or there is nothing to decide any more."""
    return await staff_notices.settle(reviews, REVIEW_WANTED) if reviews else 0
