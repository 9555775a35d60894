"""The lifecycle of one edition of an article, and what can become of a line on the correction list."""

from enum import StrEnum
from typing import Final

from backend.foundation.states import Lifecycle


class EditionState(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


OPEN: Final = (EditionState.DRAFT, EditionState.IN_REVIEW)
"""Not out yet: at most one such edition of an article exists."""

WORDS: Final = {
    EditionState.DRAFT: "草稿",
    EditionState.IN_REVIEW: "待审核",
    EditionState.PUBLISHED: "已发布",
    EditionState.SUPERSEDED: "已被新版取代",
    EditionState.WITHDRAWN: "已撤下",
}
LIFECYCLE: Final = Lifecycle(
    "knowledge_version",
    {
        EditionState.DRAFT: frozenset({EditionState.IN_REVIEW}),
        # An edit, or the reviewer, takes it out of review: what is published is exactly what the reviewer read.
        EditionState.IN_REVIEW: frozenset({EditionState.DRAFT, EditionState.PUBLISHED}),
        EditionState.PUBLISHED: frozenset({EditionState.SUPERSEDED, EditionState.WITHDRAWN}),
    },
    WORDS,
)


class CorrectionState(StrEnum):
    OPEN = "open"
    CORRECTED = "corrected"
    UNAFFECTED = "unaffected"


CORRECTION_WORDS: Final = {
    CorrectionState.OPEN: "待核对",
    CorrectionState.CORRECTED: "已订正",
    CorrectionState.UNAFFECTED: "不受影响",
}
CORRECTIONS: Final = Lifecycle(
    "knowledge_correction",
    {CorrectionState.OPEN: frozenset({CorrectionState.CORRECTED, CorrectionState.UNAFFECTED})},
    CORRECTION_WORDS,
)
AUDIENCE_WORDS: Final = {"public": "公开", "internal": "内部"}
CHANGE_WORDS: Final = {
    "superseded": "已有新版",
    "corrected": "已更正",
    "withdrawn": "已撤回",
    "expired": "已到期",
}
"""What can become of something that an article or an answer rests on."""
