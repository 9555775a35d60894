"""The lifecycle of a survey."""

from enum import StrEnum
from typing import Final

from backend.foundation.states import Lifecycle


class SurveyState(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    RELEASED = "released"  # its text is frozen; it is answered from its first day to its last
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


OPEN: Final = (SurveyState.DRAFT, SurveyState.IN_REVIEW)
"""Not out yet: its text may change."""

WORDS: Final = {
    SurveyState.DRAFT: "草稿",
    SurveyState.IN_REVIEW: "待审核",
    SurveyState.RELEASED: "已发放",
    SurveyState.CLOSED: "已结束",
    SurveyState.WITHDRAWN: "已撤回",
}
LIFECYCLE: Final = Lifecycle(
    "survey",
    {
        SurveyState.DRAFT: frozenset({SurveyState.IN_REVIEW}),
        # An edit, or the reviewer, takes it out of review: what is released is exactly what the reviewer read.
        SurveyState.IN_REVIEW: frozenset({SurveyState.DRAFT, SurveyState.RELEASED}),
        SurveyState.RELEASED: frozenset({SurveyState.CLOSED, SurveyState.WITHDRAWN}),
    },
    WORDS,
)
