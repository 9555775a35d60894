"""The lifecycle of one version of a policy."""

from enum import StrEnum
from typing import Final

from backend.foundation.states import Lifecycle


class VersionState(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


OPEN: Final = (VersionState.DRAFT, VersionState.IN_REVIEW, VersionState.SCHEDULED)
"""Not out yet: at most one such version of a policy exists."""

WORDS: Final = {
    VersionState.DRAFT: "草稿",
    VersionState.IN_REVIEW: "待审核",
    VersionState.SCHEDULED: "已定时",
    VersionState.PUBLISHED: "已发布",
    VersionState.SUPERSEDED: "已被新版取代",
    VersionState.WITHDRAWN: "已撤回",
    VersionState.EXPIRED: "已到期",
}
LIFECYCLE: Final = Lifecycle(
    "policy_version",
    {
        VersionState.DRAFT: frozenset({VersionState.IN_REVIEW}),
        # An edit takes a version out of review: what is published is exactly what the reviewer read.
        VersionState.IN_REVIEW: frozenset({VersionState.DRAFT, VersionState.SCHEDULED, VersionState.PUBLISHED}),
        # Taken back, edited, or not fit to come out when its time came.
        VersionState.SCHEDULED: frozenset({VersionState.DRAFT, VersionState.IN_REVIEW, VersionState.PUBLISHED}),
        VersionState.PUBLISHED: frozenset({VersionState.SUPERSEDED, VersionState.WITHDRAWN, VersionState.EXPIRED}),
    },
    WORDS,
)
